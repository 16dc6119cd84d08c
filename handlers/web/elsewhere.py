"""Pages that are open here while another process sends: its letters ring no bell in this one."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError

from bot.storage.failures import is_outage
from bot.storage.work import Desk
from handlers.web.channel import WebChannel
from handlers.web.store import sessions_told

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds an answer waits at most on a page whose process does not send."""

OVERLAP = timedelta(seconds=5)
"""Looked at again each time: a letter is noted a moment after it was sent, and two machines' clocks differ a little."""


class Elsewhere:
    """Asks the database, once for all open pages, which of them another process has written to."""

    def __init__(self, channel: WebChannel, desk: Desk, sends: Callable[[], bool]) -> None:
        self._channel = channel
        self._desk = desk
        self._sends = sends
        self._since = desk.clock()
        self._ended = asyncio.Event()

    async def run(self) -> None:
        """Serve until `end`."""
        while not self._ended.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), LOOK_EVERY)
            if not self._ended.is_set():
                await self.look()

    def end(self) -> None:
        self._ended.set()

    async def look(self) -> list[str]:
        """Ring for the pages that were written to; gives their sessions."""
        now, sessions = self._desk.clock(), self._channel.sessions
        if self._sends() or not sessions:
            self._since = now
            return []
        try:
            told = await asyncio.to_thread(self._told, sessions)
        except DBAPIError as failure:
            if not is_outage(failure):
                raise
            log.warning("Open pages cannot be told what is new: the database is out of reach.")
            return []
        self._since = now
        for session in told:
            self._channel.ring(session)
        return told

    def _told(self, sessions: list[str]) -> list[str]:
        since: datetime = self._since - OVERLAP
        with self._desk.reading() as work:
            return sessions_told(work, sessions, since)
