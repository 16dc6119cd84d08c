"""A bell between the processes of one database: what one of them decides, the others hear as soon as it is committed.

With SQLite there is one process only, and nobody to hear it.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import Engine, bindparam, func, select
from sqlalchemy.exc import SQLAlchemyError

from bot.storage.database import outside_transactions
from bot.storage.work import Work

log = logging.getLogger(__name__)

_NAME = "parvis"
"""PostgreSQL keeps the bells of each database apart."""

AT_ONCE = 300
"""Numbers in one ring: PostgreSQL carries 8,000 bytes, and a number has 19 digits."""

LOOK_EVERY = 0.5
"""Seconds between two looks whether to go on; what is rung is heard at once all the same."""

AGAIN_AFTER = 1.0
"""Seconds between two tries to listen while the database is away."""

_RING = select(func.pg_notify(_NAME, bindparam("payload")))


def ring(work: Work, topic: str, numbers: Collection[int]) -> None:
    """Tell the other processes of these once this work is committed; they hear nothing of it if it is not."""
    if not work.is_postgres:
        return
    some = sorted(numbers)
    for at in range(0, len(some), AT_ONCE):
        payload = f"{topic} {','.join(map(str, some[at : at + AT_ONCE]))}"
        work.connection.execute(_RING, {"payload": payload})


class Listening:
    """`heard` is told the topic and the numbers, `anew` whenever the listening begins, at first or after an outage:
    what was rung in between nobody knows. Both from a thread of ours; they must not fail."""

    def __init__(self, engine: Engine, heard: Callable[[str, frozenset[int]], None], anew: Callable[[], None]) -> None:
        self._engine = outside_transactions(engine) if engine.dialect.name == "postgresql" else None
        self._heard, self._anew = heard, anew
        self._ended = threading.Event()

    async def run(self) -> None:
        """Listen until `end`."""
        if self._engine is None:
            return
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="bell")
        try:
            await asyncio.get_running_loop().run_in_executor(thread, self._listen, self._engine)
        finally:
            self.end()
            thread.shutdown(wait=False)  # it may be waiting for a database that is away

    def end(self) -> None:
        self._ended.set()

    def _listen(self, engine: Engine) -> None:
        from psycopg import Error  # a house on SQLite does without it

        while not self._ended.is_set():
            try:
                with engine.connect() as connection:
                    self._hear(connection.connection.driver_connection)
            except (SQLAlchemyError, Error) as failure:
                log.warning("Other processes cannot be heard (%s).", type(failure).__name__)
                self._ended.wait(AGAIN_AFTER)

    def _hear(self, driver: Any) -> None:
        driver.execute(f"LISTEN {_NAME}")
        self._anew()
        while not self._ended.is_set():
            for rung in driver.notifies(timeout=LOOK_EVERY):
                topic, _space, numbers = rung.payload.partition(" ")
                self._heard(topic, frozenset(int(number) for number in numbers.split(",") if number.isdecimal()))
