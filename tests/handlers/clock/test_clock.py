"""The clock wakes the bot: what is due is done once, however often and by however many it is looked at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from bot.city.model import City
from bot.news.choose import subscribe
from bot.news.feeds import Taken
from bot.news.model import Choices, Rhythm
from bot.pictures.keep import Pictures
from bot.storage.database import open_database
from bot.storage.work import Desk, Work
from bot.upkeep import upkeep
from flows.engine.scene import Stage
from handlers.clock import clock as clocks
from handlers.clock.clock import MUCH, Clock
from tests.kit import news
from tests.kit.clock import Time
from tests.kit.residents import House, Resident
from tests.kit.waiting import until

DAY = timedelta(days=1)


@pytest.fixture
async def second(database: str, stage: Stage, time: Time, house: House) -> AsyncIterator[House]:
    """Another process on the same database."""
    desk = Desk(open_database(database), time.now)
    async with House(desk, stage, time) as other:
        yield other
    desk.close()


@pytest.fixture
def clock(house: House) -> Iterator[Clock]:
    clock = Clock(house.desk, house.reception, {})
    yield clock
    clock.stop()


async def leaves_a_draft(resident: Resident) -> None:
    await resident.says("/signaler")
    await resident.says("passer")


async def test_two_clocks_that_tick_at_once_remind_once(
    house: House, second: House, resident: Resident, time: Time
) -> None:
    await leaves_a_draft(resident)
    time.advance(DAY)
    await asyncio.gather(house.clock.look_at_drafts(), second.clock.look_at_drafts())
    said = [message.text for message in (*resident.messages, *(one.message for one in second.posted))]
    assert sum("Vous aviez commencé" in text for text in said) == 1


async def test_a_draft_that_is_due_for_both_reasons_is_only_forgotten(
    house: House, resident: Resident, time: Time
) -> None:
    await leaves_a_draft(resident)
    before = len(resident.messages)
    time.advance(3 * DAY)  # the bot was off: the reminder was never sent
    assert await house.clock.look_at_drafts() == 2
    assert len(resident.messages) == before
    assert resident.conversation.talks == []


async def test_an_answer_given_meanwhile_makes_the_reminder_harmless(
    house: House, resident: Resident, time: Time
) -> None:
    await leaves_a_draft(resident)
    time.advance(DAY)
    await asyncio.gather(resident.shares(46.5072, 7.4104), house.clock.look_at_drafts())
    assert "Vous aviez commencé" not in resident.screen
    assert "De quoi s’agit-il" in resident.screen


async def test_upkeep_does_every_job_and_says_how_much_was_forgotten(
    house: House, resident: Resident, valombre: City, tmp_path: Path, time: Time
) -> None:
    await resident.says("/aide")
    time.advance(21 * DAY)
    clock = Clock(house.desk, house.reception, upkeep(valombre, Pictures(tmp_path / "photos")))
    done = await clock.keep_up()
    assert set(done) == {
        "heard", "secrets", "letters", "web", "reporters", "news", "residents", "pictures", "audit", "invitations",
        "entries of feeds", "answers to news", "silent readers", "previews", "broadcasts",
    }  # fmt: skip
    assert done["heard"] == 1
    assert await clock.keep_up() == dict.fromkeys(done, 0)


async def test_a_job_with_much_to_forget_goes_on_until_it_is_done(house: House) -> None:
    left = [MUCH, MUCH, 3, 5]
    clock = Clock(house.desk, house.reception, {"letters": lambda _work: left.pop(0)})
    assert await clock.keep_up() == {"letters": 2 * MUCH + 3}
    assert left == [5]


async def test_a_job_that_fails_does_not_keep_the_others_from_being_done(house: House) -> None:
    done: list[str] = []

    def fails(_work: Work) -> int:
        raise OperationalError("DELETE", {}, Exception("the disk is full"))

    def works(_work: Work) -> int:
        done.append("works")
        return 1

    clock = Clock(house.desk, house.reception, {"first": fails, "second": works})
    assert await clock.keep_up() == {"second": 1}
    assert done == ["works"]


async def test_a_clock_that_ticks_while_parvis_stops_fails_nobody(house: House, resident: Resident, time: Time) -> None:
    await leaves_a_draft(resident)
    time.advance(DAY)
    house.reception.close()
    assert await house.clock.look_at_drafts() == 1


async def test_the_clock_starts_and_stops_as_often_as_asked(clock: Clock) -> None:
    clock.stop()
    clock.start()
    clock.stop()
    clock.stop()


async def test_the_clock_looks_at_what_the_roof_wants_and_a_failure_stops_nothing(house: House) -> None:
    waiting = [3, 2]

    def fails(_work: Work) -> int:
        raise OperationalError("SELECT", {}, Exception("the database is away"))

    def works(_work: Work) -> int:
        return waiting.pop(0) if waiting else 0

    ticks = {"feeds": (DAY, fails), "news": (timedelta(seconds=5), works)}
    clock = Clock(house.desk, house.reception, {}, ticks)
    clock.start()
    assert await clock.do_what_is_due() == {"feeds": 0, "news": 5}
    assert await clock.tick("news") == 0
    clock.stop()


async def test_two_clocks_that_tick_at_once_send_one_digest(
    house: House, second: House, resident: Resident, time: Time
) -> None:
    await resident.says("/aide")
    city = house.stage.city

    def asks(work: Work) -> None:
        number = news.resident_number(work, resident.external)
        subscribe(work, city, Choices(number, rhythm=Rhythm.DAILY, quartiers=(1,), topics=("fairs",)))

    await house.desk.run(asks)
    time.advance(timedelta(hours=1))
    await house.desk.run(lambda work: news.an_item(work, "Foire", starts_at=work.now))
    time.advance(timedelta(hours=7))
    done = await asyncio.gather(house.clock.do_what_is_due(), second.clock.do_what_is_due())
    assert sum(one["digests"] for one in done) == 1
    await house.carry_due()
    assert [message.title for message in resident.messages].count("Les actualités du jour") == 1


def slow_tick(house: House, begun: asyncio.Event, go: asyncio.Event) -> tuple[Clock, list[int]]:
    """A clock whose only feed answers when told, and what came of it."""
    done: list[int] = []

    class Slow:
        async def read_due(self) -> list[Taken]:
            begun.set()
            await go.wait()
            done.append(1)
            return []

    return Clock(house.desk, house.reception, {}, feeds=Slow()), done


async def test_a_tick_under_way_ends_before_the_clock_does(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clocks, "FEEDS_EVERY", timedelta(seconds=1))
    begun, go = asyncio.Event(), asyncio.Event()
    clock, done = slow_tick(house, begun, go)
    clock.start()
    await asyncio.wait_for(begun.wait(), 20)
    clock.stop()
    ended = asyncio.create_task(clock.ended())
    await asyncio.sleep(0)
    assert not ended.done()
    go.set()
    await asyncio.wait_for(ended, 20)
    assert done == [1]
    assert [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


async def test_a_tick_that_takes_too_long_is_interrupted_without_a_fault(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clocks, "FEEDS_EVERY", timedelta(seconds=1))
    caplog.set_level("INFO")
    begun = asyncio.Event()
    clock, done = slow_tick(house, begun, asyncio.Event())
    clock.start()
    await asyncio.wait_for(begun.wait(), 20)
    clock.stop()
    ended = asyncio.create_task(clock.ended())
    await asyncio.sleep(0)
    ended.cancel()
    await until(lambda: "is interrupted; the next tick goes on." in caplog.text, "the tick to be interrupted")
    await until(lambda: not clock._under_way, "the tick to end")
    assert done == []
    assert [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


async def test_a_clock_that_stops_leaves_the_rounds_that_are_left_to_the_next_start(house: House) -> None:
    rounds: list[int] = []

    def tick(_work: Work) -> int:
        rounds.append(1)
        if len(rounds) == 3:
            clock.stop()
        return 1

    clock = Clock(house.desk, house.reception, {"drops": tick}, {"much": (timedelta(seconds=30), tick)})
    assert await clock.tick("much") == 3
    assert await clock.keep_up() == {}
