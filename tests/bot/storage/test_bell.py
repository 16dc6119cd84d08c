"""What one process decides, the others hear."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import text

from bot.storage import bell
from bot.storage.bell import AT_ONCE, Listening, ring
from bot.storage.database import open_database
from bot.storage.work import Desk
from tests.kit.clock import Time

PATIENCE = 20.0


class Ear:
    def __init__(self) -> None:
        self.heard: list[tuple[str, frozenset[int]]] = []
        self.begun = 0

    def hear(self, topic: str, numbers: frozenset[int]) -> None:
        self.heard.append((topic, numbers))

    def begin(self) -> None:
        self.begun += 1

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not true():
                await asyncio.sleep(0.002)


@pytest.fixture
async def ear(postgres_database: str) -> AsyncIterator[Ear]:
    """Another process."""
    engine, ear = open_database(postgres_database), Ear()
    listening = Listening(engine, ear.hear, ear.begin)
    running = asyncio.create_task(listening.run())
    await ear.until(lambda: ear.begun == 1)
    yield ear
    listening.end()
    await asyncio.wait_for(running, PATIENCE)
    engine.dispose()


@pytest.fixture
def here(postgres_database: str, time: Time) -> Desk:
    return Desk(open_database(postgres_database), time.now)


@pytest.mark.postgres
async def test_what_is_committed_is_heard_and_what_is_undone_is_not(here: Desk, ear: Ear) -> None:
    with pytest.raises(ZeroDivisionError), here.work() as work:
        ring(work, "undone", [1])
        1 / 0  # noqa: B018
    await here.run(lambda work: ring(work, "kept", [3, 2]))
    await ear.until(lambda: bool(ear.heard))
    assert ear.heard == [("kept", frozenset({2, 3}))]
    here.close()


@pytest.mark.postgres
async def test_however_many_they_are_all_are_heard(here: Desk, ear: Ear) -> None:
    numbers = frozenset(range(2**62, 2**62 + 2 * AT_ONCE + 1))
    await here.run(lambda work: ring(work, "many", numbers))
    await ear.until(lambda: len(ear.heard) == 3)
    assert frozenset().union(*(found for _topic, found in ear.heard)) == numbers
    here.close()


@pytest.mark.postgres
async def test_after_an_outage_the_listening_begins_anew(here: Desk, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "AGAIN_AFTER", 0.01)
    with here.work() as work:
        listens = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' "
        work.connection.execute(text(listens + "AND datname = current_database()"))
    await ear.until(lambda: ear.begun == 2)
    await here.run(lambda work: ring(work, "again", [1]))
    await ear.until(lambda: bool(ear.heard))
    assert ear.heard == [("again", frozenset({1}))]
    here.close()


async def test_with_sqlite_there_is_nobody_to_hear(sqlite_database: str, time: Time) -> None:
    desk, ear = Desk(open_database(sqlite_database), time.now), Ear()
    await desk.run(lambda work: ring(work, "kept", [1]))
    await asyncio.wait_for(Listening(desk.engine, ear.hear, ear.begin).run(), PATIENCE)
    assert (ear.heard, ear.begun) == ([], 0)
    desk.close()
