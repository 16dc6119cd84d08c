"""What residents do: a script gives the next update of a conversation, and may look at the last answer."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from benchmarks.peers import questions
from benchmarks.updates import Button, Resident, tap_template

BUTTONS_HEADER = "X-Last-Buttons"
"""Where a side whose callback data cannot be known in advance says what it last showed to this chat.

JSON in UTF-8: `{"message": 12, "buttons": [["Passer", "k3:skip"], …]}`, in the answer to the update.
"""


class Answer(NamedTuple):
    """What the webhook answered: the head as it came, read only by a script that needs it."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str | None:
        found = re.search(rb"^" + re.escape(name.encode()) + rb":[ \t]*([^\r\n]*)", self.head, re.I | re.M)
        return found.group(1).decode() if found else None


class Script(Protocol):
    """One conversation of one resident, on one chat that no other script uses."""

    def next(self, answer: Answer | None) -> bytes | None:
        """The body of the next update, or None when all is said. `answer` is None for the first."""


Place = tuple[float, float]
"""Latitude and longitude in degrees."""

TAP_FAMILY = tap_template(questions.ASK_FAMILY, questions.FAMILIES)
TAP_CATEGORY = tap_template(questions.ASK_CATEGORY, questions.CATEGORIES)
TAP_SEND = tap_template(questions.REVIEW, questions.SEND)


class KnownButtons:
    """The six updates for a side whose callback data never change: the peers."""

    def __init__(self, resident: Resident, place: Place) -> None:
        self.steps = self._updates(resident, place)

    def next(self, answer: Answer | None) -> bytes | None:
        return next(self.steps, None)

    @staticmethod
    def _updates(resident: Resident, place: Place) -> Iterator[bytes]:
        yield resident.starts()
        yield resident.sends_a_photo()
        yield resident.places(*place)
        yield resident.taps("family:lights", TAP_FAMILY)
        yield resident.taps("category:lamp-out", TAP_CATEGORY)
        yield resident.taps("review:send", TAP_SEND)


class ButtonsToRead:
    """The same conversation where the data of the buttons are read from `BUTTONS_HEADER`.

    `taps` are the words of the buttons to tap after the place, in order, as regular expressions. A button
    that matches `detour` is tapped whenever it is shown, for a question that comes up only sometimes (is it
    the same problem as that one?); it is one more update, and counts as one.
    """

    def __init__(self, resident: Resident, place: Place, taps: Sequence[str], detour: str | None = None) -> None:
        self.resident = resident
        self.opening = iter((resident.starts, resident.sends_a_photo, lambda: resident.places(*place)))
        self.taps = iter(taps)
        self.detour = detour

    def next(self, answer: Answer | None) -> bytes | None:
        if (update := next(self.opening, None)) is not None:
            return update()
        message, buttons = last_buttons(answer)
        if self.detour is not None and (button := matching(self.detour, buttons)) is not None:
            return self.resident.taps(button[1], TAP_SEND, message)
        wanted = next(self.taps, None)
        if wanted is None:
            return None
        button = matching(wanted, buttons)
        if button is None:
            raise LookupError(f"No button says {wanted!r}; the last letter has {[text for text, _ in buttons]}.")
        return self.resident.taps(button[1], TAP_SEND, message)


def last_buttons(answer: Answer | None) -> tuple[int | None, list[Button]]:
    """The number of the last letter to this chat, and its buttons; none at all when the header is missing."""
    shown = answer.header(BUTTONS_HEADER) if answer is not None else None
    if shown is None:
        return None, []
    read = json.loads(shown)
    return read["message"], [(text, data) for text, data in read["buttons"]]


def matching(words: str, buttons: Sequence[Button]) -> Button | None:
    return next((button for button in buttons if re.search(words, button[0])), None)
