"""Carries letters one by one: replies, and what is said to a single person. In order for each address, never lost."""

import asyncio
import contextlib
import logging
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy.exc import DBAPIError

from bot.delivery import claims, rounds, store
from bot.delivery.channel import Channel
from bot.delivery.counters import Counters
from bot.delivery.model import (
    RETRY_AFTER,
    Gone,
    Impossible,
    Lane,
    Letter,
    Moved,
    NothingToEdit,
    Throttled,
    Unreachable,
    Withdrawn,
)
from bot.delivery.noting import Noting
from bot.delivery.outbox import LEASE
from bot.delivery.pushed import Pushed
from bot.delivery.rounds import OnGone
from bot.delivery.trouble import Closed, endured
from bot.people.store import move_address
from bot.storage.work import Desk, Work

log = logging.getLogger(__name__)

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
        counters: Counters,
    ) -> None:
        self._desk = desk
        self._channels = channels
        self._others = others  # letters that this process has in hand elsewhere
        self._on_duty, self._closed, self._on_gone = on_duty, closed, on_gone
        self._counters = counters
        self._rooms = {
            (name, is_reply): asyncio.Semaphore(channel.concurrency)
            for name, channel in channels.items()
            for is_reply in (True, False)
        }
        self._lines: dict[int, deque[Letter]] = {}  # letters in hand, an address at a time
        self._pushed = Pushed()
        self._held_until: dict[int, datetime] = {}  # addresses whose first letter is to be tried again
        self._renewed_at = desk.clock()
        self._more_pushed = False  # the outbox had more of them than could be taken
        self._noting = Noting(desk, counters, lambda: self._stopping and self.idle)
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

        def look(work: Work) -> None:
            if renewing:  # what waits in a long line is not lost
                claims.renew(work, [letter.id for letter in in_hand])
            for name, room in rooms.items():
                found.extend(self._pushed.held(letter) for letter in claims.claim(work, [name], *room, ours))

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
        return any(taken[name] >= rooms[name].most for name in taken)

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

    def _held(self, address: int) -> datetime | None:
        """Until when the letters to this address wait, None when they need not."""
        until = self._held_until.get(address)
        if until is not None and until <= self._desk.clock():
            del self._held_until[address]
            return None
        return until

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
                    going_on = await self._carry(letter)
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
            due = self._held(address) or self._desk.clock()
            await self._desk.run(_giving_back([letter.id for letter in rest], due))
            for letter in rest:
                line.remove(letter)
                self._pushed.let_go(letter.id)
        self._awake.set()

    async def _carry(self, letter: Letter) -> bool:
        """Try one letter; gives whether the next one of the same address may be tried."""
        channel = self._channels[letter.channel]
        if until := self._closed.until(channel.name) or self._held(letter.address):
            await self._again(letter, until, counted=False)
            return False
        try:
            external = await self._deliver(channel, letter)
        except Throttled as refusal:
            await self._again(letter, self._closed.close(channel.name, refusal.wait), counted=False)
        except Unreachable as refusal:
            return await self._failed_to_reach(letter, refusal)
        except Gone as refusal:
            self._counters.fail(str(refusal))
            await self._desk.run(self._giving_up(letter, str(refusal)))
        except Moved as refusal:
            await self._desk.run(_moving(letter, refusal.external))
        except Withdrawn:
            await self._desk.run(self._withdrawing(letter))
            return True
        except Impossible as refusal:
            log.error("A letter was refused for good: %s", refusal)
            return await self._failed(letter, str(refusal))
        except DBAPIError:
            raise
        except Exception as fault:
            log.exception("A letter could not be carried.")
            return await self._failed(letter, f"{type(fault).__name__}: {fault}")
        else:
            self._noting.add(letter, external, keeps_words=channel.keeps_words)
            return True
        return False

    async def _deliver(self, channel: Channel, letter: Letter) -> str:
        if letter.expires_at is not None:
            whole = letter
            letter = msgspec.structs.replace(letter, may_go=lambda: not self._is_expired(whole) and whole.may_go())
        aimed = await self._aimed(letter)
        try:
            return await channel.deliver(aimed)
        except NothingToEdit:
            return await channel.deliver(letter)

    async def _aimed(self, letter: Letter) -> Letter:
        """A letter with a slot changes the message that shows the slot now, if there is one."""
        if not letter.message.slot or letter.message.anew:
            return letter
        earlier = self._noting.shown_at(letter.address, letter.message.slot)
        if earlier is not None:
            return msgspec.structs.replace(letter, replaces=earlier)
        shown = await self._desk.run(lambda work: store.shown_at(work, letter.address, letter.message.slot))
        return msgspec.structs.replace(letter, replaces=shown)

    async def _failed_to_reach(self, letter: Letter, refusal: Unreachable) -> bool:
        if letter.attempts >= len(RETRY_AFTER):
            return await self._failed(letter, str(refusal))
        self._counters.retried += 1
        wait = RETRY_AFTER[letter.attempts]
        log.warning("A letter did not get through (%s); again in %s.", refusal, wait)
        await self._again(letter, self._desk.clock() + wait, counted=True)
        return False

    async def _failed(self, letter: Letter, reason: str) -> bool:
        self._counters.fail(reason)
        await self._desk.run(lambda work: store.note_failed(work, letter.id, reason))
        return True

    async def _again(self, letter: Letter, due: datetime, *, counted: bool) -> None:
        """Try it again later; what was said to the same person after it waits behind it."""
        self._held_until[letter.address] = due
        await self._desk.run(lambda work: claims.put_back(work, letter.id, letter.address, due, counted=counted))

    def _is_expired(self, letter: Letter) -> bool:
        return letter.expires_at is not None and letter.expires_at <= self._desk.clock()

    def _withdrawing(self, letter: Letter) -> Callable[[Work], None]:
        """One that was called back returns to the outbox, where it may have been cancelled."""
        if self._is_expired(letter):
            return lambda work: store.note_expired(work, letter.id)
        return _giving_back([letter.id], self._desk.clock())

    def _giving_up(self, letter: Letter, because: str) -> Callable[[Work], None]:
        def job(work: Work) -> None:
            store.note_failed(work, letter.id, because)
            rounds.lose(work, letter.address, because, self._on_gone)

        return job


def _moving(letter: Letter, external: str) -> Callable[[Work], None]:
    def job(work: Work) -> None:
        now_at = move_address(work, letter.address, external)
        if now_at != letter.address:
            claims.readdress(work, letter.address, now_at)
        claims.give_back(work, [letter.id], work.now)

    return job


def _giving_back(numbers: Sequence[int], due: datetime) -> Callable[[Work], None]:
    return lambda work: claims.give_back(work, numbers, due)
