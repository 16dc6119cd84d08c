"""When an author's role ends: nothing more leaves in their name."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, or_, select

from bot.news.control import take_back
from bot.news.model import Item, State
from bot.news.moves import Refused, held
from bot.news.store import news_item
from bot.people.staff import rights_of
from bot.storage.work import Work

ACT = "news.author_left"


def withdraw_of(work: Work, author: int, by: int | None = None, *, erased: bool = False) -> list[Item]:
    """Take back what an author wrote for quartiers that no role of theirs reaches any more: what is planned and has not
    left, series, what waits for a second person. Gives it as it is now. `by` None: the operator, or the clock.

    To be called once the role has ended, and with `erased` before somebody is erased, for all of theirs. What is on its
    way goes on: whoever may approve it can stop it.
    """
    rights = rights_of(work, author)
    withdrawn = []
    for item in not_left_of(work, author):
        if rights.may_write_to(item.quartiers) and not erased:
            continue
        try:
            withdrawn.append(take_back(work, by, item, ACT))
        except Refused:  # it has begun to leave this very moment
            continue
    return withdrawn


def not_left_of(work: Work, author: int) -> Iterator[Item]:
    """What an author wrote that is planned and has not left, series, and what waits for a second person. Each is held,
    and looked at when its turn comes: the end of a series takes others along."""
    pending = or_(news_item.c.starts_at > work.now, news_item.c.recurrence.is_not(None))
    query = (
        select(news_item.c.ref)
        .where(news_item.c.author_id == author)
        .where(
            or_(news_item.c.state == State.REVIEW.value, and_(news_item.c.state == State.PLANNED.value, pending)),
        )
        .order_by(news_item.c.recurrence.is_(None), news_item.c.id)  # series first: what was made of them goes along
    )
    for ref in work.connection.scalars(query).all():
        item = held(work, ref)
        if item.state in (State.REVIEW, State.PLANNED):
            yield item
