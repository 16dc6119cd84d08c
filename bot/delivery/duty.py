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

LONGEST_LOOK = 3.0
"""Seconds that a look at the lock may take: past them it counts as lost. The server frees the lock of a machine that it
hears nothing of after seven (`bot.storage.alone`); we have to fall silent before another may begin."""


class Duty:
    """Puts the postman on duty when the lock is ours and off duty when it is lost."""

    def __init__(self, postman: Postman, lock: Alone) -> None:
        self._postman = postman
        self._lock = lock
        self._ended = asyncio.Event()
        self._asking: asyncio.Task[bool] | None = None  # a look that has not come back

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
        if self._asking is not None:
            _done, late = await asyncio.wait({self._asking}, timeout=LONGEST_LOOK)
            if late:  # the lock is used from one thread at a time; it goes with the process
                return
        await asyncio.to_thread(self._lock.let_go)

    async def _held(self) -> bool:
        """Raises AnotherServes."""
        if self._asking is None:
            self._asking = asyncio.create_task(asyncio.to_thread(self._lock.hold))
        done, _late = await asyncio.wait({self._asking}, timeout=LONGEST_LOOK)
        if not done:
            return False
        asked, self._asking = self._asking, None
        return asked.result()

    async def _look(self) -> None:
        held = await self._held()
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
