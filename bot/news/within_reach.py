"""For how long the messages that brought an item can be corrected and taken away."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Select, or_, select

from bot.delivery.forgetting import Reach, reach
from bot.news.model import Item, State
from bot.news.store import news_item
from bot.storage.work import Work

CHANGED_FOR = timedelta(days=366)
"""Since an item left. Telegram sets no limit to edits; but who got what is not kept for good, and nobody scrolls up so
far."""


def carrying_what_stands(work: Work) -> Select[tuple[int]]:
    """The broadcasts that brought items which are neither past nor taken back: a mistake in them may yet be found."""
    column = news_item.c
    fresh = or_(column.expires_at.is_(None), column.expires_at > work.now)
    recent = column.starts_at > work.now - CHANGED_FOR
    query = select(column.broadcast_id).where(column.state == State.PLANNED.value, fresh, recent)
    return query.where(column.broadcast_id.is_not(None))


def reach_of(work: Work, item: Item) -> Reach:
    """What a correction or a recall can still do to the messages that brought an item."""
    return reach(work, item.broadcast_id) if item.broadcast_id is not None else Reach()
