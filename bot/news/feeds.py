"""News that come from outside: an RSS or Atom feed read into entries, new entries into items.

Each entry becomes an item once, by the identity its feed gives it; what its feed changes in it later is not followed.
It waits for approval unless the feed is trusted.
"""

from __future__ import annotations

from calendar import timegm
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any

import msgspec
from sqlalchemy import select

from bot.city.model import City, Feed
from bot.delivery.links import what_is_wrong
from bot.news.model import MOST_WORDS, Item, State, Text
from bot.news.moves import move
from bot.news.plain import one_line, shortened, text_of, tidy
from bot.news.plan import plan_item
from bot.news.store import news_item
from bot.news.write import Draft, file_item
from bot.storage.work import Work

HEAVIEST = 2 * 1024 * 1024
"""Bytes of a feed; those of towns are of 20 to 200 kB."""

MOST_AT_ONCE = 10
"""Items a reading may make: a feed that goes mad, or was moved to new addresses, does not drown those who approve. The
others come with the readings that follow."""

NEW_FOR = timedelta(days=7)
"""An entry older than that is no news: without it the first reading of a feed would bring up the archives. Feeds that
were out of reach for less than that lose nothing."""

MOST_ENTRIES = 500
MOST_TITLE = 200
MOST_BEFORE_THE_LINK = 700
"""Characters: the rest is one tap away, where the entry has a page of its own."""

LONGEST_LINK = 500

ALREADY_THERE = "Already in the feed when it was first read, without a date."


class FeedTrouble(Exception):
    """A feed cannot be read. The message is a sentence for the operator that says why."""


class Entry(msgspec.Struct, frozen=True):
    key: str  # SHA-256 of its identity
    title: str
    words: str
    link: str
    published: datetime | None


class Read(msgspec.Struct, frozen=True):
    """A feed as it was read. `language` as it says itself, or nothing."""

    title: str
    language: str
    entries: tuple[Entry, ...]


class Taken(msgspec.Struct, frozen=True):
    """What became of the entries of a reading."""

    held: tuple[Item, ...] = ()
    planned: tuple[Item, ...] = ()
    known: int = 0
    old: int = 0
    left: int = 0  # for the next reading


Announce = Callable[[Work, Item], object]
"""Told, in the transaction that files it, of each item that waits for approval."""


def to_nobody(_work: Work, _item: Item) -> None:
    """Whoever may approve finds the item in their list."""


def read_feed(raw: bytes, *, content_type: str = "", address: str = "") -> Read:
    """CPU work, for a thread. `content_type` as the server gave it, for the letters it is in. Raises FeedTrouble."""
    import feedparser  # a tenth of a second that a town without feeds does without

    headers = {"content-type": content_type} if content_type else {}
    if address:
        headers["content-location"] = address  # what links in the feed are relative to
    try:  # as a file: given a text, feedparser would go and open what it names
        parsed = feedparser.parse(BytesIO(raw), response_headers=headers)
    except Exception as fault:
        raise FeedTrouble(f"The feed cannot be read ({type(fault).__name__}).") from fault
    if not parsed.get("version"):
        raise FeedTrouble("This is neither RSS nor Atom. Is it the address of the feed itself, not of its page?")
    entries = {entry.key: entry for entry in map(_entry, parsed.entries[:MOST_ENTRIES]) if entry}
    return Read(
        one_line(str(parsed.feed.get("title", "")))[:MOST_TITLE],
        one_line(str(parsed.feed.get("language", "")))[:8].lower(),
        tuple(entries.values()),
    )


def _entry(parsed: Any) -> Entry | None:
    """None for an entry that says nothing."""
    content = next(iter(parsed.get("content") or ()), None)
    words = _words(parsed.get("summary_detail")) or _words(content)
    title = one_line(_words(parsed.get("title_detail"))) or one_line(words)
    if not title:
        return None
    link = one_line(str(parsed.get("link", "")))
    link = "" if len(link) > LONGEST_LINK or what_is_wrong(link) else link
    # Plain `get` would give the one for the other, with a warning.
    published = _moment(dict.get(parsed, "published_parsed") or dict.get(parsed, "updated_parsed"))
    identity = str(parsed.get("id") or link or f"{title}\n{published}")
    return Entry(
        key=sha256(identity.encode(errors="replace")).hexdigest(),
        title=shortened(title, MOST_TITLE),
        words=shortened(words or title, MOST_BEFORE_THE_LINK if link else MOST_WORDS),
        link=link,
        published=published,
    )


def _words(detail: Any) -> str:
    """A text of the entry as plain words, whatever it is written in."""
    if not detail:
        return ""
    value = str(detail.get("value", ""))
    return tidy(value) if detail.get("type") == "text/plain" else text_of(value)


def _moment(parts: Any) -> datetime | None:
    """feedparser gives UTC, and sometimes a day that does not exist."""
    try:
        return datetime.fromtimestamp(timegm(parts), UTC) if parts else None
    except (ValueError, OverflowError, TypeError, OSError):
        return None


def take(work: Work, city: City, feed: Feed, read: Read, announce: Announce = to_nobody) -> Taken:
    """File what is new. Undated entries that were there at the first reading are only remembered: nobody can tell how
    old they are. Those that come later wait for approval even from a trusted feed."""
    seen = set(work.connection.scalars(select(news_item.c.feed_key).where(news_item.c.feed == feed.url)))
    fresh = [entry for entry in read.entries if entry.key not in seen]
    undated = [entry for entry in fresh if entry.published is None]
    if not seen:
        for entry in undated:
            move(work, None, _filed(work, city, feed, read, entry), State.WITHDRAWN, "news.skip", remark=ALREADY_THERE)
    recent = [entry for entry in fresh if entry.published and entry.published > work.now - NEW_FOR]
    due = [*sorted(recent, key=lambda entry: entry.published or work.now), *(undated if seen else ())]
    held, planned = [], []
    for entry in due[:MOST_AT_ONCE]:
        item = _filed(work, city, feed, read, entry)
        if feed.trusted and entry.published:
            planned.append(plan_item(work, None, city, item, "news.plan"))
        else:
            held.append(move(work, None, item, State.REVIEW, "news.hold"))
            announce(work, held[-1])
    skipped = len(fresh) - len(due)
    return Taken(tuple(held), tuple(planned), len(read.entries) - len(fresh), skipped, len(due[MOST_AT_ONCE:]))


def _filed(work: Work, city: City, feed: Feed, read: Read, entry: Entry) -> Item:
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
    )
    return file_item(work, None, draft, feed=feed.url, feed_key=entry.key)


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
