"""The dialogue of one session, as the page shows it: what both sides said, in order, each place that changes once."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from bot.delivery.model import Message
from bot.storage.work import Work
from handlers.web import store
from handlers.web.store import Line

MOST_ENTRIES = 300
"""Entries a page shows; older ones stay in the database until their time is over."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing said: by the bot (`message`) or by the person (`line`)."""

    id: int
    at: datetime
    message: Message | None = None
    line: Line | None = None

    @property
    def order(self) -> str:
        """Entries sort by this text: microseconds since 1970, then number, both with leading zeros."""
        return f"{moment(self.at):017d}.{self.id:019d}"

    @property
    def slot(self) -> str:
        return self.message.slot if self.message else ""

    @property
    def asks(self) -> str:
        return self.message.asks if self.message else ""

    @property
    def mark(self) -> str:
        """What the page called this line when it sent it; the session before the dot is nobody's business."""
        return self.line.key.partition(".")[2] if self.line else ""


def moment(at: datetime) -> int:
    """Microseconds since 1970."""
    return round(at.timestamp() * 1_000_000)


def read(work: Work, address_id: int, since: datetime) -> list[Entry]:
    """Everything said since then, in order; places that change are not yet brought together."""
    told = [Entry(id=one.id, at=one.at, message=one.message) for one in store.letters(work, address_id, since)]
    said = [Entry(id=one.id, at=one.at or since, line=one) for one in store.lines(work, address_id, since)]
    return sorted([*told, *said], key=lambda entry: entry.order)[-MOST_ENTRIES:]


def of_line(line: Line) -> Entry:
    assert line.at is not None  # a line that was kept has its instant
    return Entry(id=line.id, at=line.at, line=line)


def collapse(entries: Iterable[Entry]) -> list[Entry]:
    """Each slot once, with its newest words: where it stood, or last when the person has spoken in between.

    Somebody who has just answered looks at the end of the page: a change further up would pass unseen.
    """
    shown: list[Entry] = []
    for entry in entries:
        at = next((at for at, other in enumerate(shown) if entry.slot and other.slot == entry.slot), None)
        if at is None:
            shown.append(entry)
        elif any(other.line for other in shown[at:]):
            del shown[at]
            shown.append(entry)
        else:
            shown[at] = entry
    return shown


def open_question(entries: Sequence[Entry]) -> int | None:
    """The number of the question that waits for an answer: the last one, unless something was said after it."""
    for entry in reversed(entries):
        if entry.line:
            return None
        if entry.asks:
            return entry.id
    return None
