"""Moving a report along its life."""

from sqlalchemy import func, insert, select, update

from bot.reports.model import MOVES, NEEDS_NOTE, OPEN, MoveRefused, Report, State, UnknownReport
from bot.reports.store import by_ref, report, report_event
from bot.storage.tables import new_identity
from bot.storage.work import Work


def move_report(work: Work, ref: str, to: State, note: str = "") -> Report:
    """Make a move and add it to the history; gives the report as it is now.

    `note` is said to those who follow it: it must not name anybody. Raises UnknownReport, MoveRefused.
    """
    if work.is_postgres:  # two moves at once: the second sees what the first made of it
        work.connection.execute(select(report.c.id).where(report.c.ref == ref).with_for_update())
    before = by_ref(work, ref)
    if before is None:
        raise UnknownReport(ref)
    if to not in MOVES[before.state]:
        possible = ", ".join(sorted(MOVES[before.state]))
        raise MoveRefused(f"{ref} is {before.state} and cannot become {to}. It can become: {possible}.")
    if to in NEEDS_NOTE and not note.strip():
        raise MoveRefused(f"A report that becomes {to} needs a reason, in words that residents will read.")
    work.connection.execute(
        update(report)
        .where(report.c.id == before.id)
        .values(state=to.value, note=note, changed_at=work.now, closed_at=None if to in OPEN else work.now)
    )
    version = select(func.max(report_event.c.version)).where(report_event.c.report_id == before.id)
    work.connection.execute(
        insert(report_event).values(
            id=new_identity(),
            report_id=before.id,
            at=work.now,
            state=to.value,
            note=note,
            version=work.connection.execute(version).scalar_one() + 1,
        )
    )
    after = by_ref(work, ref)
    assert after is not None
    return after
