"""A whole small house behind the browser door: a town, two flows that ask everything that can be asked, a server."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import uvicorn
from fastapi import APIRouter
from starlette.types import ASGIApp

from bot.city.load import load
from bot.city.model import City
from bot.delivery.model import Button, Fact, Lane, Letter, Message
from bot.delivery.postman import Postman
from bot.delivery.store import Draft, waiting, write
from bot.pictures.keep import Pictures
from bot.storage.database import open_database
from bot.storage.tables import metadata
from bot.storage.work import Desk, Work
from flows.engine.flow import Flows, flow
from flows.engine.prompts import Choice, Choices, Moment, Number, One, Photos, Text, Where, Yes
from flows.engine.reception import Reception
from flows.engine.scene import Stage
from flows.engine.talk import Talk
from handlers.web import store
from handlers.web.channel import WebChannel
from handlers.web.hall import MaySee
from handlers.web.limits import Limits
from handlers.web.pages import Pages
from handlers.web.site import PageRoom, make_site

TOWN = load(Path(__file__).parents[2] / "towns" / "valombre")
HOMELY = replace(TOWN, tiles=None)
"""The same town without a map background from elsewhere, as towns are unless their operator chooses one."""

SECRET = b"a secret for the tests only, 32 b"
START = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SUBJECTS = ("Éclairage", "Voirie et trottoirs", "Propreté", "Arbres et espaces verts")


class Time:
    """A clock that only moves when told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, span: timedelta) -> None:
        self.now += span


@flow("welcome", words=["start"])
def welcome(talk: Talk) -> None:
    asked = talk.args.get("link", "")
    hello = f"Bonjour ! Vous venez de {asked}." if asked else "Bonjour ! Que puis-je faire pour vous ?"
    menu = ((Button("Faire le tour", "f.tour"),), (Button("Lire en arabe", "f.arabic"),))
    talk.end(card=Message(text=hello, buttons=menu, asks="choice"))


@flow("tour", words=["tour"], links=["r"], menu="Faire le tour", takes={"pictures": "photos", "place": "place"})
def tour(talk: Talk) -> None:
    talk.ask("photos", Photos("Envoyez une photo du problème.", optional=True, label="Photos"))
    talk.ask("place", Where("Où est-ce ?", within=talk.city, label="Lieu"))
    talk.ask("subject", Choice("De quoi s’agit-il ?", [One(name, name, name) for name in SUBJECTS], label="Sujet"))
    twin = Message(title="Signalement VB-12", facts=(Fact("État", "En cours"), Fact("Reçu", "hier")))
    talk.ask("twin", Yes("Est-ce ce signalement ?", card=twin, label="Déjà signalé"))
    days = [One(name, name, name) for name in ("Lundi", "Mardi", "Mercredi")]
    talk.ask("days", Choices("Quels jours le voyez-vous ?", days, label="Jours"))
    talk.ask("number", Number("Combien sont concernés ?", least=1, most=50, label="Nombre"))
    talk.ask("moment", Moment("Quand repassez-vous ?", ZoneInfo("Europe/Paris"), label="Moment"))
    talk.ask("words", Text("Un mot de plus ?", optional=True, label="Précisions"))
    talk.review()
    links = ((Button("Voir le signalement", link=talk.page("/signalements/VB-13")),),)
    done = Message(title="VB-13", facts=(Fact("État", "Reçu"),), buttons=links)
    talk.end("Merci ! C’est le signalement {ref}.", ref="VB-13", card=done)


@flow("arabic", words=["arabe"], menu="Lire en arabe")
def arabic(talk: Talk) -> None:
    talk.ask("sure", Choice("ما هي المشكلة؟", [One("light", "إنارة الشارع", 1), One("road", "الطريق والرصيف", 2)]))


@flow("broken", words=["panne"])
def broken(_talk: Talk) -> None:
    raise RuntimeError("a flow that fails, for the tests")


class Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class House:
    """Everything behind one folder; made a second time on the same folder, it is a restart."""

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        database: str = "",
        limits: Limits | None = None,
        pages: Sequence[PageRoom] = (),
        rooms: Sequence[Callable[[Desk, Stage, Pages], APIRouter]] = (),
        may_see: Sequence[MaySee] = (),
        mounts: Mapping[str, ASGIApp] | None = None,
        public_url: str = "",
        heartbeat: float = 15.0,
        town: City = HOMELY,
    ) -> None:
        self.time = Time()
        engine = open_database(database or f"sqlite:///{folder / 'parvis.db'}")
        metadata.create_all(engine)
        self.desk = Desk(engine, self.time)
        self.pictures = Pictures(folder / "photos")
        self.socket = socket.create_server(("127.0.0.1", port))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        stage = Stage(Flows([welcome, tour, arabic, broken]), town, lambda path: self.url + path)
        stage.bot_links["telegram"] = "https://t.me/parvis_bot"
        self.reception = Reception(self.desk, stage, self._hand)
        self.channel = WebChannel()
        self.postman = Postman(self.desk, [self.channel])
        self.site = make_site(
            channel=self.channel,
            reception=self.reception,
            desk=self.desk,
            pictures=self.pictures,
            stage=stage,
            secret=SECRET,
            public_url=public_url or self.url,
            mounts=mounts,
            pages=[*pages, *(partial(room, self.desk, stage) for room in rooms)],
            may_see=may_see,
            limits=limits,
            heartbeat=heartbeat,
        )

    @contextlib.asynccontextmanager
    async def open(self, *, serving: bool = False) -> AsyncIterator["House"]:
        """Serve turns and letters, and with `serving` the network too, until the end of the block."""
        server = Server(uvicorn.Config(self.site, log_config=None, access_log=False, timeout_graceful_shutdown=2))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.reception.run())
            tasks.create_task(self.postman.run())
            web = tasks.create_task(server.serve(sockets=[self.socket])) if serving else None
            try:
                yield self
            finally:
                self.channel.close()
                server.should_exit = True
                if web:
                    await web
                self.socket.close()
                self.reception.close()
                self.postman.stop()
        self.desk.close()

    def _hand(self, letters: Sequence[Letter]) -> None:
        self.postman.hand(letters)

    def visitor(self, **headers: str) -> httpx.AsyncClient:
        """A browser of one's own, without a network."""
        transport = httpx.ASGITransport(self.site, raise_app_exceptions=False)
        given = {"Origin": self.url, "Accept": "application/json", "Accept-Language": "fr", **headers}
        return httpx.AsyncClient(transport=transport, base_url=self.url, headers=given)

    def session_of(self, visitor: httpx.AsyncClient) -> str:
        """The number in a visitor's cookie."""
        return visitor.cookies["parvis"].partition(".")[0]

    async def quiet(self) -> None:
        """Wait until every letter that is due has been carried and noted."""

        def left(work: Work) -> int:
            return sum(waiting(work, [self.channel.name]).by_lane.values())

        while await self.desk.run(left) or not self.postman.idle:
            self.postman.wake()
            await asyncio.sleep(0)

    async def push(self, message: Message, session: str) -> None:
        """The bot speaks first."""

        def job(work: Work) -> None:
            visitor = store.visitor(work, session)
            assert visitor is not None
            write(work, [Draft(visitor.address, message, Lane.STATUS)])

        await self.desk.run(job)
        self.postman.wake()
