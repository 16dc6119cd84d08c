"""The letters of broadcasts that this process has in hand, and how they are called back before they leave.

A letter in hand waits a fraction of a second for its turn. What a committed transaction decides meanwhile (the
broadcast is stopped, somebody unsubscribes) holds for it too: it goes back to the outbox, to be looked at anew.
"""

import asyncio
import weakref
from collections.abc import Callable, Collection, Iterable
from threading import Lock
from typing import Any, Protocol

from bot.delivery.broadcast import Broadcast
from bot.delivery.model import Letter
from bot.storage.work import Work


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
        self._lock = Lock()
        self.rung = rung
        listen(self)

    def __len__(self) -> int:
        return len(self._held)

    def hold(self, one: Held) -> None:
        with self._lock:
            self._held[one.letter.id] = one

    def let_go(self, one: Held) -> None:
        with self._lock:
            self._held.pop(one.letter.id, None)

    def may_leave(self, one: Held) -> bool:
        with self._lock:
            one.leaving = one.leaving or not one.back
            return one.leaving

    def call_back(self, wanted: Callable[[Held], bool]) -> None:
        with self._lock:
            for one in self._held.values():
                if not one.leaving and wanted(one):
                    one.back = True

    def look_again(self, broadcasts: Collection[int], addresses: Collection[int]) -> None:
        self.call_back(lambda one: one.broadcast.id in broadcasts or one.letter.address in addresses)
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
            return sum(one.letter.channel == channel for one in self._held.values())


class Holder(Protocol):
    def look_again(self, broadcasts: Collection[int], addresses: Collection[int]) -> None:
        """Letters in hand of these broadcasts, or to these addresses, go back to the outbox. From any thread."""
        ...


_all: weakref.WeakSet[Holder] = weakref.WeakSet()
"""Of this process. In tests there are more of them; a letter called back without need is only looked at once more."""


def listen(holder: Holder) -> None:
    _all.add(holder)


def look_again(work: Work, *, broadcasts: Iterable[int] = (), addresses: Iterable[int] = ()) -> None:
    """Once this work is committed, letters of these in hand go back to the outbox, and the postman looks at it."""
    numbers, places = frozenset(broadcasts), frozenset(addresses)
    work.after.append(lambda: _call_back(numbers, places))


def letters_of_erased(addresses: Collection[int]) -> None:
    """For `Desk.on_erased`: what is in hand for people just erased goes back, where nothing is left of it."""
    _call_back((), addresses)


def _call_back(broadcasts: Collection[int], addresses: Collection[int]) -> None:
    for holder in list(_all):
        holder.look_again(broadcasts, addresses)
