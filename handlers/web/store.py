"""What residents said on the web page. The bot's side of the dialogue is the outbox itself; nothing is kept twice."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy import Column, ForeignKey, Index, Row, String, Table, Text, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.city.model import Place
from bot.delivery.model import Message
from bot.delivery.outbox import letter
from bot.delivery.store import history
from bot.people.store import address, find_people, meet, resident
from bot.storage.tables import Identity, Instant, metadata, new_identity
from bot.storage.work import Work

CHANNEL = "web"

AT_ONCE = 500
"""Sessions in a statement."""

LineKind = Literal["text", "tap", "quiet", "pictures", "place"]
"""`quiet`: a tap that is not shown: not yet, because it ticked a box in place, or because it came too late."""

# `key` is the session and the mark the page gave to what it sent: a second sending finds the first one's line.
web_line = Table(
    "web_line",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("address_id", ForeignKey("address.id", ondelete="CASCADE"), nullable=False),
    Column("key", String(80), nullable=False, unique=True),
    Column("kind", String(8), nullable=False),
    Column("text", Text, nullable=False, default=""),
    Column("pictures", Text, nullable=False, default="[]"),
    Column("refused", String(20), nullable=False, default=""),
    Column("place", Text),
    Column("said_at", Instant, nullable=False),
    Index("ix_web_line_address_id_said_at", "address_id", "said_at"),
    Index("ix_web_line_said_at", "said_at"),
)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Something the person said. `refused` is why one of the photos sent could not be kept."""

    id: int = 0
    key: str = ""
    kind: LineKind
    text: str = ""
    pictures: tuple[str, ...] = ()
    refused: str = ""
    place: Place | None = None
    at: datetime | None = None


class Visitor(msgspec.Struct, frozen=True):
    """The resident behind a session, once they have said something."""

    address: int
    language: str
    resident: int


class Shown(msgspec.Struct, frozen=True):
    """Something the bot said, and the instant (UTC) that gives it its place in the dialogue."""

    id: int
    at: datetime
    message: Message


_decode = msgspec.json.Decoder(Message).decode
_encode = msgspec.json.encode
_names = msgspec.json.Decoder(tuple[str, ...]).decode
_place = msgspec.json.Decoder(Place).decode


def visitor(work: Work, session: str) -> Visitor | None:
    """For pages, which only look: takes no lock."""
    query = (
        select(address.c.id, resident.c.language, resident.c.id)
        .join_from(address, resident, address.c.resident_id == resident.c.id)
        .where(address.c.channel == CHANNEL, address.c.external == session)
    )
    row = work.connection.execute(query).first()
    return Visitor(row[0], row[1], row[2]) if row else None


def settle(work: Work, session: str, language: str) -> int:
    """The number of the session's address, which its first words make."""
    known = find_people(work, [(CHANNEL, session)])
    person = known.get((CHANNEL, session)) or meet(work, [(CHANNEL, session, language)])[0]
    return person.address


def keep_line(work: Work, address_id: int, line: Line) -> Line:
    """Keep what was said, and give it with its number; a second sending of the same key gives the first one's line."""
    insert = (postgresql if work.is_postgres else sqlite).insert(web_line)
    work.connection.execute(
        insert.on_conflict_do_nothing(index_elements=["key"]),
        {
            "id": new_identity(),
            "address_id": address_id,
            "key": line.key,
            "kind": line.kind,
            "text": line.text,
            "pictures": _encode(line.pictures).decode(),
            "refused": line.refused,
            "place": _encode(line.place).decode() if line.place else None,
            "said_at": work.now,
        },
    )
    return _line(work.connection.execute(select(web_line).where(web_line.c.key == line.key)).one())


def reword(work: Work, number: int, kind: LineKind, text: str) -> Line | None:
    """What a tap turned out to mean, once the turn has been taken; None when the turn erased the person."""
    work.connection.execute(update(web_line).where(web_line.c.id == number).values(kind=kind, text=text))
    found = work.connection.execute(select(web_line).where(web_line.c.id == number)).first()
    return _line(found) if found else None


