"""What staff did: who, what, when. Rows are only ever added, and the database itself holds us to it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, Index, String, Table, Text, delete, event, func, insert, select

from bot.storage.tables import Identity, Instant, metadata, new_identity
from bot.storage.work import Work

KEPT_AT_LEAST = timedelta(days=366)
"""Not even upkeep may remove what is younger than a year: the triggers below refuse it."""

MOST_REFUSALS = 20
"""Refusals noted of one person in an hour: whoever presses forged buttons all day fills no table."""

HOUR = timedelta(hours=1)

# `who` is a resident's number without a foreign key, so that erasing somebody changes no row: the number alone then
# leads to nobody.
audit = Table(
    "audit",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("who", Identity),  # nothing: the operator, at the command line, or the clock
    Column("act", String(40), nullable=False),  # "news.approve"
    Column("about", String(80), nullable=False),  # "AC-7K3FQ2"
    Column("detail", Text, nullable=False),
    Index("ix_audit_at", "at"),
    Index("ix_audit_about", "about"),
)

# The same statements stand in migration 0002. The database goes by its own clock. Replacing a row of the same number
# is refused too: in SQLite it would fire no trigger of deletion.
TRIGGERS = {
    "sqlite": (
        "CREATE TRIGGER audit_stays_as_it_is BEFORE UPDATE ON audit"
        " BEGIN SELECT RAISE(ABORT, 'rows of audit are only ever added'); END",
        "CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit"
        " WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)"
        " BEGIN SELECT RAISE(ABORT, 'rows of audit are only ever added'); END",
        "CREATE TRIGGER audit_stays_a_year BEFORE DELETE ON audit WHEN OLD.at > datetime('now', '-1 year')"
        " BEGIN SELECT RAISE(ABORT, 'rows of audit stay for a year'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF TG_OP = 'DELETE' THEN IF OLD.at <= now() - interval '1 year' THEN RETURN OLD; END IF; END IF;"
        " RAISE EXCEPTION 'rows of audit are only ever added, and stay for a year'; END $$",
        "CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_stays()",
        "CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit EXECUTE FUNCTION audit_stays()",
    ),
}


def _lay_triggers(_table: Table, connection: Connection, **_options: Any) -> None:
    for statement in TRIGGERS.get(connection.dialect.name, ()):
        connection.exec_driver_sql(statement)


event.listen(audit, "after_create", _lay_triggers)


class Act(msgspec.Struct, frozen=True):
    """One thing that was done. `detail` is JSON."""

    id: int
    at: datetime
    who: int | None
    act: str
    about: str
    detail: str


def note_act(work: Work, who: int | None, act: str, about: str = "", **detail: Any) -> None:
    """Note an act of staff, in the transaction that does it. `who` None: the operator, or the clock. `detail` must hold
    nothing about a resident who is not staff, and no name: the row outlives an erasing."""
    work.connection.execute(
        insert(audit).values(
            id=new_identity(),
            at=work.now,
            who=who,
            act=act[:40],
            about=about[:80],
            detail=msgspec.json.encode(detail).decode(),
        )
    )


def note_refusal(work: Work, who: int, about: str, why: str = "", verb: str = "") -> None:
    """Note that somebody tried what may not be done, or what is not theirs to do: `verb`, and `why` not."""
    if acts_of(work, who, "refused", work.now - HOUR) < MOST_REFUSALS:
        detail = {name: said for name, said in (("why", why), ("verb", verb)) if said}
        note_act(work, who, "refused", about, **detail)


def acts_of(work: Work, who: int, act: str, since: datetime) -> int:
    """How many times somebody did this after `since`."""
    query = select(func.count()).where(audit.c.at > since, audit.c.who == who, audit.c.act == act)
    return work.connection.execute(query).scalar_one()


def acts(work: Work, *, about: str = "", since: datetime | None = None, most: int = 100) -> list[Act]:
    """What was done, about one thing or about all, the newest first."""
    query = select(audit).order_by(audit.c.at.desc(), audit.c.id.desc()).limit(most)
    if about:
        query = query.where(audit.c.about == about)
    if since:
        query = query.where(audit.c.at >= since)
    return [Act(*row) for row in work.connection.execute(query)]


def forget_acts(work: Work, before: datetime, most: int = 5000) -> int:
    """Remove up to `most` rows from before that instant; gives how many. What is younger than KEPT_AT_LEAST stays,
    whatever is asked."""
    old = select(audit.c.id).where(audit.c.at < min(before, work.now - KEPT_AT_LEAST)).order_by(audit.c.at).limit(most)
    return work.connection.execute(delete(audit).where(audit.c.id.in_(old))).rowcount
