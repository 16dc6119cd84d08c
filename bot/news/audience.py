"""Who gets an item: chosen late, one address a person; and asked again just before their letter leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    Join,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
)

from bot.city.bulletin import Topic
from bot.city.model import City, QuietHours
from bot.delivery.broadcast import Later, Never, Nobody, Verdict
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


WINDOWS = 5
"""Looked at in one transaction: replies wait behind it."""


def audience(work: Work, item: Item, after: int, most: int, *, city: City) -> Select[tuple[int, int, str]] | Nobody:
    """(resident, address, channel) of those who get `item` at once, numbered over `after`, at most `most`; nobody when
    there is nobody further.

    They wish it (topic, quartier, rhythm, being written to), have not had it in a digest, and have not had enough of
    its topic this week: the town's cap, or their own. An urgent topic knows neither rhythm nor cap.

    The next `most` of those who get news are looked at, and those after them, some times over, if none is concerned.
    Every table is told where these begin and end, so that no plan a database may choose walks through all the others
    again.
    """
    topic = city.news.topic(item.topic)
    wishes = [] if topic and topic.urgent else _at_once(work, item, topic)
    for _window in range(WINDOWS):
        last = _last_of(work, after, most)
        chosen = _subscribed(item.topics, item.quartiers, after, last).where(*wishes)
        query = chosen.with_only_columns(news_choice.c.resident_id, address.c.id, address.c.channel)
        query = query.order_by(news_choice.c.resident_id)
        if last is None or work.connection.execute(query.limit(1)).first():
            return query
        after = last
    return Nobody(after)


def _last_of(work: Work, after: int, most: int) -> int | None:
    """The last of the next `most`; None when there are not so many."""
    whose = news_choice.c.resident_id
    query = select(whose).where(whose > after).order_by(whose).offset(most - 1).limit(1)
    return work.connection.execute(query).scalar_one_or_none()


def _at_once(work: Work, item: Item, topic: Topic | None) -> list[ColumnElement[bool]]:
    digested = news_choice.c.digested_at
    wishes = [news_choice.c.rhythm == str(Rhythm.AT_ONCE), *not_capped(work, item, topic)]
    if item.starts_at is not None:
        wishes.append(or_(digested.is_(None), digested <= item.starts_at))
    return wishes


def _subscribed(
    topics: Sequence[str], quartiers: Sequence[int], after: int | None = None, last: int | None = None
) -> Select[Any]:
    """Whoever chose one of the topics and one of the quartiers, at the address where they were heard of last, if
    the bot may write to them. Without quartiers it is for the whole town, whatever they chose."""
    follows = news_topic.c.resident_id == news_choice.c.resident_id
    numbers = [news_choice.c.resident_id, resident.c.id, address.c.resident_id]
    people: FromClause = news_choice
    if len(topics) == 1:
        people, theirs = news_choice.join(news_topic, follows), news_topic.c.topic == topics[0]
        numbers.append(news_topic.c.resident_id)
    else:  # joined, whoever follows two of them would get it twice
        between = _between([news_topic.c.resident_id], after, last)
        theirs = exists().where(follows, news_topic.c.topic.in_(topics), *between)
    query = (
        select(news_choice.c.rhythm, address.c.channel, resident.c.language)
        .select_from(people)
        .join(resident, resident.c.id == news_choice.c.resident_id)
        .join(address, address.c.resident_id == news_choice.c.resident_id)
        .where(theirs, resident.c.pushes, address.c.id == _last_heard())
        .where(*_between(numbers, after, last))
    )
    if not quartiers:
        return query
    number, whose = news_quartier.c.quartier, news_quartier.c.resident_id
    lives = exists().where(whose == news_choice.c.resident_id, number.in_(quartiers), *_between([whose], after, last))
    return query.where(lives)


def _between(numbers: Sequence[Column[int]], after: int | None, last: int | None) -> list[ColumnElement[bool]]:
    first = [number > after for number in numbers if after is not None]
    return first + [number <= last for number in numbers if last is not None]


def _last_heard() -> ScalarSelect[int]:
    """Not as « no other was heard of later »: SQLite then compares each with all of the chunk."""
    other = address.alias("other")
    query = select(other.c.id).where(other.c.resident_id == news_choice.c.resident_id, other.c.gone_because.is_(None))
    return query.order_by(other.c.heard_at.desc(), other.c.id.desc()).limit(1).scalar_subquery()


def _everybody(topics: Sequence[str], quartiers: Sequence[int]) -> Select[Any]:
    """The same people all at once, for counting: here each table is best walked through."""
    place = func.row_number().over(
        partition_by=address.c.resident_id, order_by=(address.c.heard_at.desc(), address.c.id.desc())
    )
    heard = select(address.c.resident_id, address.c.channel, place.label("place"))
    follow = select(news_topic.c.resident_id).where(news_topic.c.topic.in_(topics))
    heard_of = heard.where(address.c.gone_because.is_(None)).subquery()
    query = (
        select(news_choice.c.rhythm, heard_of.c.channel, resident.c.language)
        .join_from(news_choice, heard_of, heard_of.c.resident_id == news_choice.c.resident_id)
        .join(resident, resident.c.id == news_choice.c.resident_id)
        .where(heard_of.c.place == 1, resident.c.pushes, news_choice.c.resident_id.in_(follow))
    )
    lives = select(news_quartier.c.resident_id).where(news_quartier.c.quartier.in_(quartiers))
    return query.where(news_choice.c.resident_id.in_(lives)) if quartiers else query


# Asked again


def judge(work: Work, item: Item, addresses: Sequence[int], *, city: City) -> dict[int, Verdict]:
    """What holds now for letters that are about to leave: those of people who no longer wish it never leave, nor do
    those of people who have had enough; those in their quiet hours wait. Those left out may go."""
    topic = city.news.topic(item.topic)
    urgent = topic is not None and topic.urgent
    people = _people(work, addresses)
    low, high = min(people.values(), default=0), max(people.values(), default=0)
    about: dict[str, Any] = {"topics": item.topics} if item.also else {"topic": item.topic}
    wished = _WISHES_ABOUT_SEVERAL if item.also else _WISHES
    rows = wished.rows(work, addresses=addresses, quartiers=item.quartiers, low=low, high=high, **about)
    wishes = {row[0]: row[1:] for row in rows}
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
        verdicts |= dict.fromkeys(had_enough(work, item, topic, going, low, high), CAPPED)
    return verdicts


_RESIDENTS = Prepared(
    lambda dialect: select(address.c.id, address.c.resident_id).where(among(address.c.id, "addresses", dialect))
)


def _people(work: Work, addresses: Sequence[int]) -> dict[int, int]:
    """Residents by address. Letters leave in the order of residents, so that those of a batch are near one another:
    PostgreSQL, told between which two numbers they are, does not walk through every table."""
    return {row[0]: row[1] for row in _RESIDENTS.rows(work, addresses=addresses)}


def _near(number: Column[int]) -> ColumnElement[bool]:
    """`number` is that of somebody of the batch, or near."""
    return and_(number == address.c.resident_id, number >= bindparam("low"), number <= bindparam("high"))


def _wishes_of(dialect: str) -> Select[Any]:
    topic = news_topic.c
    joined = _reading().outerjoin(news_topic, and_(_near(topic.resident_id), topic.topic == bindparam("topic")))
    return _wishes(dialect, joined, topic.topic)


def _wishes_about_several(dialect: str) -> Select[Any]:
    topic = news_topic.c
    followed = select(func.min(topic.topic)).where(_near(topic.resident_id), among(topic.topic, "topics", dialect))
    return _wishes(dialect, _reading(), followed.scalar_subquery())


def _reading() -> Join:
    return address.join(resident, _near(resident.c.id)).outerjoin(news_choice, _near(news_choice.c.resident_id))


def _wishes(dialect: str, people: Join, followed: ColumnElement[str]) -> Select[Any]:
    choice, quartier = news_choice.c, news_quartier.c
    there = exists().where(_near(quartier.resident_id), among(quartier.quartier, "quartiers", dialect))
    return (
        select(
            address.c.id,
            resident.c.pushes,
            choice.rhythm,
            followed,
            there,
            choice.digested_at,
            choice.quiet_start,
            choice.quiet_end,
        )
        .select_from(people)
        .where(among(address.c.id, "addresses", dialect))
    )


_WISHES = Prepared(_wishes_of)
_WISHES_ABOUT_SEVERAL = Prepared(_wishes_about_several)


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


def estimate(work: Work, topics: Sequence[str], quartiers: Sequence[int], *, city: City) -> Estimate:
    """How many people a piece of news would reach, before it is written. Caps are not looked at."""
    known = city.news.topic(topics[0])
    urgent = known is not None and known.urgent
    each = _everybody(topics, quartiers).subquery()
    query = select(each, func.count()).group_by(*each.c)
    by_channel: Counter[str] = Counter()
    by_language: Counter[str] = Counter()
    at_once = people = 0
    for rhythm, channel, language, count in work.connection.execute(query):
        people += count
        at_once += count if urgent or rhythm == str(Rhythm.AT_ONCE) else 0
        by_channel[channel] += count
        by_language[language] += count
    return Estimate(people, at_once, people - at_once, dict(by_channel), dict(by_language))
