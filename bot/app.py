"""The whole bot, put together: the rooms, the doors, and the order in which they open and close."""

import asyncio
import logging
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from bot.city.folder import find
from bot.city.load import load
from bot.city.model import City
from bot.closing import Closing
from bot.delivery.broadcast import Kind
from bot.delivery.channel import Channel
from bot.delivery.duty import Duty
from bot.delivery.hands import heard_elsewhere, look_at_everything
from bot.delivery.model import Letter, Message
from bot.delivery.postman import Postman
from bot.figures import house_figures
from bot.news.anew import drop_untrue
from bot.news.choose import drop_choices_of_gone
from bot.news.plan import KIND
from bot.news.public import shows_picture
from bot.news.series import make_due
from bot.pictures.keep import Pictures
from bot.serving import Server, web_server
from bot.settings import Settings
from bot.start import CannotStart, utc_now
from bot.storage.alone import Alone, AnotherServes, alone
from bot.storage.bell import Listening
from bot.storage.checkpoints import Checkpoints
from bot.storage.database import DatabaseUnusable, open_database
from bot.storage.keys import house_secret
from bot.storage.migrate import migrate
from bot.storage.work import Clock as Time
from bot.storage.work import Desk
from bot.upkeep import upkeep
from flows.engine.reception import Reception
from flows.engine.scene import Stage
from flows.news_broadcast import NewsKind
from flows.news_digest import Digests
from flows.news_feeds import ask_about_entries
from flows.news_progress import tell_progress
from flows.news_series import series_teller
from flows.subjects import all_flows
from handlers.clock.clock import Clock, Ticks
from handlers.clock.feeds import Feeds
from handlers.telegram.pace import FOR_BULK
from handlers.web.channel import WebChannel
from handlers.web.elsewhere import Elsewhere
from handlers.web.metrics import metrics
from handlers.web.news import news_pages
from handlers.web.previews import preview_pages
from handlers.web.reports import report_pages
from handlers.web.site import make_site

if TYPE_CHECKING:
    from handlers.telegram.door import TelegramDoor
    from handlers.telegram.pace import Pace
    from handlers.telegram.photos import Fetch
    from handlers.telegram.session import LeanSession

log = logging.getLogger(__name__)

PATH = "/telegram/webhook"

DRAIN = 10.0
"""Seconds given to what is in flight when Parvis stops, all of it together."""


@dataclass(frozen=True)
class World:
    """What stands in place of the outside in tests and benchmarks; nothing does when the bot is served."""

    session: "LeanSession | None" = None
    fetch: "Fetch | None" = None
    pace: "Pace | None" = None
    pictures: Pictures | None = None
    secret: str = ""  # the webhook's
    kinds: dict[str, Kind] | None = None  # of broadcasts


