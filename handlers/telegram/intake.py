"""Where every update comes in: committed, kept for later, or put aside, before Telegram is told that we have it."""

import asyncio
import contextlib
import itertools
import logging
import traceback
from collections.abc import Callable, Sequence

import msgspec
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from bot.storage.arrivals import Arrival, arrivals, drop_arrivals, keep_arrival
from bot.storage.heard import hear, put_aside
from bot.storage.work import Desk, Work
from flows.engine.incoming import Heard
from flows.engine.reception import Closed, Reception
from handlers.telegram.lines import Lines, Waiting
from handlers.telegram.photos import Darkroom
from handlers.telegram.reading import CHANNEL, NotUnderstood, Outside, Said, key_of, sender_of, understand

log = logging.getLogger(__name__)


class Intake:
    """An update is taken at once, in a group with others, unless it must wait: for a photo to be fetched, or behind
    an earlier update of the same person that waits. Then its raw text is committed first, so that Telegram may
    forget it, and the person's line takes it in its turn.

    `outside` is told what happens outside private chats, `heard` what became of each thing said. `pauses`, in
    seconds, lie between two tries of what is in line while the database fails; the last one repeats.
    """

    def __init__(
        self,
        desk: Desk,
        reception: Reception,
        darkroom: Darkroom,
        outside: Callable[[Outside], None],
        heard: Callable[[Said, Heard], None],
        pauses: Sequence[float],
    ) -> None:
        self._reception = reception
        self._desk = desk
        self._darkroom = darkroom
        self._outside = outside
        self._heard = heard
        self._pauses = pauses
        self._lines = Lines(self._serve)
        self._open = False

    async def open(self, tasks: asyncio.TaskGroup) -> None:
        """Put in line what was kept before a restart, oldest first; only then is anything new taken."""
        kept = await self._desk.run(lambda work: arrivals(work, CHANNEL))
        self._lines.open(tasks)
        for arrival in kept:
            await self._resume(arrival)
        self._open = True

    async def close(self, grace: float) -> None:
        """Take nothing more. What is in line has `grace` seconds, or waits for the next start."""
        self._open = False
        await self._lines.close(grace)

    async def take(self, raw: bytes) -> None:
        """Returns once Telegram may forget the update.

        Everything up to the first wait is done at once: calls made in order are heard in order. Raises Closed, or
        the failure of the database: the update must then be delivered again.
        """
        if not self._open:
            raise Closed("Telegram's door is closed.")
        try:
            meant = understand(raw, self._desk.clock())
        except NotUnderstood as why:
            log.error("An update of Telegram cannot be understood and is set aside: %s", why.key)
            await self._set_aside(why.key, raw, str(why))
            return
        if isinstance(meant, Outside):
            self._outside(meant)
        elif meant and (meant.file or meant.incoming.sender in self._lines):
            await self._keep(meant, raw)
        elif meant:
            await self._hand_over(meant, raw)

    async def _hand_over(self, said: Said, raw: bytes) -> None:
        """To the reception. What it can neither handle nor set aside itself must not come back for ever."""
        heard = Heard()
        try:
            heard = await self._reception.take(said.incoming)
        except Exception as failure:
            if _passes(failure):
                raise
            await self._set_aside(said.incoming.key, raw, "".join(traceback.format_exception(failure)))
        self._heard(said, heard)

    async def _set_aside(self, key: str, raw: bytes, cause: str) -> None:
        def job(work: Work) -> None:
            drop_arrivals(work, [(CHANNEL, key)])
            if hear(work, [(CHANNEL, key)]):
                put_aside(work, CHANNEL, key, cause, raw.decode("utf-8", "replace"), sender_of(raw))

        await self._desk.run(job)

    # What must wait

    async def _keep(self, said: Said, raw: bytes) -> None:
        waiting = Waiting(said, raw, asyncio.get_running_loop().create_future())
        self._lines.join(waiting)
        self._lines.start(self._write_down(waiting))
        await asyncio.shield(waiting.kept)

    async def _write_down(self, waiting: Waiting) -> None:
        try:
            incoming, raw = waiting.said.incoming, waiting.raw.decode()
            number = await self._desk.run(lambda work: keep_arrival(work, CHANNEL, incoming.key, raw, incoming.sender))
        except Exception as failure:
            waiting.kept.set_exception(failure)
        else:
            if number is not None:
                self._develop(waiting)
            waiting.kept.set_result(number is not None)

    def _develop(self, waiting: Waiting) -> None:
        """Start fetching the photo, if there is one; a door that has closed meanwhile leaves it for the next start."""
        if waiting.said.file:
            with contextlib.suppress(Closed):
                waiting.developed = self._lines.start(self._darkroom.develop(waiting.said))

    async def _resume(self, arrival: Arrival) -> None:
        raw = arrival.raw.encode()
        try:
            meant = understand(raw, self._desk.clock())
        except NotUnderstood as why:  # written down by a version that understood it
            await self._set_aside(arrival.key, raw, str(why))
            return
        if not isinstance(meant, Said):
            await self._set_aside(key_of(raw), raw, "It was kept for a person and is none's any more.")
            return
        waiting = Waiting(meant, raw, asyncio.get_running_loop().create_future())
        waiting.kept.set_result(True)
        self._develop(waiting)
        self._lines.join(waiting)

    async def _serve(self, waiting: Waiting) -> None:
        """The first of a line. While the database fails the line waits; raises Closed when the reception is."""
        try:
            if not await asyncio.shield(waiting.kept):
                return  # heard before, or in line already
        except Exception:
            return  # never written down: whoever brought it was told, and Telegram gives it again
        incoming = waiting.said.incoming
        if waiting.said.file:
            if waiting.developed is None:
                raise Closed("The door closed before the photo was asked for.")
            incoming = await waiting.developed
        said = msgspec.structs.replace(waiting.said, incoming=msgspec.structs.replace(incoming, kept=True))
        for pause in itertools.chain(self._pauses, itertools.repeat(self._pauses[-1])):
            try:
                await self._hand_over(said, waiting.raw)
                return
            except Closed:
                raise
            except Exception as failure:
                log.warning("Something kept cannot be taken yet: %s", type(failure).__name__)
                await asyncio.sleep(pause)


def _passes(failure: Exception) -> bool:
    """Whether the same update may well be taken later: it is not the update's fault."""
    if isinstance(failure, Closed | OperationalError | InterfaceError | NoConnection):
        return True
    return isinstance(failure, DBAPIError) and failure.connection_invalidated
