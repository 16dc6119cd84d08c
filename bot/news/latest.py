"""The news that anybody may read, those that left last first."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bot.news.model import Item, State
from bot.news.store import about, items, news_item
from bot.storage.work import Work

_AT_ONCE = 100


def latest(
    work: Work, quartiers: Collection[int] | None, topics: Collection[str] | None, now: datetime, most: int
) -> list[Item]:
    """Up to `most` items that have left, are not taken back and not past. `quartiers`: those of the whole town come
    with them in any case; None: of every quartier. `topics` None: about anything."""
    found: list[Item] = []
    column, before = news_item.c, now
    public = [column.state == str(State.PLANNED), column.expires_at.is_(None) | (column.expires_at > now)]
    if topics is not None:
        public.append(about(*topics))
    seen: set[int] = set()
    while len(found) < most:
        page = [one for one in items(work, *public, column.starts_at <= before, most=_AT_ONCE) if one.id not in seen]
        seen |= {one.id for one in page}
        found += [one for one in page if concerns(one, quartiers)]
        if not page or (last := page[-1].starts_at) is None:
            break
        before = last
    return found[:most]


def concerns(item: Item, quartiers: Collection[int] | None) -> bool:
    """Whether it is for somebody of these quartiers."""
    return quartiers is None or not item.quartiers or any(number in quartiers for number in item.quartiers)
