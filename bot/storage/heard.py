"""What has been heard already, so that a second delivery changes nothing; and what could not be understood."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Column, Executable, Index, String, Table, Text, bindparam, delete, func, insert, select, text
from sqlalchemy.dialects import postgresql, sqlite

from bot.storage.prepared import Prepared, each
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
    Column("sender", String(80)),  # their identity on the channel, if it could be read
    Index("ix_set_aside_put_at", "put_at"),
)

# Telegram gives an update again for 24 hours at most (Bot API, getUpdates); twice that leaves room for a long outage.
HEARD_KEPT = timedelta(hours=48)
SET_ASIDE_KEPT = timedelta(days=30)

Key = tuple[str, str]
"""(channel, identity of the update on that channel)"""


def _note(dialect: str) -> Executable:
    channel, now = bindparam("channel", type_=heard.c.channel.type), bindparam("now", type_=Instant)
    rows = select(channel, each(heard.c.key, "keys", dialect), now)
    rows = rows.where(text("true"))  # without it SQLite reads the ON of ON CONFLICT as that of a join
    new = (postgresql if dialect == "postgresql" else sqlite).insert(heard).from_select(heard.c.keys(), rows)
    noted: Executable = new.on_conflict_do_nothing().returning(heard.c.key)
    return noted


_NOTE = Prepared(_note)


def was_heard(work: Work, channel: str, key: str) -> bool:
    query = select(heard.c.key).where(heard.c.channel == channel, heard.c.key == key)
    return work.connection.execute(query).first() is not None


def hear(work: Work, keys: Iterable[Key]) -> set[Key]:
    """Note `keys` and give those that had never been heard: one statement a channel, however many they are."""
    return {
        (channel, key)
        for channel, names in by_channel(keys).items()
        for (key,) in _NOTE.rows(work, channel=channel, keys=names, now=work.now)
    }


def by_channel(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The second of each pair by the first, each once. In order, so that two processes lock rows alike."""
    found: dict[str, list[str]] = {}
    for channel, name in sorted(set(pairs)):
        found.setdefault(channel, []).append(name)
    return found


def put_aside(work: Work, channel: str, key: str, cause: str, raw: str, sender: str = "") -> None:
    """Keep an update that could not be handled, with its cause, for the staff to look at.

    Any text at all: PostgreSQL keeps no NUL, which becomes � here.
    """
    key, cause, raw = (one.replace("\0", "\ufffd") for one in (key[:80], cause[:4000], raw[:20_000]))
    values = {"channel": channel, "key": key, "cause": cause, "raw": raw, "sender": sender[:80] or None}
    work.connection.execute(insert(set_aside).values(id=new_identity(), put_at=work.now, **values))


def forget_set_aside(work: Work, channel: str, sender: str) -> None:
    """Drop what was set aside of one person: it holds their own words. Rows of before 2027 tell the sender within."""
    said_by = f'"sender":{msgspec.json.encode(sender).decode()}'
    theirs = (set_aside.c.sender == sender) | set_aside.c.raw.contains(said_by, autoescape=True)
    work.connection.execute(delete(set_aside).where(set_aside.c.channel == channel, theirs))


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
