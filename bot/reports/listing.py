"""Reports as those who work on them ask for them."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import ColumnElement

from bot.reports.model import Report
from bot.reports.store import listed, report
from bot.storage.work import Work


class Wanted(msgspec.Struct, frozen=True):
    """Which reports: everything that is said holds."""

    only_open: bool = False
    late_on: date | None = None
    """Open ones whose answer was promised before this day, of the town."""
    since: datetime | None = None
    quartier: int | None = None
    body: str = ""


def list_reports(work: Work, wanted: Wanted) -> Sequence[Report]:
    """The oldest first, for that one has waited longest."""
    rules: list[ColumnElement[bool]] = []
    if wanted.only_open or wanted.late_on is not None:
        rules.append(report.c.closed_at.is_(None))
    if wanted.late_on is not None:
        rules.append(report.c.promised_on < wanted.late_on)
    if wanted.since is not None:
        rules.append(report.c.created_at >= wanted.since)
    if wanted.quartier is not None:
        rules.append(report.c.quartier == wanted.quartier)
    if wanted.body:
        rules.append(report.c.body == wanted.body)
    return listed(work, *rules)
