"""Following a report, and no longer."""

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.reports.model import UnknownReport
from bot.reports.store import follower, report
from bot.storage.work import Work


def _number(work: Work, ref: str) -> int:
    number: int | None = work.connection.execute(select(report.c.id).where(report.c.ref == ref)).scalar_one_or_none()
    if number is None:
        raise UnknownReport(ref)
    return number


def follow(work: Work, ref: str, resident_id: int) -> bool:
    """Follow a report; gives whether that is new. Raises UnknownReport."""
    insert = (postgresql if work.is_postgres else sqlite).insert(follower)
    done = work.connection.execute(
        insert.on_conflict_do_nothing().returning(follower.c.report_id),
        {"report_id": _number(work, ref), "resident_id": resident_id, "since": work.now},
    )
    return done.first() is not None


def unfollow(work: Work, ref: str, resident_id: int) -> bool:
    """Follow it no longer; gives whether it was followed. Raises UnknownReport."""
    done = work.connection.execute(
        delete(follower).where(follower.c.report_id == _number(work, ref), follower.c.resident_id == resident_id)
    )
    return done.rowcount == 1
