"""Our side: the whole bot as it is served, without the network behind it.

    python -m benchmarks.parvis_side                                  # SQLite, synchronous=FULL
    python -m benchmarks.parvis_side --database postgresql://…        # an empty database

What is put in place of the world: Telegram's answers come ready made, photos are not downloaded nor prepared, and the
pace that Telegram asks for is off. Everything else is `bot.app.App`: the webhook, the reception, the outbox, and the
postman.
A small wrapper waits until the turn has been taken (a photo is answered earlier, once it is kept) and tells the load
generator the buttons of the last letter.
"""

import argparse
import asyncio
import json
import logging
import signal
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from aiogram import Bot
from aiogram.methods import TelegramMethod
from pydantic import SecretStr
from sqlalchemy import func, select

from benchmarks.peers.canned import LETTER, ME, answer
from benchmarks.scripts import BUTTONS_HEADER
from benchmarks.updates import PATH, SECRET
from bot.app import App, World, event_loops, listen, utc_now
from bot.delivery.model import Letter
from bot.pictures.keep import Pictures
from bot.pictures.model import Picture
from bot.reports.store import report
from bot.settings import Settings
from handlers.telegram.pace import Pace
from handlers.telegram.session import LeanSession
from handlers.telegram.webhook import Receive, Scope, Send, Webhook

ANSWERS = {
    "getMe": answer(ME),
    "getMyCommands": answer([]),
    "getMyName": answer({"name": ""}),
    "getMyDescription": answer({"description": ""}),
    "getMyShortDescription": answer({"short_description": ""}),
    **{name: answer(LETTER) for name in ("sendMessage", "sendPhoto", "editMessageReplyMarkup", "editMessageText")},
}

TOKEN = "123456789:AAbenchmarkbenchmarkbenchmarkbench"


class ReadyMade(LeanSession):
    """Builds the request as always, and parses an answer that never crossed a network."""

    async def _call(self, bot: Bot, method: TelegramMethod[Any], seconds: float) -> tuple[int, bytes]:
        msgspec.json.encode(method.model_dump(mode="json", exclude_unset=True, exclude_none=True))
        return 200, ANSWERS.get(method.__api_method__) or b'{"ok":true,"result":true}'


class OnePhoto(Pictures):
    def keep(self, raw: bytes) -> Picture:
        return Picture("a" * 64, 64, 48, len(raw))


async def no_photo(_file: str) -> bytes:
    return b""


class _Chat(msgspec.Struct):
    id: int


class _Message(msgspec.Struct):
    chat: _Chat


class _Query(msgspec.Struct):
    message: _Message


class _Update(msgspec.Struct):
    message: _Message | None = None
    callback_query: _Query | None = None


_chat_of = msgspec.json.Decoder(_Update).decode


class Telling:
    """In front of the webhook: waits for the turn's letter and tells its buttons."""

    def __init__(self, webhook: Webhook) -> None:
        self._webhook = webhook
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[str, asyncio.Future[bytes]] = {}

    def said(self, letters: Sequence[Letter]) -> None:
        """From the writing thread: the letters of a group."""
        shown = {letter.external: _buttons(letter) for letter in letters}
        self._loop.call_soon_threadsafe(self._wake, shown)

    def _wake(self, shown: dict[str, bytes]) -> None:
        for chat, buttons in shown.items():
            waiting = self._waiting.pop(chat, None)
            if waiting and not waiting.done():
                waiting.set_result(buttons)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await receive()
        update = _chat_of(body["body"])
        message = update.message or (update.callback_query.message if update.callback_query else None)
        assert message is not None
        said = self._waiting[str(message.chat.id)] = self._loop.create_future()

        async def again() -> Any:
            return body

        async def answer(part: Any) -> None:
            if part["type"] == "http.response.start" and part["status"] == 200:
                part["headers"] = [*part["headers"], (BUTTONS_HEADER.encode(), await said)]
            await send(part)

        await self._webhook(scope, again, answer)


def _buttons(letter: Letter) -> bytes:
    rows = [[button.label, button.data] for row in letter.message.buttons for button in row if button.data]
    return json.dumps({"message": 7, "buttons": rows}).encode()


async def serve(database: str, folder: Path) -> None:
    settings = Settings(
        telegram_token=SecretStr(TOKEN),
        telegram_mode="webhook",
        public_url="https://parvis.example",
        database_url=SecretStr(database) if database else None,
        data=folder,
    )
    world = World(
        session=ReadyMade("https://telegram.example"),
        fetch=no_photo,
        pace=Pace(overall=None, in_one_chat=None),
        pictures=OnePhoto(folder / "photos"),
        secret=SECRET,
    )
    app = App(settings, utc_now, world)
    assert app.telegram is not None
    telling = Telling(app.telegram.webhook)
    hand = app.reception.post

    def post(letters: Sequence[Letter]) -> None:
        hand(letters)
        telling.said(letters)

    app.reception.post = post

    async def count(scope: Scope, receive: Receive, send: Send) -> None:
        with app.desk.reading() as work:
            filed = work.connection.execute(select(func.count()).select_from(report)).scalar_one()
        content = str(filed).encode()
        headers = [(b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    rooms: dict[str, Callable[[Scope, Receive, Send], Awaitable[None]]] = {PATH: telling, "/filed": count}

    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await rooms[scope["path"]](scope, receive, send)

    app.site = site
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    listening = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    await app.serve(listening, stop, lambda: print("ready", port, flush=True))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", default="", help="an empty PostgreSQL database; SQLite unless given")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    with (
        tempfile.TemporaryDirectory(prefix="parvis-benchmark-") as folder,
        asyncio.Runner(loop_factory=event_loops()) as runner,
    ):
        runner.run(serve(chosen.database, Path(folder)))


if __name__ == "__main__":
    main()
