"""kill -9 amid a broadcast, over HTTP: nobody twice, nobody lost but those who are counted as unknown."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from bot.delivery import broadcasts, bulk
from bot.delivery.broadcast import State
from bot.delivery.model import Lane
from bot.people.store import meet
from bot.start import utc_now
from bot.storage.database import open_database
from bot.storage.migrate import migrate
from bot.storage.work import Desk, Work
from tests.conftest import VALOMBRE
from tests.kit.broadcasts import KIND, Office
from tests.kit.clock import Time
from tests.kit.forking import Forked
from tests.kit.news import an_item
from tests.kit.pigeon import Pigeon
from tests.kit.serving import _free_port
from tests.kit.staff import choose_news
from tests.kit.telegram import BotApiServer
from tests.kit.waiting import until

RATE = 250

SIZES = {"sqlite": (10_000, 50), "postgresql": (2_000, 10)}
"""Residents and kills. What a kill can break is the same in both; the second is there for the locks and the commits."""

AMID = 0.8
"""How many of the kills come once letters have left; the others may come before that, as a process begins."""

MOST_BEFORE = 100
"""Letters awaited before a kill. There are two hundred for each: some are left when the last process begins."""

KILLED_AT = 250
"""Letters a second amid kills: a hundred or so are in hand each time, so that the letters last for all kills."""

FIRST = 400_000_000


class Town:
    """A database with residents, and what became of a broadcast in it."""

    def __init__(self, database: str, telegram: BotApiServer, people: int) -> None:
        self.desk = Desk(open_database(database), utc_now)
        migrate(self.desk.engine)
        self._telegram = telegram
        self.chats = range(FIRST, FIRST + people)
        for chat in self.chats:
            telegram.user(chat, known=True)
        with self.desk.work() as work:
            people = meet(work, [("telegram", str(chat), "fr") for chat in self.chats])
            self.number = self._plan(work, [person.id for person in people])
        self.office = Office(self.desk, Time(), Pigeon("none"))

    def _plan(self, work: Work, residents: Sequence[int]) -> int:
        return broadcasts.plan(work, kind=KIND, ref="un", lane=Lane.NEWS, starts_at=work.now).id

    def got(self) -> dict[int, int]:
        """How many messages each person has."""
        return {chat: len(self._telegram.user(chat).bot_messages) for chat in self.chats}

    def reached(self) -> int:
        return self._telegram.counts["sendMessage 200"]

    async def until_reached(self, count: int, seconds: float = 20.0) -> float:
        """Gives the seconds it took."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        assert await self._telegram.answered.until(lambda: self.reached() >= count, seconds)
        return loop.time() - began

    async def until_ended(self, seconds: float = 60.0) -> None:
        await until(lambda: self.office.one(self.number).ended_at is not None, "the broadcast to end", seconds)

    def assert_nobody_twice_and_nobody_lost(self, most_unknown: int) -> None:
        figures = self.office.assert_counted(self.number)
        got = self.got()
        assert max(got.values()) == 1
        assert figures.sent + figures.unknown == len(self.chats)
        assert figures.sent <= sum(got.values())
        assert len(self.chats) - sum(got.values()) <= figures.unknown <= most_unknown
        assert self.office.one(self.number).state is State.DONE


class TownWithNews(Town):
    """What is broadcast is a real alert, at whatever hour of the night this test is run."""

    def _plan(self, work: Work, residents: Sequence[int]) -> int:
        for resident in residents:
            choose_news(work, resident, ["alert"], [1])
        item = an_item(work, "Crue de la Valombre", topic="alert", starts_at=work.now, broadcast_state="planned")
        assert item.broadcast_id is not None
        return item.broadcast_id


@pytest.fixture
async def telegram() -> AsyncIterator[BotApiServer]:
    async with BotApiServer(haste=0.02) as server:
        yield server


def in_hand(rate: int) -> int:
    """Letters in hand at most, with answers within a quarter of a second on a busy machine."""
    return int((0.25 + 0.25) * rate) + 2


