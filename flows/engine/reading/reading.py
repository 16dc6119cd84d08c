"""What a reader is given, and what it may say."""

from datetime import datetime
from typing import Any

import msgspec

from bot.city.model import City
from flows.engine.incoming import Incoming
from flows.engine.state import Shown, TalkState


class Asked(msgspec.Struct, frozen=True):
    """An open question and what came in. `code`: the part of a button's data that says which option it stands for."""

    shown: Shown
    talk: TalkState
    incoming: Incoming
    code: str
    city: City
    now: datetime

    @property
    def written(self) -> bool:
        """Whether words came in, for the first time or put right."""
        return self.incoming.kind in ("text", "edited")


class Answer(msgspec.Struct, frozen=True):
    """What to keep, and how the chosen thing was called."""

    raw: Any
    chosen: str = ""
    note: str = ""  # said before the next question


class Miss(msgspec.Struct, frozen=True):
    """No answer: what to say about it."""

    hint: str


class More(msgspec.Struct, frozen=True):
    """A step towards an answer (a box ticked, places to choose from): the question is shown again."""

    words: str = ""


Reading = Answer | Miss | More
