"""SQLite writes to a log, and copies the log into the database from time to time. Left to itself it does so within a
commit, and whoever is about to be answered waits for the disk twice; here it is done beside the writing."""

import asyncio
import logging
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine

log = logging.getLogger(__name__)

EVERY = 1.0
"""Seconds between two looks."""

MOST_PAGES = 4_000
"""Of 4 kB each: a log of so many is begun anew, for which the writing waits until what is left of it is copied."""

PATIENCE = 0.5
"""Seconds to wait for a moment in which nothing is written; then the next look has to do."""


class Checkpoints:
    """For a house that serves on SQLite; with PostgreSQL there is nothing to do."""

    def __init__(self, engine: Engine) -> None:
        self._path = engine.url.database if engine.dialect.name == "sqlite" else None
        self._ended = threading.Event()

    async def run(self) -> None:
        """Copy until `end`."""
        if self._path is None:
            return
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="checkpoints")
        try:
            await asyncio.get_running_loop().run_in_executor(thread, self._copy_on, self._path)
        finally:
            self.end()
            thread.shutdown(wait=False)

    def end(self) -> None:
        self._ended.set()

    def _copy_on(self, path: str) -> None:
        connection = sqlite3.connect(path, timeout=PATIENCE)
        try:
            while not self._ended.wait(EVERY):
                try:
                    copy_log(connection)
                except sqlite3.Error as failure:
                    log.warning("The log of the database cannot be copied now (%s).", type(failure).__name__)
        finally:
            connection.close()


def copy_log(connection: sqlite3.Connection) -> int:
    """Copy what can be copied without anybody waiting; gives the pages of the log. A long one is copied to its end, so
    that the next commit begins it anew."""
    _busy, pages, _copied = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    if pages > MOST_PAGES:
        connection.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
    return int(pages)
