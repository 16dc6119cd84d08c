"""The outbox: one row a letter, from the turn that wrote it to the channel's word that it arrived."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import (
    Column,
    ColumnElement,
    Executable,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Table,
    Text,
    bindparam,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from bot.delivery.model import Lane, Letter, Message
from bot.people.store import address
from bot.storage.prepared import Prepared, among
from bot.storage.rows import given, insert_rows
from bot.storage.tables import Identity, Instant, metadata, new_identity
from bot.storage.work import Work

# `payload` is empty once the letter no longer needs its words, and for the letters of a broadcast, whose words are
# read from the broadcast when they are sent. `key` makes a letter unique where the same fact may be told twice.
letter = Table(
    "letter",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("address_id", ForeignKey("address.id", ondelete="CASCADE"), nullable=False),
    Column("lane", SmallInteger, nullable=False),
    Column("state", String(8), nullable=False),  # queued, sending, sent, failed, expired
    Column("due", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("lease", Instant),
    Column("attempts", SmallInteger, nullable=False, default=0),
    Column("payload", Text),
    Column("slot", String(64)),
    Column("broadcast_id", Identity),
    Column("key", String(120), unique=True),
    Column("external_id", String(64)),
    Column("sent_at", Instant),
    Column("error", String(300)),
    Index("ix_letter_waiting", "lane", "due", "id", postgresql_where=text("state = 'queued'"),
          sqlite_where=text("state = 'queued'")),
    Index("ix_letter_sending", "lease", postgresql_where=text("state = 'sending'"),
          sqlite_where=text("state = 'sending'")),
    Index("ix_letter_address_id_id", "address_id", "id"),
    Index("uq_letter_broadcast_id_address_id", "broadcast_id", "address_id", unique=True,
          postgresql_where=text("broadcast_id IS NOT NULL"), sqlite_where=text("broadcast_id IS NOT NULL")),
)  # fmt: skip

# What the person sees now in a place that changes: the channel's id of the message shown for a slot.
card = Table(
    "card",
    metadata,
    Column("address_id", ForeignKey("address.id", ondelete="CASCADE"), primary_key=True),
    Column("slot", String(64), primary_key=True),
    Column("external_id", String(64), nullable=False),
    Column("shown_at", Instant, nullable=False),
)

LEASE = timedelta(minutes=2)
"""How long a letter may be under way before another look takes it for lost with its process."""

_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(Message).decode
_WRITTEN = ("id", "address_id", "lane", "state", "due", "expires_at", "lease", "attempts", "payload", "slot", "key")
_INSERT = Prepared(lambda dialect: insert_rows(letter, _WRITTEN, dialect))


class Draft(msgspec.Struct, frozen=True):
    """A letter as a turn writes it. `due` None means now."""

    to: int
    message: Message
    lane: Lane = Lane.REPLY
    due: datetime | None = None
    expires_at: datetime | None = None
    key: str | None = None


def write(work: Work, drafts: Sequence[Draft], *, handed: bool = False) -> list[int]:
    """Put letters in the outbox and give their numbers. With `handed` they are leased to the calling process."""
    state, lease = ("sending", work.now + LEASE) if handed else ("queued", None)
    rows: list[dict[str, Any]] = [
        {
            "id": new_identity(),
            "address_id": draft.to,
            "lane": int(draft.lane),
            "state": state,
            "due": draft.due or work.now,
            "expires_at": draft.expires_at,
            "lease": lease,
            "attempts": 0,
            "payload": _encode(draft.message).decode(),
            "slot": draft.message.slot or None,
            "key": draft.key,
        }
        for draft in drafts
    ]
    if not rows:
        return []
    if any(row["key"] for row in rows):
        dialect = postgresql if work.is_postgres else sqlite
        work.connection.execute(dialect.insert(letter).on_conflict_do_nothing(index_elements=["key"]), rows)
    else:
        _INSERT.run_many(work, rows)
    return [row["id"] for row in rows]


_LETTERS = select(
    letter.c.id,
    letter.c.address_id,
    address.c.channel,
    address.c.external,
    letter.c.lane,
    letter.c.payload,
    letter.c.attempts,
    letter.c.expires_at,
).join_from(letter, address, letter.c.address_id == address.c.id)


def _letter(row: Any, payload: Message) -> Letter:
    return Letter(row[0], row[1], row[2], row[3], Lane(row[4]), payload, row[6], "", row[7])


def claim(work: Work, channels: Sequence[str], most: int) -> list[Letter]:
    """Take up to `most` letters that are due, first lane first, oldest first, and lease them to this process.

    Letters whose lease ran out belong to a process that died. Replies and reminders are sent again (they may
    arrive twice); those of a broadcast become `failed` with the reason `unknown`.
    """
    _take_back_lost(work)
    query = (
        select(letter.c.id)
        .join_from(letter, address, letter.c.address_id == address.c.id)
        .where(
            letter.c.state == "queued",
            letter.c.due <= work.now,
            address.c.channel.in_(channels),
            address.c.gone_because.is_(None),
        )
        .order_by(letter.c.lane, letter.c.due, letter.c.id)
        .limit(most)
    )
    if work.is_postgres:
        query = query.with_for_update(skip_locked=True, of=letter)
    numbers = list(work.connection.scalars(query))
    if not numbers:
        return []
    _expire(work, numbers)
    work.connection.execute(
        update(letter)
        .where(letter.c.id.in_(numbers), letter.c.state == "queued")
        .values(state="sending", lease=work.now + LEASE)
    )
    rows = work.connection.execute(
        _LETTERS.where(letter.c.id.in_(numbers), letter.c.state == "sending").order_by(letter.c.lane, letter.c.id)
    )
    return [_letter(row, _decode(row[5])) for row in rows]


def take_back(work: Work, ours: Sequence[int]) -> None:
    """Whoever had letters under way is certainly dead: all but `ours` are sent again, without waiting for leases."""
    _take_back(work, (letter.c.state == "sending") & letter.c.id.not_in(ours))


def _take_back_lost(work: Work) -> None:
    _take_back(work, (letter.c.state == "sending") & (letter.c.lease < work.now))


def _take_back(work: Work, lost: ColumnElement[bool]) -> None:
    work.connection.execute(
        update(letter)
        .where(lost, letter.c.broadcast_id.is_not(None))
        .values(state="failed", error="unknown", lease=None)
    )
    work.connection.execute(update(letter).where(lost).values(state="queued", lease=None))


def _expire(work: Work, numbers: Sequence[int]) -> None:
    work.connection.execute(
        update(letter)
        .where(letter.c.id.in_(numbers), letter.c.expires_at.is_not(None), letter.c.expires_at <= work.now)
        .values(state="expired", lease=None, payload=None)
    )


def _sent(dialect: str) -> Executable:
    written = {"number": letter.c.id, "external": letter.c.external_id, "at": letter.c.sent_at}
    if dialect == "postgresql":
        new = given({name: column.type for name, column in written.items()})
    else:
        new = {name: bindparam(name) for name in written}
    return (
        update(letter)
        .where(letter.c.id == new["number"])
        .values(state="sent", lease=None, external_id=new["external"], sent_at=new["at"])
    )


_SENT = Prepared(_sent)


_STILL_HERE = Prepared(lambda dialect: select(address.c.id).where(among(address.c.id, "numbers", dialect)))


def _show(dialect: str) -> Executable:
    new = insert_rows(card, card.c.keys(), dialect)
    shown = {"external_id": new.excluded.external_id, "shown_at": new.excluded.shown_at}
    done: Executable = new.on_conflict_do_update(index_elements=["address_id", "slot"], set_=shown)
    return done


_SHOW = Prepared(_show)


class Delivered(msgspec.Struct, frozen=True):
    """A letter that arrived, with the channel's own id of the message."""

    letter: Letter
    external_id: str


