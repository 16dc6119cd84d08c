"""The tables of people."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Executable,
    ForeignKey,
    Index,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    false,
    select,
    update,
)

from bot.people.model import Person
from bot.storage.heard import by_channel
from bot.storage.prepared import Prepared, among
from bot.storage.rows import insert_rows
from bot.storage.tables import Identity, Instant, metadata, new_identity
from bot.storage.work import Work

resident = Table(
    "resident",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("language", String(8), nullable=False, default=""),
    Column("chosen_language", Boolean(create_constraint=False), nullable=False, default=False),
    Column("pushes", Boolean(create_constraint=False), nullable=False, default=True),
    Column("since", Instant, nullable=False),
    Column("staff", Boolean(create_constraint=False), nullable=False, default=False, server_default=false()),
)

address = Table(
    "address",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("resident_id", ForeignKey("resident.id", ondelete="CASCADE"), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("external", String(80), nullable=False),
    Column("gone_because", String(200)),
    Column("heard_at", Instant, nullable=False),
    UniqueConstraint("channel", "external"),
    Index("ix_address_resident_id", "resident_id"),
)

_PERSON = (
    select(
        resident.c.id,
        address.c.id.label("address"),
        address.c.channel,
        address.c.external,
        resident.c.language,
        resident.c.chosen_language,
        resident.c.pushes,
        address.c.gone_because,
        address.c.heard_at,
        resident.c.staff,
    )
    .join_from(address, resident, address.c.resident_id == resident.c.id)
    .order_by(address.c.id)
)


def _person(row: Any) -> Person:
    number, at, channel, external, language, chosen, pushes, gone_because, heard_at, staff = row
    gone = gone_because is not None
    return Person(number, at, channel, external, language, bool(chosen), bool(pushes), gone, heard_at, bool(staff))


def _at(dialect: str) -> Executable:
    found = _PERSON.where(address.c.channel == bindparam("channel"), among(address.c.external, "externals", dialect))
    return found.with_for_update(of=address, key_share=True) if dialect == "postgresql" else found


_AT = Prepared(_at)


def find_people(work: Work, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Person]:
    """People by (channel, external address). With PostgreSQL their rows stay locked until the end of the
    transaction, so that two processes never answer the same person at once."""
    return {
        (channel, row[3]): _person(row)
        for channel, externals in by_channel(wanted).items()
        for row in _AT.rows(work, channel=channel, externals=externals)
    }


def person_at(work: Work, address_id: int) -> Person | None:
    row = work.connection.execute(_PERSON.where(address.c.id == address_id)).first()
    return _person(row) if row else None


def addresses_of(work: Work, resident_ids: Iterable[int]) -> list[Person]:
    """Every address that still works of these residents."""
    query = _PERSON.where(resident.c.id.in_(list(resident_ids)), address.c.gone_because.is_(None))
    return [_person(row) for row in work.connection.execute(query)]


_NEW_RESIDENT = Prepared(lambda dialect: insert_rows(resident, resident.c.keys(), dialect))
_WRITTEN = ("id", "resident_id", "channel", "external", "heard_at")
_NEW_ADDRESS = Prepared(lambda dialect: insert_rows(address, _WRITTEN, dialect))


def meet(work: Work, newcomers: Iterable[tuple[str, str, str]]) -> list[Person]:
    """Make residents of (channel, external, language guessed from the client)."""
    people = [
        Person(new_identity(), new_identity(), channel, external, language, new=True)
        for channel, external, language in newcomers
    ]
    usual = {"chosen_language": False, "pushes": True, "staff": False, "since": work.now}
    _NEW_RESIDENT.run_many(work, [{"id": p.id, "language": p.language, **usual} for p in people])
    _NEW_ADDRESS.run_many(
        work,
        [
            {"id": p.address, "resident_id": p.id, "channel": p.channel, "external": p.external, "heard_at": work.now}
            for p in people
        ],
    )
    return people


def choose_language(work: Work, resident_id: int, language: str) -> None:
    work.connection.execute(
        update(resident).where(resident.c.id == resident_id).values(language=language, chosen_language=True)
    )


def allow_pushes(work: Work, resident_id: int, allowed: bool) -> None:
    """Whether the bot may write first. Replies to what a person asks are never concerned."""
    work.connection.execute(update(resident).where(resident.c.id == resident_id).values(pushes=allowed))


def mark_gone(work: Work, address_ids: Collection[int], because: str) -> None:
    if not address_ids:
        return
    work.connection.execute(
        update(address)
        .where(address.c.id.in_(list(address_ids)), address.c.gone_because.is_(None))
        .values(gone_because=because[:200])
    )


_BACK = update(address).where(address.c.id == bindparam("at")).values(gone_because=None, heard_at=bindparam("now"))


def mark_back(work: Work, address_ids: Iterable[int]) -> None:
    """These people wrote again: their address is good after all."""
    rows = [{"at": number, "now": work.now} for number in address_ids]
    if rows:
        work.connection.execute(_BACK, rows)


def move_address(work: Work, address_id: int, external: str) -> int:
    """The platform calls somebody by another name now; gives the address to write to: we may have known it already."""
    channel = select(address.c.channel).where(address.c.id == address_id).scalar_subquery()
    known = select(address.c.id).where(address.c.channel == channel, address.c.external == external)
    number = work.connection.execute(known).scalar_one_or_none()
    if number is not None and number != address_id:
        mark_gone(work, [address_id], "moved")
        return int(number)
    work.connection.execute(update(address).where(address.c.id == address_id).values(external=external))
    return address_id


def since(work: Work, resident_id: int) -> datetime | None:
    return work.connection.execute(select(resident.c.since).where(resident.c.id == resident_id)).scalar_one_or_none()


def without_address(work: Work, address_ids: Collection[int]) -> list[int]:
    """Those of the residents behind these addresses who have no good address any more."""
    theirs = select(address.c.resident_id).where(address.c.id.in_(list(address_ids)))
    good = address.alias()
    query = select(resident.c.id).where(
        resident.c.id.in_(theirs),
        ~select(good.c.id).where(good.c.resident_id == resident.c.id, good.c.gone_because.is_(None)).exists(),
    )
    return list(work.connection.scalars(query))
