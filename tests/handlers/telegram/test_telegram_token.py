"""The token stands in the address of every call. It must not stand anywhere else."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from sqlalchemy import text

from handlers.telegram import redact
from tests.handlers.telegram.rig import House
from tests.kit.telegram import BotApiServer, TelegramUser


@pytest.fixture
def everything(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    for name in ("aiohttp", "aiogram", "asyncio", "handlers", "bot", "flows"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


async def test_no_failure_brings_the_token_into_a_log_or_into_the_database(
    telegram: BotApiServer, tmp_path: Path, camille: TelegramUser, jpeg: bytes, everything: pytest.LogCaptureFixture
) -> None:
    telegram.fault("getMe", drop="before")
    telegram.fault("getUpdates", 502)
    telegram.fault("getUpdates", 409)
    telegram.fault("getFile", drop="before", times=4)
    telegram.fault("sendMessage", 400, description=f"Bad Request: {telegram.token} is in the answer")
    telegram.fault("answerCallbackQuery", drop="after", times=2)
    async with House(telegram, tmp_path) as house:
        camille.says("/galerie")
        camille.sends_photo(jpeg)
        camille.presses_data(3, "old")
        await camille.wait_for("Ce bouton ne sert plus.")
        failed = await house.read(
            lambda work: list(work.connection.scalars(text("SELECT error FROM letter WHERE error IS NOT NULL")))
        )
    assert any("<token> is in the answer" in error for error in failed)
    assert everything.records
    formatted = "\n".join(logging.Formatter().format(record) for record in everything.records)
    assert telegram.token.partition(":")[2] not in formatted + everything.text


def test_a_token_in_words_values_or_tracebacks_is_hidden(everything: pytest.LogCaptureFixture) -> None:
    token = "7000000001:AAF_parvis-tests-only_0123456789abcd"
    redact.install()
    log = logging.getLogger("somebody.else")
    log.warning("POST https://api.telegram.org/bot%s/getMe", token)
    try:
        raise ValueError(f"bad address /bot{token}/getMe")
    except ValueError:
        log.exception("It failed")
    log.warning("%d is not a number", 5)
    assert token not in everything.text
    assert "https://api.telegram.org/bot<token>/getMe" in everything.text
    assert "ValueError: bad address /bot<token>/getMe" in everything.text
    assert "5 is not a number" in everything.text
