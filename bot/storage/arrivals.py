"""Updates that were accepted and cannot be taken at once: a photo must be fetched first, or an earlier one of the same
person is being fetched. They are kept here so that a crash loses nothing that the platform believes delivered."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import Column, Index, String, Table, Text, UniqueConstraint, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.storage.heard import heard
from bot.storage.tables import Identity, Instant, metadata, new_identity
from bot.storage.work import Work

arrival = Table(
    "arrival",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("key", String(80), nullable=False),
    Column("raw", Text, nullable=False),
    Column("kept_at", Instant, nullable=False),
    UniqueConstraint("channel", "key"),
    Index("ix_arrival_kept_at", "kept_at"),
)


class Arrival(msgspec.Struct, frozen=True):
    """An update as the channel gave it, in order of `id`."""

    id: int
    key: str
    raw: str


def keep_arrival(work: Work, channel: str, key: str, raw: str) -> int | None:
    """Keep an update; None when it is kept already or was heard before: then there is nothing left to do."""
    known = select(heard.c.key).where(heard.c.channel == channel, heard.c.key == key)
    if work.connection.execute(known).first():
        return None
    number = new_identity()
    insert = (postgresql if work.is_postgres else sqlite).insert(arrival)
    done = work.connection.execute(
        insert.on_conflict_do_nothing(index_elements=["channel", "key"]).returning(arrival.c.id),
        {"id": number, "channel": channel, "key": key, "raw": raw, "kept_at": work.now},
    )
    return number if done.first() else None


def arrivals(work: Work, channel: str) -> list[Arrival]:
    """What was kept and not yet taken, oldest first: for a door that opens again."""
    query = (
        select(arrival.c.id, arrival.c.key, arrival.c.raw).where(arrival.c.channel == channel).order_by(arrival.c.id)
    )
    return [Arrival(*row) for row in work.connection.execute(query)]


def drop_arrivals(work: Work, keys: Iterable[tuple[str, str]]) -> None:
    """These have been taken: the turn's own transaction says so."""
    by_channel: dict[str, list[str]] = {}
    for channel, key in keys:
        by_channel.setdefault(channel, []).append(key)
    for channel, names in by_channel.items():
        work.connection.execute(delete(arrival).where(arrival.c.channel == channel, arrival.c.key.in_(names)))
