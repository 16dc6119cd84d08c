"""How fast letters leave."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from bot.delivery import pace as gates
from bot.delivery.model import Lane, Letter, Message, Throttled, Withdrawn
from handlers.telegram import outgoing
from handlers.telegram import pace as paces
from handlers.telegram.pace import FREE, MARGIN, Pace
from tests.handlers.telegram.rig import House
from tests.kit.telegram import BotApiServer, TelegramUser
from tests.kit.waiting import until


class Time:
    """A clock that moves only when somebody waits."""

    def __init__(self) -> None:
        self.now = 100.0
        self.waits: list[float] = []

    def clock(self) -> float:
        return self.now

    async def wait(self, seconds: float) -> None:
        self.waits.append(round(seconds, 6))
        self.now += seconds


def pace_with(time: Time, in_one_chat: float | None) -> Pace:
    return Pace(None, in_one_chat, clock=time.clock, wait=time.wait)


async def send(pace: Pace, chat: int, count: int = 1) -> None:
    async with pace.turn(chat, count):
        pass


async def test_a_person_gets_three_messages_at_once_then_one_a_second() -> None:
    time = Time()
    pace = pace_with(time, 1.0)
    for _message in range(6):
        await send(pace, 5)
    assert time.waits == [1.0 + MARGIN, 1.0, 1.0]


async def test_after_a_silence_the_burst_is_whole_again() -> None:
    time = Time()
    pace = pace_with(time, 1.0)
    for _message in range(3):
        await send(pace, 5)
    time.now += 60
    for _message in range(3):
        await send(pace, 5)
    assert time.waits == []


async def test_an_album_counts_for_as_many_messages_as_it_has() -> None:
    time = Time()
    pace = pace_with(time, 1.0)
    await send(pace, 5, 3)
    await send(pace, 5)
    assert time.waits == [1.0 + MARGIN]


async def test_a_group_gets_fewer_than_twenty_a_minute() -> None:
    time = Time()
    pace = pace_with(time, 1.0)
    sent: list[float] = []
    for _message in range(60):
        await send(pace, -100)
        sent.append(time.now)
    assert max(sum(start <= at < start + 60 for at in sent) for start in sent) in (18, 19)


async def test_without_limits_nobody_waits() -> None:
    time = Time()
    pace = pace_with(time, None)
    for _message in range(1000):
        await send(pace, 5)
    assert time.waits == []


def test_what_the_town_does_not_pay_for_is_thirty_a_second() -> None:
    assert not Pace().is_paid
    assert Pace(1000).is_paid


async def test_what_is_not_paid_for_stays_within_what_is_free() -> None:
    time = Time()
    pace = Pace(1000, None, clock=time.clock)
    for _reply in range(FREE):
        await pace.turn(5).__aenter__()
    reply, edit = (asyncio.create_task(pace.turn(6, lane=lane).__aenter__()) for lane in (Lane.REPLY, Lane.EDIT))
    await pace.turn(7, lane=Lane.NEWS, paid=True).__aenter__()  # at once
    assert not reply.done()
    assert not edit.done()
    pace.refused(timedelta(seconds=3))
    for waiting in (reply, edit):
        with pytest.raises(Throttled):
            await waiting
    assert pace.gate is not None
    assert pace.gate.refusals == 1


async def test_a_call_that_was_not_made_leaves_its_place_at_every_gate() -> None:
    time = Time()
    pace = Pace(31, None, clock=time.clock)
    for _reply in range(FREE - 1):
        await pace.turn(5).__aenter__()
    for _withdrawn in range(3):
        with pytest.raises(Withdrawn):
            async with pace.turn(5):
                raise Withdrawn
    await pace.turn(5).__aenter__()


async def test_people_who_wait_for_nothing_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paces, "MOST_CHATS", 10)
    time = Time()
    pace = pace_with(time, 1.0)
    for person in range(1, 101):
        await send(pace, person)
        time.now += 2
    assert len(pace._chats) <= 10


async def test_a_telegram_that_counts_never_has_to_refuse_us(
    telegram: BotApiServer, tmp_path: Path, camille: TelegramUser, samir: TelegramUser
) -> None:
    telegram.rates.on = True
    async with House(telegram, tmp_path, pace=Pace(25.0, 20.0)) as house:
        telegram.rates.chat_seconds = 0.05
        letters = [
            Letter(number, 1, "telegram", str(person.id), Lane.REPLY, Message(f"{number}"))
            for number, person in enumerate([camille, samir] * 5)
        ]
        await asyncio.gather(*(house.door.channel.deliver(letter) for letter in letters))
    assert (telegram.rates.accepted, telegram.rates.refused) == (10, 0)


async def test_a_letter_that_only_waited_for_its_turn_costs_no_try(
    telegram: BotApiServer, tmp_path: Path, camille: TelegramUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "ONE_LETTER", 0.2)
    async with House(telegram, tmp_path, pace=Pace(1, None)) as house:
        first, second = (Letter(at, 1, "telegram", str(camille.id), Lane.REPLY, Message(f"{at}")) for at in (1, 2))
        await house.door.channel.deliver(first)
        with pytest.raises(Throttled):
            await house.door.channel.deliver(second)
    assert [message.text for message in camille.bot_messages] == ["1"]


async def test_news_keep_still_from_what_somebody_says_until_it_is_answered(
    telegram: BotApiServer, tmp_path: Path, camille: TelegramUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gates, "STILL", 60.0)
    pace, hold = Pace(30, None), threading.Event()
    async with House(telegram, tmp_path, pace=pace, mode="webhook") as house:
        await house.door.opened.wait()
        assert house.reception.awaited_for == 0.0
        writing = asyncio.create_task(house.desk.run(lambda _work: hold.wait(30)))
        camille.says("lampe")
        await until(lambda: house.reception.awaited_for > 0.0, "the words to arrive")
        news = asyncio.create_task(pace.turn(9, lane=Lane.NEWS).__aenter__())
        await pace.turn(8).__aenter__()  # a reply passes
        assert not news.done()
        hold.set()
        await asyncio.wait_for(news, 10)
        assert house.reception.awaited_for == 0.0
        await writing
