"""Opening the database: SQLite beside the data by default, PostgreSQL by its address."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, NullPool, create_engine, event
from sqlalchemy.engine import URL, Connection, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError

_IDLE, _INTERVAL, _COUNT = 3, 2, 2
LOST_AFTER = _IDLE + _INTERVAL * _COUNT
"""Seconds without a sign from the other machine after which both ends of a connection to PostgreSQL give it up. When a
machine is lost rather than a process, nobody closes its connections, and systems of their own accord wait for hours."""

_AT_OUR_END = {
    "keepalives": 1,
    "keepalives_idle": _IDLE,
    "keepalives_interval": _INTERVAL,
    "keepalives_count": _COUNT,
    "tcp_user_timeout": LOST_AFTER * 1000,
    "connect_timeout": LOST_AFTER,
}
_AT_ITS_END = (
    f"SET tcp_keepalives_idle = {_IDLE}; SET tcp_keepalives_interval = {_INTERVAL}; "
    f"SET tcp_keepalives_count = {_COUNT}; SET tcp_user_timeout = {LOST_AFTER * 1000}"
)


LONGEST_LOG = 8_000
"""Pages of SQLite's log after which a commit copies it into the database itself: for commands, and should
`bot.storage.checkpoints`, which does that beside the writing, not come to it."""


class DatabaseUnusable(Exception):
    """The database cannot be opened or used; the message says what to do next."""


def open_database(address: str) -> Engine:
    """An engine for `address` (an SQLAlchemy URL; `postgresql://…` means psycopg 3).

    Raises DatabaseUnusable when the address cannot be read.
    """
    try:
        url = make_url(address)
    except ArgumentError as wrong:
        raise DatabaseUnusable(
            "PARVIS_DATABASE_URL is not an address of a database. Example: postgresql://user:password@host/parvis"
        ) from wrong
    if url.get_backend_name() == "sqlite":
        return _open_sqlite(url)
    if url.get_backend_name() == "postgresql":
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        return _open_postgres(url, pool_pre_ping=True, pool_size=8, max_overflow=8)
    raise DatabaseUnusable(f"Parvis keeps its state in SQLite or PostgreSQL, not in {url.get_backend_name()}.")


def outside_transactions(engine: Engine) -> Engine:
    """Of the same PostgreSQL, for connections that are kept open by themselves: for a lock, to listen."""
    return _open_postgres(engine.url, isolation_level="AUTOCOMMIT", poolclass=NullPool)


def _open_postgres(url: URL, **options: Any) -> Engine:
    engine = create_engine(url, connect_args=_AT_OUR_END, hide_parameters=True, **options)
    event.listen(engine, "handle_error", _say_no_values)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.execute(_AT_ITS_END)
        connection.commit()

    return engine


def without_values(fault: Any) -> Any:
    """A failure of the driver as it may be written to a log: PostgreSQL adds the row or the key that it refused, which
    is what somebody said. Gives the same failure."""
    diagnosed = getattr(fault, "diag", None)
    if diagnosed is not None and diagnosed.message_detail:
        fault.args = (diagnosed.message_primary,)
    return fault


def _say_no_values(context: ExceptionContext) -> None:
    before = str(context.original_exception)
    after = str(without_values(context.original_exception))
    if (told := context.sqlalchemy_exception) is not None and before != after:
        told.args = (str(told.args[0]).replace(before, after),)


def _open_sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:":
        try:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as wrong:
            raise DatabaseUnusable(
                f"Cannot make the folder {Path(url.database).parent}: {wrong.strerror}. "
                "Give PARVIS_DATA a folder that can be written."
            ) from wrong
    engine = create_engine(url, connect_args={"timeout": 15.0, "check_same_thread": False}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not open transactions of its own: we say BEGIN ourselves
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA busy_timeout=15000")
        connection.execute(f"PRAGMA wal_autocheckpoint={LONGEST_LOG}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("parvis_reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine
