"""Outside private chats: one word to a group that calls, none in a channel."""

from __future__ import annotations

from pathlib import Path

import pytest

from handlers.telegram.groups import QUIET
from handlers.telegram.pace import Pace
from tests.handlers.telegram.rig import House
from tests.kit.telegram import BotApiServer, TelegramUser
from tests.kit.telegram.world import Query
from tests.kit.waiting import until

PRIVATE = "Je réponds en privé"


@pytest.mark.parametrize("call", ["/signaler", "/signaler@parvis_test_bot", "Bonjour @Parvis_Test_Bot !"])
async def test_a_group_that_calls_is_told_where_the_bot_answers(
    telegram: BotApiServer, house: House, camille: TelegramUser, call: str
) -> None:
    group = telegram.group(members=[camille], bot_is_administrator=True)
    camille.says_in(group, call)
    told = await group.wait_for(PRIVATE)
    assert "https://t.me/parvis_test_bot" in told.text
    assert told.wire["reply_to_message"]["message_id"] == next(iter(group.chat.messages))


async def test_a_group_is_told_once_an_hour_and_never_what_it_says_to_others(
    telegram: BotApiServer, house: House, camille: TelegramUser
) -> None:
    now = 1000.0
    house.door._groups._clock = lambda: now
    group = telegram.group(members=[camille], bot_is_administrator=True)
    camille.says_in(group, "Il fait beau à Valombre.")
    camille.says_in(group, "/aide@un_autre_bot")
    camille.says_in(group, "/aide")
    await group.wait_for(PRIVATE)
    now += QUIET - 1
    camille.says_in(group, "/aide")
    assert await telegram.all_delivered()
    now += 2
    camille.says_in(group, "/aide")
    await group.wait_for(lambda message: message.wire["reply_to_message"]["text"] == "/aide" and message.id > 5)
    assert len(group.bot_messages) == 2


async def test_nobody_in_a_group_becomes_a_resident(
    telegram: BotApiServer, house: House, camille: TelegramUser
) -> None:
    group = telegram.group(members=[camille])
    camille.says_in(group, "/mots")
    await group.wait_for(PRIVATE)
    assert house.reception.taken == 0


async def test_a_button_pressed_in_a_group_is_answered(
    telegram: BotApiServer, house: House, camille: TelegramUser
) -> None:
    telegram.world.queries["77"] = Query(camille.id, telegram.now())
    telegram.push(
        {
            "callback_query": {
                "id": "77",
                "from": camille.wire,
                "message": {"message_id": 1, "chat": {"id": -5, "type": "supergroup"}, "date": 0},
                "data": "x",
            }
        }
    )
    await camille.chat.bell.until(lambda: telegram.world.queries["77"].answered, 5)
    assert telegram.world.queries["77"].answered
    assert house.reception.taken == 0


async def test_a_channel_is_left_without_a_word(telegram: BotApiServer, house: House, camille: TelegramUser) -> None:
    channel = telegram.group(members=[camille])
    member = {"user": camille.wire, "status": "administrator"}
    telegram.push(
        {
            "my_chat_member": {
                "chat": {"id": channel.id, "type": "channel", "title": "Infos"},
                "from": camille.wire,
                "date": 1_795_000_000,
                "old_chat_member": member,
                "new_chat_member": member,
            }
        }
    )
    await telegram.updates.bell.until(lambda: channel.chat.bot_status == "left", 5)
    assert channel.chat.bot_status == "left"
    assert channel.bot_messages == []


async def test_a_group_where_the_bot_may_not_write_harms_nothing(
    telegram: BotApiServer, house: House, camille: TelegramUser
) -> None:
    group = telegram.group(members=[camille], bot_is_administrator=True)
    camille.says_in(group, "/aide")
    group.chat.bot_status = "kicked"
    camille.says("/mots")
    await camille.wait_for("Quels mots ?")


async def test_while_telegram_wants_nothing_groups_are_told_nothing_and_may_ask_again_after(
    telegram: BotApiServer, tmp_path: Path, camille: TelegramUser
) -> None:
    now = 1000.0
    pace = Pace(30, None, clock=lambda: now)
    gate = pace.gate
    assert gate is not None
    groups = [telegram.group(members=[camille], bot_is_administrator=True) for _each in range(3)]
    async with House(telegram, tmp_path, pace=pace) as house:
        telegram.fault("sendMessage", 429, retry_after=30, contains=str(camille.id))
        camille.says("/mots")
        await until(lambda: gate.refusals == 1, "the refusal to be known")
        for group in groups:
            camille.says_in(group, "/aide")
        await until(lambda: house.door._groups.put_off == len(groups), "the words to the groups to be given up")
        assert len(telegram.calls_of("sendMessage")) == 1
        now += 31
        camille.says_in(groups[0], "/aide")
        await groups[0].wait_for(PRIVATE)
    assert [len(group.bot_messages) for group in groups] == [1, 0, 0]


async def test_what_telegram_refuses_to_a_group_holds_for_all_that_is_sent(
    telegram: BotApiServer, tmp_path: Path, camille: TelegramUser
) -> None:
    pace = Pace(30, None)
    gate = pace.gate
    assert gate is not None
    first, second = (telegram.group(members=[camille], bot_is_administrator=True) for _each in range(2))
    async with House(telegram, tmp_path, pace=pace) as house:
        telegram.fault("sendMessage", 429, retry_after=30, contains=str(first.id))
        camille.says_in(first, "/aide")
        await until(lambda: gate.refusals == 1, "the refusal to be known")
        assert 25 < gate.closed_for <= 30
        camille.says_in(second, "/aide")
        camille.says("/mots")
        await until(lambda: house.door._groups.put_off == 2, "the words to the second group to be given up")
        await until(lambda: house.reception.taken == 1 and house.postman.idle, "the answer to be put off")
    assert len(telegram.calls_of("sendMessage")) == 1
