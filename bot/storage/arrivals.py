"""Updates that were accepted and cannot be taken at once: a photo must be fetched first, or an earlier one of the same
person is being fetched. They are kept here so that a crash loses nothing that the platform believes delivered."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import (
    Column,
    Executable,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    exists,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from bot.storage.heard import by_channel, heard
from bot.storage.prepared import Prepared, among
from bot.storage.tables import Identity, Instant, metadata, new_identity
from bot.storage.work import Work

arrival = Table(
    "arrival",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("key", String(80), nullable=False),
    Column("raw", Text, nullable=False),  # behind a first line that says whose it is
    Column("kept_at", Instant, nullable=False),
    UniqueConstraint("channel", "key"),
    Index("ix_arrival_kept_at", "kept_at"),
)


class Arrival(msgspec.Struct, frozen=True):
    """An update as the channel gave it, in order of `id`."""

    id: int
    key: str
    raw: str


def _new_arrival(dialect: str) -> Executable:
    known = exists().where(heard.c.channel == bindparam("channel"), heard.c.key == bindparam("key"))
    row = select(*(bindparam(column.name, type_=column.type) for column in arrival.c)).where(~known)
    new = (postgresql if dialect == "postgresql" else sqlite).insert(arrival)
    done: Executable = new.from_select(arrival.c.keys(), row).on_conflict_do_nothing(index_elements=["channel", "key"])
    return done


_NEW = Prepared(_new_arrival)


def keep_arrival(work: Work, channel: str, key: str, raw: str, sender: str) -> int | None:
    """Keep an update, a JSON object; None when it is kept already or was heard before: then there is nothing left to
    do."""
    number, whose = new_identity(), f"{sender}\n{raw}"
    return number if _NEW.run(work, id=number, channel=channel, key=key, raw=whose, kept_at=work.now) else None


def arrivals(work: Work, channel: str) -> list[Arrival]:
    """What was kept and not yet taken, oldest first: for a door that opens again."""
    query = (
        select(arrival.c.id, arrival.c.key, arrival.c.raw).where(arrival.c.channel == channel).order_by(arrival.c.id)
    )
    return [Arrival(number, key, _update(raw)) for number, key, raw in work.connection.execute(query)]


def _update(kept: str) -> str:
    """Without the first line, which was not always written."""
    return kept if kept.startswith("{") else kept.partition("\n")[2]


_DROP = Prepared(
    lambda dialect: (
        delete(arrival)
        .where(arrival.c.channel == bindparam("channel"), among(arrival.c.key, "keys", dialect))
        .returning(arrival.c.key)
    )
)


def drop_arrivals(work: Work, keys: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """These are taken: the turn's own transaction says so. Gives those that were still kept: whoever said the others
    was erased meanwhile."""
    return {
        (channel, key)
        for channel, names in by_channel(keys).items()
        for (key,) in _DROP.rows(work, channel=channel, keys=names)
    }


def forget_arrivals(work: Work, channel: str, sender: str) -> None:
    """What somebody said and was not yet taken never will be."""
    theirs = arrival.c.raw.startswith(f"{sender}\n", autoescape=True)
    work.connection.execute(delete(arrival).where(arrival.c.channel == channel, theirs))
