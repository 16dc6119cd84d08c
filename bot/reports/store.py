"""The tables of reports and how they are read."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
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

from bot.city.model import Place
from bot.reports.model import Event, Report, State
from bot.storage.prepared import Prepared
from bot.storage.tables import Identity, Instant, metadata
from bot.storage.work import Work

AT_ONCE = 500
"""Reports whose photos are looked up together: databases take some thousands of parameters in a statement, not more."""

_OPEN = text("closed_at IS NULL")

report = Table(
    "report",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("ref", String(16), nullable=False, unique=True),
    Column("resident_id", ForeignKey("resident.id", ondelete="SET NULL")),
    Column("category", String(64), nullable=False),
    Column("body", String(64), nullable=False),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("accuracy", Float),
    Column("label", String(200), nullable=False),
    Column("quartier", SmallInteger),
    Column("words", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("note", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("promised_on", Date),
    Index("ix_report_resident_id", "resident_id"),
    Index("ix_report_open_place", "category", "latitude", "longitude", sqlite_where=_OPEN, postgresql_where=_OPEN),
    Index("ix_report_created_at", "created_at"),
)

report_picture = Table(
    "report_picture",
    metadata,
    Column("report_id", ForeignKey("report.id", ondelete="CASCADE"), primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("key", String(64), nullable=False),
    Index("ix_report_picture_key", "key"),
)

report_event = Table(
    "report_event",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("report_id", ForeignKey("report.id", ondelete="CASCADE"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("state", String(16), nullable=False),
    Column("note", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Index("uq_report_event_report_id_version", "report_id", "version", unique=True),
)

follower = Table(
    "follower",
    metadata,
    Column("report_id", ForeignKey("report.id", ondelete="CASCADE"), primary_key=True),
    Column("resident_id", ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True),
    Column("since", Instant, nullable=False),
    Index("ix_follower_resident_id", "resident_id"),
)


def _followers() -> Any:
    return select(func.count()).where(follower.c.report_id == report.c.id).scalar_subquery()


_REPORT = select(report, _followers().label("followers"))


def read(work: Work, rows: Iterable[Any]) -> list[Report]:
    found = list(rows)
    pictures = pictures_of(work, [row.id for row in found])
    return [
        Report(
            id=row.id,
            ref=row.ref,
            category=row.category,
            body=row.body,
            place=Place(row.latitude, row.longitude, row.accuracy, row.label),
            quartier=row.quartier,
            words=row.words,
            state=State(row.state),
            created_at=row.created_at,
            changed_at=row.changed_at,
            promised_on=row.promised_on,
            pictures=pictures.get(row.id, ()),
            note=row.note,
            followers=row.followers,
        )
        for row in found
    ]


def pictures_of(work: Work, report_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    if not report_ids:
        return {}
    query = (
        select(report_picture.c.report_id, report_picture.c.key)
        .where(report_picture.c.report_id.in_(report_ids))
        .order_by(report_picture.c.report_id, report_picture.c.position)
    )
    found: dict[int, tuple[str, ...]] = {}
    for row in work.connection.execute(query):
        found[row.report_id] = (*found.get(row.report_id, ()), row.key)
    return found


def by_ref(work: Work, ref: str) -> Report | None:
    return next(iter(read(work, work.connection.execute(_REPORT.where(report.c.ref == ref)))), None)


def followed_by(work: Work, resident_id: int, most: int = 10) -> list[Report]:
    """Reports a resident made or follows: the open ones first, then the newest."""
    query = (
        _REPORT.where(report.c.id.in_(select(follower.c.report_id).where(follower.c.resident_id == resident_id)))
        .order_by(report.c.closed_at.is_not(None), report.c.id.desc())
        .limit(most)
    )
    return read(work, work.connection.execute(query))


def listed(work: Work, *rules: ColumnElement[bool]) -> list[Report]:
    """The reports for which all the rules hold, the oldest first."""
    found = work.connection.execute(_REPORT.where(*rules).order_by(report.c.created_at, report.c.id)).all()
    return [one for at in range(0, len(found), AT_ONCE) for one in read(work, found[at : at + AT_ONCE])]


def is_reporter(work: Work, resident_id: int, ref: str) -> bool:
    query = select(report.c.id).where(report.c.ref == ref, report.c.resident_id == resident_id)
    return work.connection.execute(query).first() is not None


def is_following(work: Work, resident_id: int, ref: str) -> bool:
    query = (
        select(follower.c.report_id)
        .join_from(follower, report, follower.c.report_id == report.c.id)
        .where(report.c.ref == ref, follower.c.resident_id == resident_id)
    )
    return work.connection.execute(query).first() is not None


def followers_of(work: Work, ref: str) -> list[int]:
    query = select(follower.c.resident_id).join_from(follower, report).where(report.c.ref == ref)
    return list(work.connection.scalars(query))


def history(work: Work, report_id: int) -> list[Event]:
    query = (
        select(report_event.c.at, report_event.c.state, report_event.c.note)
        .where(report_event.c.report_id == report_id)
        .order_by(report_event.c.version)
    )
    return [Event(row.at, State(row.state), row.note) for row in work.connection.execute(query)]


_RECENT = Prepared(
    lambda _dialect: (
        select(report.c.category)
        .where(report.c.resident_id == bindparam("resident_id"))
        .order_by(report.c.id.desc())
        .limit(9)
    )
)


def recent_categories(work: Work, resident_id: int, most: int = 3) -> list[str]:
    """What this resident reported lately, the latest first."""
    return list(dict.fromkeys(row[0] for row in _RECENT.rows(work, resident_id=resident_id)))[:most]


def pictures_in_use(work: Work, keys: Sequence[str]) -> set[str]:
    """Which of these pictures belong to a report."""
    query = select(report_picture.c.key).where(report_picture.c.key.in_(list(keys)))
    return set(work.connection.scalars(query))


def forget_reporters(work: Work, closed_before: datetime) -> int:
    """Cut the link between a report closed long ago and the people who made or followed it."""
    old = report.c.closed_at < closed_before
    made = work.connection.execute(
        update(report).where(old, report.c.resident_id.is_not(None)).values(resident_id=None)
    ).rowcount
    followed = work.connection.execute(
        delete(follower).where(follower.c.report_id.in_(select(report.c.id).where(old)))
    ).rowcount
    return made + followed
