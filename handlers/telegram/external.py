"""How a message we sent is named in the outbox."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bot.delivery.model import NothingToEdit

_FORM = re.compile(r"(?P<kind>[tp])(?P<message>\d+)(?:\.(?P<picture>[0-9a-f]+))?(?:\+(?P<before>[\d,-]+))?")
_OF_A_KEY = 16
_LONGEST = 64


class Shown(NamedTuple):
    """The id "t123" is the text of message 123; "p123.0a1b2c3d4e5f6071" its photo, with the start of the photo's key.
    What follows a "+" are the messages before it that belong to the same letter: an album, the parts of a long text;
    "101-109" are those from 101 to 109.

    Telegram changes texts, captions and photos by different methods and says nothing of what a message was, so
    the name has to. `picture` is empty for a text.
    """

    message: int
    picture: str
    before: tuple[int, ...] = ()

    @property
    def is_photo(self) -> bool:
        return bool(self.picture)

    def shows(self, key: str) -> bool:
        return self.picture == key[:_OF_A_KEY]


def external_of(message: int, picture: str = "", before: Sequence[int] = ()) -> str:
    name = f"p{message}.{picture[:_OF_A_KEY]}" if picture else f"t{message}"
    whole = f"{name}+{_in_short(before)}" if before else name
    return whole if len(whole) <= _LONGEST else name


def shown_as(external: str) -> Shown:
    """Raises NothingToEdit for a name that was not given here."""
    found = _FORM.fullmatch(external)
    if not found:
        raise NothingToEdit("This message was not sent through Telegram.")
    return Shown(int(found["message"]), found["picture"] or "", tuple(_in_full(found["before"] or "")))


def _in_short(messages: Sequence[int]) -> str:
    """The messages of an album mostly follow one another."""
    runs: list[list[int]] = []
    for message in messages:
        if runs and message == runs[-1][-1] + 1:
            runs[-1].append(message)
        else:
            runs.append([message])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(map(str, run)) for run in runs)


def _in_full(runs: str) -> Iterator[int]:
    for run in filter(None, runs.split(",")):
        first, _dash, last = run.partition("-")
        yield from range(int(first), int(last or first) + 1)
