"""What a report is, and what may become of it."""

from datetime import date, datetime
from enum import StrEnum

import msgspec

from bot.city.model import Place

ALPHABET = "23456789ACDEFGHJKMNPQRTVWXY"
"""Letters and figures that are not confused when read aloud or copied by hand: no 0/O, 1/I/L, S/5, B/8, U/V, Z/2."""

REF_LENGTH = 4
"""531,441 numbers. A page opened with a guessed number shows nothing personal, so guessing gains nothing."""


class State(StrEnum):
    RECEIVED = "received"
    FORWARDED = "forwarded"  # handed to whoever is responsible, when that is not the town
    PLANNED = "planned"
    UNDER_WAY = "under_way"
    DONE = "done"
    REFUSED = "refused"  # always with a reason
    DUPLICATE = "duplicate"
    WITHDRAWN = "withdrawn"  # whoever reported it says it needs nothing any more
    REOPENED = "reopened"  # said to be done, and it is not


OPEN = frozenset({State.RECEIVED, State.FORWARDED, State.PLANNED, State.UNDER_WAY, State.REOPENED})

MOVES: dict[State, frozenset[State]] = {
    State.RECEIVED: frozenset(
        {
            State.FORWARDED,
            State.PLANNED,
            State.UNDER_WAY,
            State.DONE,
            State.REFUSED,
            State.DUPLICATE,
            State.WITHDRAWN,
        }
    ),
    State.FORWARDED: frozenset(
        {State.PLANNED, State.UNDER_WAY, State.DONE, State.REFUSED, State.DUPLICATE, State.WITHDRAWN}
    ),
    State.PLANNED: frozenset(
        {State.FORWARDED, State.UNDER_WAY, State.DONE, State.REFUSED, State.DUPLICATE, State.WITHDRAWN}
    ),
    State.UNDER_WAY: frozenset(
        {State.FORWARDED, State.PLANNED, State.DONE, State.REFUSED, State.DUPLICATE, State.WITHDRAWN}
    ),
    State.REOPENED: frozenset(
        {
            State.FORWARDED,
            State.PLANNED,
            State.UNDER_WAY,
            State.DONE,
            State.REFUSED,
            State.DUPLICATE,
            State.WITHDRAWN,
        }
    ),
    State.DONE: frozenset({State.REOPENED}),
    State.REFUSED: frozenset({State.REOPENED}),
    State.DUPLICATE: frozenset({State.REOPENED}),
    State.WITHDRAWN: frozenset({State.REOPENED}),
}

NEEDS_NOTE = frozenset({State.REFUSED, State.DUPLICATE})
"""Moves that are never made without saying why."""


class MoveRefused(Exception):
    """A report may not make this move; the message says why and what is possible."""


class UnknownReport(Exception):
    """There is no report with this number."""


class Report(msgspec.Struct, frozen=True):
    """A report as it stands. `resident` is known to us only, and only while the person wants it."""

    id: int
    ref: str
    category: str
    body: str
    place: Place
    quartier: int | None
    words: str
    state: State
    created_at: datetime
    changed_at: datetime
    promised_on: date | None
    pictures: tuple[str, ...] = ()
    note: str = ""  # what was said with the last move
    followers: int = 0

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


class Event(msgspec.Struct, frozen=True):
    """One step of a report's life. Steps are only ever added."""

    at: datetime
    state: State
    note: str = ""


class Twin(msgspec.Struct, frozen=True):
    """An open report that may be about the same thing, `metres` away."""

    ref: str
    metres: int
    created_at: datetime
    state: State
    picture: str = ""
    followers: int = 0


def clean_ref(typed: str, prefix: str) -> str:
    """A number as people type or say it ("bb 7k3f", "7K3F") in its one written form, or an empty text."""
    plain = "".join(letter for letter in typed.upper() if letter.isalnum())
    plain = plain.removeprefix(prefix.upper()) if len(plain) > REF_LENGTH else plain
    if len(plain) < REF_LENGTH or not set(plain) <= set(ALPHABET):
        return ""
    return f"{prefix.upper()}-{plain}"
