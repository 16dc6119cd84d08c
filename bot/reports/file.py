"""Filing a report."""

import secrets
from typing import Any

import msgspec
from sqlalchemy import Executable, bindparam, insert
from sqlalchemy.dialects import postgresql, sqlite

from bot.city.model import Category, City, Place
from bot.reports.model import ALPHABET, REF_LENGTH, Report, State
from bot.reports.store import follower, report, report_event, report_picture
from bot.storage.prepared import Prepared
from bot.storage.tables import new_identity
from bot.storage.work import Work


def _new_report(dialect: str) -> Executable:
    values: dict[str, Any] = {column.name: bindparam(column.name) for column in report.c}
    if dialect == "postgresql":
        return postgresql.insert(report).values(values).on_conflict_do_nothing(index_elements=["ref"])
    return sqlite.insert(report).values(values).on_conflict_do_nothing(index_elements=["ref"])


_REPORT = Prepared(_new_report)
_PICTURE = Prepared(
    lambda _dialect: insert(report_picture).values({c.name: bindparam(c.name) for c in report_picture.c})
)
_EVENT = Prepared(lambda _dialect: insert(report_event).values({c.name: bindparam(c.name) for c in report_event.c}))
_FOLLOWER = Prepared(lambda _dialect: insert(follower).values({c.name: bindparam(c.name) for c in follower.c}))


def file_report(
    work: Work,
    resident_id: int,
    city: City,
    category: Category,
    place: Place,
    quartier: int | None,
    words: str,
    pictures: tuple[str, ...],
) -> Report:
    """File a report and give it with its number; whoever makes it follows it."""
    today = work.now.astimezone(city.zone).date()
    filed = Report(
        id=new_identity(),
        ref="",
        category=category.key,
        body=category.body,
        place=Place(place.latitude, place.longitude, place.accuracy, city.describe(place)[:200]),
        quartier=quartier,
        words=words,
        state=State.RECEIVED,
        created_at=work.now,
        changed_at=work.now,
        promised_on=city.working_days_after(today, category.delay_days) if category.delay_days else None,
        pictures=pictures,
        followers=1,
    )
    filed = _numbered(work, filed, resident_id, city.prefix)
    _PICTURE.run_many(work, [{"report_id": filed.id, "position": at, "key": key} for at, key in enumerate(pictures)])
    _EVENT.run(work, id=new_identity(), report_id=filed.id, at=work.now, state=filed.state.value, note="", version=1)
    _FOLLOWER.run(work, report_id=filed.id, resident_id=resident_id, since=work.now)
    return filed


def _numbered(work: Work, filed: Report, resident_id: int, prefix: str) -> Report:
    """Write the report under a number nobody has. It grows when several in a row are taken: the short ones run out."""
    for length in (REF_LENGTH, REF_LENGTH, REF_LENGTH, REF_LENGTH + 1, REF_LENGTH + 2, REF_LENGTH + 4):
        ref = f"{prefix}-" + "".join(secrets.choice(ALPHABET) for _letter in range(length))
        written = _REPORT.run(
            work,
            id=filed.id,
            ref=ref,
            resident_id=resident_id,
            category=filed.category,
            body=filed.body,
            latitude=filed.place.latitude,
            longitude=filed.place.longitude,
            accuracy=filed.place.accuracy,
            label=filed.place.label,
            quartier=filed.quartier,
            words=filed.words,
            state=filed.state.value,
            note=filed.note,
            created_at=filed.created_at,
            changed_at=filed.changed_at,
            closed_at=None,
            promised_on=filed.promised_on,
        )
        if written:
            return msgspec.structs.replace(filed, ref=ref)
    raise RuntimeError("no free number for a report was found")
