"""Who gets an item: chosen late, one address a person; and asked again just before their letter leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    FromClause,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
)

from bot.city.model import City, QuietHours
from bot.delivery.broadcast import Later, Never, Verdict
from bot.news.choose import clock
from bot.news.enough import had_enough, not_capped
from bot.news.model import Item, Rhythm
from bot.news.store import news_choice, news_quartier, news_topic
from bot.people.store import address, resident
from bot.storage.prepared import Prepared, among
from bot.storage.work import Work

UNSUBSCRIBED, STOPPED, CAPPED = Never("unsubscribed"), Never("stopped"), Never("capped")


class Estimate(msgspec.Struct, frozen=True):
    """How many an item would reach if it left now. An urgent one reaches everybody at once."""

    people: int
    at_once: int
    digests: int
    by_channel: dict[str, int]
    by_language: dict[str, int]


def audience(work: Work, item: Item, after: int, most: int, *, city: City) -> Select[tuple[int, int, str]]:
    """(resident, address, channel) of those who get `item` at once, numbered over `after`, at most `most`.

    They wish it (topic, quartier, rhythm, being written to), have not had it in a digest, and have not had enough of
    its topic this week: the town's cap, or their own. An urgent topic knows neither rhythm nor cap.
    """
    topic = city.news.topic(item.topic)
    urgent = topic is not None and topic.urgent
    rows = _subscribed(item.topic)
    query = select(news_choice.c.resident_id, address.c.id, address.c.channel).select_from(rows)
    query = query.where(news_choice.c.resident_id > after, resident.c.pushes, _right_quartier(item.quartiers))
    if not urgent:
        digested = news_choice.c.digested_at
        query = query.where(news_choice.c.rhythm == str(Rhythm.AT_ONCE))
        if item.starts_at is not None:
            query = query.where(or_(digested.is_(None), digested <= item.starts_at))
        query = query.where(*not_capped(work, item, topic))
    return query.order_by(news_choice.c.resident_id).limit(most)


def _subscribed(topic: str) -> FromClause:
    """Whoever chose the topic, at the address where they were heard of last."""
    chosen = and_(news_topic.c.resident_id == news_choice.c.resident_id, news_topic.c.topic == topic)
    return (
        news_choice.join(news_topic, chosen)
        .join(resident, resident.c.id == news_choice.c.resident_id)
        .join(address, address.c.id == _last_heard())
    )


def _last_heard() -> ScalarSelect[int]:
    other = address.alias("other")
    query = select(other.c.id).where(other.c.resident_id == news_choice.c.resident_id, other.c.gone_because.is_(None))
    return query.order_by(other.c.heard_at.desc(), other.c.id.desc()).limit(1).scalar_subquery()


def _right_quartier(quartiers: Sequence[int]) -> ColumnElement[bool]:
    """No quartier: the whole town, whatever they chose."""
    mine = news_quartier.c.resident_id == news_choice.c.resident_id
    return exists().where(mine, news_quartier.c.quartier.in_(quartiers)) if quartiers else resident.c.id.is_not(None)


# Asked again


def judge(work: Work, item: Item, addresses: Sequence[int], *, city: City) -> dict[int, Verdict]:
    """What holds now for letters that are about to leave: those of people who no longer wish it never leave, nor do
    those of people who have had enough; those in their quiet hours wait. Those left out may go."""
    topic = city.news.topic(item.topic)
    urgent = topic is not None and topic.urgent
    wishes = {
        row[0]: row[1:] for row in _WISHES.rows(work, addresses=addresses, quartiers=item.quartiers, topic=item.topic)
    }
    quiet = _Quiet(city, work.now)
    verdicts: dict[int, Verdict] = {}
    for number in addresses:
        never = _refused(item, wishes.get(number), urgent)
        if never or urgent:
            verdicts |= {number: never} if never else {}
        elif until := quiet.until(*wishes[number][-2:]):
            verdicts[number] = Later(until)
    if not urgent:
        going = [number for number in addresses if number not in verdicts]
        verdicts |= dict.fromkeys(had_enough(work, item, topic, going), CAPPED)
    return verdicts


def _wishes_of(dialect: str) -> Select[Any]:
    choice, topic, quartier = news_choice, news_topic, news_quartier
    there = exists().where(
        quartier.c.resident_id == address.c.resident_id, among(quartier.c.quartier, "quartiers", dialect)
    )
    asked = and_(topic.c.resident_id == address.c.resident_id, topic.c.topic == bindparam("topic"))
    return (
        select(
            address.c.id,
            resident.c.pushes,
            choice.c.rhythm,
            topic.c.topic,
            there,
            choice.c.digested_at,
            choice.c.quiet_start,
            choice.c.quiet_end,
        )
        .select_from(
            address.join(resident, resident.c.id == address.c.resident_id)
            .outerjoin(choice, choice.c.resident_id == address.c.resident_id)
            .outerjoin(topic, asked)
        )
        .where(among(address.c.id, "addresses", dialect))
    )


_WISHES = Prepared(_wishes_of)


def _refused(item: Item, wish: Sequence[Any] | None, urgent: bool) -> Never | None:
    if wish is None:
        return UNSUBSCRIBED
    pushes, rhythm, topic, there, digested, _start, _end = wish
    if rhythm is not None and not pushes:
        return STOPPED
    if rhythm is None or topic is None or (item.quartiers and not there):
        return UNSUBSCRIBED
    if urgent:
        return None
    in_a_digest = digested is not None and item.starts_at is not None and digested > item.starts_at
    return UNSUBSCRIBED if rhythm != str(Rhythm.AT_ONCE) or in_a_digest else None


class _Quiet:
    """Until when it is quiet at this instant. Many people share the same hours: each is reckoned once."""

    def __init__(self, city: City, now: datetime) -> None:
        self._city = city
        self._now = now
        self._known: dict[tuple[int | None, int | None], datetime | None] = {}

    def until(self, start: int | None, end: int | None) -> datetime | None:
        """Minutes since midnight; None: the town's hours."""
        if (start, end) not in self._known:
            hours = self._city.quiet_hours
            if start is not None and end is not None:
                hours = QuietHours(clock(start), clock(end))
            self._known[start, end] = self._city.days.quiet_until(self._now, hours, self._city.zone)
        return self._known[start, end]


# Beforehand


def estimate(work: Work, topic: str, quartiers: Sequence[int], *, city: City) -> Estimate:
    """How many people a piece of news would reach, before it is written. Caps are not looked at."""
    known = city.news.topic(topic)
    urgent = known is not None and known.urgent
    query = (
        select(news_choice.c.rhythm, address.c.channel, resident.c.language, func.count())
        .select_from(_subscribed(topic))
        .where(resident.c.pushes, _right_quartier(quartiers))
        .group_by(news_choice.c.rhythm, address.c.channel, resident.c.language)
    )
    by_channel: Counter[str] = Counter()
    by_language: Counter[str] = Counter()
    at_once = people = 0
    for rhythm, channel, language, count in work.connection.execute(query):
        people += count
        at_once += count if urgent or rhythm == str(Rhythm.AT_ONCE) else 0
        by_channel[channel] += count
        by_language[language] += count
    return Estimate(people, at_once, people - at_once, dict(by_channel), dict(by_language))
