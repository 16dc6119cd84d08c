"""The whole bot with its doors open, on real sockets, and people who talk to it over HTTP as a resident would."""

from __future__ import annotations

import asyncio
import contextlib
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal

import httpx
from pydantic import SecretStr

from bot.app import App, World
from bot.city.model import Place
from bot.reports.model import Report
from bot.reports.store import by_ref
from bot.settings import Settings
from bot.start import listen
from bot.storage.arrivals import arrivals
from handlers.telegram.pace import Pace
from tests.kit.clock import Time
from tests.kit.telegram import BotApiServer, TelegramUser
from tests.kit.waiting import until

Door = Literal["polling", "webhook", "web"]
REF = re.compile(r"\b[A-Z]{2,3}-[2-9A-Y]{4,8}\b")
PATIENCE = 10.0
UNPACED = Pace(overall=None, in_one_chat=None)
"""Nobody reads here; the pace has tests of its own."""


class WholeBot:
    """One process's worth of Parvis. `restart` closes it in good order and opens it again on the same data."""

    def __init__(self, folder: Path, database: str, town: Path | str, door: Door, time: Time, public: str = "") -> None:
        self.public = public
        self.folder, self.database, self.town, self.door, self.time = folder, database, town, door, time
        self.telegram: BotApiServer | None = None
        self.world = World(pace=UNPACED)
        self.address = ""
        self._stop = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None
        self._port = 0
        self.app: App

    async def open(self) -> None:
        socket = listen("127.0.0.1", self._port)
        self._port = socket.getsockname()[1]
        self.address = f"http://127.0.0.1:{self._port}"
        self.app = App(self._settings(), self.time.now, self.world)
        self._stop = asyncio.Event()
        ready = asyncio.Event()
        self._serving = asyncio.create_task(self.app.serve(socket, self._stop, ready.set))
        opened = asyncio.create_task(ready.wait())
        await asyncio.wait({opened, self._serving}, return_when=asyncio.FIRST_COMPLETED, timeout=PATIENCE)
        if self._serving.done():
            await self._serving
        assert ready.is_set(), "the bot did not get ready in time"

    def _settings(self) -> Settings:
        public = "https://parvis.example"
        if self.telegram:
            self.telegram.webhook.reach = {public: self.address}
        return Settings(
            telegram_token=SecretStr(self.telegram.token) if self.telegram else None,
            telegram_api=self.telegram.address if self.telegram else "https://api.telegram.org",
            telegram_mode="webhook" if self.door == "webhook" else "polling",
            public_url=public if self.door == "webhook" else self.public,
            http=f"127.0.0.1:{self._port}",
            database_url=SecretStr(self.database),
            data=self.folder,
            city=str(self.town),
        )

    async def close(self) -> None:
        self._stop.set()
        if self._serving:
            await asyncio.wait_for(self._serving, PATIENCE * 2)

    async def restart(self) -> None:
        await self.close()
        await self.open()

    def person(self) -> Person:
        """A newcomer, at the door this bot is tested through."""
        if self.telegram is None:
            return WebPerson(self)
        return TelegramPerson(self, self.telegram)

    async def settled(self) -> None:
        """Everything accepted has been taken, and everything said has been carried."""
        if self.telegram:
            await self.telegram.all_delivered(PATIENCE)
        await until(lambda: not self._something_waits(), "updates to be taken", PATIENCE)
        await self.app.desk.run(lambda _work: None)  # behind whatever the writing thread had begun
        await until(lambda: self.app.postman.idle, "letters to be carried", PATIENCE)

    def _something_waits(self) -> bool:
        """Updates that were accepted and whose photo is on its way."""
        with self.app.desk.reading() as work:
            return bool(arrivals(work, "telegram"))

    def report(self, ref: str) -> Report:
        with self.app.desk.reading() as work:
            found = by_ref(work, ref)
        assert found is not None, f"there is no report {ref}"
        return found


@contextlib.asynccontextmanager
async def a_whole_bot(
    folder: Path, database: str, town: Path | str, door: Door, time: Time, public: str = ""
) -> AsyncIterator[WholeBot]:
    """`public`: the address that the operator gives; the webhook has one anyway."""
    bot = WholeBot(folder, database, town, door, time, public)
    async with contextlib.AsyncExitStack() as stack:
        if door != "web":
            bot.telegram = await stack.enter_async_context(BotApiServer())
        await bot.open()
        try:
            yield bot
        finally:
            await bot.close()


class Person(ABC):
    """Somebody who chats. Labels may be given in part: « Éclairage » finds « 💡 Éclairage »."""

    @property
    @abstractmethod
    def screen(self) -> str:
        """What the bot last said, as a person reads it, with [buttons]."""

    @abstractmethod
    async def says(self, text: str) -> None: ...

    @abstractmethod
    async def sends(self, *photos: bytes) -> None:
        """One photo, or several together."""

    @abstractmethod
    async def sends_file(self, raw: bytes, name: str) -> None:
        """A file that says it is a JPEG."""

    @abstractmethod
    async def shares(self, place: Place) -> None: ...

    @abstractmethod
    async def taps(self, label: str) -> None: ...

    @property
    def last_ref(self) -> str:
        """The number of the report that the screen shows last."""
        found = REF.findall(self.screen)
        assert found, f"no number of a report in:\n{self.screen}"
        return found[-1]

    def sees(self, *words: str) -> None:
        for one in words:
            assert one in self.screen, f"« {one} » is not on the screen:\n{self.screen}"