def note_sent(work: Work, delivered: Sequence[Delivered]) -> None:
    """Note a batch of letters that arrived, and what their slots show now."""
    _SENT.run_many(work, [{"number": d.letter.id, "external": d.external_id, "at": work.now} for d in delivered])
    slots = {
        (d.letter.address, d.letter.message.slot): d.external_id
        for d in delivered
        if d.letter.message.slot and d.external_id
    }
    if not slots:
        return
    here = {number for (number,) in _STILL_HERE.rows(work, numbers=[at for at, _slot in slots])}
    _SHOW.run_many(
        work,
        [
            {"address_id": at, "slot": slot, "external_id": external, "shown_at": work.now}
            for (at, slot), external in slots.items()
            if at in here  # some may have asked to be erased
        ],
    )


def note_failed(work: Work, number: int, error: str) -> None:
    work.connection.execute(
        update(letter).where(letter.c.id == number).values(state="failed", error=error[:300], lease=None)
    )


def put_back(work: Work, number: int, address_id: int, due: datetime, *, counted: bool) -> None:
    """Try a letter again at `due`, and hold the later letters of its address until then, so that order is kept."""
    work.connection.execute(
        update(letter)
        .where(letter.c.id == number)
        .values(state="queued", lease=None, due=due, attempts=letter.c.attempts + int(counted))
    )
    work.connection.execute(
        update(letter)
        .where(letter.c.address_id == address_id, letter.c.id > number, letter.c.state == "queued", letter.c.due < due)
        .values(due=due)
    )


