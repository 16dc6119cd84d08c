"""Takes letters one by one from the outbox: replies, and what is said to a single person. In order for each address,
never lost; how one is carried is told in `bot.delivery.trying`."""

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy.exc import DBAPIError

from bot.delivery import claims
from bot.delivery.channel import Channel
from bot.delivery.counters import Counters
from bot.delivery.model import Lane, Letter
from bot.delivery.noting import Noting
from bot.delivery.outbox import LEASE
from bot.delivery.pushed import Pushed
from bot.delivery.rounds import OnGone
from bot.delivery.trouble import Closed, endured
from bot.delivery.trying import Trying, giving_back
from bot.storage.work import Desk, Work

LOOK_EVERY = 1.0
"""Seconds between two looks at the outbox when nothing wakes the postman."""

AT_ONCE = 200
"""Letters of a channel in hand, but for those that turns hand over: a channel that does not answer keeps no other
waiting."""


class _Room(NamedTuple):
    """How many letters to take for a channel, and how many of them that answer nobody."""

    most: int
    pushed: int


class Singles:
    """Every letter is `sending` under a lease before it is tried. If the process dies between the channel's word and
    the note of it, a reply is sent again by whoever sends next (it may arrive twice, never not at all).

    Replies have a room of their own in each channel: whatever waits for its turn there, they pass.
    """

    def __init__(
        self,
        desk: Desk,
        channels: Mapping[str, Channel],
        *,
        on_duty: Callable[[], bool],
        others: Callable[[], Sequence[int]],
        closed: Closed,
        on_gone: OnGone,
        untrue: claims.Untrue,
        counters: Counters,
    ) -> None:
        self._desk = desk
        self._channels = channels
        self._others = others  # letters that this process has in hand elsewhere
        self._on_duty, self._closed, self._untrue = on_duty, closed, untrue
        self._rooms = {
            (name, is_reply): asyncio.Semaphore(channel.concurrency)
            for name, channel in channels.items()
            for is_reply in (True, False)
        }
        self._lines: dict[int, deque[Letter]] = {}  # letters in hand, an address at a time
        self._pushed = Pushed()
        self._renewed_at = desk.clock()
        self._more_pushed = False  # the outbox had more of them than could be taken
        self._noting = Noting(desk, counters, lambda: self._stopping and self.idle)
        self._trying = Trying(desk, channels, self._noting, closed=closed, on_gone=on_gone, counters=counters)
        self._awake = asyncio.Event()
        self._emptied = asyncio.Event()  # nothing is in hand
        self._emptied.set()
        self._stopping = False
        self._tasks: asyncio.TaskGroup | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def wake(self) -> None:
        """Look at the outbox now. From any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._awake.set)

    def hand(self, letters: Sequence[Letter]) -> None:
        """Letters that a turn has just committed, already leased to this process. From any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._take, [self._pushed.held(letter) for letter in letters])

    def numbers(self) -> list[int]:
        """Letters in hand or not yet noted."""
        ours = [letter.id for line in self._lines.values() for letter in line]
        return ours + self._noting.numbers()

    async def run(self) -> None:
        """Serve until `stop`, then finish the letters in hand."""
        self._loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            noting = tasks.create_task(self._noting.run())
            while not self._stopping:
                if not await self._look():
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._awake.wait(), LOOK_EVERY)
                self._awake.clear()
            await self._emptied.wait()
            self._noting.bell.set()
            await noting
            self._tasks = None  # what is handed over from now on is left to the next start

    def stop(self) -> None:
        self._stopping = True
        self._awake.set()

    @property
    def idle(self) -> bool:
        """Whether nothing is in hand and everything carried has been noted."""
        return not self._lines and not len(self._noting)

    async def _look(self) -> bool:
        """Take what is due from the outbox; gives whether there may be more."""
        in_hand = [letter for line in self._lines.values() for letter in line]
        rooms = self._rooms_left(in_hand) if self._on_duty() else {}
        renewing = self._desk.clock() - self._renewed_at > LEASE / 3
        ours = {*self.numbers(), *self._others()}
        found: list[Letter] = []  # in hand before the transaction is kept: what the next one decides calls them back
        dropped: list[int] = []

        def untrue(work: Work, letters: Sequence[Letter]) -> Collection[int]:
            gone = self._untrue(work, letters)
            dropped.extend(gone)
            return gone

        def look(work: Work) -> None:
            if renewing:  # what waits in a long line is not lost
                claims.renew(work, [letter.id for letter in in_hand])
            for name, room in rooms.items():
                found.extend(self._pushed.held(letter) for letter in claims.claim(work, [name], *room, ours, untrue))

        if not renewing and not rooms:
            return False
        try:
            await self._desk.run(look)
        except DBAPIError as failure:
            for letter in found:
                self._pushed.let_go(letter.id)
            if not endured(failure):
                raise
            return False
        if renewing:
            self._renewed_at = self._desk.clock()
        self._take(found)
        taken = Counter(letter.channel for letter in found)
        pushed = Counter(letter.channel for letter in found if letter.lane is not Lane.REPLY)
        self._more_pushed = any(pushed[name] >= rooms[name].pushed for name in pushed)
        return bool(dropped) or any(taken[name] >= rooms[name].most for name in taken)

    def _rooms_left(self, in_hand: Sequence[Letter]) -> dict[str, _Room]:
        """For each channel that may be used. Of letters that answer nobody no more than will soon leave, so that
        whoever they are for does not wait behind them when they ask something."""
        taken = Counter(letter.channel for letter in in_hand)
        pushed = Counter(letter.channel for letter in in_hand if letter.lane is not Lane.REPLY)
        rooms = {}
        for name, channel in self._channels.items():
            most = AT_ONCE - taken[name]
            if most > 0 and not self._closed.until(name):
                ahead = channel.pace.ahead if channel.pace else AT_ONCE
                rooms[name] = _Room(most, max(0, ahead - pushed[name]))
        return rooms

    def _take(self, letters: Sequence[Letter]) -> None:
        for letter in letters:
            line = self._lines.get(letter.address)
            if line is None and self._tasks is not None:
                self._lines[letter.address] = deque([letter])
                self._emptied.clear()
                self._tasks.create_task(self._serve(letter.address))
            elif line is not None and all(other.id != letter.id for other in line):
                line.append(letter)

    async def _serve(self, address: int) -> None:
        """Carry the letters of one address, one after the other."""
        line = self._lines[address]
        try:
            while line:
                letter = line[0]
                async with self._rooms[letter.channel, letter.lane is Lane.REPLY]:
                    going_on = await self._trying.carry(letter)
                line.popleft()
                self._pushed.let_go(letter.id)
                if self._more_pushed and letter.lane is not Lane.REPLY:
                    self._awake.set()
                if not going_on:
                    await self._give_back(address, line)
        except DBAPIError as failure:
            if not endured(failure):
                raise
        finally:
            for letter in self._lines.pop(address):
                self._pushed.let_go(letter.id)
            if not self._lines:
                self._emptied.set()

    async def _give_back(self, address: int, line: deque[Letter]) -> None:
        """The rest of a line returns to the outbox, to be tried no earlier than the letter before it."""
        while line:
            rest = list(line)
            due = self._trying.held(address) or self._desk.clock()
            await self._desk.run(giving_back([letter.id for letter in rest], due))
            for letter in rest:
                line.remove(letter)
                self._pushed.let_go(letter.id)
        self._awake.set()
