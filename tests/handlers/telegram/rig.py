"""A whole small bot behind the Telegram door: database, reception, postman, HTTP. Only its flows are the tests' own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

import uvicorn
from sqlalchemy import func, select

from bot.city.load import load
from bot.delivery.model import Letter
from bot.delivery.postman import Postman
from bot.pictures.keep import Pictures
from bot.storage.arrivals import arrival
from bot.storage.database import open_database
from bot.storage.heard import count_set_aside, set_aside
from bot.storage.tables import metadata
from bot.storage.work import Desk, Work
from flows.engine.flow import Flows, flow
from flows.engine.prompts import Choice, One, Photos, Text, Where
from flows.engine.reception import Reception
from flows.engine.scene import Stage
from flows.engine.talk import Talk
from handlers.telegram.door import TelegramDoor
from handlers.telegram.pace import Pace
from handlers.telegram.photos import Fetch
from tests.kit.telegram import BotApiServer
from tests.kit.waiting import until

Result = TypeVar("Result")

TOWN = Path(__file__).parents[2] / "towns" / "valombre"
AT_ONCE = (0.01, 0.02)
"""Pauses in seconds between tries: short, since what the tests wait for is an event."""


@flow("lamp", words=["lampe", "lamp"], menu="Une lampe", about="Signaler une lampe en panne")
def lamp(talk: Talk) -> None:
    photos = talk.ask("photos", Photos("Envoyez une photo.", most=4))
    place = talk.ask("place", Where("Où est-ce ?"))
    states = [One("dark", "Éteinte", "noire"), One("blink", "Clignote", "folle")]
    kind = talk.ask("kind", Choice("Qu’a-t-elle ?", states))
    talk.end("Merci : {count} photo, lampe {kind}, {label}.", count=len(photos), kind=kind, label=place.label or "ici")


@flow("echo", words=["mots"], menu="Des mots", about="Dire des mots")
def echo(talk: Talk) -> None:
    talk.end("Vous avez dit : {words}", words=talk.ask("words", Text("Quels mots ?")))


@flow("three", words=["trois"])
def three(talk: Talk) -> None:
    said = [talk.ask(name, Text(f"Le mot {name} ?")) for name in ("un", "deux", "trois")]
    talk.end("Dans l’ordre : {said}.", said=" ".join(said))


@flow("gallery", words=["galerie"])
def gallery(talk: Talk) -> None:
    photos = talk.ask("photos", Photos("Des photos ?", most=10))
    talk.ask("enough", Choice("Est-ce tout ?", [One("yes", "C’est tout", True)]))
    talk.end("Galerie : {count}.", count=len(photos))


@flow("linked", words=["lien"], links=["r"])
def linked(talk: Talk) -> None:
    talk.end("Le lien dit {link}.", link=talk.args.get("link", "rien"))


@flow("broken", words=["panne"])
def broken(talk: Talk) -> None:
    raise RuntimeError("this flow is broken on purpose")


class House:
    """`async with House(telegram, folder)`: the bot is open. Another on the same folder: the bot after a restart."""

    def __init__(
        self,
        telegram: BotApiServer,
        folder: Path,
        *,
        mode: Literal["polling", "webhook"] = "polling",
        fetch: Fetch | None = None,
        pace: Pace | None = None,
        token: str = "",
        api: str = "",
    ) -> None:
        self.telegram = telegram
        self.later = timedelta()
        self.engine = open_database(f"sqlite:///{folder / 'parvis.sqlite'}")
        metadata.create_all(self.engine)
        self.desk = Desk(self.engine, lambda: datetime.now(UTC) + self.later)
        self.pictures = Pictures(folder / "photos")
        self.stage = Stage(Flows([lamp, echo, three, gallery, linked, broken]), load(TOWN), lambda path: path)
        self.reception = Reception(self.desk, self.stage, self._post)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.door = TelegramDoor(
            token=token or telegram.token,
            reception=self.reception,
            desk=self.desk,
            pictures=self.pictures,
            stage=self.stage,
            api=api or telegram.address,
            public_url=f"http://127.0.0.1:{self.port}",
            mode=mode,
            fetch=fetch,
            pace=pace or Pace(None, None),
            pauses=AT_ONCE,
        )
        self.mode = mode
        self.postman = Postman(self.desk, [self.door.channel])
        self._tasks: list[asyncio.Task[Any]] = []
        self._server: uvicorn.Server | None = None

    async def __aenter__(self) -> Self:
        work = (self.reception.run(), self.postman.run(), self.door.run())
        self._tasks = [asyncio.create_task(each) for each in work]
        if self.mode == "webhook":
            config = uvicorn.Config(self.door.webhook, lifespan="off", log_level="warning", timeout_graceful_shutdown=1)
            self._server = uvicorn.Server(config)
            self._tasks.append(asyncio.create_task(self._server.serve(sockets=[self._socket])))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._tasks:
            await self._close()
        self._socket.close()
        self.desk.close()

    async def _close(self) -> None:
        """In the order of a real shutdown: the door, what it brought in, what that sends out, the line."""
        if self._server:
            self._server.should_exit = True
        reception, postman, door, *server = self._tasks
        self.door.stop()
        await door
        self.reception.close()
        await reception
        await until(lambda: self.postman.idle or postman.done(), "letters to be carried", within=60)
        self.postman.stop()
        await postman
        await self.door.close()
        await asyncio.gather(*server)

    def _post(self, letters: Sequence[Letter]) -> None:
        self.postman.hand(letters)

    async def kill(self) -> None:
        """As good as pulling the plug: nothing is finished, nothing is told."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        with contextlib.suppress(Exception):
            await self.door._session.close()

    async def read(self, query: Callable[[Work], Result]) -> Result:
        return await self.desk.run(query)

    async def set_aside(self) -> int:
        return await self.read(count_set_aside)

    async def causes(self) -> list[str]:
        return await self.read(lambda work: list(work.connection.scalars(select(set_aside.c.cause))))

    async def kept(self) -> int:
        """Updates that were acknowledged and wait to be taken."""
        return await self.read(lambda work: work.connection.scalar(select(func.count()).select_from(arrival)) or 0)