class TelegramPerson(Person):
    def __init__(self, bot: WholeBot, telegram: BotApiServer) -> None:
        self.bot = bot
        self.user: TelegramUser = telegram.user(language_code="fr")

    @property
    def screen(self) -> str:
        return self.user.screen

    async def says(self, text: str) -> None:
        self.user.says(text)
        await self.bot.settled()

    async def sends(self, *photos: bytes) -> None:
        if len(photos) == 1:
            self.user.sends_photo(photos[0])
        else:
            self.user.sends_album(list(photos))
        await self.bot.settled()

    async def sends_file(self, raw: bytes, name: str) -> None:
        self.user.sends_file(raw, name, "image/jpeg")
        await self.bot.settled()

    async def shares(self, place: Place) -> None:
        assert place.latitude is not None and place.longitude is not None
        self.user.shares_place(place.latitude, place.longitude)
        await self.bot.settled()

    async def taps(self, label: str) -> None:
        self.user.presses(self._whole(label))
        await self.bot.settled()

    def _whole(self, label: str) -> str:
        for row in self.user.keyboard:
            for key in row:
                if label in key:
                    return key
        for message in reversed(self.user.bot_messages):
            for one in message.labels:
                if label in one:
                    return one
        raise AssertionError(f"nothing says « {label} » on:\n{self.screen}")


class WebPerson(Person):
    """A browser without scripts: pages, forms and nothing else."""

    def __init__(self, bot: WholeBot) -> None:
        self.bot = bot
        self._page = _Page()
        self._browser = httpx.AsyncClient(
            base_url=bot.address, follow_redirects=True, headers={"Accept-Language": "fr", "Accept": "text/html"}
        )
        self._opened = False

    @property
    def screen(self) -> str:
        return self._page.screen

    async def _open(self) -> None:
        if not self._opened:
            self._opened = True
            self._read(await self._browser.get("/chat"))
            await self._submit("/chat/say", {"text": "/start"})

    async def says(self, text: str) -> None:
        await self._open()
        await self._submit("/chat/say", {"text": text})

    async def sends(self, *photos: bytes) -> None:
        await self._open()
        files = [("photos", (f"{at}.jpg", photo, "image/jpeg")) for at, photo in enumerate(photos)]
        await self._submit("/chat/photos", {}, files)

    async def sends_file(self, raw: bytes, name: str) -> None:
        await self._open()
        await self._submit("/chat/photos", {}, [("photos", (name, raw, "image/jpeg"))])

    async def shares(self, place: Place) -> None:
        await self._open()
        await self._submit("/chat/place", {"latitude": str(place.latitude), "longitude": str(place.longitude)})

    async def taps(self, label: str) -> None:
        form = self._page.button(label)
        await self._submit(form.action, form.fields)

    async def reloads(self) -> None:
        self._read(await self._browser.get("/chat"))

    async def _submit(
        self, action: str, fields: dict[str, str], files: list[tuple[str, tuple[str, bytes, str]]] | None = None
    ) -> None:
        answer = await self._browser.post(action, data=fields, files=files, headers={"Origin": self.bot.address})
        assert answer.status_code < 400, answer.text
        await self.bot.settled()
        await self.reloads()

    def _read(self, answer: httpx.Response) -> None:
        assert answer.status_code == 200, answer.text
        self._page = _Page()
        self._page.feed(answer.text)


class _Form:
    def __init__(self, action: str, fields: dict[str, str], label: str = "") -> None:
        self.action, self.fields, self.label = action, fields, label


class _Page(HTMLParser):
    """What the chat page shows: the bubbles of the bot, and every button with the form it sends."""

    def __init__(self) -> None:
        super().__init__()
        self.buttons: list[_Form] = []
        self._entries: list[list[str]] = []
        self._by_bot = False
        self._form = _Form("", {})
        self._pressed: _Form | None = None
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "article":
            self._by_bot = "parvis" in given.get("class", "")
            if self._by_bot:
                self._entries.append([])
        elif tag == "form":
            self._form = _Form(given.get("action", "").partition("?")[0], {})
        elif tag == "input" and given.get("type") == "hidden":
            self._form.fields[given["name"]] = given["value"]
        elif tag == "button" and given.get("name"):
            self._pressed = _Form(self._form.action, self._form.fields | {given["name"]: given["value"]})
        elif tag == "div" and "choices" in given.get("class", "") and "hidden" in given:
            self._hidden = len(self.buttons) + 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "button" and self._pressed:
            if not self._hidden:
                self.buttons.append(self._pressed)
                self._entries[-1].append(f"[{self._pressed.label}]")
            self._pressed = None
        elif tag == "article":
            self._by_bot, self._hidden = False, 0

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        if self._pressed is not None:
            self._pressed.label += words
        elif self._by_bot and words and self._entries:
            self._entries[-1].append(words)

    @property
    def screen(self) -> str:
        return "\n\n".join("\n".join(entry) for entry in self._entries[-5:])

    def button(self, label: str) -> _Form:
        for form in reversed(self.buttons):
            if label in form.label:
                return form
        raise AssertionError(f"no button says « {label} » on:\n{self.screen}")
