"""The outbox: one row a letter, from the turn that wrote it to the channel's word that it arrived. Its tables."""

from datetime import timedelta

from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Table,
    Text,
    literal_column,
    text,
)

from bot.storage.tables import Identity, Instant, metadata

_SINGLE = "state = 'queued' AND broadcast_id IS NULL"
_OF_BROADCAST = "state = 'queued' AND broadcast_id IS NOT NULL"

# `payload` is empty once the letter no longer needs its words, and for the letters of a broadcast, whose words are
# read from the broadcast when they are sent. `key` makes a letter unique where the same fact may be told twice.
letter = Table(
    "letter",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("address_id", ForeignKey("address.id", ondelete="CASCADE"), nullable=False),
    Column("lane", SmallInteger, nullable=False),
    Column("state", String(8), nullable=False),  # queued, sending, sent, failed, gone, expired, dropped
    Column("due", Instant, nullable=False),
    Column("first_due", Instant),  # of a single letter: `due` moves with each try
    Column("expires_at", Instant),
    Column("lease", Instant),
    Column("attempts", SmallInteger, nullable=False, default=0),
    Column("payload", Text),
    Column("slot", String(64)),
    Column("broadcast_id", Identity),
    Column("channel", String(16)),  # of a broadcast's letter: each channel takes its own
    Column("replaces", String(64)),  # the channel's id of the message that a broadcast's letter changes or takes away
    Column("key", String(120)),
    Column("external_id", String(64)),
    Column("sent_at", Instant),
    Column("error", String(300)),
    Index("ix_letter_waiting", "lane", "due", "id", postgresql_where=text(_SINGLE), sqlite_where=text(_SINGLE)),
    Index("ix_letter_broadcast", "broadcast_id", "channel", "due", "id", postgresql_where=text(_OF_BROADCAST),
          sqlite_where=text(_OF_BROADCAST)),
    Index("ix_letter_sending", "lease", postgresql_where=text("state = 'sending'"),
          sqlite_where=text("state = 'sending'")),
    Index("ix_letter_address_id_id", "address_id", "id"),
    Index("uq_letter_key", "key", unique=True, postgresql_where=text("key IS NOT NULL"),
          sqlite_where=text("key IS NOT NULL")),
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


def is_in(state: str) -> ColumnElement[bool]:
    """Spelled out: SQLite uses the index of a part of the table only for a condition that it can read beforehand."""
    return letter.c.state == literal_column(f"'{state}'")
