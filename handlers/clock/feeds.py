"""The feeds that the town lists, each read as often as it says, by the process that sends."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.city.model import City, Feed
from bot.news.apart import read_apart
from bot.news.entries import FeedTrouble, Read
from bot.news.feeds import Announce, Taken, in_a_sentence, take, to_nobody
from bot.storage.failures import is_collision
from bot.storage.work import Desk
from handlers.clock.fetch import Fetched, fetch

log = logging.getLogger(__name__)

Fetch = Callable[[str, str, str], Awaitable[Fetched | None]]


class Reader(Protocol):
    def __call__(self, raw: bytes, *, content_type: str, address: str) -> Awaitable[Read]: ...


@dataclass
class _Known:
    """What is remembered of a feed between two readings; a restart forgets it, and reads once more than needed."""

    next_at: datetime
    etag: str = ""
    modified: str = ""


class Feeds:
    def __init__(
        self,
        desk: Desk,
        city: City,
        *,
        announce: Announce = to_nobody,
        on_duty: Callable[[], bool] = lambda: True,
        get: Fetch = fetch,
        read: Reader = read_apart,
    ) -> None:
        self._desk = desk
        self._city = city
        self._announce = announce
        self._on_duty = on_duty  # else each process would ask the same sites for the same feeds
        self._get = get
        self._read_it = read
        self._known: dict[str, _Known] = {}

    async def read_due(self) -> list[Taken]:
        """Read the feeds whose hour has come. One that fails is told in the log and read again at its next hour."""
        taken = []
        for feed in self._city.news.feeds if self._on_duty() else ():
            now = self._desk.clock()
            known = self._known.setdefault(feed.url, _Known(now))
            if known.next_at > now:
                continue
            known.next_at = now + feed.every
            try:
                found = await self._read(feed, known)
            except FeedTrouble as trouble:
                log.warning("Feed “%s”: %s Read again in %s.", feed.name, trouble, feed.every)
                continue
            except Exception as fault:
                if is_collision(fault):
                    log.info("Feed “%s”: another process is reading it.", feed.name)
                else:
                    log.exception("Feed “%s” could not be taken in; again in %s.", feed.name, feed.every)
                continue
            if found and (found.held or found.planned):
                log.info("Feed “%s”: %s", feed.name, in_a_sentence([found]))
            taken += [found] if found else []
        return taken

    async def _read(self, feed: Feed, known: _Known) -> Taken | None:
        fetched = await self._get(feed.url, known.etag, known.modified)
        if fetched is None:
            return None
        read = await self._read_it(fetched.content, content_type=fetched.content_type, address=fetched.address)
        taken = await self._desk.run(lambda work: take(work, self._city, feed, read, self._announce), patient=True)
        # What is left for the next reading must not be hidden behind « it did not change ».
        known.etag, known.modified = ("", "") if taken.left else (fetched.etag, fetched.modified)
        return taken
