"""Our side: the whole bot as it is served, without the network behind it.

    python -m benchmarks.parvis_side                # SQLite, synchronous=FULL
    python -m benchmarks.parvis_side --postgres     # the server of TEST_DATABASE_URL, else one of its own
    python -m benchmarks.parvis_side --api http://127.0.0.1:8081    # letters are sent there

What is put in place of the world: without `--api` Telegram's answers come ready made, photos are not downloaded nor
prepared, and the pace that Telegram asks for is off. Everything else is `bot.app.App`: the webhook, the reception, the
outbox, and the postman.
A small wrapper answers the load generator only once the update's letter has been carried, as the peers do, and tells it
the buttons of that letter.
"""

import argparse
import asyncio
import contextlib
import logging
import signal
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
from aiogram import Bot
from pydantic import SecretStr
from sqlalchemy import func, select

from benchmarks.peers.canned import ANSWERS, YES
from benchmarks.scripts import BUTTONS_HEADER
from benchmarks.updates import PATH, SECRET
from bot.app import App, World
from bot.delivery.channel import Channel
from bot.delivery.model import Letter
from bot.pictures.keep import Pictures
from bot.pictures.model import Picture
from bot.reports.store import report
from bot.settings import Settings
from bot.start import event_loops, keep_for_good, listen, take_short_turns, utc_now
from handlers.telegram.pace import Pace
from handlers.telegram.session import LeanSession
from handlers.telegram.webhook import Receive, Scope, Send, Webhook
from tests.kit import postgres

TOKEN = "123456789:AAbenchmarkbenchmarkbenchmarkbench"


class ReadyMade(LeanSession):
    """Builds the request as always, and parses an answer that never crossed a network."""

    async def _post(self, bot: Bot, name: str, body: bytes, seconds: float) -> tuple[int, bytes]:
        return 200, ANSWERS.get(name, YES)


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
    """In front of the webhook: waits until the turn's letter has been carried, and tells its buttons."""

    def __init__(self, webhook: Webhook) -> None:
        self._webhook = webhook
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[str, asyncio.Future[bytes]] = {}

    def hear(self, channel: Channel) -> None:
        deliver = channel.deliver

        async def carried(letter: Letter) -> str:
            external = await deliver(letter)
            waiting = self._waiting.pop(letter.external, None)
            if waiting and not waiting.done():
                waiting.set_result(_buttons(letter))
            return external

        channel.deliver = carried  # type: ignore[method-assign]  # nothing else in the house is changed

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
    rows = [(button.label, button.data) for row in letter.message.buttons for button in row if button.data]
    return msgspec.json.encode({"message": 7, "buttons": rows})


async def serve(database: str, folder: Path, api: str) -> None:
    settings = Settings(
        telegram_token=SecretStr(TOKEN),
        telegram_mode="webhook",
        public_url="https://parvis.example",
        database_url=SecretStr(database) if database else None,
        data=folder,
    )
    world = World(
        session=LeanSession(api) if api else ReadyMade("https://telegram.example"),
        fetch=no_photo,
        pace=Pace(overall=None, in_one_chat=None),
        pictures=OnePhoto(folder / "photos"),
        secret=SECRET,
    )
    app = App(settings, utc_now, world)
    assert app.telegram is not None
    telling = Telling(app.telegram.webhook)
    telling.hear(app.telegram.channel)

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

    def ready() -> None:
        keep_for_good()
        take_short_turns()
        print("ready", port, flush=True)

    await app.serve(listening, stop, ready)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--postgres", action="store_true", help="SQLite unless given")
    parser.add_argument("--api", default="", help="address of a Bot API server; letters stop before it unless given")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="parvis-benchmark-"))
        database = ""
        if chosen.postgres:
            database = stack.enter_context(postgres.a_database(stack.enter_context(postgres.a_server(durable=True))))
        runner = stack.enter_context(asyncio.Runner(loop_factory=event_loops()))
        runner.run(serve(database, Path(folder), chosen.api))


if __name__ == "__main__":
    main()
