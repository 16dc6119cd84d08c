"""Where every update comes in: committed, kept for later, or put aside, before Telegram is told that we have it."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.storage.arrivals import arrivals, drop_arrivals, keep_arrival
from bot.storage.heard import hear, put_aside
from bot.storage.work import Work
from flows.engine.incoming import Heard
from flows.engine.reception import Closed, Reception
from handlers.telegram.lines import InLine, Lines
from handlers.telegram.photos import Darkroom
from handlers.telegram.reading import CHANNEL, NotUnderstood, Outside, Said, understand

log = logging.getLogger(__name__)


class Intake:
    """An update is taken at once, in a group with others, unless it must wait: for a photo to be fetched, or behind
    an earlier update of the same person that waits. Then its raw text is committed first, so that Telegram may
    forget it, and the person's line takes it in its turn. Nobody waits behind somebody else's photo.
    """

    def __init__(
        self,
        reception: Reception,
        darkroom: Darkroom,
        met_outside: Callable[[Outside], None],
        heard: Callable[[Said, Heard], None],
        pauses: Sequence[float],
    ) -> None:
        self._reception = reception
        self._desk = reception.desk
        self._darkroom = darkroom
        self._met_outside = met_outside
        self._heard = heard
        self._lines = Lines(self._take_its_turn)
        self._pauses = pauses

    async def open(self, tasks: asyncio.TaskGroup) -> None:
        """Put what was kept before a restart in line, oldest first, and only then take anything new."""
        kept = await self._desk.run(lambda work: arrivals(work, CHANNEL))
        self._lines.open(tasks)
        for arrival in kept:
            await self._resume(arrival.raw)
        self._open = True

    _open = False

    async def close(self, grace: float) -> None:
        """Take nothing more. Lines have `grace` seconds; what is still in them is kept for the next start."""
        self._open = False
        await self._lines.close(grace)
