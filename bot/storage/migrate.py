"""Bringing the database to the shape this version expects."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from bot.storage.alone import Alone
from bot.storage.database import DatabaseUnusable

SCRIPTS = Path(__file__).parent.parent.parent / "migrations"
_LOCK = 7_295_113
"""Number of the PostgreSQL advisory lock under which one process migrates while the others wait."""


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The revision this version of Parvis expects."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None
    return revision


def current(engine: Engine) -> str | None:
    """The revision the database is at; None for an empty one."""
    with engine.connect().execution_options(parvis_reading=True) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def migrate(engine: Engine, lock: Alone | None = None, to: str = "head") -> None:
    """Make the tables, or bring them up to date. Raises DatabaseUnusable with a sentence that says what to do.

    `lock` is held before anything is changed, and raises AnotherServes where that would change an SQLite database under
    the process that serves it. `to`: a revision, the latest unless a test wants an older one.
    """
    try:
        if lock is not None and current(engine) != head():
            lock.hold()
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
            command.upgrade(_config(connection), to)
    except CommandError as wrong:
        raise DatabaseUnusable(
            "This database was made by a newer version of Parvis. Run that version, or restore an older copy."
        ) from wrong
    except OperationalError as wrong:
        raise DatabaseUnusable(
            f"The database cannot be opened: {str(wrong.orig).strip()}. Check PARVIS_DATABASE_URL and PARVIS_DATA."
        ) from wrong
