"""Bringing the database to the shape this version expects."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from bot.storage.alone import Alone
from bot.storage.database import DatabaseUnusable
from bot.storage.trouble import trouble

SCRIPTS = Path(__file__).parent.parent.parent / "migrations"
_LOCK = 7_295_113
"""Number of the PostgreSQL advisory lock under which one process migrates while the others wait."""


NEWER = "This database was made by a newer version of Parvis. Run that version, or restore an older copy."


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


def is_known(revision: str) -> bool:
    """Whether this version of Parvis can do anything with a database at this revision: a newer one's it cannot."""
    try:
        return ScriptDirectory.from_config(_config()).get_revision(revision) is not None
    except CommandError:
        return False


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
        raise DatabaseUnusable(NEWER) from wrong
    except DBAPIError as wrong:
        if (told := trouble(wrong)) is not None:
            raise told from wrong
        raise
