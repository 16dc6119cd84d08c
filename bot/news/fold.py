"""Who answered what to an item is needed for a season, so that it counts once a person; then figures are enough."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.news.model import Item
from bot.news.store import news_answer, news_answered, news_item
from bot.storage.work import Work

COUNTED_FOR = timedelta(days=90)
"""Since the item left. Later answers are obeyed and not counted: nobody can tell by then who has answered before."""


def count_answers(work: Work, item: Item) -> dict[str, int]:
    """How many people answered what, by "less" and "stop"."""
    counted = Counter(_counts(work, item.id, _end(item.starts_at, item.created_at)))
    folded = select(news_answered.c.answer, news_answered.c.people).where(news_answered.c.item_id == item.id)
    counted.update({row[0]: row[1] for row in work.connection.execute(folded)})
    return dict(sorted(counted.items()))


def fold_answers(work: Work, most: int = 200) -> int:
    """Of up to `most` items that left so long ago, keep how many answered and forget who. Gives how many answers were
    forgotten."""
    last = func.coalesce(news_item.c.starts_at, news_item.c.created_at)
    query = (
        select(news_item.c.id, news_item.c.starts_at, news_item.c.created_at)
        .join(news_answer, news_answer.c.item_id == news_item.c.id)
        .where(last <= work.now - COUNTED_FOR)
        .group_by(news_item.c.id, news_item.c.starts_at, news_item.c.created_at)
        .order_by(func.min(news_answer.c.at))
        .limit(most)
    )
    return sum(_fold(work, row[0], _end(row[1], row[2])) for row in work.connection.execute(query).all())


def _fold(work: Work, number: int, end: datetime) -> int:
    new = (postgresql if work.is_postgres else sqlite).insert(news_answered)
    for answer, people in _counts(work, number, end).items():
        added = {"people": news_answered.c.people + people}
        values = new.values(item_id=number, answer=answer, people=people)
        work.connection.execute(values.on_conflict_do_update(index_elements=["item_id", "answer"], set_=added))
    counted, not_needed = news_answer.c.at < end, news_answer.c.at <= work.now - COUNTED_FOR
    gone = delete(news_answer).where(news_answer.c.item_id == number, or_(counted, not_needed))
    return work.connection.execute(gone).rowcount


def _counts(work: Work, number: int, end: datetime) -> dict[str, int]:
    query = select(news_answer.c.answer, func.count()).where(news_answer.c.item_id == number, news_answer.c.at < end)
    return {row[0]: row[1] for row in work.connection.execute(query.group_by(news_answer.c.answer))}


def _end(starts_at: datetime | None, created_at: datetime) -> datetime:
    """Of counting; what was answered about has left, so that the second is never needed but for a row made by hand."""
    return (starts_at or created_at) + COUNTED_FOR
