"""Whoever wrote what a broadcast carries is told when it begins, pauses by itself and ends."""

import logging
from collections.abc import Mapping

import msgspec

from bot.delivery import spreading
from bot.delivery.broadcast import Broadcast, Kind, State
from bot.delivery.broadcasts import CannotChange, pause
from bot.storage.failures import is_outage
from bot.storage.work import Work

log = logging.getLogger(__name__)


class Telling:
    """Each in the transaction that notes what is told."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self._kinds = kinds

    def begun(self, work: Work, one: Broadcast) -> None:
        self._tell(work, msgspec.structs.replace(one, state=State.RUNNING, began_at=work.now))

    def end(self, work: Work, one: Broadcast) -> None:
        """Its author hears of it, unless it is they who stopped it."""
        if spreading.end(work, one) and one.state is not State.STOPPED:
            self._tell(work, msgspec.structs.replace(one, state=State.DONE, ended_at=work.now))

    def pause(self, work: Work, one: Broadcast, because: str) -> None:
        try:
            paused = pause(work, one.id, because)
        except CannotChange:  # stopped or ended meanwhile
            return
        self._tell(work, paused)

    def fault(self, work: Work, one: Broadcast, fault: BaseException) -> None:
        """Its kind cannot answer: that is a mistake of ours, and holds up this broadcast only."""
        log.error("Broadcast %d is paused: %s cannot be asked about it.", one.id, one.kind, exc_info=fault)
        self.pause(work, one, f"{type(fault).__name__}: {fault}")

    def _tell(self, work: Work, one: Broadcast) -> None:
        """That its author cannot be told is no reason to hold a broadcast up: what was written to tell them is undone,
        and the rest kept."""
        kind, after = self._kinds.get(one.kind), list(work.after)
        if kind is None:
            return
        try:
            with work.connection.begin_nested():
                kind.told(work, one)
        except Exception as failure:
            if is_outage(failure):
                raise
            work.after[:] = after
            log.exception("Nobody could be told of broadcast %d.", one.id)
