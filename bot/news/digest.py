"""Digests: what came since the last one, in one letter, at the hour that each person chose.

A digest whose hour has come goes if it is still the same day for the town, outside the person's quiet hours, and not
between 2 and 3 at night; a process that was down may so be late by hours. Otherwise it is left out and the next one
carries everything: after days of silence there is one, not several. When there is nothing to tell, nothing is sent.

It holds the items that left since the last digest, are neither taken back nor past nor held up by their author, and
did not reach the person at once: before they asked for digests, say. Urgent ones never do: those came at once, whatever
the rhythm. The weekly cap of a topic, or « less of this », holds here by calendar weeks: the first so many of a week.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import bindparam, or_, select, update

from bot.city.model import City
from bot.delivery import broadcast as broadcasts
from bot.delivery.broadcast import broadcast
from bot.delivery.outbox import letter
from bot.news.choose import choices_from
from bot.news.digest_hours import is_night, next_digest, quiet_hours, quiet_until
from bot.news.latest import concerns
from bot.news.model import Choices, Item, Rhythm, State
from bot.news.store import items, news_choice, news_item, news_quartier, news_topic
from bot.people.model import Person
from bot.people.store import address, addresses_of
from bot.storage.work import Work

LONGEST_BACK = timedelta(days=31)
"""Older than that is no news, however long nobody looked."""

LOOKED_BACK = timedelta(days=9)
"""Any week has a digest in it."""

MOST_PEOPLE = 250
"""Looked at in one transaction: about a twentieth of a second, in which no turn is taken."""

MOST_ITEMS = 500


class Digest(msgspec.Struct, frozen=True):
    """What one person is told. `until`: from then on it is too late for it."""

    person: Person
    rhythm: Rhythm
    due: datetime
    items: tuple[Item, ...]
    until: datetime


def take_due(work: Work, city: City, most: int = MOST_PEOPLE) -> tuple[list[Digest], int]:
    """The digests of up to `most` people whose hour has come, and how many people were looked at. Their next hour is
    noted in the same transaction, so that none is made twice."""
    if is_night(work.now, city):
        return [], 0
    query = select(news_choice).where(news_choice.c.digest_at <= work.now).order_by(news_choice.c.digest_at).limit(most)
    rows = work.connection.execute(query.with_for_update(skip_locked=True)).all()
    if not rows:
        return [], 0
    wishes = _wishes(work, rows)
    due = {row.resident_id: _last_due(wishes[row.resident_id], row.digest_at, work.now, city) for row in rows}
    timely = [row for row in rows if _is_timely(wishes[row.resident_id], due[row.resident_id], work.now, city)]
    digests = _digests(work, city, timely, wishes, due)
    _move_on(work, city, rows, wishes, {row.resident_id for row in timely})
    return digests, len(rows)


def _last_due(wish: Choices, due: datetime, now: datetime, city: City) -> datetime:
    """The newest of several whose hour has come while nobody looked."""
    due = max(due, now - LOOKED_BACK)
    while (following := next_digest(wish, due, city)) and following <= now:
        due = following
    return due


def _is_timely(wish: Choices, due: datetime, now: datetime, city: City) -> bool:
    same_day = now.astimezone(city.zone).date() == due.astimezone(city.zone).date()
    return same_day and quiet_until(wish, now, city) is None


def _wishes(work: Work, rows: Sequence[Any]) -> dict[int, Choices]:
    numbers = [row.resident_id for row in rows]
    quartiers: dict[int, list[int]] = {}
    topics: dict[int, dict[str, int | None]] = {}
    q, t = news_quartier.c, news_topic.c
    for whose, number in work.connection.execute(select(q.resident_id, q.quartier).where(q.resident_id.in_(numbers))):
        quartiers.setdefault(whose, []).append(number)
    chosen = select(t.resident_id, t.topic, t.weekly).where(t.resident_id.in_(numbers))
    for whose, key, weekly in work.connection.execute(chosen):
        topics.setdefault(whose, {})[key] = weekly
    return {
        row.resident_id: choices_from(
            row,
            tuple(quartiers.get(row.resident_id, ())),
            tuple(mine := topics.get(row.resident_id, {})),
            tuple(key for key, weekly in mine.items() if weekly is not None),
        )
        for row in rows
    }


def _digests(
    work: Work, city: City, rows: Sequence[Any], wishes: dict[int, Choices], due: dict[int, datetime]
) -> list[Digest]:
    """Of those who can be written to and have something to read."""
    since = {row.resident_id: _since(row.digested_at, work.now) for row in rows}
    people: dict[int, Person] = {}
    for person in sorted(addresses_of(work, since), key=lambda one: (one.heard_at or work.now, one.address)):
        if person.pushes:
            people[person.id] = person  # the address heard of last stays
    if not people:
        return []
    found = _left_since(work, city, min(since[number] for number in people))
    had = _had(work, people, found)
    digests = []
    for number, person in people.items():
        wish = wishes[number]
        got = {one.id for one in found if (number, one.broadcast_id) in had}
        if chosen := [one for one in enough(wish, found, since[number], city) if one.id not in got]:
            digests.append(Digest(person, wish.rhythm, due[number], tuple(chosen), _too_late(wish, work.now, city)))
    return digests


def _since(digested_at: datetime | None, now: datetime) -> datetime:
    return max(digested_at or now - LONGEST_BACK, now - LONGEST_BACK)


def _left_since(work: Work, city: City, since: datetime) -> list[Item]:
    """Oldest first, from the beginning of the week of `since` on, so that weeks can be counted."""
    held_up = select(broadcast.c.id).where(
        broadcast.c.id == news_item.c.broadcast_id,
        broadcast.c.state.in_((str(broadcasts.State.PAUSED), str(broadcasts.State.STOPPED))),
    )
    column = news_item.c
    urgent = [topic.key for topic in city.news.topics if topic.urgent]
    found = items(
        work,
        column.state == str(State.PLANNED),
        column.starts_at >= _monday(since, city),
        column.starts_at < work.now,
        or_(column.expires_at.is_(None), column.expires_at > work.now),
        column.topic.not_in(urgent),
        ~held_up.exists(),
        most=MOST_ITEMS,
    )
    return found[::-1]


@lru_cache(maxsize=4096)
def _monday(instant: datetime, city: City) -> datetime:
    day = instant.astimezone(city.zone).date()
    return datetime.combine(day - timedelta(days=day.weekday()), time(0), city.zone)


def _had(work: Work, people: dict[int, Person], found: Sequence[Item]) -> set[tuple[int, int]]:
    """(resident, broadcast) of what came at once, or may have."""
    numbers = [one.broadcast_id for one in found if one.broadcast_id is not None]
    if not numbers:
        return set()
    arrived = or_(letter.c.state.in_(("sending", "sent")), letter.c.error == "unknown")
    query = (
        select(address.c.resident_id, letter.c.broadcast_id)
        .join_from(address, letter, letter.c.address_id == address.c.id)
        .where(address.c.resident_id.in_(list(people)), letter.c.broadcast_id.in_(numbers), arrived)
    )
    return {(row[0], row[1]) for row in work.connection.execute(query)}


def enough(wish: Choices, found: Sequence[Item], since: datetime, city: City) -> list[Item]:
    """Of items in the order they left, those that this person wishes, left from `since` on, and not too many of."""
    of_week: Counter[tuple[str, datetime]] = Counter()
    of_topic: Counter[str] = Counter()
    kept = []
    for one in found:
        if one.starts_at is None or one.topic not in wish.topics or not concerns(one, wish.quartiers):
            continue
        week = one.topic, _monday(one.starts_at, city)
        of_week[week] += 1
        most = _most(wish, one.topic, city)
        if one.starts_at < since or (most is not None and max(of_week[week], of_topic[one.topic] + 1) > most):
            continue
        of_topic[one.topic] += 1
        kept.append(one)
    return kept


def _most(wish: Choices, key: str, city: City) -> int | None:
    topic = city.news.topic(key)
    return 1 if key in wish.less else topic.weekly_cap if topic else None


def _too_late(wish: Choices, now: datetime, city: City) -> datetime:
    """When the quiet hours begin, or the day ends."""
    local = now.astimezone(city.zone)
    hours = quiet_hours(wish, city)
    midnight = datetime.combine(local.date() + timedelta(days=1), time(0), city.zone)
    quiet = datetime.combine(local.date(), hours.start, city.zone)
    return quiet if hours.start != hours.end and local < quiet < midnight else midnight


_MOVE = (
    update(news_choice)
    .where(news_choice.c.resident_id == bindparam("whose"))
    .values(digest_at=bindparam("following"), digested_at=bindparam("up_to"))
)


def _move_on(work: Work, city: City, rows: Sequence[Any], wishes: dict[int, Choices], told: set[int]) -> None:
    moved = [
        {
            "whose": row.resident_id,
            "following": next_digest(wishes[row.resident_id], work.now, city),
            "up_to": work.now if row.resident_id in told else row.digested_at,
        }
        for row in rows
    ]
    work.connection.execute(_MOVE, moved)
