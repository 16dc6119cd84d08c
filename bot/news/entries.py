"""An RSS or Atom feed, as another site wrote it, read into entries: plain words, an identity, a date.

Whoever writes a feed may be clumsy or mean us harm: bot.news.apart reads it in a process of its own, and this file
imports little so that such a process begins at once.
"""

from __future__ import annotations

from calendar import timegm
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from typing import Any

import msgspec

from bot.delivery.links import what_is_wrong
from bot.news.model import MOST_WORDS
from bot.news.plain import one_line, shortened, text_of, tidy

HEAVIEST = 2 * 1024 * 1024
"""Bytes of a feed; those of towns are of 20 to 200 kB."""

MOST_ENTRIES = 500
MOST_TITLE = 200
MOST_BEFORE_THE_LINK = 700
"""Characters: the rest is one tap away, where the entry has a page of its own."""

MOST_READ = 8_000
"""Characters of a title or a text that are looked at: far more than is kept, and reading broken HTML takes a time that
grows with the square of its length."""

LONGEST_LINK = 500


class FeedTrouble(Exception):
    """A feed cannot be read. The message is a sentence for the operator that says why."""


class Entry(msgspec.Struct, frozen=True):
    key: str  # SHA-256 of its identity
    twin: str  # the same, were its identity an address of http:// instead of https://, or the reverse
    title: str
    words: str
    link: str
    published: datetime | None
    ends: datetime | None = None  # as the feed says; few do


class Read(msgspec.Struct, frozen=True):
    """A feed as it was read. `language` as it says itself, or nothing."""

    title: str
    language: str
    entries: tuple[Entry, ...]


def read_feed(raw: bytes, *, content_type: str = "", address: str = "") -> Read:
    """CPU work without a bound: for `bot.news.apart`. `content_type` as the server gave it, for the letters it is in.
    Raises FeedTrouble."""
    import feedparser  # a tenth of a second that a town without feeds does without

    headers = {"content-type": content_type} if content_type else {}
    if address:
        headers["content-location"] = address  # what links in the feed are relative to
    try:  # as a file: given a text, feedparser would go and open what it names
        parsed = feedparser.parse(
            BytesIO(raw),
            response_headers=headers,
            sanitize_html=False,  # hours of work on a feed made for that; only plain words are taken from it anyway
            resolve_relative_uris=False,  # within texts
        )
    except Exception as fault:
        raise FeedTrouble(f"The feed cannot be read ({type(fault).__name__}).") from fault
    if not parsed.get("version"):
        raise FeedTrouble("This is neither RSS nor Atom. Is it the address of the feed itself, not of its page?")
    entries = {entry.key: entry for entry in map(_entry, parsed.entries[:MOST_ENTRIES]) if entry}
    return Read(
        one_line(_words(parsed.feed.get("title_detail")))[:MOST_TITLE],
        one_line(str(parsed.feed.get("language", ""))[:80])[:8].lower(),
        tuple(entries.values()),
    )


def _entry(parsed: Any) -> Entry | None:
    """None for an entry that says nothing."""
    content = next(iter(parsed.get("content") or ()), None)
    words = _words(parsed.get("summary_detail")) or _words(content)
    title = one_line(_words(parsed.get("title_detail"))) or one_line(words)
    if not title:
        return None
    link = one_line(str(parsed.get("link", ""))[: 2 * LONGEST_LINK])
    link = "" if len(link) > LONGEST_LINK or what_is_wrong(link) else link
    # Plain `get` would give the one for the other, with a warning.
    published = _moment(dict.get(parsed, "published_parsed") or dict.get(parsed, "updated_parsed"))
    identity = str(parsed.get("id") or link or f"{title}\n{published}")
    return Entry(
        key=_key(identity),
        twin=_key(other_scheme(identity)),
        title=shortened(title, MOST_TITLE),
        words=shortened(words or title, MOST_BEFORE_THE_LINK if link else MOST_WORDS),
        link=link,
        published=published,
        ends=_moment(dict.get(parsed, "expired_parsed")),
    )


def other_scheme(address: str) -> str:
    """The address a site had before it moved to https://, or has since; what is no address stays as it is."""
    scheme, sign, rest = address.partition("://")
    return {"http": "https", "https": "http"}.get(scheme, scheme) + sign + rest


def _key(identity: str) -> str:
    return sha256(identity.encode(errors="replace")).hexdigest()


def _words(detail: Any) -> str:
    """A text of the entry as plain words, whatever it is written in."""
    if not detail:
        return ""
    value = str(detail.get("value", ""))[:MOST_READ]
    return tidy(value) if detail.get("type") == "text/plain" else text_of(value)


def _moment(parts: Any) -> datetime | None:
    """feedparser gives UTC, and sometimes a day that does not exist."""
    try:
        return datetime.fromtimestamp(timegm(parts), UTC) if parts else None
    except (ValueError, OverflowError, TypeError, OSError):
        return None
