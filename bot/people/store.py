"""The tables of people."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Row,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    insert,
    select,
    tuple_,
    update,
)

from bot.people.model import Person
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
    )
    .join_from(address, resident, address.c.resident_id == resident.c.id)
    .order_by(address.c.id)
)


def _person(row: Row[int, int, str, str, str, bool, bool, str | None]) -> Person:
    number, at, channel, external, language, chosen, pushes, gone_because = row
    return Person(number, at, channel, external, language, chosen, pushes, gone_because is not None)


_AT = _PERSON.where(tuple_(address.c.channel, address.c.external).in_(bindparam("wanted", expanding=True)))
_AT_LOCKED = _AT.with_for_update(of=address, key_share=True)


def find_people(work: Work, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Person]:
    """People by (channel, external address). With PostgreSQL their rows stay locked until the end of the
    transaction, so that two processes never answer the same person at once."""
    query = _AT_LOCKED if work.is_postgres else _AT
    rows = work.connection.execute(query, {"wanted": list(wanted)})
    return {(row[2], row[3]): _person(row) for row in rows}


def person_at(work: Work, address_id: int) -> Person | None:
    row = work.connection.execute(_PERSON.where(address.c.id == address_id)).first()
    return _person(row) if row else None


def addresses_of(work: Work, resident_ids: Iterable[int]) -> list[Person]:
    """Every address that still works of these residents."""
    query = _PERSON.where(resident.c.id.in_(list(resident_ids)), address.c.gone_because.is_(None))
    return [_person(row) for row in work.connection.execute(query)]


def meet(work: Work, newcomers: Iterable[tuple[str, str, str]]) -> list[Person]:
    """Make residents of (channel, external, language guessed from the client)."""
    people = [
        Person(new_identity(), new_identity(), channel, external, language, new=True)
        for channel, external, language in newcomers
    ]
    if people:
        work.connection.execute(
            insert(resident),
            [{"id": p.id, "language": p.language, "since": work.now} for p in people],
        )
        work.connection.execute(
            insert(address),
            [
                {
                    "id": p.address,
                    "resident_id": p.id,
                    "channel": p.channel,
                    "external": p.external,
                    "heard_at": work.now,
                }
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


def mark_gone(work: Work, address_ids: Iterable[int], because: str) -> None:
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
