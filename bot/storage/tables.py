"""The ground on which every room lays its tables: names of constraints, instants, identities."""

import itertools
import os
import time
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, MetaData
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

NAMES = "names"
"""In the `info` of a column that holds a resident's name: the column of the same row that says whose. Erasing somebody
empties it, in whatever room the table is."""


class Instant(TypeDecorator[datetime]):
    """A moment in UTC. SQLite has no time zones, so there it is stored without one and read back as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value if value.tzinfo is UTC else value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        instant: datetime = value
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


class Identity(TypeDecorator[int]):
    """A row's number, given by `new_identity` before the row is written, so that rows can be inserted many at once."""

    impl = BigInteger
    cache_ok = True


_process = int.from_bytes(os.urandom(2), "big") & 0x3FF
_count = itertools.count(int.from_bytes(os.urandom(2), "big"))
_EPOCH_MS = 1_767_225_600_000  # 1 January 2026 UTC
_last = [0]

MOST_IDENTITIES = 0x1000
"""In one block: as many as there are counts in a millisecond."""


def new_identity() -> int:
    """A number that grows with time and does not repeat across processes.

    41 bits of milliseconds, 10 of process, 12 of count.
    Called from the one thread that writes; within a process the order of numbers is the order of calls.
    """
    count = next(_count) & 0xFFF
    number = (_milliseconds() << 22) | (_process << 12) | count
    # The count may go round within a millisecond, and the machine's clock may step back.
    _last[0] = max(number, _following(_last[0]))
    return _last[0]


def new_identities(count: int) -> int:
    """The first of `count` numbers that follow one another, for rows that the database itself makes: a millisecond of
    our own, not yet begun when there were numbers in this one. At most MOST_IDENTITIES."""
    if not 0 < count <= MOST_IDENTITIES:
        raise ValueError(f"a block has 1 to {MOST_IDENTITIES} numbers, not {count}")
    first = (max(_milliseconds(), (_last[0] >> 22) + 1) << 22) | (_process << 12)
    _last[0] = first + count - 1
    return first


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000 - _EPOCH_MS


def _following(number: int) -> int:
    """The next number of this process: after the last count of a millisecond, the first of the next one."""
    if number & 0xFFF == 0xFFF:
        return (((number >> 22) + 1) << 22) | (_process << 12)
    return number + 1
