"""Filing a report."""

import secrets
from datetime import date

import msgspec
from sqlalchemy import insert, select

from bot.city.model import Category, City, Place
from bot.reports.follow import follow
from bot.reports.model import ALPHABET, REF_LENGTH, State
from bot.reports.store import report, report_event, report_picture
from bot.storage.tables import new_identity
from bot.storage.work import Work


class Filed(msgspec.Struct, frozen=True):
    """The number to follow the report by, and the day by which an answer is promised, if one is."""

    ref: str
    promised_on: date | None


def file_report(
    work: Work,
    resident_id: int,
    city: City,
    category: Category,
    place: Place,
    quartier: int | None,
    words: str,
    pictures: tuple[str, ...],
) -> Filed:
    """File a report; whoever makes it follows it."""
    number, ref = new_identity(), _new_ref(work, city.prefix)
    today = work.now.astimezone(city.zone).date()
    promised_on = city.working_days_after(today, category.delay_days) if category.delay_days else None
    work.connection.execute(
        insert(report).values(
            id=number,
            ref=ref,
            resident_id=resident_id,
            category=category.key,
            body=category.body,
            latitude=place.latitude,
            longitude=place.longitude,
            accuracy=place.accuracy,
            label=city.describe(place)[:200],
            quartier=quartier,
            words=words,
            state=State.RECEIVED.value,
            note="",
            created_at=work.now,
            changed_at=work.now,
            promised_on=promised_on,
        )
    )
    if pictures:
        work.connection.execute(
            insert(report_picture),
            [{"report_id": number, "position": at, "key": key} for at, key in enumerate(pictures)],
        )
    work.connection.execute(
        insert(report_event).values(
            id=new_identity(), report_id=number, at=work.now, state=State.RECEIVED.value, note="", version=1
        )
    )
    follow(work, ref, resident_id)
    return Filed(ref, promised_on)


def _new_ref(work: Work, prefix: str) -> str:
    """A number nobody has. It grows a letter when several in a row are taken, that is when the short ones run out."""
    for length in (REF_LENGTH, REF_LENGTH, REF_LENGTH, REF_LENGTH + 1, REF_LENGTH + 2, REF_LENGTH + 4):
        ref = f"{prefix}-" + "".join(secrets.choice(ALPHABET) for _letter in range(length))
        if not work.connection.execute(select(report.c.id).where(report.c.ref == ref)).first():
            return ref
    raise RuntimeError("no free number for a report was found")
