"""At most one process sends for a database: the one that holds its lock. The system lets go of it however that process
ends, kill -9 included, so that whoever takes it next knows that nobody else is sending."""

import contextlib
import fcntl
import os
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bot.storage.database import DatabaseUnusable, outside_transactions

_NUMBER = 7_295_114
"""Of the PostgreSQL advisory lock; PostgreSQL keeps those of each database apart."""


class AnotherServes(Exception):
    """Another process serves this database, which bears only one; the message says what to do."""


class Alone(Protocol):
    """Both methods wait for the disk or the network, and are called from one thread at a time."""

    def hold(self) -> bool:
        """Take the lock, or look whether it is still ours; False while another process has it."""
        ...

    def let_go(self) -> None: ...


def alone(engine: Engine) -> Alone:
    """The lock that goes with this database."""
    if engine.dialect.name == "postgresql":
        return AdvisoryLock(engine)
    return FileLock(Path(f"{engine.url.database}.lock"))


class FileLock:
    """A file beside an SQLite database, with the number of the process that serves it. The file stays when the lock is
    gone: removing it could take it away under another process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def hold(self) -> bool:
        """Raises AnotherServes: with SQLite a second process could not even write. Raises DatabaseUnusable."""
        if self._file is None:
            self._file = self._locked()
        return True

    def _locked(self) -> int:
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as wrong:
            raise DatabaseUnusable(
                f"Cannot write {self._path}: {wrong.strerror}. Does it, or its folder, belong to somebody else, "
                "perhaps after one start as root? Give them back to this user (chown)."
            ) from wrong
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(file, 20).decode("ascii", "replace").strip()
            os.close(file)
            raise AnotherServes(
                f"Another Parvis (process {holder or 'unknown'}) already serves {self._path.with_suffix('')}. "
                "Stop it first, or give this one a folder of its own: PARVIS_DATA=./other."
            ) from None
        os.truncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        return file

    def let_go(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


class AdvisoryLock:
    """Held by a connection of its own, as long as that lives: PostgreSQL frees it when the connection breaks."""

    def __init__(self, engine: Engine) -> None:
        self._engine = outside_transactions(engine)
        self._connection: Connection | None = None
        self._held = False

    def hold(self) -> bool:
        """A database that is away counts as a lock lost; it is asked for again at the next call."""
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            asked = "SELECT true" if self._held else f"SELECT pg_try_advisory_lock({_NUMBER})"
            self._held = bool(self._connection.execute(text(asked)).scalar_one())
        except DBAPIError:
            self._held = False  # it went with the connection
            self.let_go()
        return self._held

    def let_go(self) -> None:
        held, self._held = self._held, False
        if self._connection is not None:
            if held:  # said aloud: the server frees the locks of a closed connection only a moment later
                with contextlib.suppress(SQLAlchemyError):
                    self._connection.execute(text(f"SELECT pg_advisory_unlock({_NUMBER})"))
            with contextlib.suppress(DBAPIError):
                self._connection.close()
            self._connection = None
