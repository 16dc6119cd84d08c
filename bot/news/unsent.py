"""What was written and never left is not kept for ever."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from bot.news.moves import CHANGEABLE
from bot.news.store import news_item
from bot.people.audit import audit
from bot.storage.work import Work

UNSENT_KEPT = timedelta(days=90)
"""Since anybody last did something about it: a season, so that what was put off can still be taken up again."""


def forget_unsent(work: Work, before: datetime, most: int = 500) -> int:
    """Erase up to `most` drafts, items sent back and items withdrawn about which nothing was done since `before`; gives
    how many. What waits for approval stays, somebody is to read it; so do the entries of feeds: they are how an entry
    is known when its feed is read again."""
    states = [state.value for state in CHANGEABLE]
    untouched = (news_item.c.state.in_(states), news_item.c.created_at < before, news_item.c.feed_key.is_(None))
    touched = select(audit.c.id).where(audit.c.about == news_item.c.ref, audit.c.at >= before).exists()
    query = select(news_item.c.id).where(*untouched, ~touched).order_by(news_item.c.id).limit(most)
    old = news_item.c.id.in_(work.connection.scalars(query).all())
    return work.connection.execute(delete(news_item).where(old, *untouched)).rowcount
