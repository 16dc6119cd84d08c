"""A Telegram, people, and a bot behind the door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.handlers.telegram.rig import House
from tests.kit.pictures import make_photo
from tests.kit.telegram import BotApiServer, TelegramUser


@pytest.fixture
async def telegram() -> AsyncIterator[BotApiServer]:
    async with BotApiServer(haste=0.001) as server:
        yield server


@pytest.fixture
async def house(telegram: BotApiServer, tmp_path: Path) -> AsyncIterator[House]:
    async with House(telegram, tmp_path) as opened:
        yield opened


@pytest.fixture
def camille(telegram: BotApiServer) -> TelegramUser:
    return telegram.user(first_name="Camille", known=True)


@pytest.fixture
def samir(telegram: BotApiServer) -> TelegramUser:
    return telegram.user(first_name="Samir", known=True)


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    return make_photo("un lampadaire", size=(320, 240))
