"""How a message we sent is named in the outbox."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from bot.delivery.model import NothingToEdit

_FORM = re.compile(r"(?P<kind>[tp])(?P<message>\d+)(?:\.(?P<picture>[0-9a-f]+))?(?:\+(?P<before>[\d,]+))?")
_OF_A_KEY = 16
_LONGEST = 64


class Shown(NamedTuple):
    """The id "t123" is the text of message 123; "p123.0a1b2c3d4e5f6071" its photo, with the start of the photo's key.
    What follows a "+" are the messages before it that belong to the same letter: an album, the parts of a long text.

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
    whole = f"{name}+{','.join(map(str, before))}" if before else name
    return whole if len(whole) <= _LONGEST else name


def shown_as(external: str) -> Shown:
    """Raises NothingToEdit for a name that was not given here."""
    found = _FORM.fullmatch(external)
    if not found:
        raise NothingToEdit("This message was not sent through Telegram.")
    before = tuple(int(number) for number in (found["before"] or "").split(",") if number)
    return Shown(int(found["message"]), found["picture"] or "", before)
