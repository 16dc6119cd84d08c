"""The outbox: one row a letter, from the turn that wrote it to the channel's word that it arrived."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Executable, bindparam, delete, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.delivery import tally
from bot.delivery.broadcast import broadcast
from bot.delivery.model import Lane, Letter, Message
from bot.delivery.outbox import LEASE, card, is_in, letter
from bot.people.store import address
from bot.storage.prepared import Prepared, among
from bot.storage.rows import given, insert_rows
from bot.storage.tables import new_identity
from bot.storage.work import Work

_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(Message).decode
_WRITTEN = (
    "id", "address_id", "lane", "state", "due", "first_due", "expires_at", "lease", "attempts", "payload", "slot",
    "key",
)  # fmt: skip
_INSERT = Prepared(lambda dialect: insert_rows(letter, _WRITTEN, dialect))

SLICE = 3000
"""Letters forgotten in one transaction: a reply waits for it."""


_ONCE = "once:"
"""How the key of a letter with a secret begins, which is shown once: so it is found again among so many."""

SECRETS_SHOWN = timedelta(hours=1)
"""How long a page that reads the outbox can show a secret. Elsewhere its words go as soon as it has arrived."""


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
            "id": (number := new_identity()),
            "address_id": draft.to,
            "lane": int(draft.lane),
            "state": state,
            "due": draft.due or work.now,
            "first_due": draft.due or work.now,
            "expires_at": draft.expires_at,
            "lease": lease,
            "attempts": 0,
            "payload": _encode(draft.message).decode(),
            "slot": draft.message.slot or None,
            "key": f"{_ONCE}{number}" if draft.message.secret else draft.key,
        }
        for draft in drafts
    ]
    if not rows:
        return []
    if any(row["key"] for row in rows):
        dialect = postgresql if work.is_postgres else sqlite
        work.connection.execute(
            dialect.insert(letter).on_conflict_do_nothing(index_elements=["key"], index_where=text("key IS NOT NULL")),
            rows,
        )
    else:
        _INSERT.run_many(work, rows)
    return [row["id"] for row in rows]


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
    keeps_words: bool = True  # the channel shows the words from the outbox


def note_sent(work: Work, delivered: Sequence[Delivered]) -> None:
    """Note a batch of letters that arrived, and what their slots show now."""
    _SENT.run_many(work, [{"number": d.letter.id, "external": d.external_id, "at": work.now} for d in delivered])
    if told := [d.letter.id for d in delivered if d.letter.message.secret and not d.keeps_words]:
        work.connection.execute(update(letter).where(letter.c.id.in_(told)).values(payload=None))
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


_SHOWN_AT = Prepared(
    lambda _dialect: select(card.c.external_id).where(
        card.c.address_id == bindparam("address_id"), card.c.slot == bindparam("slot")
    )
)


_BROADCAST_AT = Prepared(
    lambda _dialect: (
        select(letter.c.external_id)
        .join_from(broadcast, letter, letter.c.broadcast_id == broadcast.c.id)
        .where(
            broadcast.c.kind == bindparam("kind"),
            broadcast.c.ref == bindparam("ref"),
            letter.c.address_id == bindparam("address_id"),
            letter.c.state == "sent",
        )
        .order_by(broadcast.c.id.desc())
        .limit(1)
    )
)


def shown_at(work: Work, address_id: int, slot: str) -> str:
    """The channel's id of the message that shows `slot` to this address, or an empty text.

    Letters of broadcasts have no card of their own, there are too many of them: the slot of what they carry is named
    after its kind and its reference, as in « news:AC-7K3FQ2 »."""
    found = _SHOWN_AT.rows(work, address_id=address_id, slot=slot)
    kind, colon, ref = slot.partition(":")
    if not found and colon:
        found = _BROADCAST_AT.rows(work, address_id=address_id, kind=kind, ref=ref)
    return str(found[0][0] or "") if found else ""


def addresses_showing(work: Work, slot: str) -> list[int]:
    return list(work.connection.scalars(select(card.c.address_id).where(card.c.slot == slot)))


def drop_waiting(work: Work, slots: Sequence[str], *, of: str) -> list[int]:
    """Letters of these slots that have not left never do: nobody needs to be told any more. Gives the addresses to
    which one of slot `of` is on the wire: what changes it has to follow."""
    alone = letter.c.broadcast_id.is_(None)
    work.connection.execute(
        update(letter)
        .where(is_in("queued"), alone, letter.c.slot.in_(slots))
        .values(state="dropped", error="no longer asked", payload=None)
    )
    leaving = select(letter.c.address_id).where(is_in("sending"), alone, letter.c.slot == of).distinct()
    return list(work.connection.scalars(leaving))


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
    """How many letters wait in each lane, and since when the oldest reply that can leave should have: each try that
    fails puts it off, but somebody waits all the same."""

    by_lane: dict[int, int]
    oldest_reply: datetime | None


def waiting(work: Work, served: Collection[str]) -> Waiting:
    """Quick however many letters of broadcasts wait. `served` are the channels that letters leave by."""
    single = letter.c.broadcast_id.is_(None)
    lanes = Counter(tally.queued_by_lane(work))
    oldest: list[datetime] = []
    for state in (is_in("queued"), is_in("sending")):
        counted = select(letter.c.lane, func.count()).where(state, single).group_by(letter.c.lane)
        for lane, count in work.connection.execute(counted):
            lanes[lane] += count
        since = select(func.min(func.coalesce(letter.c.first_due, letter.c.due)))
        since = since.join_from(letter, address, letter.c.address_id == address.c.id)
        since = since.where(state, single, letter.c.lane == int(Lane.REPLY))
        found = since.where(address.c.channel.in_(served), address.c.gone_because.is_(None))
        oldest += filter(None, work.connection.scalars(found))
    return Waiting({lane: count for lane, count in lanes.items() if count}, min(oldest, default=None))


_SETTLED = letter.c.state.in_(("sent", "failed", "expired", "gone", "dropped"))


def forget_secrets(work: Work) -> int:
    """Drop the words of letters with a secret that a page has shown long enough, or that did not arrive; gives how
    many."""
    old = (letter.c.key.is_not(None), letter.c.key.startswith(_ONCE), letter.c.due < work.now - SECRETS_SHOWN)
    told = update(letter).where(*old, _SETTLED, letter.c.payload.is_not(None))
    return work.connection.execute(told.values(payload=None)).rowcount


def forget_old(work: Work, kept: timedelta, most: int = SLICE) -> int:
    """Drop letters that ended long ago, and their words with them, at most `most`, the oldest first; gives how many.
    Those of broadcasts are forgotten by `bot.delivery.forgetting`."""
    old = select(letter.c.id).where(_SETTLED, letter.c.broadcast_id.is_(None), letter.c.due < work.now - kept)
    old = old.order_by(letter.c.id).limit(most)
    return work.connection.execute(delete(letter).where(letter.c.id.in_(old))).rowcount
