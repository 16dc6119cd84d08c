"""The log of SQLite is copied beside the writing, and does not grow without end."""

import asyncio
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.storage import checkpoints
from bot.storage.checkpoints import Checkpoints, copy_log
from bot.storage.database import open_database
from bot.storage.work import Desk

PAGE = 4096


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "parvis.db"


@pytest.fixture
def desk(path: Path) -> Iterator[Desk]:
    desk = Desk(open_database(f"sqlite:///{path}"), lambda: datetime(2026, 11, 23, tzinfo=UTC))
    with desk.work() as work:
        work.connection.execute(text("CREATE TABLE said (words BLOB)"))
    yield desk
    desk.close()


def write(desk: Desk, pages: int) -> None:
    with desk.work() as work:
        work.connection.execute(text("INSERT INTO said VALUES (zeroblob(:size))"), {"size": pages * PAGE})


def test_no_commit_copies_the_log_of_a_few_thousand_pages(desk: Desk, path: Path) -> None:
    for _commit in range(30):
        write(desk, 100)
    beside = sqlite3.connect(path)
    assert copy_log(beside) >= 3000
    beside.close()


def test_a_log_that_is_copied_again_and_again_stays_short(
    desk: Desk, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "MOST_PAGES", 200)
    beside = sqlite3.connect(path)
    for _commit in range(100):
        write(desk, 20)
        copy_log(beside)
    assert Path(f"{path}-wal").stat().st_size < 300 * (PAGE + 24)
    assert beside.execute("SELECT count(*) FROM said").fetchone() == (100,)
    beside.close()


async def test_the_copying_goes_on_until_it_is_ended_and_leaves_postgres_alone(
    desk: Desk, path: Path, monkeypatch: pytest.MonkeyPatch, postgres_database: str
) -> None:
    monkeypatch.setattr(checkpoints, "EVERY", 0.001)
    copied = asyncio.Event()
    loop = asyncio.get_running_loop()

    def seen(connection: sqlite3.Connection) -> int:
        pages = copy_log(connection)
        loop.call_soon_threadsafe(copied.set)
        return pages

    monkeypatch.setattr(checkpoints, "copy_log", seen)
    house = Checkpoints(desk.engine)
    running = asyncio.create_task(house.run())
    write(desk, 10)
    await asyncio.wait_for(copied.wait(), 5)
    house.end()
    await asyncio.wait_for(running, 5)
    elsewhere = open_database(postgres_database)
    await Checkpoints(elsewhere).run()
    elsewhere.dispose()
