"""The letters of broadcasts that this process has in hand, and how they are called back before they leave.

A letter in hand waits a fraction of a second for its turn. What a committed transaction decides meanwhile (the
broadcast is stopped, somebody unsubscribes) holds for it too: it goes back to the outbox, to be looked at anew. What
another process decides is heard by the bell of the database (`bot.storage.bell`).
"""

import asyncio
import time
import weakref
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable
from threading import Lock
from typing import Any, Protocol

import msgspec

from bot.delivery.broadcast import Broadcast
from bot.delivery.model import Letter
from bot.storage.bell import ring
from bot.storage.work import Work

BROADCASTS, ADDRESSES = "broadcasts", "addresses"
"""What the bell tells of. An address that is erased is told of by `bot.people.forget`."""

LATELY = 5.0
"""Seconds for which what another process decided is remembered: a letter that was looked at just before may be taken in
hand just after."""


class Decided(msgspec.Struct, frozen=True):
    """What was decided about: broadcasts, addresses, or who knows what."""

    broadcasts: Collection[int] = frozenset()
    addresses: Collection[int] = frozenset()
    everything: bool = False
    elsewhere: bool = False  # by another process

    def concerns(self, broadcast: int | None, address: int) -> bool:
        return self.everything or broadcast in self.broadcasts or address in self.addresses


class Lately:
    """What other processes decided in the last seconds. A letter is called back once for each: it was looked at again
    since."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._decided: deque[tuple[float, Decided, set[int]]] = deque()

    def add(self, decided: Decided) -> None:
        if decided.elsewhere and not decided.everything:
            self._decided.append((self._clock(), decided, set()))
        self._forget()

    def calls_back(self, letter: Letter, broadcast: int | None) -> bool:
        self._forget()
        found = False
        for _at, decided, known in self._decided:
            if letter.id not in known and decided.concerns(broadcast, letter.address):
                known.add(letter.id)
                found = True
        return found

    def _forget(self) -> None:
        while self._decided and self._decided[0][0] < self._clock() - LATELY:
            self._decided.popleft()


class Held:
    """One letter in hand."""

    __slots__ = ("back", "broadcast", "leaving", "letter", "partly", "task")

    def __init__(self, letter: Letter, one: Broadcast) -> None:
        self.letter = letter
        self.broadcast = one
        self.leaving = False  # on the wire: nothing can call it back
        self.back = False
        self.partly = ""  # the channel's id of what has arrived of it, though not all did
        self.task: asyncio.Task[Any] | None = None  # once it runs


class Hands:
    """Marks are set in the thread that commits, so that they hold from the commit on."""

    def __init__(self, rung: Callable[[], None]) -> None:
        """`rung` is called, in any thread, when there is something new to look at."""
        self._held: dict[int, Held] = {}
        self._on: Counter[str] = Counter()  # how many of them go by each channel
        self._lately = Lately()
        self._lock = Lock()
        self.rung = rung
        listen(self)

    def __len__(self) -> int:
        return len(self._held)

    def hold(self, one: Held) -> None:
        with self._lock:
            self._on[one.letter.channel] += one.letter.id not in self._held
            self._held[one.letter.id] = one
            one.back = self._lately.calls_back(one.letter, one.broadcast.id)

    def let_go(self, one: Held) -> None:
        with self._lock:
            if self._held.pop(one.letter.id, None) is not None:
                self._on[one.letter.channel] -= 1

    def may_leave(self, one: Held) -> bool:
        with self._lock:
            one.leaving = one.leaving or not one.back
            return one.leaving

    def call_back(self, wanted: Callable[[Held], bool]) -> None:
        with self._lock:
            for one in self._held.values():
                if not one.leaving and wanted(one):
                    one.back = True

    def look_again(self, decided: Decided) -> None:
        with self._lock:
            self._lately.add(decided)
        self.call_back(lambda one: decided.concerns(one.broadcast.id, one.letter.address))
        self.rung()

    def called_back(self) -> list[Held]:
        """Those called back that still wait for their turn."""
        with self._lock:
            return [one for one in self._held.values() if one.back]

    def numbers(self) -> list[int]:
        with self._lock:
            return list(self._held)

    def broadcasts(self) -> set[int]:
        with self._lock:
            return {one.broadcast.id for one in self._held.values()}

    def on(self, channel: str) -> int:
        with self._lock:
            return self._on[channel]


class Holder(Protocol):
    def look_again(self, decided: Decided) -> None:
        """Letters in hand that this is about go back to the outbox. From any thread."""
        ...


_all: weakref.WeakSet[Holder] = weakref.WeakSet()
"""Of this process. In tests there are more of them; a letter called back without need is only looked at once more."""


def listen(holder: Holder) -> None:
    _all.add(holder)


def look_again(work: Work, *, broadcasts: Iterable[int] = (), addresses: Iterable[int] = ()) -> None:
    """Once this work is committed, letters of these in hand, in this process or another, go back to the outbox, and the
    postman looks at it."""
    decided = Decided(frozenset(broadcasts), frozenset(addresses))
    work.after.append(lambda: _call_back(decided))
    ring(work, BROADCASTS, decided.broadcasts)
    ring(work, ADDRESSES, decided.addresses)


def letters_of_erased(addresses: Collection[int]) -> None:
    """For `Desk.on_erased`: what is in hand for people just erased goes back, where nothing is left of it."""
    _call_back(Decided(addresses=addresses))


def heard_elsewhere(topic: str, numbers: frozenset[int]) -> None:
    """For `bot.storage.bell`."""
    match topic:
        case "broadcasts":
            _call_back(Decided(broadcasts=numbers, elsewhere=True))
        case "addresses":
            _call_back(Decided(addresses=numbers, elsewhere=True))


def look_at_everything() -> None:
    """For `bot.storage.bell`: what other processes decided lately nobody knows."""
    _call_back(Decided(everything=True))


def _call_back(decided: Decided) -> None:
    for holder in list(_all):
        holder.look_again(decided)
