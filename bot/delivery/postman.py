"""Sends what the outbox holds. Rows are the truth; what is in memory here can be lost at any moment without loss."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec
from sqlalchemy.exc import DBAPIError

from bot.delivery import store
from bot.delivery.model import (
    RETRY_AFTER,
    Channel,
    Gone,
    Impossible,
    Letter,
    Moved,
    NothingToEdit,
    Throttled,
    Unreachable,
)
from bot.people.store import mark_gone, move_address
from bot.storage.failures import is_outage
from bot.storage.work import Desk, Work

log = logging.getLogger(__name__)

Key = TypeVar("Key", str, int)

LOOK_EVERY = 1.0
"""Seconds between two looks at the outbox when nothing wakes the postman."""

AT_ONCE = 200
"""Letters taken from the outbox at a time."""


class Postman:
    """Carries letters to their channels: first lane first, in order for each address, never faster than allowed.

    Every letter is `sending` under a lease before it is tried. If the process dies between the channel's word and
    the note of it, a reply is sent again by whoever sends next (it may arrive twice, never not at all).

    Off duty nothing is taken from the outbox: another process sends, or nobody yet; see `bot.delivery.duty`.
    """

    def __init__(self, desk: Desk, channels: Sequence[Channel], *, on_duty: bool = True) -> None:
        self._desk = desk
        self.on_duty = on_duty
        self._channels: Mapping[str, Channel] = {channel.name: channel for channel in channels}
        self._rooms = {channel.name: asyncio.Semaphore(channel.concurrency) for channel in channels}
        self._lines: dict[int, deque[Letter]] = {}  # letters in hand, an address at a time
        self._closed_until: dict[str, datetime] = {}  # channels that asked us to wait
        self._held_until: dict[int, datetime] = {}  # addresses whose first letter is to be tried again
        self._renewed_at = desk.clock()
        self._delivered: list[store.Delivered] = []
        self._noted = asyncio.Event()
        self._awake = asyncio.Event()
        self._emptied = asyncio.Event()  # nothing is in hand
        self._emptied.set()
        self._stopping = False
        self._tasks: asyncio.TaskGroup | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.sent = 0

    def wake(self) -> None:
        """Look at the outbox now. From any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._awake.set)

    def hand(self, letters: Sequence[Letter]) -> None:
        """Letters that a turn has just committed, already leased to this process. From any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._take, list(letters))

    async def take_duty(self) -> None:
        """From now on this process sends and no other does: what others had under way is taken back."""
        ours = [letter.id for line in self._lines.values() for letter in line]
        ours += [delivered.letter.id for delivered in self._delivered]

        def job(work: Work) -> None:
            store.take_back(work, ours)
            self.on_duty = True  # in the writing thread: turns from now on lease their replies to this process

        try:
            await self._desk.run(job)
        except BaseException:
            self.on_duty = False
            raise
        self._awake.set()

    def leave_duty(self) -> None:
        """What is in hand is carried; nothing more is taken."""
        self.on_duty = False

    async def run(self) -> None:
        """Serve until `stop`, then finish the letters in hand."""
        self._loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            noting = tasks.create_task(self._note())
            while not self._stopping:
                if not await self._look():
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._awake.wait(), LOOK_EVERY)
                self._awake.clear()
            await self._emptied.wait()
            self._noted.set()
            await noting
            self._tasks = None  # what is handed over from now on is left to the next start

    def stop(self) -> None:
        self._stopping = True
        self._awake.set()

    @property
    def idle(self) -> bool:
        """Whether nothing is in hand and everything carried has been noted."""
        return not self._lines and not self._delivered

    async def _look(self) -> bool:
        """Take what is due from the outbox; gives whether there may be more."""
        closed = self._closed_until
        open_ = [name for name in self._channels if self.on_duty and not self._wait_until(closed, name)]
        in_hand = [letter.id for line in self._lines.values() for letter in line]
        room = AT_ONCE - len(in_hand) if open_ else 0
        renewing = self._desk.clock() - self._renewed_at > store.LEASE / 3

        def look(work: Work) -> list[Letter]:
            if renewing:  # what waits in a long line is not lost
                store.renew(work, in_hand)
            return store.claim(work, open_, room) if room > 0 else []

        if not renewing and room <= 0:
            return False
        try:
            letters = await self._desk.run(look)
        except DBAPIError as failure:
            self._endure(failure)
            return False
        if renewing:
            self._renewed_at = self._desk.clock()
        self._take(letters)
        return 0 < room == len(letters)

    def _endure(self, failure: DBAPIError) -> None:
        """A database that is away comes back; what is leased meanwhile is taken up again when its lease ends."""
        if not is_outage(failure):
            raise failure
        log.warning("The outbox is out of reach (%s).", type(failure).__name__)

    def _wait_until(self, waits: dict[Key, datetime], key: Key) -> datetime | None:
        """Until when to wait, None when the time has come."""
        until = waits.get(key)
        if until is not None and until <= self._desk.clock():
            del waits[key]
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
                async with self._rooms[letter.channel]:
                    going_on = await self._carry(letter)
                line.popleft()
                if not going_on:
                    await self._give_back(address, line)
        except DBAPIError as failure:
            self._endure(failure)
        finally:
            del self._lines[address]
            if not self._lines:
                self._emptied.set()

    async def _give_back(self, address: int, line: deque[Letter]) -> None:
        """The rest of a line returns to the outbox, to be tried no earlier than the letter before it."""
        while line:
            rest = list(line)
            due = self._wait_until(self._held_until, address) or self._desk.clock()
            await self._desk.run(_giving_back([letter.id for letter in rest], due))
            for letter in rest:
                line.remove(letter)
        self._awake.set()

    async def _carry(self, letter: Letter) -> bool:
        """Try one letter; gives whether the next one of the same address may be tried."""
        channel = self._channels[letter.channel]
        closed = self._wait_until(self._closed_until, channel.name)
        if until := closed or self._wait_until(self._held_until, letter.address):
            await self._again(letter, until, counted=False)
            return False
        try:
            external = await self._deliver(channel, letter)
        except Throttled as refusal:
            until = self._closed_until[channel.name] = self._desk.clock() + refusal.wait
            log.warning("%s asks to wait %.0f s.", channel.name, refusal.wait.total_seconds())
            await self._again(letter, until, counted=False)
        except Unreachable as refusal:
            return await self._failed_to_reach(letter, refusal)
        except Gone as refusal:
            await self._desk.run(_giving_up(letter, str(refusal)))
        except Moved as refusal:
            await self._desk.run(_moving(letter, refusal.external))
        except Impossible as refusal:
            log.error("A letter was refused for good: %s", refusal)
            reason = str(refusal)
            await self._desk.run(lambda work: store.note_failed(work, letter.id, reason))
            return True
        except DBAPIError:
            raise
        except Exception as fault:
            log.exception("A letter could not be carried.")
            reason = f"{type(fault).__name__}: {fault}"
            await self._desk.run(lambda work: store.note_failed(work, letter.id, reason))
            return True
        else:
            self._delivered.append(store.Delivered(letter, external))
            self._noted.set()
            return True
        return False

    async def _deliver(self, channel: Channel, letter: Letter) -> str:
        aimed = await self._aimed(letter)
        try:
            return await channel.deliver(aimed)
        except NothingToEdit:
            return await channel.deliver(letter)

    async def _aimed(self, letter: Letter) -> Letter:
        """A letter with a slot changes the message that shows the slot now, if there is one."""
        if not letter.message.slot or letter.message.anew:
            return letter
        for earlier in reversed(self._delivered):  # carried and not yet noted
            if earlier.letter.address == letter.address and earlier.letter.message.slot == letter.message.slot:
                return msgspec.structs.replace(letter, replaces=earlier.external_id)
        shown = await self._desk.run(lambda work: store.shown_at(work, letter.address, letter.message.slot))
        return msgspec.structs.replace(letter, replaces=shown)

    async def _failed_to_reach(self, letter: Letter, refusal: Unreachable) -> bool:
        if letter.attempts >= len(RETRY_AFTER):
            reason = str(refusal)
            await self._desk.run(lambda work: store.note_failed(work, letter.id, reason))
            return True
        wait = RETRY_AFTER[letter.attempts]
        log.warning("A letter did not get through (%s); again in %s.", refusal, wait)
        await self._again(letter, self._desk.clock() + wait, counted=True)
        return False

    async def _again(self, letter: Letter, due: datetime, *, counted: bool) -> None:
        """Try it again later; what was said to the same person after it waits behind it."""
        self._held_until[letter.address] = due
        await self._desk.run(lambda work: store.put_back(work, letter.id, letter.address, due, counted=counted))

    async def _note(self) -> None:
        """Note what arrived, all that has come in the meantime in one transaction."""
        while True:
            await self._noted.wait()
            self._noted.clear()
            if batch := list(self._delivered):
                try:
                    await self._desk.run(_noting(batch))
                except DBAPIError as failure:
                    self._endure(failure)
                    await asyncio.sleep(LOOK_EVERY)
                    self._noted.set()
                    continue
                del self._delivered[: len(batch)]
                self.sent += len(batch)
            if self._stopping and self.idle:  # run() rings once: it may have rung for this very batch
                return


def _giving_up(letter: Letter, because: str) -> Callable[[Work], None]:
    def job(work: Work) -> None:
        mark_gone(work, [letter.address], because)
        store.note_failed(work, letter.id, because)
        store.cancel_for(work, [letter.address], because)

    return job


def _moving(letter: Letter, external: str) -> Callable[[Work], None]:
    def job(work: Work) -> None:
        now_at = move_address(work, letter.address, external)
        if now_at != letter.address:
            store.readdress(work, letter.address, now_at)
        store.give_back(work, [letter.id], work.now)

    return job


def _giving_back(numbers: Sequence[int], due: datetime) -> Callable[[Work], None]:
    return lambda work: store.give_back(work, numbers, due)


def _noting(batch: Sequence[store.Delivered]) -> Callable[[Work], None]:
    return lambda work: store.note_sent(work, batch)
