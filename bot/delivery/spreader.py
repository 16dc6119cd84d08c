"""Writes the letters of broadcasts, and cancels those that will not leave, chunk after chunk beside the rounds."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping

from sqlalchemy.exc import DBAPIError

from bot.delivery import spreading
from bot.delivery.broadcast import Broadcast, Kind, State
from bot.delivery.telling import Telling
from bot.delivery.trouble import endured, rung
from bot.storage.failures import is_collision
from bot.storage.work import Desk, Work

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between two looks while there is nothing to write."""

MOST_COLLISIONS = 5
"""Tries of a chunk in a row: another process may erase somebody just as their letter is written."""


class Spreader:
    """`written` is called when there are letters to carry, or some that will not be."""

    def __init__(
        self,
        desk: Desk,
        kinds: Mapping[str, Kind],
        telling: Telling,
        channels: Collection[str],
        *,
        on_duty: Callable[[], bool],
        written: Callable[[], None],
    ) -> None:
        self._desk, self._kinds, self._telling, self._channels = desk, kinds, telling, channels
        self._on_duty, self._written = on_duty, written
        self._culprit: Broadcast | None = None  # what was being asked about when a statement failed
        self._collisions = 0  # in a row
        self.bell = asyncio.Event()
        self._stopping = False

    def stop(self) -> None:
        self._stopping = True
        self.bell.set()

    async def run(self) -> None:
        while not self._stopping:
            if self._on_duty() and await self._one():
                self._written()
            else:
                await rung(self.bell, LOOK_EVERY)
            self.bell.clear()

    async def _one(self) -> bool:
        """One chunk; gives whether there may be more."""
        try:
            more = await self._desk.run(self._chunk, patient=True)
            self._collisions = 0
            return more
        except DBAPIError as failure:
            if endured(failure):
                return False
            culprit, self._culprit = self._culprit, None
            if is_collision(failure) and self._collisions < MOST_COLLISIONS:
                self._collisions += 1
                log.warning("Letters could not be written (%s): once more.", type(failure).__name__)
                return True
            self._collisions = 0
            if culprit is None:
                raise
            fault = failure  # a statement of a kind's own that the database refuses
            await self._desk.run(lambda work: self._telling.fault(work, culprit, fault))
            return False

    def _chunk(self, work: Work) -> bool:
        found = spreading.active(work)
        for swept in spreading.to_sweep(work, found):
            if spreading.sweep(work, swept):
                return True
            if spreading.is_empty(work, swept):
                self._telling.end(work, swept)
                return True
        known = [each for each in found if each.kind in self._kinds]
        one = spreading.next_to_spread(work, known, self._channels)
        if one is None:
            return False
        self._culprit = one
        try:
            spreading.spread(work, one, self._kinds[one.kind])
        except DBAPIError:
            raise
        except Exception as fault:
            self._telling.fault(work, one, fault)
        else:
            if one.state is State.PLANNED:
                self._telling.begun(work, one)
        self._culprit = None
        return True
