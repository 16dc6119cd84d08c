"""The single letters that answer nobody and that this process has in hand: a digest, a reminder. They are called back
as those of broadcasts are: see `bot.delivery.hands`."""

from threading import Lock

import msgspec

from bot.delivery.hands import Decided, Lately, listen
from bot.delivery.model import Lane, Letter


class Pushed:
    """Marks are set in the thread that commits, so that they hold from the commit on."""

    def __init__(self) -> None:
        self._addresses: dict[int, int] = {}  # by letter
        self._leaving: set[int] = set()  # on the wire: nothing can call them back
        self._back: set[int] = set()
        self._lately = Lately()
        self._lock = Lock()
        listen(self)

    def held(self, letter: Letter) -> Letter:
        """The letter, which asks here whether it may go, until `let_go`."""
        if letter.lane is Lane.REPLY:
            return letter
        with self._lock:
            self._addresses[letter.id] = letter.address
            if self._lately.calls_back(letter, None):
                self._back.add(letter.id)
        return msgspec.structs.replace(letter, may_go=lambda: self._may_leave(letter.id))

    def let_go(self, number: int) -> None:
        with self._lock:
            self._addresses.pop(number, None)
            self._leaving.discard(number)
            self._back.discard(number)

    def look_again(self, decided: Decided) -> None:
        with self._lock:
            self._lately.add(decided)
            found = {number for number, at in self._addresses.items() if decided.concerns(None, at)}
            self._back |= found - self._leaving

    def _may_leave(self, number: int) -> bool:
        with self._lock:
            if number in self._back:
                return False
            self._leaving.add(number)
            return True
