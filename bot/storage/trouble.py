"""What an operator should do about a database that fails, in one sentence."""

from sqlalchemy.exc import DBAPIError

from bot.storage.database import DatabaseUnusable
from bot.storage.failures import is_outage

_OF_SQLITE = {
    "unable to open database file": "Give PARVIS_DATA a folder that this user may write in.",
    "attempt to write a readonly database": "Does the file, or its folder, belong to somebody else, perhaps after one "
    "start as root? Give them back to this user (chown).",
    "file is not a database": "Something else has this name, or it is damaged: move it away, then restore a copy or "
    "start anew.",
    "database disk image is malformed": "It is damaged: move it away and restore a copy.",
    "database or disk is full": "Make room on the disk.",
    "database is locked": "Another program has been writing in it for a while: try again, or stop that one.",
}

_OLD_TABLES = ("no such table", "no such column", "UndefinedTable", "UndefinedColumn")


def trouble(failure: DBAPIError) -> DatabaseUnusable | None:
    """What to say of a failure that is not a mistake of ours. None for any other: that one needs its traceback."""
    kind, said = type(failure.orig).__name__, " ".join(str(failure.orig).split())
    if any(one in said or one == kind for one in _OLD_TABLES):
        return DatabaseUnusable("The database has no tables yet, or those of an older version. Run `parvis migrate`.")
    if not is_outage(failure) and kind != "InsufficientPrivilege":
        return None
    advice = next((advice for words, advice in _OF_SQLITE.items() if words in said), "")
    advice = advice or "Check PARVIS_DATABASE_URL, and PARVIS_DATA."
    return DatabaseUnusable(f"The database cannot be used: {said.rstrip('.')}. {advice}")
