"""Carries broadcasts, a few letters at a time, so that what is decided meanwhile holds for almost all of them."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy.exc import DBAPIError

from bot.delivery import rounds, spreading, tally
from bot.delivery.broadcast import Act, Broadcast, Kind, Settled, State
from bot.delivery.broadcasts import CannotChange, pause
from bot.delivery.counters import Counters
from bot.delivery.hands import Hands, Held
from bot.delivery.model import (
    BULK_RETRY_AFTER,
    Channel,
    Gone,
    Impossible,
    Letter,
    Message,
    Moved,
    NothingToEdit,
    Throttled,
    Unreachable,
    Withdrawn,
)
from bot.delivery.rounds import Note, OnGone
from bot.delivery.trouble import Closed, Rest, Streak
from bot.storage.failures import is_outage
from bot.storage.work import Desk, Work

log = logging.getLogger(__name__)

EVERY = 0.1
"""Seconds between two rounds while there is something to carry."""

LOOK_EVERY = 1.0
"""The same while there is nothing."""


class Bulk:
    """A round notes what became of letters and takes the next ones, in one transaction.

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
        self._on_duty, self._closed = on_duty, closed
        self._on_gone = on_gone
        self._counters = counters
        self.hands = Hands(self.wake)
        self._notes: list[Note] = []
        self._rests = {name: Rest() for name in channels}
        self._streaks: dict[int, Streak] = {}
        self._pausing: dict[int, tuple[Broadcast, str]] = {}  # because of what, until that is written down
        self._culprit: Broadcast | None = None  # what was being asked about when a statement failed
        self._measured: dict[int, datetime] = {}
        self._bell, self._chunks = asyncio.Event(), asyncio.Event()
        self._stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: asyncio.TaskGroup | None = None

    # From outside

    def wake(self) -> None:
        """Look at the outbox now. From any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ring)

    def _ring(self) -> None:
        self._bell.set()
        self._chunks.set()
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
            tasks.create_task(self._spread())
            while not (self._stopping and self.idle):
                soon = await self._round()
                self._counters.rounds += 1
                await _rung(self._bell, EVERY if soon or not self.idle else LOOK_EVERY)
                self._bell.clear()
            self._chunks.set()

    # Writing and cancelling letters

    async def _spread(self) -> None:
        while not self._stopping:
            more = False
            if self._on_duty():
                try:
                    more = await self._desk.run(self._chunk)
                except DBAPIError as failure:
                    await self._blame(failure)
            if more:
                self._bell.set()
            else:
                await _rung(self._chunks, LOOK_EVERY)
            self._chunks.clear()

    def _chunk(self, work: Work) -> bool:
        """One chunk of whatever is most pressing; gives whether there may be more."""
        found = spreading.active(work)
        for swept in spreading.to_sweep(work, found):
            if spreading.sweep(work, swept):
                return True
            if spreading.is_empty(work, swept):
                self._end(work, swept)
                return True
        one = spreading.next_to_spread(work, [each for each in found if each.kind in self._kinds])
        if one is None:
            return False
        self._culprit = one
        try:
            spreading.spread(work, one, self._kinds[one.kind])
        except DBAPIError:
            raise
        except Exception as fault:
            self._fault(work, one, fault)
        else:
            if one.state is State.PLANNED:
                self._tell(work, msgspec.structs.replace(one, state=State.RUNNING, began_at=work.now))
        self._culprit = None
        return True

    def _end(self, work: Work, one: Broadcast) -> None:
        """Its author hears of it, unless it is they who stopped it."""
        spreading.end(work, one)
        self._measured.pop(one.id, None)
        if one.state is not State.STOPPED:
            self._tell(work, msgspec.structs.replace(one, state=State.DONE, ended_at=work.now))

    def _fault(self, work: Work, one: Broadcast, fault: BaseException) -> None:
        log.error("Broadcast %d is paused: %s cannot be asked about it.", one.id, one.kind, exc_info=fault)
        self._pause(work, one, f"{type(fault).__name__}: {fault}")

    def _pause(self, work: Work, one: Broadcast, because: str) -> None:
        try:
            paused = pause(work, one.id, because)
        except CannotChange:  # stopped or ended meanwhile
            return
        self._tell(work, paused)

    def _tell(self, work: Work, one: Broadcast) -> None:
        """That its author cannot be told is no reason to hold a broadcast up."""
        try:
            if kind := self._kinds.get(one.kind):
                kind.told(work, one)
        except DBAPIError:
            raise
        except Exception:
            log.exception("Nobody could be told of broadcast %d.", one.id)

    # Rounds

    async def _round(self) -> bool:
        """Gives whether another one should follow soon."""
        notes, pausing = list(self._notes), dict(self._pausing)
        rooms = {} if self._stopping or not self._on_duty() else self._rooms()
        noted, taken = await asyncio.gather(
            self._desk.run(lambda work: self._note(work, notes, list(pausing.values()))),
            self._desk.run(lambda work: self._take(work, rooms)),
            return_exceptions=True,
        )
        if isinstance(noted, BaseException):
            self._endure(noted)
        else:
            del self._notes[: len(notes)]
            self._counters.settle(noted)
            for number in pausing:
                del self._pausing[number]
        if isinstance(taken, BaseException):
            await self._blame(taken)
            return False
        for held in taken:
            self._hold(held)
        return bool(notes or taken)

    def _endure(self, failure: BaseException) -> None:
        if not isinstance(failure, DBAPIError) or not is_outage(failure):
            raise failure
        log.warning("The outbox is out of reach (%s).", type(failure).__name__)

    async def _blame(self, failure: BaseException) -> None:
        """A statement of a kind's own that the database refuses pauses its broadcast, and nobody else's."""
        culprit, self._culprit = self._culprit, None
        if culprit is None or not isinstance(failure, DBAPIError) or is_outage(failure):
            self._endure(failure)
            return
        await self._desk.run(lambda work: self._fault(work, culprit, failure))

    def _rooms(self) -> dict[str, int]:
        """How many letters each channel may take in hand."""
        now = self._desk.clock()
        rooms = {}
        for name, channel in self._channels.items():
            most = channel.pace.ahead if channel.pace else channel.concurrency
            most = 0 if self._closed.until(name) else self._rests[name].room(now, most)
            if (room := most - self.hands.on(name)) > 0:
                rooms[name] = room
        return rooms

    def _note(self, work: Work, notes: Sequence[Note], pausing: Sequence[tuple[Broadcast, str]]) -> Counter[Settled]:
        counted = rounds.note(work, notes, self._on_gone) if notes else Counter()
        for one, because in pausing:
            if streak := self._streaks.get(one.id):
                rounds.try_again(work, one, streak.letters)
            self._pause(work, one, because)
        for number in {one.broadcast.id for one in notes}:
            if work.now - self._measured.get(number, work.now - tally.MEASURED_EVERY) >= tally.MEASURED_EVERY:
                self._measured[number] = work.now
                tally.measure(work, number)
        return counted

    def _take(self, work: Work, rooms: Mapping[str, int]) -> list[Held]:
        """Whatever goes first in each channel, and the end of what has nothing left."""
        taken: list[Held] = []
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
                taken += [Held(letter, one) for letter in letters]
                if more and left[name]:  # a long row of those who do not want it; what is behind them goes first
                    left[name] = 0
                    self.wake()
            self._culprit = None
            if one.spread_at and len(taken) == before and one.id not in busy and spreading.is_empty(work, one):
                self._end(work, one)
        return taken

    def _taken(self, work: Work, one: Broadcast, kind: Kind, channel: str, most: int) -> tuple[list[Letter], bool]:
        self._culprit = one
        try:
            return rounds.take(work, one, kind, channel, most)
        except DBAPIError:
            raise
        except Exception as fault:
            self._fault(work, one, fault)
            return [], False

    # Carrying

    def _hold(self, held: Held) -> None:
        streak = self._streaks.get(held.broadcast.id)
        if streak and streak.is_enough and held.broadcast.id not in self._pausing:  # it was taken up again
            del self._streaks[held.broadcast.id]
        held.letter = msgspec.structs.replace(held.letter, may_go=lambda: self._may_go(held))
        self.hands.hold(held)
        assert self._tasks is not None
        held.task = self._tasks.create_task(self._carry(held))

    def _may_go(self, held: Held) -> bool:
        until = held.letter.expires_at
        if until is not None and until <= self._desk.clock():
            return False
        return self.hands.may_leave(held)

    async def _carry(self, held: Held) -> None:
        try:
            note = await self._carried(held)
        except asyncio.CancelledError:
            if not held.back:
                raise
            note = _note(held)
        except Exception as fault:
            log.exception("A letter of a broadcast could not be carried.")
            note = self._refused(held, f"{type(fault).__name__}: {fault}")
        self.hands.let_go(held)
        self._notes.append(note)
        if self.hands.on(held.letter.channel) == 0 or self._stopping:
            self._bell.set()

    async def _carried(self, held: Held) -> Note:
        letter, channel = held.letter, self._channels[held.letter.channel]
        rest = self._rests[channel.name]
        try:
            deliver = channel.take_away if held.broadcast.act is Act.DELETE else channel.deliver
            external = await deliver(letter)
        except Withdrawn:
            return _note(held)
        except Throttled as refusal:
            return _note(held, due=self._closed.close(channel.name, refusal.wait))
        except Unreachable as refusal:
            rest.failed(self._desk.clock())
            return self._not_reached(held, str(refusal))
        except Moved as refusal:
            return _note(held, moved_to=refusal.external)
        except NothingToEdit:
            rest.answered()
            return _note(held, Settled.CANCELLED, error="not there any more")
        except Gone as refusal:
            rest.answered()
            self._streak(held, str(refusal), again=False)
            return _note(held, Settled.GONE, error=str(refusal))
        except Impossible as refusal:
            rest.answered()
            log.error("A letter of a broadcast was refused for good: %s", refusal)
            return self._refused(held, str(refusal))
        rest.answered()
        self._streaks.pop(held.broadcast.id, None)
        words = letter.message if channel.keeps_words else None
        return _note(held, Settled.SENT, external=external, words=words)

    def _not_reached(self, held: Held, reason: str) -> Note:
        if held.letter.attempts >= len(BULK_RETRY_AFTER):
            self._counters.fail(reason)
            return _note(held, Settled.FAILED, error=reason)
        self._counters.retried += 1
        due = self._desk.clock() + BULK_RETRY_AFTER[held.letter.attempts]
        return _note(held, due=due, counted=True)

    def _refused(self, held: Held, reason: str) -> Note:
        if self._streak(held, reason, again=True):
            return _note(held)
        self._counters.fail(reason)
        return _note(held, Settled.FAILED, error=reason)

    def _streak(self, held: Held, reason: str, *, again: bool) -> bool:
        """Gives whether the broadcast pauses because of this one, or does already."""
        number = held.broadcast.id
        streak = self._streaks.setdefault(number, Streak())
        if not streak.refused(reason, held.letter.id if again else None):
            return False
        if not streak.told:
            streak.told = True
            self._pausing[number] = (held.broadcast, reason)
            self.hands.call_back(lambda one: one.broadcast.id == number)
            self._ring()
        return True


def _note(
    held: Held,
    settled: Settled | None = None,
    *,
    external: str = "",
    words: Message | None = None,
    error: str = "",
    due: datetime | None = None,
    counted: bool = False,
    moved_to: str = "",
) -> Note:
    return Note(
        letter=held.letter,
        broadcast=held.broadcast,
        settled=settled,
        external=external,
        words=words,
        error=error,
        due=due,
        counted=counted,
        moved_to=moved_to,
    )


async def _rung(bell: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(bell.wait(), seconds)
