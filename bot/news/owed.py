"""What digests still owe: items that one left out, or did not bring.

`digested_at` says up to when news were looked at for somebody; what they have not had of it nonetheless is `owed`. Each
digest keeps which items it holds (`told`) and which letter it is: when that letter ends without having been sent, its
items are owed, and the next digest brings them.

A digest has its words from the moment it is written. When these are no longer true as it is about to leave, it is
dropped and due anew: see `bot.news.anew`. What was sent is not edited: its buttons open each item as it is by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, bindparam, or_, select, update

from bot.city.model import City
from bot.delivery import broadcast as broadcasts
from bot.delivery.broadcast import broadcast
from bot.delivery.outbox import is_in, letter
from bot.news.latest import concerns
from bot.news.model import Choices, Item, Rhythm, State
from bot.news.store import about, items, news_choice, news_item
from bot.storage.work import Work

PREFIX = "digest:"

LONGEST_BACK = timedelta(days=31)
"""Older than that is no news, however long nobody looked."""

_decode = msgspec.json.Decoder(tuple[int | tuple[int, int], ...]).decode


def digest_key(resident_id: int, due: datetime) -> str:
    """What makes a letter the one digest due at this instant: a day has a second one for those who change its hour in
    between."""
    return f"{PREFIX}{resident_id}:{due.isoformat()}"


def opens(ref: str) -> str:
    """What the button of an item carries. A digest that tells an item has it, by which it is found."""
    return f"l.nz_{ref}"


def since_of(row: Any, now: datetime) -> datetime:
    """From when on items are new to whoever has this row of `news_choice`."""
    return max(row.digested_at or now - LONGEST_BACK, now - LONGEST_BACK)


def standing(work: Work) -> tuple[ColumnElement[bool], ...]:
    """Of items: neither taken back, nor past, nor stopped."""
    stopped = select(broadcast.c.id).where(
        broadcast.c.id == news_item.c.broadcast_id, broadcast.c.state == str(broadcasts.State.STOPPED)
    )
    column = news_item.c
    fresh = or_(column.expires_at.is_(None), column.expires_at > work.now)
    return column.state == str(State.PLANNED), fresh, ~stopped.exists()


def told(kept: str | None) -> dict[int, int | None]:
    """The items in a digest, by number: the revision of each that it tells, None where that was not kept."""
    return dict(one if isinstance(one, tuple) else (one, None) for one in (_decode(kept) if kept else ()))


def numbers(kept: str | None) -> frozenset[int]:
    return frozenset(told(kept))


def as_kept(some: Iterable[int]) -> str | None:
    return msgspec.json.encode(sorted(some)).decode() or None if (some := list(some)) else None


def as_told(some: Iterable[Item]) -> str | None:
    pairs = sorted((item.id, item.rev) for item in some)
    return msgspec.json.encode(pairs).decode() if pairs else None


def look_at_last(work: Work, rows: Sequence[Any]) -> tuple[dict[int, frozenset[int]], set[int]]:
    """From rows of `news_choice`: what each resident is owed, by what became of their last digest; and those whose last
    one is leaving at this instant, of which nobody knows yet. One that still waits is dropped: the next replaces it."""
    last = [row.letter_id for row in rows if row.letter_id is not None]
    dropped = drop(work, letter.c.id.in_(last)) if last else set()
    ended = select(letter.c.id, letter.c.state).where(letter.c.id.in_(last))
    states = {row[0]: row[1] for row in work.connection.execute(ended)} if last else {}
    owed, leaving = {}, set()
    for row in rows:
        state = states.get(row.letter_id, "sent")  # letters sent long ago are forgotten
        lost = row.letter_id in dropped or state not in ("sending", "sent")
        owed[row.resident_id] = numbers(row.owed) | (numbers(row.told) if lost else frozenset())
        if state == "sending":
            leaving.add(row.resident_id)
    return owed, leaving


def drop(work: Work, *which: ColumnElement[bool]) -> set[int]:
    """Letters that wait; gives which they are."""
    values = {"state": "dropped", "error": "made anew", "payload": None, "key": None}
    dropped = update(letter).where(is_in("queued"), *which).values(**values).returning(letter.c.id)
    return set(work.connection.scalars(dropped))


def note_letters(work: Work, letters: Mapping[int, int]) -> None:
    """Which letter is whose digest: its number by resident."""
    if letters:
        row = (
            update(news_choice).where(news_choice.c.resident_id == bindparam("whose")).values(letter_id=bindparam("is"))
        )
        work.connection.execute(row, [{"whose": whose, "is": number} for whose, number in letters.items()])


def owe_what_came(work: Work, city: City, mine: Choices) -> bool:
    """Somebody reads at once from now on: what they would have read in their next digest comes in a last one. Gives
    whether there is anything."""
    whose = news_choice.c.resident_id == mine.resident_id
    row = work.connection.execute(select(news_choice).where(whose)).one()
    column = news_item.c
    came = column.starts_at >= since_of(row, work.now), column.starts_at <= work.now
    found = items(work, *standing(work), *came, about(*_not_urgent(city, mine)))
    owed = numbers(row.owed) | {one.id for one in found if concerns(one, mine.quartiers)}
    pending = bool(owed) or row.letter_id is not None  # the last one may yet fail to arrive
    values = {"owed": as_kept(owed), "digested_at": work.now, "digest_at": work.now if pending else None}
    work.connection.execute(update(news_choice).where(whose).values(**values))
    return bool(owed)


def _not_urgent(city: City, mine: Choices) -> list[str]:
    return [topic.key for topic in city.news.topics if topic.key in mine.topics and not topic.urgent]


def last_is_due(work: Work, resident_id: int) -> bool:
    """Whether somebody who reads at once gets a last digest of what came before."""
    row = select(news_choice.c.rhythm, news_choice.c.owed, news_choice.c.digest_at)
    found = work.connection.execute(row.where(news_choice.c.resident_id == resident_id)).first()
    return found is not None and found.rhythm == str(Rhythm.AT_ONCE) and bool(found.owed) and bool(found.digest_at)
