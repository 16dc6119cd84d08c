"""A broadcast: one message on its way to many. Its table, its words, and what the house must know of each kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec
from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, Integer, Select, SmallInteger, String, Table

from bot.delivery.model import Lane, Message
from bot.storage.tables import Identity, Instant, metadata
from bot.storage.work import Work


class State(StrEnum):
    PLANNED = "planned"  # nothing has left; from `starts_at` on it runs
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"  # for good: what had not left is cancelled
    DONE = "done"


class Act(StrEnum):
    SEND = "send"
    EDIT = "edit"  # changes the messages that broadcast `of` has sent
    DELETE = "delete"  # takes them away where the channel still can, changes them elsewhere


# `cursor` is the last resident (for EDIT and DELETE, the last address) for whom a letter was written: letters are
# written in chunks, each in the transaction that moves the cursor, so that none is written twice. `rate` is measured
# now and then: letters a second between `rate_at` and the time before, when `rate_from` had been sent.
broadcast = Table(
    "broadcast",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("kind", String(16), nullable=False),  # "news"
    Column("ref", String(40), nullable=False),  # what it carries, as its kind knows it
    Column("act", String(8), nullable=False),
    Column("of_id", Identity),
    Column("lane", SmallInteger, nullable=False),
    Column("state", String(8), nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("cursor", BigInteger, nullable=False, default=0),
    Column("spread_at", Instant),  # when the last letter was written
    Column("began_at", Instant),
    Column("ended_at", Instant),
    Column("because", String(300)),  # why it is paused or stopped
    Column("rate", Float),
    Column("rate_at", Instant),
    Column("rate_from", Integer),
    Index("ix_broadcast_state_starts_at", "state", "starts_at"),
    Index("ix_broadcast_ref", "kind", "ref"),
)

# How many letters ended how: counted in the transaction in which they do, so that figures never need to count letters.
tally = Table(
    "broadcast_tally",
    metadata,
    Column("broadcast_id", ForeignKey("broadcast.id", ondelete="CASCADE"), primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("outcome", String(12), primary_key=True),  # written, sent, gone, failed, unknown, …
    Column("reason", String(120), primary_key=True),  # why they failed
    Column("count", Integer, nullable=False),
)


class Broadcast(msgspec.Struct, frozen=True):
    id: int
    kind: str
    ref: str
    act: Act
    of: int | None
    lane: Lane
    state: State
    starts_at: datetime
    expires_at: datetime | None
    cursor: int
    spread_at: datetime | None
    began_at: datetime | None
    ended_at: datetime | None
    because: str


class Settled(StrEnum):
    """How a letter ends. Each that was written ends in one of these ways."""

    SENT = "sent"  # accepted by the channel: no platform tells more
    GONE = "gone"  # the address is no longer good
    FAILED = "failed"
    UNKNOWN = "unknown"  # under way when the process died: it may have arrived, and is not sent again
    EXPIRED = "expired"
    CANCELLED = "cancelled"  # the broadcast was stopped
    UNSUBSCRIBED = "unsubscribed"
    CAPPED = "capped"


class Go(msgspec.Struct, frozen=True):
    """The letter may leave now."""


class Later(msgspec.Struct, frozen=True):
    """Not before `until` (UTC): the person's quiet hours."""

    until: datetime


class Never(msgspec.Struct, frozen=True):
    """Not at all: they no longer want it, or have had enough this week. `because` is a short word for the figures:
    "unsubscribed", "stopped", "capped"."""

    because: str


Verdict = Go | Later | Never


class Nobody(msgspec.Struct, frozen=True):
    """None of the residents up to this number is concerned; those after them are still to be looked at."""

    up_to: int


class Kind(Protocol):
    """What the house knows of one kind of broadcast. Given to delivery by the roof, by name. What fails here pauses the
    broadcast and holds nothing else up."""

    def audience(self, work: Work, one: Broadcast, after: int, most: int) -> Select[tuple[int, int, str]] | Nobody:
        """A SELECT of (resident, address, channel), one row a person, for residents whose number is over `after`, in
        order of it, at most `most`; one that finds nobody ends it. It is run inside INSERT … SELECT: 120,000 people
        must take well under 2 s. Where many in a row are not concerned, Nobody lets replies pass in between."""
        ...

    def judge(self, work: Work, one: Broadcast, addresses: Sequence[int]) -> Mapping[int, Verdict]:
        """What holds for these addresses at this instant, just before the letters leave; those left out may go. Not
        asked for EDIT and DELETE, which make no sound: whoever was told something wrong sees it put right."""
        ...

    def worded(self, work: Work, one: Broadcast, language: str, address: int) -> Message:
        """The message for a reader of `language`, as the words stand now. The same object for all readers of a
        language while the words stay the same: channels keep what they made of it. `address` is for what differs
        from one person to the next, if anything does."""
        ...

    def told(self, work: Work, one: Broadcast) -> None:
        """The broadcast began, paused by itself, or ended: tell its author. In the transaction that noted it."""
        ...
