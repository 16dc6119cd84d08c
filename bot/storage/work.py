"""One transaction, as the rooms see it."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

Result = TypeVar("Result")
Clock = Callable[[], datetime]


class Work:
    """A transaction under way: its connection, the instant (UTC) it counts as now, and what to do once it is kept.

    Rooms read and write through `connection` and never commit. `after` collects calls that are made only after
    the commit: waking the postman, telling an open page. They must not fail and must not write.
    """

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self.now = now
        self._cursor: Any = None
        self.after: list[Callable[[], None]] = []
        self.erased: set[int] = set()  # addresses erased by this work: nothing more may be kept about them

    def cursor(self) -> Any:
        """The driver's own cursor, inside this transaction: see `bot.storage.prepared`."""
        if self._cursor is None:
            self._cursor = self.connection.connection.cursor()
        return self._cursor

    @property
    def is_postgres(self) -> bool:
        return self.connection.dialect.name == "postgresql"


class Desk:
    """The one worker thread that writes. Each piece of work is one transaction, done in the order asked.

    SQLite has a single writer anyway; with PostgreSQL one writer a process keeps the order of turns simple.
    Reading for pages does not pass here: see `reading`.
    """

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.engine = engine
        self.clock = clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="desk")

    @contextlib.contextmanager
    def work(self) -> Iterator[Work]:
        """One transaction, committed at the end or rolled back by an exception. For the desk's own thread."""
        with self.engine.begin() as connection:
            work = Work(connection, self.clock())
            yield work
        for call in work.after:
            call()

    async def run(self, job: Callable[[Work], Result]) -> Result:
        """Run `job` as one transaction in the writing thread and give its result, after the commit."""

        def once() -> Result:
            with self.work() as work:
                return job(work)

        return await self.in_thread(once)

    async def in_thread(self, call: Callable[[], Result]) -> Result:
        """Run something that opens its own transactions in the writing thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Work]:
        """A read-only look from any thread, that waits for no writer. What it wrote would be rolled back."""
        with self.engine.connect().execution_options(parvis_reading=True) as connection:
            yield Work(connection, self.clock())

    def close(self) -> None:
        self._thread.shutdown(wait=True)
        self.engine.dispose()
