"""What has been heard already, so that a second delivery changes nothing; and what could not be understood."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Column, Index, String, Table, Text, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.storage.tables import Identity, Instant, metadata, new_identity
from bot.storage.work import Work

heard = Table(
    "heard",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("key", String(80), primary_key=True),
    Column("heard_at", Instant, nullable=False),
    Index("ix_heard_heard_at", "heard_at"),
)

set_aside = Table(
    "set_aside",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("key", String(80), nullable=False),
    Column("cause", Text, nullable=False),
    Column("raw", Text, nullable=False),
    Column("put_at", Instant, nullable=False),
    Index("ix_set_aside_put_at", "put_at"),
)

# Telegram gives an update again for 24 hours at most (Bot API, getUpdates); twice that leaves room for a long outage.
HEARD_KEPT = timedelta(hours=48)
SET_ASIDE_KEPT = timedelta(days=30)

Key = tuple[str, str]
"""(channel, identity of the update on that channel)"""


_NOTE = {
    name: dialect.insert(heard).on_conflict_do_nothing().returning(heard.c.channel, heard.c.key)
    for name, dialect in (("postgresql", postgresql), ("sqlite", sqlite))
}


def hear(work: Work, keys: Iterable[Key]) -> set[Key]:
    """Note `keys` and give those that had never been heard. Set-based: two statements at most for the whole group."""
    rows = [{"channel": channel, "key": key, "heard_at": work.now} for channel, key in dict.fromkeys(keys)]
    if not rows:
        return set()
    statement = _NOTE["postgresql" if work.is_postgres else "sqlite"]
    return {(row[0], row[1]) for row in work.connection.execute(statement, rows)}


def put_aside(work: Work, channel: str, key: str, cause: str, raw: str) -> None:
    """Keep an update that could not be handled, with its cause, for the staff to look at."""
    work.connection.execute(
        insert(set_aside).values(
            id=new_identity(), channel=channel, key=key[:80], cause=cause[:4000], raw=raw[:20_000], put_at=work.now
        )
    )


def forget_set_aside(work: Work, channel: str, sender: str) -> None:
    """Drop what was set aside of one person: it holds their own words."""
    said_by = f'"sender":{msgspec.json.encode(sender).decode()}'
    work.connection.execute(
        delete(set_aside).where(set_aside.c.channel == channel, set_aside.c.raw.contains(said_by, autoescape=True))
    )


def count_set_aside(work: Work, since: datetime | None = None) -> int:
    query = select(func.count()).select_from(set_aside)
    if since is not None:
        query = query.where(set_aside.c.put_at >= since)
    return work.connection.execute(query).scalar_one()


def forget_old(work: Work) -> int:
    """Drop what no second delivery can concern any more; gives the number of rows dropped."""
    old = work.connection.execute(delete(heard).where(heard.c.heard_at < work.now - HEARD_KEPT)).rowcount
    aside = work.connection.execute(delete(set_aside).where(set_aside.c.put_at < work.now - SET_ASIDE_KEPT)).rowcount
    return old + aside
