"""Whether this process sends: it does while it holds the lock of the database."""

import asyncio
import contextlib
import logging

from sqlalchemy.exc import DBAPIError

from bot.delivery.postman import Postman
from bot.storage.alone import Alone
from bot.storage.failures import is_outage

log = logging.getLogger(__name__)

LOOK_EVERY = 0.5
"""Seconds between two looks at the lock: how long replies wait at most after the process that sent them died."""


class Duty:
    """Puts the postman on duty when the lock is ours and off duty when it is lost."""

    def __init__(self, postman: Postman, lock: Alone) -> None:
        self._postman = postman
        self._lock = lock
        self._ended = asyncio.Event()

    async def begin(self) -> None:
        """Before any door opens. Raises AnotherServes where the database bears one process only."""
        await self._look()
        if not self._postman.on_duty:
            log.info("Another process sends for this database; this one takes over when that one ends.")

    async def run(self) -> None:
        """Look after the lock until `end`."""
        while not self._ended.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), LOOK_EVERY)
            if not self._ended.is_set():
                await self._look()

    def end(self) -> None:
        """To be called once the postman has finished; then let go of the lock."""
        self._ended.set()

    async def close(self) -> None:
        await asyncio.to_thread(self._lock.let_go)

    async def _look(self) -> None:
        held = await asyncio.to_thread(self._lock.hold)
        if held and not self._postman.on_duty:
            try:
                await self._postman.take_duty()
            except DBAPIError as failure:
                if not is_outage(failure):
                    raise
                log.warning("Letters cannot be sent yet: the database is out of reach (%s).", type(failure).__name__)
        elif not held and self._postman.on_duty:
            self._postman.leave_duty()
            log.warning("The lock of the database is lost; letters wait until this process, or another, has it.")
