"""Digests: what came since the last one, in one letter, at the hour that each person chose.

A digest whose hour has come goes if it is still the same day for the town, outside the person's quiet hours, and not
between 2 and 3 at night; a process that was down may so be late by hours. Otherwise it is left out and the next one
carries everything: after days of silence there is one, not several. When there is nothing to tell, nothing is sent.

It holds the items that left since the last digest, are neither taken back nor past nor held up by their author, and
did not reach the person at once: before they asked for digests, say. Urgent ones never do: those came at once, whatever
the rhythm. Items that their author holds up at that hour, and those of a digest that did not arrive, come with the next
one: see `bot.news.owed`. Whoever reads at once from now on gets a last one, with what came before.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, time, timedelta
from typing import Any

import msgspec
from sqlalchemy import and_, bindparam, or_, select, update

from bot.city.model import City
from bot.delivery import broadcast as broadcasts
from bot.delivery.broadcast import broadcast
from bot.delivery.outbox import letter
from bot.news.choose import choices_from
from bot.news.digest_hours import is_night, next_digest, quiet_hours, quiet_until
from bot.news.model import Choices, Item, Rhythm
from bot.news.owed import LONGEST_BACK, as_kept, as_told, look_at_last, since_of, standing
from bot.news.pick import is_new, is_wished, monday, pick
from bot.news.store import items, news_choice, news_item, news_quartier, news_topic
from bot.people.model import Person
from bot.people.store import address, addresses_of
from bot.storage.work import Work

LOOKED_BACK = timedelta(days=9)
"""Any week has a digest in it."""

A_MOMENT = timedelta(minutes=1)
A_DAY = timedelta(days=1)

MOST_PEOPLE = 250
"""Looked at in one transaction: about a twentieth of a second, in which no turn is taken."""

MOST_ITEMS = 500


class Digest(msgspec.Struct, frozen=True):
    """What one person is told. `until`: from then on it is too late for it, or the first of its items has ended."""

    person: Person
    rhythm: Rhythm
    due: datetime
    items: tuple[Item, ...]
    until: datetime


def take_due(work: Work, city: City, most: int = MOST_PEOPLE) -> tuple[list[Digest], int]:
    """The digests of up to `most` people whose hour has come, and how many people were looked at. Their next hour is
    noted in the same transaction, so that none is made twice; the letters are to be noted by `note_letters`."""
    if is_night(work.now, city):
        return [], 0
    query = select(news_choice).where(news_choice.c.digest_at <= work.now).order_by(news_choice.c.digest_at).limit(most)
    rows = work.connection.execute(query.with_for_update(skip_locked=True)).all()
    if not rows:
        return [], 0
    readers = _readers(work, city, rows)
    digests, held = _digests(work, city, [one for one in readers if one.is_timely])
    _move_on(work, city, readers, {one.person.id: one for one in digests}, held)
    return digests, len(rows)


class _Reader(msgspec.Struct, frozen=True):
    """Somebody whose hour has come. New to them is what left from `since` on, and what they are `owed`."""

    wish: Choices
    due: datetime
    since: datetime
    owed: frozenset[int]
    row: Any
    is_timely: bool
    is_waited_for: bool  # their last digest is leaving at this instant


def _readers(work: Work, city: City, rows: Sequence[Any]) -> list[_Reader]:
    wishes = _wishes(work, rows)
    owed, leaving = look_at_last(work, rows)
    readers = []
    for row in rows:
        number, wish = row.resident_id, wishes[row.resident_id]
        due = _last_due(wish, row.digest_at, work.now, city)
        timely = number not in leaving and _is_timely(wish, due, work.now, city)
        since = work.now if wish.rhythm is Rhythm.AT_ONCE else since_of(row, work.now)
        readers.append(_Reader(wish, due, since, owed[number], row, timely, number in leaving))
    return readers


def _last_due(wish: Choices, due: datetime, now: datetime, city: City) -> datetime:
    """The newest of several whose hour has come while nobody looked."""
    due = max(due, now - LOOKED_BACK)
    while (following := next_digest(wish, due, city)) and following <= now:
        due = following
    return due


def _is_timely(wish: Choices, due: datetime, now: datetime, city: City) -> bool:
    """Whoever reads at once by now has no other digest that would carry everything: it may be late by days."""
    same_day = now.astimezone(city.zone).date() == due.astimezone(city.zone).date()
    return (same_day or wish.rhythm is Rhythm.AT_ONCE) and quiet_until(wish, now, city) is None


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


def _digests(work: Work, city: City, readers: Sequence[_Reader]) -> tuple[list[Digest], dict[int, frozenset[int]]]:
    """Of those who can be written to and have something to read; and what is held up by its author, by resident."""
    by_number = {one.wish.resident_id: one for one in readers}
    people: dict[int, Person] = {}
    for person in sorted(addresses_of(work, by_number), key=lambda one: (one.heard_at or work.now, one.address)):
        if person.pushes:
            people[person.id] = person  # the address heard of last stays
    if not people:
        return [], {}
    ours = [by_number[number] for number in people]
    found, paused = _left(work, city, min(one.since for one in ours), {item for one in ours for item in one.owed})
    had = _had(work, people, found)
    digests, held = [], {}
    for one in ours:
        number = one.wish.resident_id
        held[number] = frozenset(item.id for item in paused if _is_held_up(item, one))
        got = {item.id for item in found if (number, item.broadcast_id) in had}
        there = [item for item in found if item.id not in held[number]]
        picked = [item for item in pick(one.wish, there, one.since, one.owed, city) if item.id not in got]
        if chosen := [item for item in picked if item not in paused]:
            until = min([_too_late(one.wish, work.now, city), *_ends(chosen)])
            digests.append(Digest(people[number], one.wish.rhythm, one.due, tuple(chosen), until))
    return digests, held


def _is_held_up(item: Item, reader: _Reader) -> bool:
    return is_wished(item, reader.wish) and is_new(item, reader.since, reader.owed)


def _left(work: Work, city: City, since: datetime, owed: Collection[int]) -> tuple[list[Item], list[Item]]:
    """Oldest first, from the beginning of the week of `since` on, so that weeks can be counted, and those `owed`; and
    which of them are paused."""
    column = news_item.c
    urgent = [topic.key for topic in city.news.topics if topic.urgent]
    recent = and_(column.starts_at >= monday(since, city), column.starts_at < work.now)
    found = items(work, *standing(work), recent | column.id.in_(owed), column.topic.not_in(urgent), most=MOST_ITEMS)
    found = [one for one in found[::-1] if one.starts_at and one.starts_at > work.now - LONGEST_BACK]
    sends = [one.broadcast_id for one in found if one.broadcast_id is not None]
    paused = broadcast.c.id.in_(sends), broadcast.c.state == str(broadcasts.State.PAUSED)
    numbers = set(work.connection.scalars(select(broadcast.c.id).where(*paused)))
    return found, [one for one in found if one.broadcast_id in numbers]


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


def _too_late(wish: Choices, now: datetime, city: City) -> datetime:
    """When the quiet hours begin, or the day ends."""
    local = now.astimezone(city.zone)
    hours = quiet_hours(wish, city)
    midnight = datetime.combine(local.date() + timedelta(days=1), time(0), city.zone)
    quiet = datetime.combine(local.date(), hours.start, city.zone)
    return quiet if hours.start != hours.end and local < quiet < midnight else midnight


def _ends(some: Sequence[Item]) -> list[datetime]:
    """Of those items that have one: a digest that tells what has ended is made anew (`bot.news.anew`)."""
    return [item.expires_at for item in some if item.expires_at is not None]


_MOVE = (
    update(news_choice)
    .where(news_choice.c.resident_id == bindparam("whose"))
    .values(
        digest_at=bindparam("following"),
        digested_at=bindparam("up_to"),
        letter_id=bindparam("is"),
        told=bindparam("holds"),
        owed=bindparam("owes"),
    )
)


def _move_on(
    work: Work, city: City, readers: Sequence[_Reader], digests: dict[int, Digest], held: dict[int, frozenset[int]]
) -> None:
    moved: list[dict[str, Any]] = []
    for one in readers:
        number, row = one.wish.resident_id, one.row
        following = _following(one, work.now, city, pending=number in digests or bool(held.get(number)))
        values: dict[str, Any] = {"whose": number, "following": following}
        if one.is_timely:
            holds = as_told(digests[number].items) if number in digests else None
            owes = held.get(number, one.owed)
            values |= {"up_to": work.now, "is": None, "holds": holds, "owes": as_kept(owes)}
        else:
            values |= {"up_to": row.digested_at, "is": row.letter_id, "holds": row.told, "owes": row.owed}
        moved.append(values)
    work.connection.execute(_MOVE, moved)


def _following(reader: _Reader, now: datetime, city: City, *, pending: bool) -> datetime | None:
    """When to look again. Whoever reads at once by now is looked at until their last digest has arrived."""
    if reader.is_waited_for:
        return now + A_MOMENT
    if reader.wish.rhythm is not Rhythm.AT_ONCE:
        return next_digest(reader.wish, now, city)
    if not reader.is_timely:
        return quiet_until(reader.wish, now, city)
    return now + A_DAY if pending else None
