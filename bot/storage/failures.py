"""What kind of failure a database reports: whether to wait, to try again, or to look for a mistake of our own."""

import sqlite3

from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError

_SQLITE_OUTAGES = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)
"""SQLite calls a mistaken statement and a full disk by the same name, OperationalError: its codes tell them apart."""


def is_outage(failure: BaseException) -> bool:
    """Whether the database could not do its work at all, rather than refusing this particular one."""
    if not isinstance(failure, DBAPIError):
        return False
    code = getattr(failure.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _SQLITE_OUTAGES  # the rest of the number says why
    return failure.connection_invalidated or isinstance(failure, OperationalError | InterfaceError)


def is_collision(failure: BaseException) -> bool:
    """Whether another process was in the way, so that the same work, done again now, may well succeed."""
    if isinstance(failure, IntegrityError):
        return True  # both met the same newcomer
    state = getattr(failure.orig, "sqlstate", None) if isinstance(failure, DBAPIError) else None
    return bool(state) and str(state).startswith("40")  # a deadlock, or a serialization failure
