"""One transaction, as the rooms see it."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from threading import Condition
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

Result = TypeVar("Result")
Clock = Callable[[], datetime]

RESTED = 1.0
"""Seconds after which the connection of the writing thread goes back to the pool before it is used again."""


MOST_BEFORE = 4
"""Transactions of others that patient work lets go first; then it is its turn, however much waits."""

A_BREATH = 0.002
"""Seconds that patient work waits after the others: what they decided is then sent, and others may follow."""


class Work:
    """A transaction under way: its connection, the instant (UTC) it counts as now, and what to do once it is kept.

    Rooms read and write through `connection` and never commit. `after` collects calls that are made only after
    the commit: waking the postman, telling an open page. They must not fail and must not write.
    """

    def __init__(self, connection: Connection, now: datetime, cursor: Any = None) -> None:
        self.connection = connection
        self.dialect = connection.dialect
        self.now = now
        self._cursor = cursor
        self.after: list[Callable[[], None]] = []
        self.erased: set[int] = set()  # addresses erased by this work: nothing more may be kept about them

    def cursor(self) -> Any:
        """The driver's own cursor, inside this transaction: see `bot.storage.prepared`."""
        if self._cursor is None:
            self._cursor = self.connection.connection.cursor()
        return self._cursor

    @property
    def is_postgres(self) -> bool:
        return self.dialect.name == "postgresql"


class _Job:
    """A piece of work that waits for its transaction. `done` belongs to the loop of whoever asked."""

    def __init__(self, call: Callable[[Work], Any], done: asyncio.Future[Any]) -> None:
        self.call = call
        self.done = done
        self.result: Any = None
        self.failure: Exception | None = None
        self.after: list[Callable[[], None]] = []

    def settle(self) -> None:
        """Tell whoever asked, unless they have given up waiting."""
        if self.done.done():
            return
        if self.failure is None:
            self.done.set_result(self.result)
        else:
            self.done.set_exception(self.failure)


def _settle(jobs: Sequence[_Job]) -> None:
    for job in jobs:
        job.settle()


class Desk:
    """The one worker thread that writes, in the order asked. All the work that waits makes one transaction.

    Each piece has a savepoint of its own: one that fails is undone alone. A commit costs a wait for the disk, so
    that taking updates, noting letters and keeping arrivals together is what makes them fast. SQLite has a single
    writer anyway; with PostgreSQL one writer a process keeps the order of turns simple. Reading for pages does not
    pass here: see `reading`.
    """

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.engine = engine
        self.clock = clock
        self.on_erased: list[Callable[[Collection[int]], None]] = []  # told of `Work.erased`, as `Work.after` is
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="desk")
        self._waiting: list[_Job] = []
        self._patient: deque[_Job] = deque()
        self._serving = False
        self._lock = Condition()
        self._connection: Connection | None = None  # the writing thread's
        self._used_at = 0.0

    @contextlib.contextmanager
    def work(self) -> Iterator[Work]:
        """One transaction, committed at the end or rolled back by an exception. Outside of the desk's own thread
        only where nothing else is served, as in a command of the operator."""
        with self.engine.begin() as connection:
            work = Work(connection, self.clock())
            yield work
        for call in self._following(work):
            call()

    def _following(self, work: Work) -> list[Callable[[], None]]:
        """What is to be done once this work is kept."""
        erased = frozenset(work.erased)
        return [*work.after, *(partial(told, erased) for told in self.on_erased if erased)]

    async def run(self, call: Callable[[Work], Result], *, patient: bool = False) -> Result:
        """Do a piece of work in the writing thread and give its result, once it is committed.

        It may share its transaction with others: what it raises undoes it alone, a commit that fails undoes all.
        Patient work, for which no person waits, lets the others go first and has a transaction of its own: a turn waits
        for one such piece at most.
        """
        job = _Job(call, asyncio.get_running_loop().create_future())
        with self._lock:
            (self._patient if patient else self._waiting).append(job)
            if not self._serving:
                self._thread.submit(self._serve)
                self._serving = True
            elif not patient:
                self._lock.notify()
        result: Result = await job.done
        return result

    def _serve(self) -> None:
        """In the writing thread: all that waits, then one patient piece, again and again until there is nothing."""
        before = 0  # transactions that patient work has let go first
        while True:
            with self._lock:
                if before and self._patient and not self._waiting:
                    self._lock.wait(A_BREATH)
                jobs, self._waiting = self._waiting, []
                before = before + 1 if jobs else 0
                if self._patient and (not jobs or before > MOST_BEFORE):
                    self._waiting, jobs, before = jobs, [self._patient.popleft()], 0
                if not jobs:
                    self._serving = False
                    return
            self._do(jobs)

    def _do(self, asked: Sequence[_Job]) -> None:
        jobs = [job for job in asked if not job.done.cancelled()]
        if not jobs:
            return
        try:
            connection = self._connected()
            with connection.begin():
                now, cursor = self.clock(), connection.connection.cursor()
                for job in jobs:
                    self._do_one(job, Work(connection, now, cursor), alone=len(jobs) == 1)
        except Exception as failure:
            self._disconnect()
            for job in jobs:
                job.failure = job.failure or failure
                job.after = []
        for job in jobs:
            for call in job.after:
                call()
        by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
        for job in jobs:
            by_loop.setdefault(job.done.get_loop(), []).append(job)
        for loop, settled in by_loop.items():
            with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits there any more
                loop.call_soon_threadsafe(_settle, settled)

    def _connected(self) -> Connection:
        """One connection for as long as there is much to do: to take one of the pool, which tries whether it is still
        good, costs as much as a few statements."""
        if time.monotonic() - self._used_at > RESTED:
            self._disconnect()
        if self._connection is None:
            self._connection = self.engine.connect()
        self._used_at = time.monotonic()
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(SQLAlchemyError):  # it was lost already: whoever lost it has been told
                connection.close()

    def _do_one(self, job: _Job, work: Work, *, alone: bool) -> None:
        """Raises what makes the whole transaction worthless: a lost connection, or the failure of the only job."""
        if alone:
            job.result = job.call(work)
            job.after = self._following(work)
            return
        savepoint = work.cursor()
        savepoint.execute("SAVEPOINT job")
        try:
            job.result = job.call(work)
            job.after = self._following(work)
        except Exception as failure:
            job.failure = failure
            try:
                savepoint.execute("ROLLBACK TO SAVEPOINT job")
            except Exception:  # the whole transaction went with it: everybody learns why
                raise failure from None
        savepoint.execute("RELEASE SAVEPOINT job")

    @contextlib.contextmanager
    def reading(self) -> Iterator[Work]:
        """A read-only look from any thread, that waits for no writer. What it wrote would be rolled back."""
        with self.engine.connect().execution_options(parvis_reading=True) as connection:
            yield Work(connection, self.clock())

    def close(self) -> None:
        """Finish the work that waits, then let go of the database. Work asked for later raises RuntimeError."""
        self._thread.shutdown(wait=True)
        self._disconnect()
        self.engine.dispose()
