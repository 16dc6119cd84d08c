"""Many rows in one statement: with PostgreSQL a group of turns writes each of its tables once, whatever their number.

psycopg spends 100 µs of processor time, and the server some more, on a row of `executemany`; 15 rows as one JSON
parameter cost about as much as one. SQLite has no such gain: its driver's own loop is twice as fast as reading JSON.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Dialect, Table, Text, bindparam, cast, func, select
from sqlalchemy import column as named
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import JSON, TypeDecorator, TypeEngine

ROWS = "rows"
"""The parameter that holds all the rows."""

Insert = postgresql.Insert | sqlite.Insert


def insert_rows(table: Table, names: Sequence[str], dialect: str) -> Insert:
    """INSERT of rows that give all these columns, for `Prepared.run_many`."""
    if dialect == "postgresql":
        values = given({name: table.c[name].type for name in names})
        return postgresql.insert(table).from_select(list(names), select(*values.values()))
    return sqlite.insert(table).values({name: bindparam(name) for name in names})


def given(types: Mapping[str, TypeEngine[Any]]) -> dict[str, ColumnElement[Any]]:
    """PostgreSQL: what the rows hold under each name, to be selected from or compared with."""
    columns = [named(name, kind) for name, kind in types.items()]
    rows = func.json_to_recordset(cast(bindparam(ROWS, type_=_Rows), JSON)).table_valued(*columns)
    rows = rows.render_derived(with_types=True)
    return {name: rows.c[name] for name in types}


class _Rows(TypeDecorator[Sequence[Mapping[str, Any]]]):
    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[Mapping[str, Any]] | None, dialect: Dialect) -> str:
        return msgspec.json.encode(value).decode()
