"""When a channel fails again and again: what is left alone until it answers, and what is paused."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError

from bot.delivery.counters import kind_of
from bot.storage.failures import is_outage

log = logging.getLogger(__name__)

IN_A_ROW = 20
"""Refusals of the same kind, one after the other, after which a broadcast pauses by itself: bad markup would burn the
whole list."""

FAULTS = 5
"""Letters in a row that do not get through before a channel is left alone."""

FIRST_REST = timedelta(seconds=1)
LONGEST_REST = timedelta(seconds=30)


class Rest:
    """A channel that cannot be reached is tried with one letter at a time, after longer and longer rests. The others
    wait in the outbox and lose none of their tries: an outage of hours costs a broadcast nothing but time."""

    def __init__(self) -> None:
        self._faults = 0
        self._until: datetime | None = None

    def failed(self, now: datetime) -> None:
        self._faults += 1
        if self._faults >= FAULTS:
            rest = FIRST_REST * 2 ** min(self._faults - FAULTS, 10)
            self._until = now + min(rest, LONGEST_REST)

    def answered(self) -> None:
        self._faults, self._until = 0, None

    def room(self, now: datetime, most: int) -> int:
        """How many letters may be in hand now."""
        if self._until is None:
            return most
        return 1 if self._until <= now else 0


class Closed:
    """Channels that asked us to wait."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._until: dict[str, datetime] = {}

    def until(self, name: str) -> datetime | None:
        """None when the channel may be used."""
        until = self._until.get(name)
        if until is not None and until <= self._clock():
            del self._until[name]
            return None
        return until

    def close(self, name: str, wait: timedelta) -> datetime:
        """Gives until when. Letters on their way when the first was refused are refused too: one line in the log."""
        until = self._clock() + wait
        before = self._until.get(name)
        if before is None or until - before > timedelta(seconds=1):
            log.warning("%s asks to wait %.0f s.", name, wait.total_seconds())
        self._until[name] = until if before is None else max(before, until)
        return self._until[name]


class Streak:
    """Refusals of a broadcast in a row: their kind, and the letters to be tried again afterwards."""

    def __init__(self) -> None:
        self.kind = ""
        self.count = 0
        self.letters: list[int] = []
        self.told = False

    def refused(self, reason: str, number: int | None) -> bool:
        """Gives whether it is enough."""
        kind = kind_of(reason)
        if kind != self.kind and not self.is_enough:
            self.kind, self.count, self.letters = kind, 0, []
        self.count += 1
        if number is not None:
            self.letters.append(number)
        return self.is_enough

    @property
    def is_enough(self) -> bool:
        return self.count >= IN_A_ROW


def endured(failure: BaseException) -> bool:
    """Whether it is the database that is away, which comes back: what is leased meanwhile is taken up again when its
    lease ends."""
    if not isinstance(failure, DBAPIError) or not is_outage(failure):
        return False
    log.warning("The outbox is out of reach (%s).", type(failure).__name__)
    return True


async def rung(bell: asyncio.Event, seconds: float) -> None:
    """Wait for the bell, at most so long."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(bell.wait(), seconds)
