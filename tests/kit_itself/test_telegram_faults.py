"""Failures on order, the pace, and the meter."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Literal

import pytest
import telegram as ptb
from aiogram import Bot
from aiogram.exceptions import (
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiohttp import ClientSession
from telegram.error import ChatMigrated, Forbidden, NetworkError, RetryAfter

from tests.kit.bare import Bare
from tests.kit.telegram import BotApiServer, TelegramUser

pytestmark = pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")


async def test_aiogram_reads_every_failure(telegram: BotApiServer, aiogram_bot: Bot, camille: TelegramUser) -> None:
    telegram.fault("sendMessage", 429, retry_after=7)
    with pytest.raises(TelegramRetryAfter) as flood:
        await aiogram_bot.send_message(camille.id, "x")
    assert flood.value.retry_after == 7
    telegram.fault("sendMessage", 502)
    with pytest.raises(TelegramServerError):
        await aiogram_bot.send_message(camille.id, "x")
    telegram.fault("sendMessage", 403)
    with pytest.raises(TelegramForbiddenError):
        await aiogram_bot.send_message(camille.id, "x")
    group = telegram.group(supergroup=False)
    telegram.migrate(group)
    with pytest.raises(TelegramMigrateToChat):
        await aiogram_bot.send_message(group.id, "x")
    assert camille.messages == []


async def test_python_telegram_bot_reads_every_failure(
    telegram: BotApiServer, ptb_bot: ptb.Bot, camille: TelegramUser
) -> None:
    telegram.fault("sendMessage", 429, retry_after=7)
    with pytest.raises(RetryAfter):
        await ptb_bot.send_message(camille.id, "x")
    telegram.fault("sendMessage", 502)
    with pytest.raises(NetworkError):
        await ptb_bot.send_message(camille.id, "x")
    telegram.fault("sendMessage", 403)
    with pytest.raises(Forbidden):
        await ptb_bot.send_message(camille.id, "x")
    group = telegram.group(supergroup=False)
    moved = telegram.migrate(group)
    with pytest.raises(ChatMigrated) as migrated:
        await ptb_bot.send_message(group.id, "x")
    assert migrated.value.new_chat_id == moved.id


async def test_a_fault_spoils_only_what_it_concerns(telegram: BotApiServer, call: Bare, camille: TelegramUser) -> None:
    telegram.fault("sendMessage", 500, times=2, contains="lampe")
    await call.result("sendMessage", chat_id=camille.id, text="Bonjour")
    for _ in range(2):
        assert await call.refusal("sendMessage", chat_id=camille.id, text="Une lampe") == "Internal Server Error"
    await call.result("sendMessage", chat_id=camille.id, text="Une lampe")
    assert [message.text for message in camille.messages] == ["Bonjour", "Une lampe"]


@pytest.mark.parametrize(("drop", "shown"), [("before", []), ("after", ["Bonjour"])])
async def test_a_dropped_connection_leaves_the_bot_in_doubt(
    telegram: BotApiServer, aiogram_bot: Bot, camille: TelegramUser, drop: Literal["before", "after"], shown: list[str]
) -> None:
    telegram.fault("sendMessage", drop=drop)
    with pytest.raises(TelegramNetworkError):
        await aiogram_bot.send_message(camille.id, "Bonjour")
    assert [message.text for message in camille.messages] == shown


async def test_latency_is_added(telegram: BotApiServer, call: Bare) -> None:
    telegram.latency = 0.05
    started = time.monotonic()
    await call.result("getMe")
    assert time.monotonic() - started >= 0.05


class Hand:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
async def paced(hand: Hand) -> AsyncIterator[tuple[BotApiServer, Bare]]:
    async with BotApiServer(rates=True, monotonic=hand) as server, ClientSession() as session:
        yield server, Bare(server, session)


async def test_a_chat_takes_a_small_burst_then_one_a_second(paced: tuple[BotApiServer, Bare], hand: Hand) -> None:
    server, call = paced
    person = server.user(known=True)
    for _ in range(3):
        await call.result("sendMessage", chat_id=person.id, text="x")
    body = await call("sendMessage", chat_id=person.id, text="x")
    assert (body["error_code"], body["parameters"]) == (429, {"retry_after": 1})
    hand.seconds += 1
    await call.result("sendMessage", chat_id=person.id, text="x")
    assert (await call("sendMessage", chat_id=person.id, text="x"))["error_code"] == 429
    assert (server.rates.accepted, server.rates.refused) == (4, 2)


async def test_thirty_a_second_in_all_and_the_meter_knows(paced: tuple[BotApiServer, Bare], hand: Hand) -> None:
    server, call = paced
    people = [server.user(known=True) for _ in range(40)]
    answers = await asyncio.gather(*(call("sendMessage", chat_id=each.id, text="x") for each in people))
    assert sum(answer["ok"] for answer in answers) == 30
    assert server.rates.highest_in_a_second == 30
    hand.seconds += 1
    await call.result("sendMessage", chat_id=people[39].id, text="x")
    assert server.rates.highest_in_a_second == 30


async def test_a_group_takes_twenty_a_minute(paced: tuple[BotApiServer, Bare], hand: Hand) -> None:
    server, call = paced
    group = server.group()
    for _ in range(20):
        await call.result("sendMessage", chat_id=group.id, text="x")
    hand.seconds += 30
    body = await call("sendMessage", chat_id=group.id, text="x")
    assert body["parameters"] == {"retry_after": 30}
    hand.seconds += 30
    await call.result("sendMessage", chat_id=group.id, text="x")


async def test_the_meter_runs_when_the_limits_are_off(
    telegram: BotApiServer, call: Bare, camille: TelegramUser
) -> None:
    await asyncio.gather(*(call.result("sendMessage", chat_id=camille.id, text="x") for _ in range(50)))
    assert (telegram.rates.accepted, telegram.rates.refused) == (50, 0)
    assert 1 <= telegram.rates.highest_in_a_second <= 50


async def test_a_refused_send_does_not_count(telegram: BotApiServer, call: Bare, camille: TelegramUser) -> None:
    camille.blocks()
    await call.refusal("sendMessage", chat_id=camille.id, text="x")
    assert telegram.rates.accepted == 0
