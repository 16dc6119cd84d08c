"""Carries broadcasts, a few letters at a time, so that what is decided meanwhile holds for almost all of them."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.exc import DBAPIError

from bot.delivery import rounds, spreading, tally
from bot.delivery.broadcast import Broadcast, Kind, Settled, State
from bot.delivery.carrier import Carrier, noted
from bot.delivery.channel import Channel
from bot.delivery.counters import Counters
from bot.delivery.hands import Hands, Held
from bot.delivery.model import Letter
from bot.delivery.rounds import Note, OnGone
from bot.delivery.spreader import LOOK_EVERY, Spreader
from bot.delivery.telling import Telling
from bot.delivery.trouble import Closed, endured, rung
from bot.storage.work import Desk, Work

EVERY, SHORTEST = 0.15, 0.025
"""Seconds between two rounds while there is something to carry, at most and at least: each is a commit, for which turns
wait too."""

A_ROUND = 20
"""Letters noted or taken in a millisecond or two: where more leave, rounds come sooner rather than last longer."""

AT_ONCE = 16
"""Letters set going in one go; whoever else waits for the event loop has its turn in between."""


class Bulk:
    """A round notes what became of letters and takes the next ones.

    In hand are at most so many letters as leave in a quarter of a second, and those under way (`Gate.ahead`): if the
    process is killed, that many at most become « unknown ».
    """

    def __init__(
        self,
        desk: Desk,
        channels: Mapping[str, Channel],
        kinds: Mapping[str, Kind],
        *,
        on_duty: Callable[[], bool],
        closed: Closed,
        on_gone: OnGone,
        counters: Counters,
    ) -> None:
        self._desk, self._channels, self._kinds = desk, channels, kinds
        self._on_duty, self._on_gone, self._counters = on_duty, on_gone, counters
        self.hands = Hands(self.wake)
        self._carrier = Carrier(channels, self.hands, closed=closed, counters=counters, clock=desk.clock)
        self._telling = Telling(kinds)
        self._bell = asyncio.Event()
        self._spreader = Spreader(desk, kinds, self._telling, channels, on_duty=on_duty, written=self._bell.set)
        self._notes: list[Note] = []
        self._taking: list[Held] = []  # taken in a transaction that is not yet kept
        self._culprit: Broadcast | None = None  # what was being asked about when a statement failed
        self._measured: dict[int, datetime] = {}
        self._every = EVERY
        self._stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: asyncio.TaskGroup | None = None

    def wake(self) -> None:
        """Look at the outbox now. From any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ring)

    def _ring(self) -> None:
        self._bell.set()
        self._spreader.bell.set()
        for one in self.hands.called_back():
            if one.task is not None:
                one.task.cancel()

    def call_back(self) -> None:
        """All that is not on the wire goes back to the outbox."""
        self.hands.call_back(lambda _one: True)
        self._ring()

    def stop(self) -> None:
        """`run` returns once what is on the wire has been answered and noted; the rest goes back to the outbox."""
        self._stopping = True
        self._spreader.stop()
        self.call_back()

    @property
    def idle(self) -> bool:
        return not len(self.hands) and not self._notes

    def numbers(self) -> list[int]:
        """Letters in hand or not yet noted."""
        return self.hands.numbers() + [one.letter.id for one in self._notes]

    async def run(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            tasks.create_task(self._spreader.run())
            while not (self._stopping and self.idle):
                moved = await self._round()
                self._counters.rounds += 1
                self._every = min(EVERY, max(SHORTEST, self._every * A_ROUND / max(moved, 1)))
                await rung(self._bell, self._every if moved or not self.idle else LOOK_EVERY)
                self._bell.clear()

    async def _round(self) -> int:
        """Gives how many letters were noted or taken, whichever is more."""
        self._taking, self._culprit = [], None
        notes, pausing = list(self._notes), dict(self._carrier.pausing)
        rooms = {} if self._stopping or not self._on_duty() else self._rooms()
        counted, taken = await asyncio.gather(
            self._desk.run(lambda work: self._note(work, notes, list(pausing.values())), patient=True),
            self._desk.run(lambda work: self._take(work, rooms), patient=True),
            return_exceptions=True,
        )
        if not isinstance(counted, BaseException):
            del self._notes[: len(notes)]
            self._counters.settle(counted)
            for number in pausing:
                del self._carrier.pausing[number]
        elif not endured(counted):
            raise counted
        if isinstance(taken, BaseException):
            await self._blame(taken)
            return 0
        for number, held in enumerate(taken, 1):
            self._send(held)
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)
        return max(len(notes), len(taken))

    async def _blame(self, failure: BaseException) -> None:
        """A statement of a kind's own that the database refuses pauses its broadcast, and nobody else's."""
        for held in self._taking:
            self.hands.let_go(held)
        culprit, self._culprit = self._culprit, None
        if endured(failure):
            return
        if culprit is None or not isinstance(failure, DBAPIError):
            raise failure
        await self._desk.run(lambda work: self._telling.fault(work, culprit, failure))

    def _rooms(self) -> dict[str, int]:
        """How many letters each channel may take in hand."""
        rooms = {name: self._carrier.room(name) - self.hands.on(name) for name in self._channels}
        return {name: room for name, room in rooms.items() if room > 0}

    def _note(self, work: Work, notes: Sequence[Note], pausing: Sequence[tuple[Broadcast, str]]) -> Counter[Settled]:
        counted = rounds.note(work, notes, self._on_gone) if notes else Counter()
        for one, because in pausing:
            rounds.try_again(work, one, self._carrier.refused_in_a_row(one.id))
            self._telling.pause(work, one, because)
        for number in {one.broadcast.id for one in notes}:
            if work.now - self._measured.get(number, work.now - tally.MEASURED_EVERY) >= tally.MEASURED_EVERY:
                self._measured[number] = work.now
                tally.measure(work, number)
        return counted

    def _take(self, work: Work, rooms: Mapping[str, int]) -> list[Held]:
        """Whatever goes first in each channel, and the end of what has nothing left.

        What is taken is in hand before the transaction is kept: what is decided in the next one calls it back."""
        taken = self._taking = []
        if not self._on_duty():
            return taken
        left = dict(rooms)
        busy = self.hands.broadcasts() | {one.broadcast.id for one in self._notes}
        for one in spreading.active(work):
            kind = self._kinds.get(one.kind)
            if one.state is not State.RUNNING or kind is None or spreading.is_expired(work, one):
                continue
            before = len(taken)
            for name in [name for name, room in left.items() if room]:
                letters, more = self._taken(work, one, kind, name, left[name])
                left[name] -= len(letters)
                taken += [self._in_hand(letter, one) for letter in letters]
                if more and left[name]:  # a long row of those who do not want it; what is behind them goes first
                    left[name] = 0
                    self.wake()
            self._culprit = None
            if one.spread_at and len(taken) == before and one.id not in busy and spreading.is_empty(work, one):
                self._telling.end(work, one)
                self._measured.pop(one.id, None)
        return taken

    def _taken(self, work: Work, one: Broadcast, kind: Kind, channel: str, most: int) -> tuple[list[Letter], bool]:
        self._culprit = one
        try:
            return rounds.take(work, one, kind, channel, most)
        except DBAPIError:
            raise
        except Exception as fault:
            self._telling.fault(work, one, fault)
            return [], False

    def _in_hand(self, letter: Letter, one: Broadcast) -> Held:
        held = Held(letter, one)
        self.hands.hold(held)
        return held

    def _send(self, held: Held) -> None:
        assert self._tasks is not None
        self._carrier.taken_up(held.broadcast.id)
        self._tasks.create_task(self._carry(held))

    async def _carry(self, held: Held) -> None:
        held.task = asyncio.current_task()  # from here on it may be cancelled: a task that never ran would note nothing
        try:
            note = noted(held) if held.back else await self._carrier.carry(held)
        except asyncio.CancelledError:
            if not held.back:
                raise
            note = noted(held)
        held.task = None  # which holds this one: neither would go before the collector of garbage came
        self.hands.let_go(held)
        self._notes.append(note)
        if self.hands.on(held.letter.channel) == 0 or self._stopping:
            self._bell.set()
