"""One conversation with whole bots of two frameworks, by polling and by webhook."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from aiogram import Bot, Dispatcher, F
from aiogram import types as aio
from aiogram.filters import CommandStart
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from tests.kit.telegram import BotApiServer, TelegramUser

SECRET = "le_secret_de_la_ville"


def dispatcher() -> Dispatcher:
    speaking = Dispatcher()

    @speaking.message(CommandStart())
    async def welcome(message: aio.Message) -> None:
        row = [aio.InlineKeyboardButton(text="Signaler", callback_data="report")]
        await message.answer("Bonjour", reply_markup=aio.InlineKeyboardMarkup(inline_keyboard=[row]))

    @speaking.callback_query()
    async def tapped(query: aio.CallbackQuery) -> None:
        await query.answer("Noté")
        assert isinstance(query.message, aio.Message)
        await query.message.edit_text("Envoyez une photo")

    @speaking.message(F.photo)
    async def pictured(message: aio.Message, bot: Bot) -> None:
        assert message.photo
        content = await bot.download(message.photo[-1].file_id)
        assert content
        await message.answer_photo(aio.BufferedInputFile(content.read(), "vue.jpg"), caption="Reçue")

    return speaking


def application(telegram: BotApiServer) -> Application[Any, Any, Any, Any, Any, Any]:
    built = ApplicationBuilder().token(telegram.token).base_url(f"{telegram.address}/bot")
    speaking = built.base_file_url(f"{telegram.address}/file/bot").build()

    async def welcome(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message
        keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Signaler", callback_data="report")]])
        await update.message.reply_text("Bonjour", reply_markup=keyboard)

    async def tapped(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.callback_query
        await update.callback_query.answer("Noté")
        await update.callback_query.edit_message_text("Envoyez une photo")

    async def pictured(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message
        file = await update.message.photo[-1].get_file()
        await update.message.reply_photo(bytes(await file.download_as_bytearray()), caption="Reçue")

    speaking.add_handler(CommandHandler("start", welcome))
    speaking.add_handler(CallbackQueryHandler(tapped))
    speaking.add_handler(MessageHandler(filters.PHOTO, pictured))
    return speaking


@asynccontextmanager
async def aiogram_polling(telegram: BotApiServer, bot: Bot) -> AsyncIterator[None]:
    speaking = dispatcher()
    running = asyncio.create_task(
        speaking.start_polling(bot, handle_signals=False, close_bot_session=False, polling_timeout=20)
    )
    yield
    await speaking.stop_polling()
    await running


@asynccontextmanager
async def aiogram_webhook(telegram: BotApiServer, bot: Bot) -> AsyncIterator[None]:
    pages = web.Application()
    SimpleRequestHandler(dispatcher(), bot, handle_in_background=False, secret_token=SECRET).register(pages, "/hook")
    runner = web.AppRunner(pages)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await bot.set_webhook(f"http://127.0.0.1:{port}/hook", secret_token=SECRET)
    yield
    await bot.delete_webhook()
    await runner.cleanup()


@asynccontextmanager
async def ptb_polling(telegram: BotApiServer, bot: Bot) -> AsyncIterator[None]:
    speaking = application(telegram)
    async with speaking:
        assert speaking.updater
        await speaking.start()
        await speaking.updater.start_polling(poll_interval=0, timeout=20)
        yield
        await speaking.updater.stop()
        await speaking.stop()


@asynccontextmanager
async def ptb_webhook(telegram: BotApiServer, bot: Bot) -> AsyncIterator[None]:
    speaking = application(telegram)
    port = free_port()
    async with speaking:
        assert speaking.updater
        await speaking.start()
        await speaking.updater.start_webhook(
            "127.0.0.1", port, "hook", webhook_url=f"http://127.0.0.1:{port}/hook", secret_token=SECRET
        )
        yield
        await speaking.updater.stop()
        await speaking.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


Way = Callable[[BotApiServer, Bot], AbstractAsyncContextManager[None]]
WAYS: list[Way] = [aiogram_polling, aiogram_webhook, ptb_polling, ptb_webhook]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_a_whole_conversation(
    telegram: BotApiServer, aiogram_bot: Bot, camille: TelegramUser, jpeg: bytes, way: Way
) -> None:
    async with way(telegram, aiogram_bot):
        camille.starts()
        await camille.wait_for("[Signaler]")
        camille.presses("Signaler")
        await camille.wait_for("Envoyez une photo")
        camille.sends_photo(jpeg, "Ici")
        answer = await camille.wait_for("Reçue")
        assert await telegram.all_delivered()
    assert answer.photo is not None
    assert camille.toasts == ["Noté"]
    assert camille.screen == "Envoyez une photo\n\n(photo)\nReçue"
    assert {called.status for called in telegram.calls} <= {0, 200}
