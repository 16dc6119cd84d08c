"""Delivery by Telegram to our own address, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from handlers.telegram.webhook import LARGEST, secret_of
from tests.handlers.telegram.rig import House
from tests.handlers.telegram.test_telegram_intake import NOT_UTF_8, Outage, Shelf
from tests.kit.telegram import BotApiServer, TelegramUser

SECRET = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
async def open_house(telegram: BotApiServer, tmp_path: Path) -> AsyncIterator[House]:
    async with House(telegram, tmp_path, mode="webhook") as opened:
        yield opened


@pytest.fixture
async def stranger() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


def address(house: House) -> str:
    return f"http://127.0.0.1:{house.port}/telegram/webhook"


async def test_a_conversation_goes_through_the_webhook(open_house: House, camille: TelegramUser, jpeg: bytes) -> None:
    camille.says("/lampe")
    await camille.wait_for("Envoyez une photo.")
    camille.sends_photo(jpeg)
    await camille.wait_for("Où est-ce ?")
    camille.presses("📍 Ma position")
    await camille.wait_for("Qu’a-t-elle ?")
    camille.presses("Éteinte")
    await camille.wait_for("Merci : 1 photo, lampe noire")


async def test_somebody_else_is_answered_while_a_photo_hangs(
    telegram: BotApiServer, tmp_path: Path, camille: TelegramUser, samir: TelegramUser, jpeg: bytes
) -> None:
    shelf = Shelf(jpeg)
    async with House(telegram, tmp_path, mode="webhook", fetch=shelf.fetch) as house:
        camille.says("/galerie")
        await camille.wait_for("Des photos ?")
        camille.sends_photo(jpeg)
        await shelf.asked.wait()
        samir.says("/mots")
        await samir.wait_for("Quels mots ?")
        assert await telegram.all_delivered()
        assert await house.kept() == 1
        shelf.open.set()
        await camille.wait_for("Est-ce tout ?")


async def test_telegram_is_told_the_secret_the_kinds_and_to_drop_nothing(
    telegram: BotApiServer, open_house: House, camille: TelegramUser
) -> None:
    camille.says("/mots")
    await camille.wait_for("Quels mots ?")
    given = telegram.calls_of("setWebhook")[0].parameters
    assert given["url"] == address(open_house)
    assert given["secret_token"] == secret_of(telegram.token)
    assert given["allowed_updates"] == ["message", "edited_message", "callback_query", "my_chat_member"]
    assert not given.get("drop_pending_updates")


@pytest.mark.parametrize("headers", [{}, {SECRET: "wrong"}, {SECRET: "é"}])
async def test_without_the_secret_nothing_is_taken(
    open_house: House, stranger: ClientSession, headers: dict[str, str]
) -> None:
    async with stranger.post(address(open_house), data=b'{"update_id": 1}', headers=headers) as answer:
        assert answer.status == 403
    assert open_house.reception.taken == 0


async def test_only_post_is_a_delivery(open_house: House, stranger: ClientSession) -> None:
    async with stranger.get(address(open_house)) as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")


async def test_a_body_larger_than_any_update_is_refused_announced_or_not(
    telegram: BotApiServer, open_house: House, stranger: ClientSession
) -> None:
    headers = {SECRET: secret_of(telegram.token)}

    async def unannounced() -> AsyncIterator[bytes]:
        for _chunk in range(LARGEST // 65_536 + 2):
            yield b" " * 65_536

    async with stranger.post(address(open_house), data=b" " * (LARGEST + 1), headers=headers) as answer:
        assert answer.status == 413
    async with stranger.post(address(open_house), data=unannounced(), headers=headers) as answer:
        assert answer.status == 413


async def test_what_cannot_be_understood_is_set_aside_and_acknowledged(
    telegram: BotApiServer, open_house: House, stranger: ClientSession, camille: TelegramUser
) -> None:
    camille.says("/mots")
    await camille.wait_for("Quels mots ?")
    headers = {SECRET: secret_of(telegram.token)}
    for body in (b"", b"nonsense", b'{"update_id": 4, "message": 5}', b"nonsense"):
        async with stranger.post(address(open_house), data=body, headers=headers) as answer:
            assert answer.status == 200
    assert await open_house.set_aside() == 3


async def test_while_the_database_fails_telegram_is_asked_to_deliver_again(
    telegram: BotApiServer, open_house: House, camille: TelegramUser
) -> None:
    camille.says("/mots")
    await camille.wait_for("Quels mots ?")
    with Outage(open_house.engine) as outage:
        camille.says("pendant la panne")
        await outage.met.wait()
    await camille.wait_for("Vous avez dit : pendant la panne")
    assert await telegram.all_delivered()
    statuses = [attempt.status for attempt in telegram.webhook.attempts]
    assert 503 in statuses
    assert statuses[-1] == 200


async def test_a_door_that_is_closed_asks_for_another_delivery(
    telegram: BotApiServer, open_house: House, stranger: ClientSession, camille: TelegramUser
) -> None:
    camille.says("/mots")
    await camille.wait_for("Quels mots ?")
    await open_house.door._intake.close(0)
    headers = {SECRET: secret_of(telegram.token)}
    body = b'{"update_id": 9, "message": {"message_id": 1, "chat": {"id": 5, "type": "private"}, "text": "a"}}'
    async with stranger.post(address(open_house), data=body, headers=headers) as answer:
        assert answer.status == 503
    assert await open_house.set_aside() == 0


async def test_a_closed_reception_asks_for_another_delivery(
    telegram: BotApiServer, tmp_path: Path, camille: TelegramUser, stranger: ClientSession
) -> None:
    async with House(telegram, tmp_path, mode="webhook") as house:
        camille.says("/mots")
        await camille.wait_for("Quels mots ?")
        house.reception.close()
        camille.says("trop tard")
        body = b'{"update_id": 9, "message": {"message_id": 1, "chat": {"id": 5, "type": "private"}, "text": "a"}}'
        headers = {SECRET: secret_of(telegram.token)}
        async with stranger.post(address(house), data=body, headers=headers) as answer:
            assert answer.status == 503
    async with House(telegram, tmp_path):
        await camille.wait_for("Vous avez dit : trop tard")


async def test_an_update_whose_bytes_are_not_utf_8_is_set_aside_and_stops_nobody(
    telegram: BotApiServer, open_house: House, camille: TelegramUser, stranger: ClientSession
) -> None:
    camille.says("/mots")
    await camille.wait_for("Quels mots ?")
    headers = {SECRET: secret_of(telegram.token)}
    for _time in range(2):
        async with stranger.post(address(open_house), data=NOT_UTF_8, headers=headers) as answer:
            assert answer.status == 200
    assert len(await open_house.causes()) == 1
    assert "UnicodeDecodeError" in (await open_house.causes())[0]
    camille.says("toujours là")
    await camille.wait_for("Vous avez dit : toujours là")


def test_the_secret_is_one_that_telegram_takes_and_not_the_token() -> None:
    secret = secret_of("123456:AAAA")
    assert len(secret) == 64
    assert secret.isalnum()
    assert "AAAA" not in secret
    assert secret != secret_of("123456:AAAB")
