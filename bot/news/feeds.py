"""News that come from outside: what is new among the entries of a feed becomes items.

Each entry becomes an item once, by the identity its feed gives it; what its feed changes in it later is not followed.
It waits for approval unless the feed is trusted; what is urgent always does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import and_, or_, select

from bot.city.model import City, Feed
from bot.news.approve import AWAITING
from bot.news.entries import Entry, Read, other_scheme
from bot.news.model import Item, State, Text
from bot.news.moves import Refused, move
from bot.news.plan import plan_item
from bot.news.store import items, news_item
from bot.news.wakes import is_urgent
from bot.news.write import Draft, file_item
from bot.storage.work import Work

MOST_AT_ONCE = 10
"""Items a reading may make: a feed that goes mad, or was moved to new addresses, does not drown those who approve. The
others come with the readings that follow."""

NEW_FOR = timedelta(days=7)
"""An entry older than that is no news: without it the first reading of a feed would bring up the archives. Feeds that
were out of reach for less than that lose nothing."""

HELD_FOR = timedelta(days=14)
"""After its publication an entry that nobody approved leaves no more: « travaux lundi » has been by then."""

TOO_LATE = "It would have left after the end that its feed gives it."
NOBODY_DID = "Nobody approved it before its end."
ALREADY_THERE = "Already in the feed when it was first read, without a date."


class Taken(msgspec.Struct, frozen=True):
    """What became of the entries of a reading."""

    held: tuple[Item, ...] = ()
    planned: tuple[Item, ...] = ()
    known: int = 0
    old: int = 0
    left: int = 0  # for the next reading


Announce = Callable[[Work, Sequence[Item]], object]
"""Told, in the transaction that files them, of the items of a reading that wait for approval."""


def to_nobody(_work: Work, _items: Sequence[Item]) -> None:
    """Whoever may approve finds the item in their list."""


def take(work: Work, city: City, feed: Feed, read: Read, announce: Announce = to_nobody) -> Taken:
    """File what is new. Undated entries that were there at the first reading are only remembered: nobody can tell how
    old they are. Those that come later wait for approval even from a trusted feed."""
    same = (feed.url, other_scheme(feed.url))  # many sites move to https:// one day
    seen = set(work.connection.scalars(select(news_item.c.feed_key).where(news_item.c.feed.in_(same))))
    fresh = [entry for entry in read.entries if not {entry.key, entry.twin} & seen]
    undated = [entry for entry in fresh if entry.published is None]
    if not seen:
        for entry in undated:
            move(work, None, _filed(work, city, feed, read, entry), State.WITHDRAWN, "news.skip", remark=ALREADY_THERE)
    due = _due(work, fresh, first=not seen)
    held, planned = [], []
    for entry in due[:MOST_AT_ONCE]:
        leaves_alone = feed.trusted and entry.published is not None and not is_urgent(city, feed.topic)
        item = _filed(work, city, feed, read, entry, _end(work, entry, held=not leaves_alone))
        if not leaves_alone:
            held.append(move(work, None, item, State.REVIEW, "news.hold"))
        elif left := _let_go(work, city, item):
            planned.append(left)
    if held:
        announce(work, held)
    skipped = len(fresh) - len(due)
    return Taken(tuple(held), tuple(planned), len(read.entries) - len(fresh), skipped, len(due[MOST_AT_ONCE:]))


def _due(work: Work, fresh: Sequence[Entry], *, first: bool) -> list[Entry]:
    """What is to be told, the oldest first; what has no date after the rest, and not at the `first` reading."""
    lasting = [entry for entry in fresh if entry.ends is None or entry.ends > work.now]
    recent = [entry for entry in lasting if entry.published and entry.published > work.now - NEW_FOR]
    undated = [] if first else [entry for entry in lasting if entry.published is None]
    return [*sorted(recent, key=lambda entry: entry.published or work.now), *undated]


def _let_go(work: Work, city: City, item: Item) -> Item | None:
    """None when it would leave after its own end: the hours are quiet until then."""
    try:
        return plan_item(work, None, city, item, "news.plan")
    except Refused:  # before anything was written
        move(work, None, item, State.WITHDRAWN, "news.expire", remark=TOO_LATE)
        return None


def _filed(work: Work, city: City, feed: Feed, read: Read, entry: Entry, ends: datetime | None = None) -> Item:
    language = read.language.partition("-")[0]
    language = language if language in city.languages else city.languages[0]
    draft = Draft(
        topic=feed.topic,
        quartiers=feed.quartiers,
        author_name=feed.name,
        author_role="",
        language=language,
        texts={language: Text(entry.title, entry.words)},
        link=entry.link,
        expires_at=ends,
    )
    return file_item(work, None, draft, feed=feed.url, feed_key=entry.key)


def _end(work: Work, entry: Entry, *, held: bool) -> datetime | None:
    """Its own, or that of what nobody looks at, whichever comes first."""
    ends = [entry.ends] if entry.ends else []
    return min([*ends, (entry.published or work.now) + HELD_FOR] if held else ends, default=None)


def withdraw_ended(work: Work, most: int = 200) -> list[Item]:
    """Take back up to `most` entries of feeds that nobody approved before their end; gives them as they are now."""
    ended = or_(
        news_item.c.expires_at <= work.now,
        and_(news_item.c.expires_at.is_(None), news_item.c.created_at <= work.now - HELD_FOR),  # of before they had one
    )
    found = items(work, AWAITING, news_item.c.feed != "", ended, most=most)
    return [move(work, None, item, State.WITHDRAWN, "news.expire", remark=NOBODY_DID) for item in found]


def known_feed(city: City, address: str) -> Feed | None:
    """The feed of this address that the town lists, if it does."""
    return next((feed for feed in city.news.feeds if feed.url == address), None)


def in_a_sentence(taken: Sequence[Taken]) -> str:
    """For the operator."""
    held, planned = sum(len(one.held) for one in taken), sum(len(one.planned) for one in taken)
    known, old = sum(one.known for one in taken), sum(one.old for one in taken)
    left = sum(one.left for one in taken)
    more = f" {left} more will come with the next readings." if left else ""
    return f"{held} wait for approval, {planned} planned, {known} known already, {old} too old or undated.{more}"
