"""A Telegram, two clients of different makers that must both understand it, and a bare one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import telegram as ptb
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiohttp import ClientSession

from tests.kit.bare import Bare
from tests.kit.pictures import make_photo
from tests.kit.telegram import BotApiServer, TelegramUser


@pytest.fixture
async def telegram() -> AsyncIterator[BotApiServer]:
    async with BotApiServer(haste=0.001) as server:
        yield server


@pytest.fixture
def camille(telegram: BotApiServer) -> TelegramUser:
    return telegram.user(first_name="Camille", known=True)


@pytest.fixture
async def call(telegram: BotApiServer) -> AsyncIterator[Bare]:
    async with ClientSession() as session:
        yield Bare(telegram, session)


@pytest.fixture(scope="session")
async def aiogram_session() -> AsyncIterator[AiohttpSession]:
    """One for all tests: closing it takes aiogram a quarter of a second."""
    session = AiohttpSession()
    yield session
    await session.close()


@pytest.fixture
def aiogram_bot(telegram: BotApiServer, aiogram_session: AiohttpSession) -> Bot:
    aiogram_session.api = TelegramAPIServer.from_base(telegram.address)
    return Bot(telegram.token, session=aiogram_session)


@pytest.fixture
async def ptb_bot(telegram: BotApiServer) -> AsyncIterator[ptb.Bot]:
    root = telegram.address
    async with ptb.Bot(telegram.token, base_url=f"{root}/bot", base_file_url=f"{root}/file/bot") as bot:
        yield bot


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    return make_photo("un lampadaire", size=(1000, 750))
