"""Statements compiled once and run on the driver's own cursor: for what is done in the middle of almost every turn.

SQLAlchemy builds, compiles and runs a statement in a hundred microseconds or so; the driver alone takes ten. Only the
few statements of the hottest paths pass here; they are still written in SQLAlchemy, and their types still convert.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy import (
    Column,
    ColumnElement,
    Delete,
    Dialect,
    Executable,
    Insert,
    Select,
    String,
    Text,
    any_,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeDecorator, TypeEngine

from bot.storage.database import without_values
from bot.storage.rows import ROWS
from bot.storage.tables import Instant
from bot.storage.work import Work

Row = tuple[Any, ...]
_Convert = Callable[[Any], Any]


class _Listed(TypeDecorator[Sequence[Any]]):
    """A whole list as one parameter, for SQLite, which has no lists but reads JSON."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> str:
        return msgspec.json.encode(value).decode()


def each(column: Column[Any], name: str, dialect: str) -> ColumnElement[Any]:
    """The values of the list that is given as the parameter `name`, each a row: values for `column`."""
    if dialect == "postgresql":
        return func.unnest(_list_of(column, name)).column_valued(name)
    return func.json_each(bindparam(name, type_=_Listed)).table_valued("value").c.value


def _list_of(column: Column[Any], name: str) -> ColumnElement[Any]:
    """PostgreSQL would silently cut the items of a list of VARCHAR(80)."""
    return bindparam(name, type_=ARRAY(String() if isinstance(column.type, String) else column.type))


def among(column: Column[Any], name: str, dialect: str) -> ColumnElement[bool]:
    """Whether `column` is in the list, of any length, that is given as the parameter `name`."""
    if dialect == "postgresql":
        return column == any_(_list_of(column, name))
    return column.in_(select(each(column, name, dialect)))


class Prepared:
    """A statement whose parameters are all `bindparam`s; for lists there are `among` and `each`.

    `build` gives the statement for a dialect ("sqlite" or "postgresql"), for what each says in its own way.
    """

    def __init__(self, build: Callable[[str], Executable]) -> None:
        self._build = build
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, work: Work, **parameters: Any) -> list[Row]:
        """Run a statement that gives rows: plain tuples in the order of its columns."""
        compiled, cursor = self._for(work), work.cursor()
        try:
            cursor.execute(compiled.text, compiled.bound([parameters])[0])
            return compiled.converted(cursor.fetchall(), cursor.description)
        except compiled.driver.Error as fault:
            raise _named_alike(work, compiled, fault) from fault

    def run(self, work: Work, **parameters: Any) -> int:
        """Run anything else; gives the number of rows it concerned."""
        compiled, cursor = self._for(work), work.cursor()
        try:
            cursor.execute(compiled.text, compiled.bound([parameters])[0])
            return int(cursor.rowcount)
        except compiled.driver.Error as fault:
            raise _named_alike(work, compiled, fault) from fault

    def run_many(self, work: Work, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it for each row of parameters, all at once if it is made so: see `bot.storage.rows`."""
        if rows:
            compiled, cursor = self._for(work), work.cursor()
            try:
                compiled.run_many(cursor, rows)
            except compiled.driver.Error as fault:
                raise _named_alike(work, compiled, fault) from fault

    def _for(self, work: Work) -> "_Compiled":
        dialect = work.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _Compiled(self._build(dialect.name), dialect)
        return compiled


def _named_alike(work: Work, compiled: "_Compiled", fault: Any) -> BaseException:
    """The driver's failure by SQLAlchemy's name, and a broken connection not used again: as its own statements do."""
    dialect, connection = work.dialect, work.connection
    lost = dialect.is_disconnect(fault, connection.connection.dbapi_connection, None)
    if lost:
        connection.invalidate(fault)
    failure: BaseException = DBAPIError.instance(
        compiled.text,
        None,
        without_values(fault),
        compiled.driver.Error,
        hide_parameters=True,
        connection_invalidated=lost,
        dialect=dialect,
    )
    return failure


class _Compiled:
    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]  # every Executable we build has it
        self.text: str = str(compiled)
        self.driver: Any = dialect.loaded_dbapi
        names = list(compiled.positiontup) if compiled.positional else list(compiled.binds)
        self._pick = _in_order(names)
        self._names = None if compiled.positional else names
        converts = [_to_driver(compiled.binds[name].type, dialect) for name in names]
        self._converts = [(at, one) for at, one in enumerate(converts) if one is not None]
        self._fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        self._dialect = dialect
        self._columns = list(statement.exported_columns) if isinstance(statement, Select | Insert | Delete) else []
        self._results: list[tuple[int, _Convert]] | None = None
        self._takes_rows = ROWS in compiled.binds

    def run_many(self, cursor: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        if self._takes_rows:
            cursor.execute(self.text, self.bound([{ROWS: rows}])[0])
        else:
            cursor.executemany(self.text, self.bound(rows))

    def bound(self, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        pick, converts, names = self._pick, self._converts, self._names
        bound: list[Any] = []
        for row in rows:
            values = list(pick({**self._fixed, **row} if self._fixed else row))
            for at, convert in converts:
                values[at] = convert(values[at])
            bound.append(values if names is None else dict(zip(names, values, strict=True)))
        return bound

    def converted(self, rows: list[Row], description: Sequence[Sequence[Any]]) -> list[Row]:
        if self._results is None:  # psycopg's conversions depend on the type that the server says it sends
            self._results = self._converters(description)
        if not self._results:
            return rows
        converted = []
        for row in rows:
            values = list(row)
            for at, convert in self._results:
                values[at] = convert(values[at])
            converted.append(tuple(values))
        return converted

    def _converters(self, description: Sequence[Sequence[Any]]) -> list[tuple[int, _Convert]]:
        found = [
            column.type.dialect_impl(self._dialect).result_processor(self._dialect, sent[1])
            for column, sent in zip(self._columns, description, strict=True)
        ]
        return [(at, convert) for at, convert in enumerate(found) if convert is not None]


def _to_driver(kind: TypeEngine[Any], dialect: Dialect) -> _Convert | None:
    """What the type does to a value on its way to the driver. Whatever a group of turns writes bears a few instants."""
    convert = kind.dialect_impl(dialect).bind_processor(dialect)
    return lru_cache(maxsize=256)(convert) if convert is not None and isinstance(kind, Instant) else convert


def _in_order(names: Sequence[str]) -> Callable[[Mapping[str, Any]], Row]:
    """Values by position from values by name."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple(values[name] for name in names)
