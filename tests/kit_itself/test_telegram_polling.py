"""How a polling bot gets its updates: offset, one consumer, lifetimes, poison."""

from __future__ import annotations

import asyncio

import pytest
import telegram as ptb
from aiogram import Bot
from aiogram.exceptions import ClientDecodeError

from tests.kit.bare import Bare
from tests.kit.telegram import BotApiServer, Json, TelegramUser

POISON: Json = {
    "message": {
        "message_id": 1,
        "date": 1,
        "chat": {"id": 5, "type": "private", "first_name": "Ana"},
        "from": {"id": 5, "is_bot": False, "first_name": "Ana"},
        "forward_origin": {"type": "hidden_user", "date": 1},
        "text": "transféré",
    }
}


async def ids(call: Bare, **parameters: object) -> list[int]:
    return [update["update_id"] for update in await call.result("getUpdates", **parameters)]


async def test_an_offset_confirms_what_is_before(telegram: BotApiServer, call: Bare, camille: TelegramUser) -> None:
    first, second, third = (camille.says(text) for text in ("un", "deux", "trois"))
    assert await ids(call, limit=2) == [first, second]
    assert await ids(call) == [first, second, third]
    assert await ids(call, offset=second) == [second, third]
    assert await ids(call) == [second, third]
    assert await ids(call, offset=-1) == [third]
    assert await ids(call, offset=third + 1) == []
    assert await telegram.all_delivered(0)


async def test_a_long_poll_ends_when_something_happens(
    telegram: BotApiServer, call: Bare, camille: TelegramUser
) -> None:
    waiting = asyncio.create_task(ids(call, timeout=30))
    while not telegram.calls_of("getUpdates"):
        await call.result("getMe")
    assert not waiting.done()
    update_id = camille.says("Bonjour")
    assert await asyncio.wait_for(waiting, 5) == [update_id]


async def test_a_client_that_hangs_up_is_no_second_consumer(telegram: BotApiServer, call: Bare) -> None:
    waiting = asyncio.create_task(ids(call, timeout=30))
    while not telegram.calls_of("getUpdates"):
        await call.result("getMe")
    waiting.cancel()
    while "getUpdates 0" not in telegram.counts:
        await call.result("getMe")
    assert await ids(call) == []
    assert [each.status for each in telegram.calls_of("getUpdates")] == [0, 200]


async def test_a_second_consumer_ends_the_first(telegram: BotApiServer, call: Bare, camille: TelegramUser) -> None:
    first = asyncio.create_task(call("getUpdates", timeout=30))
    while not telegram.calls_of("getUpdates"):
        await call.result("getMe")
    second = asyncio.create_task(call("getUpdates", timeout=30))
    body = await asyncio.wait_for(first, 5)
    assert body["error_code"] == 409
    assert body["description"].startswith("Conflict: terminated by other getUpdates request")
    camille.says("Bonjour")
    assert len((await second)["result"]) == 1


async def test_getupdates_and_a_webhook_exclude_each_other(call: Bare) -> None:
    await call.result("setWebhook", url="http://127.0.0.1:9/hook")
    body = await call("getUpdates")
    assert (body["error_code"], body["description"]) == (
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    )
    await call.result("deleteWebhook")
    assert await call.result("getUpdates") == []


async def test_taps_live_150_seconds_and_messages_a_day(
    telegram: BotApiServer, call: Bare, camille: TelegramUser
) -> None:
    camille.presses_data(1, "x")
    message = camille.says("Bonjour")
    telegram.later(151)
    assert await ids(call) == [message]
    telegram.later(86_400)
    assert await ids(call) == []


async def test_kinds_that_were_not_asked_for_do_not_come(call: Bare, camille: TelegramUser) -> None:
    await call.result("getUpdates", allowed_updates=["callback_query"])
    assert camille.says("Bonjour") == 0
    tap = camille.presses_data(1, "x")
    assert await ids(call, allowed_updates=[]) == [tap]
    assert camille.says("Bonjour") > 0
    refusal = await call.refusal("getUpdates", allowed_updates=["mesage"])
    assert refusal.startswith("Bad Request: strict: allowed_updates must be one of message, edited_message")


async def test_a_poisoned_update_stops_both_clients_until_it_is_confirmed(
    telegram: BotApiServer, aiogram_bot: Bot, ptb_bot: ptb.Bot, camille: TelegramUser
) -> None:
    poison = telegram.push(POISON)
    camille.says("Bonjour")
    for _ in range(2):
        with pytest.raises(ClientDecodeError):
            await aiogram_bot.get_updates()
        with pytest.raises((TypeError, KeyError)):
            await ptb_bot.get_updates()
    [update] = await aiogram_bot.get_updates(offset=poison + 1)
    assert update.message and update.message.text == "Bonjour"


async def test_an_update_can_come_twice_and_ids_can_jump(telegram: BotApiServer, call: Bare) -> None:
    again = telegram.push(POISON)
    assert await ids(call, offset=again) == [again]
    telegram.push({**POISON, "update_id": again})
    telegram.push({**POISON, "update_id": 12})
    assert await ids(call) == [12, again]
