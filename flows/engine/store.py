"""The table of conversations: one row an address, while there is something to remember."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Column, Executable, ForeignKey, Index, Integer, Table, Text, delete, select

from bot.people.store import address
from bot.storage.prepared import Prepared, among
from bot.storage.rows import insert_rows
from bot.storage.tables import Instant, metadata
from bot.storage.work import Work
from flows.engine.state import Conversation, decode, encode

log = logging.getLogger(__name__)

conversation = Table(
    "conversation",
    metadata,
    Column("address_id", ForeignKey("address.id", ondelete="CASCADE"), primary_key=True),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("touched_at", Instant, nullable=False),
    Column("nudge_at", Instant),
    Column("expires_at", Instant, nullable=False),
    Index("ix_conversation_nudge_at", "nudge_at"),
    Index("ix_conversation_expires_at", "expires_at"),
)

NUDGE_AFTER = timedelta(hours=24)
IDLE_KEPT = timedelta(days=1)
"""How long the last menu shown, and things sent out of the blue, are remembered when no talk is open."""


class Kept(msgspec.Struct, frozen=True):
    address: int
    conversation: Conversation
    kept_for: timedelta
    nudge_at: datetime | None


_LOAD = Prepared(
    lambda dialect: select(conversation.c.address_id, conversation.c.state, conversation.c.version).where(
        among(conversation.c.address_id, "addresses", dialect)
    )
)


def load(work: Work, addresses: Sequence[int]) -> dict[int, Conversation]:
    """The conversations of these addresses. One that cannot be read is begun anew: nobody is left mute."""
    found: dict[int, Conversation] = {}
    if not addresses:
        return found
    for number, state, version in _LOAD.rows(work, addresses=addresses):
        try:
            found[number] = decode(state)
        except msgspec.DecodeError as wrong:
            log.error("The conversation of address %d cannot be read (%s) and is begun anew.", number, wrong)
            found[number] = Conversation(version=version)
    return found


def _upsert(dialect: str) -> Executable:
    new = insert_rows(conversation, conversation.c.keys(), dialect)
    changing = ("state", "version", "touched_at", "nudge_at", "expires_at")
    done: Executable = new.on_conflict_do_update(
        index_elements=["address_id"], set_={name: new.excluded[name] for name in changing}
    )
    return done


_UPSERT = Prepared(_upsert)


def save(work: Work, kept: Sequence[Kept]) -> None:
    """Write the conversations of a group of turns, in one statement."""
    empty = [one.address for one in kept if one.conversation.is_empty]
    if empty:
        drop(work, empty)
    rows = [
        {
            "address_id": one.address,
            "state": encode(one.conversation).decode(),
            "version": one.conversation.version,
            "touched_at": work.now,
            "nudge_at": one.nudge_at,
            "expires_at": work.now + one.kept_for,
        }
        for one in kept
        if one.address not in empty
    ]
    _UPSERT.run_many(work, rows)


class Due(msgspec.Struct, frozen=True):
    """A conversation whose time has come, for one of two reasons. The version makes an old reason harmless."""

    channel: str
    external: str
    address: int
    version: int


def due(work: Work, *, nudge: bool, most: int = 500) -> list[Due]:
    """Conversations to be reminded of (`nudge`) or to be forgotten."""
    column = conversation.c.nudge_at if nudge else conversation.c.expires_at
    query = (
        select(address.c.channel, address.c.external, address.c.id, conversation.c.version)
        .join_from(conversation, address, conversation.c.address_id == address.c.id)
        .where(column <= work.now)
        .order_by(column)
        .limit(most)
    )
    return [Due(*row) for row in work.connection.execute(query)]


def drop(work: Work, addresses: Iterable[int]) -> None:
    """Forget these conversations: their drafts have waited long enough."""
    work.connection.execute(delete(conversation).where(conversation.c.address_id.in_(list(addresses))))
