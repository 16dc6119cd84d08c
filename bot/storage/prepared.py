"""Statements compiled once and run on the driver's own cursor: for what is done in the middle of almost every turn.

SQLAlchemy builds, compiles and runs a statement in a hundred microseconds or so; the driver alone takes ten. Only the
few statements of the hottest paths pass here; they are still written in SQLAlchemy, and their types still convert.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Dialect, Executable, Select

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
        cursor = work.cursor()
        cursor.execute(compiled.text, compiled.bound(parameters))
        return compiled.converted(cursor.fetchall())

    def run(self, work: Work, **parameters: Any) -> int:
        """Run anything else; gives the number of rows it concerned."""
        compiled = self._for(work)
        cursor = work.cursor()
        cursor.execute(compiled.text, compiled.bound(parameters))
        return int(cursor.rowcount)

    def run_many(self, work: Work, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it once for each row of parameters."""
        if rows:
            compiled = self._for(work)
            work.cursor().executemany(compiled.text, [compiled.bound(row) for row in rows])

    def _for(self, work: Work) -> "_Compiled":
        dialect = work.connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _Compiled(self._build(dialect.name), dialect)
        return compiled


class _Compiled:
    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]  # every Executable we build has it
        self.text: str = str(compiled)
        self._positions: Sequence[str] | None = compiled.positiontup if compiled.positional else None
        self._convert: dict[str, _Convert] = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()
        }
        self._defaults = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        columns = list(statement.selected_columns) if isinstance(statement, Select) else []
        found = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self._results: list[tuple[int, Callable[[Any], Any]]] = [
            (at, convert) for at, convert in enumerate(found) if convert is not None
        ]

    def bound(self, given: Mapping[str, Any]) -> Any:
        values = {}
        for name, convert in self._convert.items():
            value = given[name] if name in given else self._defaults[name]
            values[name] = convert(value) if convert is not None else value
        return values if self._positions is None else tuple(values[name] for name in self._positions)

    def converted(self, rows: list[Row]) -> list[Row]:
        if not self._results:
            return rows
        converted = []
        for row in rows:
            values = list(row)
            for at, convert in self._results:
                values[at] = convert(values[at])
            converted.append(tuple(values))
        return converted
