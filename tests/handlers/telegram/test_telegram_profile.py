"""Opening the door: what Telegram shows of the bot, and what an operator is told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from flows.engine.flow import flow
from flows.engine.talk import Talk
from flows.signs import telegram as signs
from handlers.telegram.errors import TokenRefused, WebhookRefused
from tests.handlers.telegram.rig import House
from tests.kit.telegram import BotApiServer, TelegramUser

WRITES = ("setMyName", "setMyDescription", "setMyShortDescription", "setMyCommands")


async def test_the_profile_is_written_once_and_not_again(telegram: BotApiServer, tmp_path: Path) -> None:
    for _start in range(2):
        house = House(telegram, tmp_path)
        await house.door.set_up()
        await house.door.close()
        house.desk.close()
    written = [(call.method, call.parameters.get("language_code", "")) for call in telegram.calls_of(*WRITES)]
    assert sorted(written)[:1] == [("setMyCommands", "")]
    assert len(written) == len(set(written))
    profile = telegram.world.profile
    assert profile["name", ""] == "Parvis · Valombre"
    assert "Valombre" in profile["description", ""]
    commands = telegram.world.commands["default", ""]
    assert [(one["command"], one["description"]) for one in commands] == [
        ("lampe", "Signaler une lampe en panne"),
        ("mots", "Dire des mots"),
    ]


async def test_each_other_language_of_the_town_has_commands_of_its_own(telegram: BotApiServer, tmp_path: Path) -> None:
    house = House(telegram, tmp_path)
    await house.door.set_up()
    assert {language for _scope, language in telegram.world.commands} == {"", "de"}
    await house.door.close()
    house.desk.close()


async def test_a_profile_that_telegram_refuses_holds_nothing_up(
    telegram: BotApiServer, tmp_path: Path, camille: TelegramUser
) -> None:
    telegram.fault("setMyName", 429, retry_after=80_000)
    async with House(telegram, tmp_path):
        camille.says("/mots")
        await camille.wait_for("Quels mots ?")


@pytest.mark.parametrize("token", ["123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "no token at all"])
async def test_a_wrong_token_is_refused_in_one_clear_sentence(
    telegram: BotApiServer, tmp_path: Path, token: str
) -> None:
    with pytest.raises(TokenRefused) as refusal:
        await House(telegram, tmp_path, token=token).door.set_up()
    assert "PARVIS_TELEGRAM_TOKEN" in str(refusal.value)
    assert token not in str(refusal.value)


async def test_an_address_that_telegram_refuses_says_what_to_change(telegram: BotApiServer, tmp_path: Path) -> None:
    house = House(telegram, tmp_path, mode="webhook")
    telegram.fault("setWebhook", 400, description="Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    with pytest.raises(WebhookRefused, match="PARVIS_PUBLIC_URL"):
        await house.door.set_up()
    house.door._address = ""
    with pytest.raises(WebhookRefused, match="no public address"):
        await house.door.set_up()
    await house.door.close()
    house.desk.close()


async def test_the_check_speaks_of_the_bot_and_of_what_waits(
    telegram: BotApiServer, tmp_path: Path, camille: TelegramUser
) -> None:
    camille.says("bonjour")
    house = House(telegram, tmp_path)
    found = await house.door.check()
    assert found == [
        (True, "Telegram knows this bot as @parvis_test_bot."),
        (True, "Parvis fetches its updates itself."),
        (True, "Updates waiting at Telegram: 1."),
    ]
    assert telegram.updates.count == 1
    await house.door.close()
    house.desk.close()


async def test_the_check_says_what_is_wrong_with_a_webhook(
    telegram: BotApiServer, tmp_path: Path, camille: TelegramUser
) -> None:
    house = House(telegram, tmp_path, mode="webhook")
    assert (await house.door.check())[1][0] is False
    await house.door.set_up()
    camille.says("personne n’écoute")
    house._socket.close()
    await asyncio.wait_for(_failed(telegram), 5)
    found = await house.door.check()
    assert found[1] == (True, f"Telegram delivers to http://127.0.0.1:{house.port}/telegram/webhook.")
    assert found[-1][0] is False
    assert "Connection failed" in found[-1][1]
    await house.door.close()
    house.desk.close()


async def _failed(telegram: BotApiServer) -> None:
    while telegram.webhook.last_error is None:
        await telegram.updates.bell.until(lambda: telegram.webhook.last_error is not None, 0.02)


async def test_the_check_of_a_wrong_token_or_a_dead_network_is_a_sentence(
    telegram: BotApiServer, tmp_path: Path
) -> None:
    wrong = "123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    refused = House(telegram, tmp_path, token=wrong)
    dead = House(telegram, tmp_path, api="http://127.0.0.1:9")
    for house, words in ((refused, "refuses the token"), (dead, "cannot be reached at http://127.0.0.1:9")):
        found = await house.door.check()
        assert [well for well, _sentence in found] == [False]
        assert words in found[0][1]
        assert wrong not in found[0][1]
        await house.door.close()
        house.desk.close()


@pytest.mark.parametrize(
    ("word", "command"),
    [("réglages", "reglages"), ("mes signalements", "mes_signalements"), ("x" * 33, None), ("المساعدة", None)],
)
def test_a_command_is_written_as_telegram_wants_it(word: str, command: str | None) -> None:
    @flow("one", words=[word], about="À propos")
    def one(talk: Talk) -> None:
        talk.end("fin")

    assert signs.command_of(one) == ((command, "À propos") if command else None)


def test_a_flow_without_a_line_has_no_command() -> None:
    @flow("one", words=["mot"])
    def one(talk: Talk) -> None:
        talk.end("fin")

    assert signs.command_of(one) is None


def test_what_is_said_of_the_bot_fits_however_long_the_town_is_called() -> None:
    town = "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson " * 20
    assert len(signs.name(town)) <= 64
    assert len(signs.short_description(town)) <= 120
    assert len(signs.description(town)) <= 512