def give_back(work: Work, numbers: Iterable[int], due: datetime) -> None:
    """Letters that were leased and not tried go back to the outbox."""
    work.connection.execute(
        update(letter)
        .where(letter.c.id.in_(list(numbers)), letter.c.state == "sending")
        .values(state="queued", lease=None, due=due)
    )


def renew(work: Work, numbers: Sequence[int]) -> None:
    """These letters are still in this process's hands."""
    for at in range(0, len(numbers), 1000):  # a statement takes some thirty thousand parameters at most
        work.connection.execute(
            update(letter)
            .where(letter.c.id.in_(numbers[at : at + 1000]), letter.c.state == "sending")
            .values(lease=work.now + LEASE)
        )


def readdress(work: Work, old: int, new: int) -> None:
    """What waits for one address goes to another."""
    work.connection.execute(
        update(letter)
        .where(letter.c.address_id == old, letter.c.state.in_(("queued", "sending")))
        .values(address_id=new)
    )


def cancel_for(work: Work, address_ids: Iterable[int], because: str) -> int:
    """Nothing that still waits goes to these addresses; gives the number of letters cancelled."""
    return work.connection.execute(
        update(letter)
        .where(letter.c.address_id.in_(list(address_ids)), letter.c.state.in_(("queued", "sending")))
        .values(state="failed", error=because[:300], lease=None, payload=None)
    ).rowcount


_SHOWN_AT = Prepared(
    lambda _dialect: select(card.c.external_id).where(
        card.c.address_id == bindparam("address_id"), card.c.slot == bindparam("slot")
    )
)


def shown_at(work: Work, address_id: int, slot: str) -> str:
    """The channel's id of the message that shows `slot` to this address, or an empty text."""
    found = _SHOWN_AT.rows(work, address_id=address_id, slot=slot)
    return str(found[0][0]) if found else ""


def addresses_showing(work: Work, slot: str) -> list[int]:
    return list(work.connection.scalars(select(card.c.address_id).where(card.c.slot == slot)))


def history(work: Work, address_id: int, since: datetime) -> list[tuple[int, datetime, Message]]:
    """What was said to an address, oldest first: the page of a channel that has no memory of its own."""
    query = (
        select(letter.c.id, letter.c.sent_at, letter.c.payload)
        .where(letter.c.address_id == address_id, letter.c.state == "sent", letter.c.sent_at >= since)
        .where(letter.c.payload.is_not(None))
        .order_by(letter.c.id)
    )
    return [(row[0], row[1], _decode(row[2])) for row in work.connection.execute(query)]


class Waiting(msgspec.Struct, frozen=True):
    """How many letters wait in each lane, and since when the oldest reply has been due."""

    by_lane: dict[int, int]
    oldest_reply: datetime | None


def waiting(work: Work) -> Waiting:
    open_ = letter.c.state.in_(("queued", "sending"))
    lanes = work.connection.execute(select(letter.c.lane, func.count()).where(open_).group_by(letter.c.lane)).all()
    oldest = work.connection.execute(
        select(func.min(letter.c.due)).where(open_, letter.c.lane == int(Lane.REPLY))
    ).scalar_one()
    return Waiting({row[0]: row[1] for row in lanes}, oldest)


def forget_old(work: Work, words_kept: timedelta, rows_kept: timedelta) -> int:
    """Drop the words of letters sent long ago, then the rows; gives the number of rows changed."""
    done = letter.c.state.in_(("sent", "failed", "expired"))
    words = work.connection.execute(
        update(letter)
        .where(done, letter.c.due < work.now - words_kept, letter.c.payload.is_not(None))
        .values(payload=None)
    ).rowcount
    rows = work.connection.execute(delete(letter).where(done, letter.c.due < work.now - rows_kept)).rowcount
    return words + rows
