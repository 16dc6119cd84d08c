"""Each kind of question has its reader; the kind is the one that was stored when the question was shown."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from bot.city.model import City, Place
from flows.engine.incoming import Incoming
from flows.engine.reading.chosen import read_choice, read_choices
from flows.engine.reading.reading import Asked, Miss, Reading
from flows.engine.reading.sent import read_pictures, read_place, within
from flows.engine.reading.timed import read_hour_of_the_day, read_when
from flows.engine.reading.written import read_link, read_number, read_text
from flows.engine.state import Shown, TalkState

_READERS: dict[str, Callable[[Asked], Reading]] = {
    "text": read_text,
    "yes": read_choice,
    "choice": read_choice,
    "review": read_choice,
    "change": read_choice,
    "choices": read_choices,
    "place": read_place,
    "pictures": read_pictures,
    "number": read_number,
    "moment": read_when,
    "hour": read_hour_of_the_day,
    "link": read_link,
}


class Reader:
    """Reads what comes in against the open question of a talk."""

    def __init__(self, city: City, now: datetime) -> None:
        self._city = city
        self._now = now

    def knows(self, shown: Shown) -> bool:
        """Whether a question is of a kind that this version of the code can read."""
        return shown.kind in _READERS

    def read(self, talk: TalkState, incoming: Incoming, code: str = "") -> Reading:
        """`code` is the part of a button's data that says which option it stands for."""
        shown = talk.shown
        if shown is None:
            raise ValueError("no question is open")
        return _READERS[shown.kind](Asked(shown, talk, incoming, code, self._city, self._now))

    def refusal(self, shown: Shown, raw: Any) -> str:
        """Why an answer given in advance, or before something changed, is not taken; empty when nothing special."""
        if shown.kind != "place" or not isinstance(raw, dict):
            return ""
        try:
            reading = within(self._city, shown, msgspec.convert(raw, Place))
        except msgspec.ValidationError:  # it was no place at all
            return ""
        return reading.hint if isinstance(reading, Miss) else ""
