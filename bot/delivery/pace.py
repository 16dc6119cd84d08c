"""Who may send now: lower lanes first, and never more than `bot.delivery.window` allows."""

import asyncio
import heapq
import math
import time
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import Protocol

from bot.delivery.model import Lane, Throttled, Withdrawn
from bot.delivery.window import Slot, Window

STILL = 0.02
"""Seconds at most for which all but replies keeps still while a turn is taken: the processor is the turn's. Where turns
never cease, letters go on after that."""

A_MOMENT, IN_A_MOMENT = 0.001, 2
"""Seconds; and letters of broadcasts that leave in them, so that those that were late make nobody else wait."""


class Timer(Protocol):
    def cancel(self) -> None: ...


def _on_the_loop(seconds: float, call: Callable[[], None]) -> Timer:
    return asyncio.get_running_loop().call_later(seconds, call)


class Gate:
    """Those who want to send wait here, the lower lane first, then in order of arrival. Used from one event loop.

    `clock` is in seconds; `later` calls back after so many of them.
    """

    def __init__(
        self,
        limit: float,
        bulk: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        later: Callable[[float, Callable[[], None]], Timer] = _on_the_loop,
    ) -> None:
        self._window = Window(limit, bulk)
        self._clock = clock
        self._later = later
        self._waiting: list[tuple[int, int, int, asyncio.Future[Slot]]] = []
        self._count = 0
        self._timer: Timer | None = None
        self._awaited_for: Callable[[], float] = lambda: 0.0
        self._moment, self._in_it = -math.inf, 0  # when it began, and how many have left in it but for replies
        self.refusals = 0

    def turn(self, lane: Lane, count: int = 1) -> "Turn":
        """`async with gate.turn(lane):` around one call. Raises Throttled while the platform wants nothing from us."""
        return Turn(self, lane, count)

    def give_way(self, awaited_for: Callable[[], float]) -> None:
        """To turns: it says for how many seconds somebody has been waiting for one, 0 when nobody does."""
        self._awaited_for = awaited_for

    @property
    def rate(self) -> float:
        """Messages a second at this instant; 0 while the way is closed."""
        return self._window.rate_now(self._clock())

    @property
    def ahead(self) -> int:
        """How many letters of broadcasts to have in hand: those under way, and a quarter of a second more. Never more
        than leave in half a second: so many are « unknown » after a crash."""
        return math.ceil(self._window.bulk_rate * (min(self._window.round_trip, 0.25) + 0.25)) + 1

    @property
    def closed_for(self) -> float:
        """Seconds during which nothing may be sent."""
        return max(0.0, self._window.closed_until - self._clock())

    def refused(self, wait: timedelta) -> None:
        """The platform said « too many requests »: whoever waits here learns it too."""
        self.refusals += 1
        self._window.refused(self._clock(), wait.total_seconds())
        waiting, self._waiting = self._waiting, []
        for *_order, turn in waiting:
            if not turn.done():
                turn.set_exception(Throttled(timedelta(seconds=self.closed_for)))

    async def enter(self, lane: Lane, count: int) -> Slot:
        if closed := self.closed_for:
            raise Throttled(timedelta(seconds=closed))
        if not self._waiting:
            slot = self._take(self._clock(), lane, count)
            if slot is not None:
                return slot
        turn: asyncio.Future[Slot] = asyncio.get_running_loop().create_future()
        self._count += 1
        waits = (int(lane), self._count, count, turn)
        heapq.heappush(self._waiting, waits)
        if self._timer is None or self._waiting[0] is waits:
            self._admit()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.leave(turn.result(), made=False, answered=False)
            raise

    def leave(self, slot: Slot, *, made: bool, answered: bool) -> None:
        if not made:
            self._window.unused(slot)
            self._admit()
            return
        self._window.done(slot, self._clock(), answered=answered)
        if self._timer is None:  # else it rings before these places are free
            self._admit()

    def _admit(self) -> None:
        """Let in all who may enter now, and look again when the next one may."""
        now = self._clock()
        while self._waiting:
            lane, _order, count, turn = self._waiting[0]
            if turn.done():  # given up
                heapq.heappop(self._waiting)
                continue
            slot = self._take(now, lane, count)
            if slot is None:
                if self._keeps_still(now, lane):
                    self._look_again(A_MOMENT)
                else:
                    self._look_again(self._window.next_at(now, bulk=lane != Lane.REPLY) - now)
                return
            heapq.heappop(self._waiting)
            turn.set_result(slot)

    def _take(self, now: float, lane: int, count: int) -> Slot | None:
        if self._keeps_still(now, lane):
            return None
        slot = self._window.take(now, count, bulk=lane != Lane.REPLY)
        if slot is not None and slot.bulk:
            self._moment, self._in_it = (self._moment, self._in_it + 1) if self._is_now(now) else (now, 1)
        return slot

    def _keeps_still(self, now: float, lane: int) -> bool:
        if lane == Lane.REPLY:
            return False
        return (self._in_it >= IN_A_MOMENT and self._is_now(now)) or 0.0 < self._awaited_for() < STILL

    def _is_now(self, now: float) -> bool:
        return now - self._moment < A_MOMENT

    def _look_again(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if seconds == math.inf else self._later(max(A_MOMENT, seconds), self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._admit()


class Turn:
    """One call, from the wait for its place to its answer."""

    __slots__ = ("_count", "_gate", "_lane", "_slot")

    def __init__(self, gate: Gate, lane: Lane, count: int) -> None:
        self._gate, self._lane, self._count = gate, lane, count

    async def __aenter__(self) -> None:
        self._slot = await self._gate.enter(self._lane, self._count)

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave(fault)

    def leave(self, fault: BaseException | None) -> None:
        """The call has ended, or failed with this."""
        self._gate.leave(self._slot, made=not isinstance(fault, Withdrawn), answered=fault is None)
