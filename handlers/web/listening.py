"""Server-sent events: an open page is told what is new, and after a broken connection what it missed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import msgspec

from bot.delivery.model import Message
from bot.storage.work import Work
from handlers.web import dialogue, store
from handlers.web.channel import OpenPage
from handlers.web.dialogue import Entry
from handlers.web.hall import Guest, Hall

OVERLAP = timedelta(minutes=15)
"""How much of what a page may have seen is looked at again when it comes back: a letter can arrive later than one
that was due after it. Pages know entries by their number, so that telling one twice does no harm."""

ERASED = "event: erased\ndata: 1\n\n"
"""Nothing is left of the dialogue: a page that shows it takes it away. What is said afterwards follows."""

COME_BACK = 2000
"""Milliseconds after which a browser tries again when the connection breaks."""


async def listen(hall: Hall, guest: Guest, after: int) -> AsyncIterator[str]:
    """The stream of one page, from `after` (microseconds since 1970) on. It ends when the site closes."""
    yield f"retry: {COME_BACK}\n\n"
    start = datetime.fromtimestamp(after / 1_000_000, UTC) - OVERLAP if after else datetime(1970, 1, 1, tzinfo=UTC)
    seen: set[int] = set()
    known = after > 0  # whether this page shows a dialogue
    with hall.channel.open(guest.session) as page:
        while not page.closed:
            handed = _handed(page, hall.desk.clock())
            fresh = await hall.look(partial(_since, hall, guest, start))
            if fresh is None:
                if known:
                    yield ERASED
                known, fresh = False, []
            known = known or bool(fresh)
            kept = {entry.id for entry in fresh}
            for entry in (*fresh, *(entry for entry in handed if entry.id not in kept)):
                if entry.id not in seen:
                    seen.add(entry.id)
                    yield _event(entry, wire(hall, guest.language, entry))
            if fresh:
                start = max(start, fresh[-1].at - OVERLAP)
            while not page.closed and not await page.wait(hall.heartbeat):
                yield ": ici\n\n"


def wire(hall: Hall, language: str, entry: Entry) -> dict[str, Any]:
    """An entry as the page's script takes it. The number is a text: JavaScript would round it."""
    return {
        "id": str(entry.id),
        "order": entry.order,
        "by": "parvis" if entry.message else "you",
        "key": entry.mark,
        "slot": entry.slot,
        "html": drawn(hall, language, entry),
    }


def drawn(hall: Hall, language: str, entry: Entry, *, live: bool = True) -> str:
    """An entry as a part of the page, in its own language. `live`: whether its question still waits for an answer."""
    spoken = (entry.message.language if entry.message else "") or language
    return hall.pages.part("bubbles.html", "bubble", spoken, entry, live=live)


def looked_at(hall: Hall, message: Message, photos: str) -> str:
    """A message as the chat page would show it now, for those who only look: its buttons do nothing. `photos`: where
    its photos are found."""
    entry = Entry(id=0, at=hall.desk.clock(), message=message)
    spoken = message.language or hall.pages.languages[0].code
    return hall.pages.part("bubbles.html", "bubble", spoken, entry, inert=True, photos=photos)


def _since(hall: Hall, guest: Guest, start: datetime, work: Work) -> list[Entry] | None:
    """None when nothing is known of this session: it has not spoken yet, or it was erased."""
    visitor = store.visitor(work, guest.session)
    if visitor is None:
        return None
    return dialogue.read(work, visitor.address, max(start, work.now - hall.kept_for))


def _handed(page: OpenPage, now: datetime) -> list[Entry]:
    """Letters given to the page itself: those of a broadcast have no words of their own in the outbox."""
    entries = [Entry(id=letter.id, at=now, message=letter.message) for letter in page.letters]
    page.letters.clear()
    return entries


def _event(entry: Entry, told: dict[str, Any]) -> str:
    return f"id: {dialogue.moment(entry.at)}\nevent: entry\ndata: {msgspec.json.encode(told).decode()}\n\n"