def settings(folder: Path, database: str, telegram: BotApiServer, rate: int = RATE) -> dict[str, str]:
    return {
        "PARVIS_DATA": str(folder),
        "PARVIS_DATABASE_URL": database,
        "PARVIS_CITY": str(VALOMBRE),
        "PARVIS_HTTP": f"127.0.0.1:{_free_port()}",
        "PARVIS_TELEGRAM_TOKEN": telegram.token,
        "PARVIS_TELEGRAM_API": telegram.address,
        "RATE": str(rate),
    }


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def killed_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'parvis.db'}"
    address: str = request.getfixturevalue("blank_postgres")
    return address


@pytest.mark.timeout(400)
async def test_killed_again_and_again_nobody_gets_it_twice_and_nobody_is_lost_uncounted(
    tmp_path: Path, killed_database: str, forked: Forked, telegram: BotApiServer
) -> None:
    people, kills = SIZES[killed_database.partition(":")[0]]
    town = Town(killed_database, telegram, people)
    await killed_again_and_again(town, kills, forked, settings(tmp_path, killed_database, telegram, KILLED_AT))


async def test_news_amid_which_the_process_is_killed_come_once(
    tmp_path: Path, killed_database: str, forked: Forked, telegram: BotApiServer
) -> None:
    town = TownWithNews(killed_database, telegram, 1000)
    await killed_again_and_again(town, 5, forked, settings(tmp_path, killed_database, telegram, KILLED_AT))
    said = [telegram.user(chat).bot_messages[-1].text for chat in town.chats if telegram.user(chat).bot_messages]
    assert all("Crue de la Valombre" in words for words in said)


async def killed_again_and_again(town: Town, kills: int, forked: Forked, served: dict[str, str]) -> None:
    lots = random.Random(20261127)
    lost = 0
    for _kill in range(kills):
        pid = await forked.start(**served)
        if lots.random() < AMID:
            await town.until_reached(town.reached() + lots.randint(1, MOST_BEFORE))
        await asyncio.sleep(lots.uniform(0.0, bulk.EVERY))  # any moment of a round will do: no result hangs on it
        await forked.end(pid, signal.SIGKILL)
        left = town.office.states(town.number).get("sending", 0)
        assert left <= in_hand(KILLED_AT)
        lost += left
    assert town.reached() > AMID * kills / 2
    assert town.office.one(town.number).ended_at is None
    await forked.start(**served)
    await town.until_ended()
    town.assert_nobody_twice_and_nobody_lost(lost)


async def test_stopped_in_good_order_within_ten_seconds_nothing_is_unknown(
    tmp_path: Path, forked: Forked, telegram: BotApiServer
) -> None:
    database = f"sqlite:///{tmp_path / 'parvis.db'}"
    town = Town(database, telegram, 600)
    served = settings(tmp_path, database, telegram)
    before = len(forked.said())
    pid = await forked.start(**served)
    await town.until_reached(100)
    assert await forked.end(pid) < 10
    assert "raised an exception" not in forked.said()[before:]
    assert town.reached() < 600
    assert set(town.office.states(town.number)) == {"sent", "queued"}
    await forked.start(**served)
    await town.until_ended()
    town.assert_nobody_twice_and_nobody_lost(0)


@pytest.mark.postgres
async def test_of_two_processes_the_other_takes_over_within_ten_seconds_and_nothing_is_sent_twice(
    tmp_path: Path, blank_postgres: str, forked: Forked, telegram: BotApiServer
) -> None:
    town = Town(blank_postgres, telegram, 1500)
    first, second = settings(tmp_path, blank_postgres, telegram), settings(tmp_path, blank_postgres, telegram)
    sender = await forked.start(**first)
    await town.until_reached(100)
    await forked.start(**second)
    before = town.reached()
    await town.until_reached(before + 50)
    await forked.end(sender, signal.SIGKILL)
    assert await town.until_reached(town.reached() + 10) < 10
    await town.until_ended()
    town.assert_nobody_twice_and_nobody_lost(in_hand(RATE))
