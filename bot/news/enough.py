"""Enough is enough: at most so many items of a topic a week, as the town says or as a person asked.

Weeks are the last seven days. When the letters of a broadcast are written, those on their way count too; when they
leave, only what arrived does: of two that wait, the first may go.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, ScalarSelect, Select, and_, bindparam, case, func, or_, select

from bot.city.bulletin import Topic
from bot.delivery.outbox import letter
from bot.news.model import Item, State
from bot.news.store import news_choice, news_item, news_topic
from bot.people.store import address
from bot.storage.prepared import Prepared, among
from bot.storage.work import Work

WEEK = timedelta(days=7)

A_DAY_ON_THE_WAY = timedelta(days=1)
"""A letter may arrive so long after its broadcast began: quiet hours, many readers."""

NO_CAP = 2**15

# Items of the topic that ran this week come first: most weeks there are too few of them for anybody to have
# had enough, and nothing is counted.


def not_capped(work: Work, item: Item, topic: Topic | None) -> list[ColumnElement[bool]]:
    ran, cap = _ran_this_week(work, item), topic.weekly_cap if topic else None
    if not ran:
        return []
    had = _had(work, ran)
    weekly = _asked_for(item)
    if cap is None or len(ran) < cap:
        return [or_(weekly.is_(None), had < weekly)]
    return [had < func.coalesce(weekly, cap)]


def _asked_for(item: Item) -> ColumnElement[Any]:
    """How many a week the reader asked for, of the topic for which they get it."""
    if not item.also:
        return news_topic.c.weekly
    theirs = news_topic.alias("theirs_about")
    place = case({topic: at for at, topic in enumerate(item.topics)}, value=theirs.c.topic)
    query = select(theirs.c.weekly).where(
        theirs.c.resident_id == news_choice.c.resident_id, theirs.c.topic.in_(item.topics)
    )
    return query.order_by(place).limit(1).scalar_subquery()


def _ran_this_week(work: Work, item: Item) -> list[int]:
    """The broadcasts of other items that count in the same topic."""
    column = news_item.c
    query = select(column.broadcast_id).where(
        column.topic == item.topic,
        column.id != item.id,
        column.broadcast_id.is_not(None),
        column.state.in_((str(State.PLANNED), str(State.RECALLED))),
        column.starts_at > work.now - WEEK - A_DAY_ON_THE_WAY,
        column.starts_at <= work.now,
    )
    return [number for number in work.connection.scalars(query) if number is not None]


def _had(work: Work, broadcasts: Sequence[int]) -> ScalarSelect[int]:
    """How many of these each resident got in the last seven days, or has on the way."""
    theirs = address.alias("theirs")
    return (
        select(func.count())
        .select_from(theirs.join(letter, letter.c.address_id == theirs.c.id))
        .where(
            theirs.c.resident_id == news_choice.c.resident_id,
            letter.c.broadcast_id.in_(broadcasts),
            or_(letter.c.state.in_(("queued", "sending", "sent")), letter.c.error == "unknown"),
            or_(letter.c.sent_at.is_(None), letter.c.sent_at > work.now - WEEK),
        )
        .scalar_subquery()
    )


def _with_enough(dialect: str) -> tuple[Select[Any], ColumnElement[bool]]:
    """(address, topic, whether they have had enough of it), and that last column."""
    theirs = address.alias("theirs")
    had = (
        select(func.count())
        .select_from(theirs.join(letter, letter.c.address_id == theirs.c.id))
        .where(
            theirs.c.resident_id == address.c.resident_id,
            among(letter.c.broadcast_id, "broadcasts", dialect),
            or_(
                letter.c.state == "sending",
                and_(letter.c.state == "sent", letter.c.sent_at > bindparam("since")),
                letter.c.error == "unknown",
            ),
        )
        .scalar_subquery()
    )
    is_enough = had >= func.coalesce(news_topic.c.weekly, bindparam("cap", type_=Integer))
    return (
        select(address.c.id, news_topic.c.topic, is_enough)
        .join(news_topic, news_topic.c.resident_id == address.c.resident_id)
        .where(
            among(address.c.id, "addresses", dialect),
            news_topic.c.resident_id >= bindparam("low"),
            news_topic.c.resident_id <= bindparam("high"),
        )
    ), is_enough


def _about_one(dialect: str) -> Select[Any]:
    query, is_enough = _with_enough(dialect)
    return query.where(news_topic.c.topic == bindparam("topic"), is_enough).with_only_columns(address.c.id)


def _about_several(dialect: str) -> Select[Any]:
    """A row for each of the topics that somebody follows: only that for which they get the item counts."""
    query, _is_enough = _with_enough(dialect)
    return query.where(among(news_topic.c.topic, "topics", dialect))


_HAD_ENOUGH, _OF_EACH_TOPIC = Prepared(_about_one), Prepared(_about_several)


def had_enough(work: Work, item: Item, topic: Topic | None, addresses: Sequence[int], low: int, high: int) -> list[int]:
    """Of these addresses, of residents numbered `low` to `high`. Only what arrived counts here: of two letters that
    wait, the one that comes first may leave."""
    ran = _ran_this_week(work, item)
    if not ran or not addresses:
        return []
    cap = topic.weekly_cap if topic and topic.weekly_cap is not None else NO_CAP
    known = {"addresses": addresses, "broadcasts": ran, "cap": cap, "since": work.now - WEEK, "low": low, "high": high}
    if not item.also:
        return [row[0] for row in _HAD_ENOUGH.rows(work, topic=item.topic, **known)]
    enough: dict[int, dict[str, bool]] = {}
    for number, followed, is_enough in _OF_EACH_TOPIC.rows(work, topics=item.topics, **known):
        enough.setdefault(number, {})[followed] = bool(is_enough)
    return [number for number, of in enough.items() if of[item.topic_for(of) or item.topic]]