class App:
    """Everything but the network socket: built without side effects beyond the database and the pictures' folder."""

    def __init__(self, settings: Settings, clock: Time = utc_now, world: World | None = None) -> None:
        self.settings = settings
        self._world = world or World()
        self.city: City = load(find(settings.city))
        self.engine = open_database(settings.database)
        lock = alone(self.engine)
        self._bring_up_to_date(lock)
        self.desk = Desk(self.engine, clock)
        with self.desk.work() as work:
            secret = bytes.fromhex(house_secret(work, "web"))
            webhook_secret = self._world.secret or house_secret(work, "telegram")
        self.pictures = self._world.pictures or Pictures(settings.data / "photos")
        pace = settings.telegram_rate * FOR_BULK
        self.stage = Stage(all_flows(), self.city, settings.page, bulk_pace=pace, messages_of=self._messages_of)
        self.reception = Reception(
            self.desk, self.stage, self._hand, lambda: self.postman.on_duty, drop_choices_of_gone
        )
        self.telegram = self._telegram(webhook_secret)
        self.web = WebChannel()
        channels: list[Channel] = [self.web]
        if self.telegram:
            channels.append(self.telegram.channel)
        self._channels = {each.name: each for each in channels}
        self.postman = Postman(
            self.desk,
            channels,
            on_duty=False,
            kinds=self._kinds(),
            on_gone=drop_choices_of_gone,
            untrue=drop_untrue,
        )
        self.elsewhere = Elsewhere(self.web, self.desk, lambda: self.postman.on_duty)
        self.duty = Duty(self.postman, lock)
        self.listening = Listening(self.engine, heard_elsewhere, look_at_everything)
        self.checkpoints = Checkpoints(self.engine)
        self.clock = Clock(self.desk, self.reception, upkeep(self.city, self.pictures), self._ticks(), self._feeds())
        self.site: ASGIApp = make_site(
            channel=self.web,
            reception=self.reception,
            desk=self.desk,
            pictures=self.pictures,
            stage=self.stage,
            secret=secret,
            public_url=settings.public_url,
            pages=[
                lambda pages: report_pages(self.desk, self.stage, pages),
                lambda pages: news_pages(self.desk, self.stage, pages),
                lambda pages: preview_pages(self.desk, self.pictures, channels, pages),
                lambda _pages: metrics(self.desk, house_figures(self.postman, self.reception), settings.metrics_access),
            ],
            may_see=[shows_picture],
            served=[each.name for each in channels],
            mounts={PATH: self.telegram.webhook} if self.telegram else {},
        )

    def _bring_up_to_date(self, lock: Alone) -> None:
        """Raises CannotStart rather than change an SQLite database under the process that serves it."""
        try:
            migrate(self.engine, lock)
        except AnotherServes as other:
            raise CannotStart(str(other)) from None
        except DatabaseUnusable:
            lock.let_go()
            raise

    def _ticks(self) -> Ticks:
        """What the clock looks at besides drafts and upkeep."""
        city, page = self.city, self.stage.page
        return {
            "news": (timedelta(seconds=30), lambda work: make_due(work, city, series_teller(city))),
            "digests": (timedelta(seconds=30), Digests(city, page).send_digests),
            "news progress": (timedelta(seconds=5), lambda work: tell_progress(work, city, page)),
        }

    def _feeds(self) -> Feeds | None:
        """Read by the process that sends; whoever may approve is asked about what they bring."""
        if not self.city.news.feeds:
            return None
        return Feeds(
            self.desk,
            self.city,
            announce=lambda work, items: ask_about_entries(work, self.city, items),
            on_duty=lambda: self.postman.on_duty,
        )

    def _kinds(self) -> dict[str, Kind]:
        """What is known of each kind of broadcast."""
        return {KIND: NewsKind(self.city, self.stage.page), **(self._world.kinds or {})}

    def _hand(self, letters: Sequence[Letter]) -> None:
        self.postman.hand(letters)

    def _messages_of(self, channel: str, message: Message) -> int:
        """An address may be left from a channel that is closed now: nothing goes there."""
        known = self._channels.get(channel)
        return known.messages_of(message) if known else 0

    def _telegram(self, secret: str) -> "TelegramDoor | None":
        """Raises CannotStart for something that cannot be a token."""
        settings = self.settings
        if settings.telegram_token is None:
            return None
        # aiogram takes seconds and 150 MB to import: a house without Telegram does without it.
        from handlers.telegram.door import TelegramDoor
        from handlers.telegram.errors import TokenRefused

        try:
            return self._make_telegram(TelegramDoor, settings.telegram_token.get_secret_value(), secret)
        except TokenRefused as refused:
            raise CannotStart(str(refused)) from None

    def _make_telegram(self, make: "type[TelegramDoor]", token: str, secret: str) -> "TelegramDoor":
        settings = self.settings
        return make(
            token=token,
            reception=self.reception,
            desk=self.desk,
            pictures=self.pictures,
            stage=self.stage,
            api=settings.telegram_api,
            public_url=settings.public_url,
            mode=settings.telegram_mode,
            session=self._world.session,
            fetch=self._world.fetch,
            pace=self._world.pace,
            secret=secret,
            rate=settings.telegram_rate,
        )

    async def serve(self, listening: socket.socket, stop: asyncio.Event, ready: Callable[[], None]) -> None:
        """Open the doors and serve until `stop`; then close them in the order that loses nothing:
        nothing new comes in, what came in is taken, what was said is carried."""
        await self._begin_duty()
        await self._set_up_telegram()
        server = Server(web_server(self.site, self.settings.trusted_proxies))
        async with asyncio.TaskGroup() as house:
            duty = house.create_task(self.duty.run())
            postman = house.create_task(self.postman.run())
            reception = house.create_task(self.reception.run())
            elsewhere = house.create_task(self.elsewhere.run())
            hearing = house.create_task(self.listening.run())
            copying = house.create_task(self.checkpoints.run())
            web = house.create_task(server.serve(sockets=[listening]))
            telegram = house.create_task(self.telegram.run()) if self.telegram else None
            self.clock.start()
            if self.telegram and telegram:
                await asyncio.wait(
                    {telegram, house.create_task(self.telegram.opened.wait())}, return_when="FIRST_COMPLETED"
                )
            ready()
            await stop.wait()
            log.info("Stopping: finishing what is in flight.")
            closing = Closing(DRAIN)
            self.postman.stop_broadcasts()
            self.clock.stop()
            clock = house.create_task(self.clock.ended())
            self.elsewhere.end()
            self.web.close()
            server.should_exit = True
            if self.telegram:
                self.telegram.stop()
            await closing.finish(0.6, telegram=telegram, web=web, clock=clock)
            self.reception.close()
            await closing.finish(0.75, reception=reception, elsewhere=elsewhere)
            self.postman.stop()
            await closing.finish(0.95, postman=postman)
            self.duty.end()
            self.listening.end()
            self.checkpoints.end()
            await closing.finish(1.0, duty=duty, hearing=hearing, copying=copying)
        await self.close()

    async def _begin_duty(self) -> None:
        """Raises CannotStart when another process serves this database and there can only be one, or when the lock
        cannot be had at all."""
        try:
            await self.duty.begin()
        except (AnotherServes, DatabaseUnusable) as other:
            await self.close()
            raise CannotStart(str(other)) from None

    async def _set_up_telegram(self) -> None:
        """Raises CannotStart when Telegram refuses the token or the webhook."""
        if self.telegram is None:
            return
        from handlers.telegram.errors import TokenRefused, WebhookRefused

        try:
            await self.telegram.set_up()
        except (TokenRefused, WebhookRefused) as refused:
            await self.close()
            raise CannotStart(str(refused)) from None

    async def close(self) -> None:
        """Hang up and let go of the database."""
        if self.telegram:
            await self.telegram.close()
        await self.duty.close()
        self.desk.close()


def ready_lines(app: App, data: Path) -> list[str]:
    """What the operator reads when the bot is ready."""
    address = app.settings.address
    telegram = app.stage.bot_links.get("telegram", "")
    return [
        f"Parvis is ready for {app.city.name}.",
        f"  Chat:      {address}/chat",
        f"  Telegram:  {telegram or 'not set. Ask @BotFather for a token, then: PARVIS_TELEGRAM_TOKEN=… make run'}",
        f"  Data:      {data.resolve()}",
        "  Stop with Ctrl+C.",
    ]