def shown_again(work: Work, line: Line, slot: str) -> bool:
    """Whether the bot answered this line by changing `slot`."""
    query = select(letter.c.id).where(
        letter.c.address_id == select(web_line.c.address_id).where(web_line.c.id == line.id).scalar_subquery(),
        letter.c.slot == slot,
        letter.c.id > line.id,
    )
    return work.connection.execute(query.limit(1)).first() is not None


def lines(work: Work, address_id: int, since: datetime) -> list[Line]:
    query = select(web_line).where(
        web_line.c.address_id == address_id, web_line.c.said_at >= since, web_line.c.kind != "quiet"
    )
    return [_line(row) for row in work.connection.execute(query)]


def letters(work: Work, address_id: int, since: datetime) -> list[Shown]:
    """What the bot said, letters under way included: they are as good as delivered, for the page is read from here.

    A letter's place in the dialogue is the instant it was due: for a reply, that of its turn. Letters under way are
    looked up first, so that one noted as sent in between is found at least once.
    """
    under_way = select(letter.c.id, letter.c.due, letter.c.payload).where(
        letter.c.address_id == address_id, letter.c.state == "sending", letter.c.payload.is_not(None)
    )
    found = {row[0]: Shown(row[0], row[1], _decode(row[2])) for row in work.connection.execute(under_way)}
    sent = history(work, address_id, since)
    due = select(letter.c.id, letter.c.due).where(letter.c.address_id == address_id, letter.c.sent_at >= since)
    instants = {row[0]: row[1] for row in work.connection.execute(due)}
    found.update({number: Shown(number, instants.get(number, at), message) for number, at, message in sent})
    return list(found.values())


def sessions_told(work: Work, sessions: Sequence[str], since: datetime) -> list[str]:
    """Those of `sessions` that a letter has reached since then."""
    told: list[str] = []
    for at in range(0, len(sessions), AT_ONCE):
        query = (
            select(address.c.external)
            .join_from(address, letter, letter.c.address_id == address.c.id)
            .where(address.c.channel == CHANNEL, address.c.external.in_(sessions[at : at + AT_ONCE]))
            .where(letter.c.sent_at >= since)
            .distinct()
        )
        told += work.connection.scalars(query)
    return told


def letter_of(work: Work, address_id: int, number: int) -> Message | None:
    """One letter of this address, if its words are still kept."""
    query = select(letter.c.payload).where(letter.c.id == number, letter.c.address_id == address_id)
    payload = work.connection.execute(query).scalar_one_or_none()
    return _decode(payload) if payload else None


def was_in_the_dialogue(work: Work, key: str, address_id: int | None) -> bool:
    """Whether the photo `key` was sent by this address, or shown to it."""
    if address_id is None:
        return False
    own = select(web_line.c.id).where(web_line.c.address_id == address_id, web_line.c.pictures.contains(key))
    told = select(letter.c.id).where(letter.c.address_id == address_id, letter.c.payload.contains(key))
    return any(work.connection.execute(query.limit(1)).first() for query in (own, told))


def forget_old(work: Work, kept_for: timedelta) -> int:
    """Drop what was said longer ago than that; gives the number of lines dropped."""
    return work.connection.execute(delete(web_line).where(web_line.c.said_at < work.now - kept_for)).rowcount


def forget(work: Work, addresses: Iterable[int]) -> int:
    """Drop everything these addresses said; gives the number of lines dropped."""
    return work.connection.execute(delete(web_line).where(web_line.c.address_id.in_(list(addresses)))).rowcount


def pictures_in_use(work: Work, keys: Sequence[str]) -> set[str]:
    """Those of `keys` that a line still shows: what a purge of photos must leave alone."""
    if not keys:
        return set()
    query = select(web_line.c.pictures).where(or_(*(web_line.c.pictures.contains(key) for key in keys)))
    shown = {key for row in work.connection.execute(query) for key in _names(row[0])}
    return shown.intersection(keys)


def _line(row: Row[*tuple[Any, ...]]) -> Line:
    return Line(
        id=row.id,
        key=row.key,
        kind=row.kind,
        text=row.text,
        pictures=_names(row.pictures),
        refused=row.refused,
        place=_place(row.place) if row.place else None,
        at=row.said_at,
    )
