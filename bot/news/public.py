"""The news that anybody may read: those that have left, and those that were recalled since."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, func, literal, or_, select

from bot.news.model import Item, State
from bot.news.store import about, item_by_ref, items, news_item
from bot.storage.work import Work

A_PAGE = 20
"""Items shown at a time."""

IN_A_FEED = 50
"""Entries of a feed: two months of a lively town. Readers of feeds keep what they have seen."""


class Wanted(msgspec.Struct, frozen=True):
    """Which items: of a quartier (those for the whole town are for it too), of a topic, those that have expired."""

    quartier: int | None = None
    topic: str = ""
    expired: bool = False


class Shown(msgspec.Struct, frozen=True):
    """`older`: the ref after which the next ones come; empty when there are no more."""

    items: tuple[Item, ...]
    older: str = ""


def public_items(work: Work, wanted: Wanted, after: str = "", most: int = A_PAGE) -> Shown:
    """The latest first. `after` is the ref of the last one shown before: unlike a number of a page it stays right when
    something new comes. An unknown one starts at the beginning. Recalled items are not listed: they have a page only.
    """
    where = [_left(work), news_item.c.state == State.PLANNED.value, *_among(work, wanted)]
    last = item_by_ref(work, after) if after else None
    if last and last.starts_at:
        where.append(_earlier(last.starts_at, last.id))
    found = items(work, *where, most=most + 1)
    return Shown(tuple(found[:most]), found[most - 1].ref if len(found) > most else "")


def public_item(work: Work, ref: str) -> Item | None:
    """None for a draft, for what waits, for what was taken back before it left."""
    found = item_by_ref(work, ref)
    return found if found and found.is_public(work.now) else None


def feed_items(work: Work, quartier: int | None = None, most: int = IN_A_FEED) -> list[Item]:
    """What a feed holds, the latest first: recalled items too, so that whoever has them learns of it."""
    return items(work, _left(work), *_among(work, Wanted(quartier)), most=most)


def changed_at(work: Work, quartier: int | None = None) -> datetime | None:
    """When what `feed_items` gives last changed: something left, was corrected, recalled, or expired."""
    columns = (news_item.c.starts_at, news_item.c.corrected_at, news_item.c.recalled_at, news_item.c.expires_at)
    latest = [func.max(column).filter(column <= work.now) for column in columns]
    row = work.connection.execute(select(*latest).where(_left(work), *_for(quartier))).one()
    return max((moment for moment in row if moment is not None), default=None)


def shows_picture(work: Work, key: str, _address: int | None = None) -> bool:
    """Whether this picture is on a page that anybody may read: the town's own, put there by its staff."""
    mentions = news_item.c.pictures.contains(f'"{key}"', autoescape=True)
    query = select(news_item.c.id).where(_left(work), news_item.c.state == State.PLANNED.value, mentions).limit(1)
    return work.connection.execute(query).first() is not None


def _left(work: Work) -> ColumnElement[bool]:
    """The rule of `Item.is_public`, for the database."""
    states = (State.PLANNED.value, State.RECALLED.value)
    return and_(news_item.c.state.in_(states), news_item.c.starts_at <= work.now)


def _among(work: Work, wanted: Wanted) -> list[ColumnElement[bool]]:
    expires = news_item.c.expires_at
    fresh = expires <= work.now if wanted.expired else or_(expires.is_(None), expires > work.now)
    topic = [about(wanted.topic)] if wanted.topic else []
    return [fresh, *topic, *_for(wanted.quartier)]


def _for(quartier: int | None) -> list[ColumnElement[bool]]:
    """Items for this quartier, those for the whole town included. The list is JSON, alike on both databases as text."""
    if quartier is None:
        return []
    commas: ColumnElement[Any] = news_item.c.quartiers
    for sign in ("[", "]", " "):
        commas = func.replace(commas, literal(sign), "" if sign == " " else ",")
    return [or_(news_item.c.quartiers == "[]", commas.contains(f",{quartier},"))]


def _earlier(starts_at: datetime, number: int) -> ColumnElement[bool]:
    same = and_(news_item.c.starts_at == starts_at, news_item.c.id < number)
    return or_(news_item.c.starts_at < starts_at, same)
