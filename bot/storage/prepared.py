"""Statements compiled once and run on the driver's own cursor: for what is done in the middle of almost every turn.

SQLAlchemy builds, compiles and runs a statement in a hundred microseconds or so; the driver alone takes ten. Only the
few statements of the hottest paths pass here; they are still written in SQLAlchemy, and their types still convert.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Dialect, Executable, Select
from sqlalchemy.exc import DBAPIError

from bot.storage.work import Work

Row = tuple[Any, ...]
_Convert = Callable[[Any], Any] | None


class Prepared:
    """A statement whose parameters are all `bindparam`s; `IN` lists of any length are not for here.

    `build` gives the statement for a dialect ("sqlite" or "postgresql"), for what each says in its own way.
    """

    def __init__(self, build: Callable[[str], Executable]) -> None:
        self._build = build
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, work: Work, **parameters: Any) -> list[Row]:
        """Run a SELECT; gives plain tuples in the order of its columns."""
        compiled = self._for(work)
        with _named_alike(work, compiled.text):
            cursor = work.cursor()
            cursor.execute(compiled.text, compiled.bound(parameters))
            return compiled.converted(cursor.fetchall(), cursor.description)

    def run(self, work: Work, **parameters: Any) -> int:
        """Run anything else; gives the number of rows it concerned."""
        compiled = self._for(work)
        with _named_alike(work, compiled.text):
            cursor = work.cursor()
            cursor.execute(compiled.text, compiled.bound(parameters))
            return int(cursor.rowcount)

    def run_many(self, work: Work, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it once for each row of parameters."""
        if rows:
            compiled = self._for(work)
            with _named_alike(work, compiled.text):
                work.cursor().executemany(compiled.text, [compiled.bound(row) for row in rows])

    def _for(self, work: Work) -> "_Compiled":
        dialect = work.connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _Compiled(self._build(dialect.name), dialect)
        return compiled


@contextlib.contextmanager
def _named_alike(work: Work, statement: str) -> Iterator[None]:
    """The driver's failures by SQLAlchemy's names, and a broken connection not used again: as its own statements do."""
    dialect, connection = work.connection.dialect, work.connection
    driver: Any = dialect.loaded_dbapi
    try:
        yield
    except driver.Error as fault:
        lost = dialect.is_disconnect(fault, connection.connection.dbapi_connection, None)
        if lost:
            connection.invalidate(fault)
        failure = DBAPIError.instance(
            statement, None, fault, driver.Error, hide_parameters=True, connection_invalidated=lost, dialect=dialect
        )
        raise failure from fault


class _Compiled:
    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]  # every Executable we build has it
        self.text: str = str(compiled)
        self._positions: Sequence[str] | None = compiled.positiontup if compiled.positional else None
        self._convert: dict[str, _Convert] = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()
        }
        self._defaults = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        self._dialect = dialect
        self._columns = list(statement.selected_columns) if isinstance(statement, Select) else []
        self._results: list[tuple[int, Callable[[Any], Any]]] | None = None

    def bound(self, given: Mapping[str, Any]) -> Any:
        values = {}
        for name, convert in self._convert.items():
            value = given[name] if name in given else self._defaults[name]
            values[name] = convert(value) if convert is not None else value
        return values if self._positions is None else tuple(values[name] for name in self._positions)

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

    def _converters(self, description: Sequence[Sequence[Any]]) -> list[tuple[int, Callable[[Any], Any]]]:
        found = [
            column.type.dialect_impl(self._dialect).result_processor(self._dialect, sent[1])
            for column, sent in zip(self._columns, description, strict=True)
        ]
        return [(at, convert) for at, convert in enumerate(found) if convert is not None]
