"""The Telegram door as a whole."""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Sequence
from typing import Literal

import msgspec
from aiogram.exceptions import AiogramError, TelegramBadRequest, TelegramNotFound, TelegramUnauthorizedError
from aiogram.methods import DeleteWebhook, GetMe, SetWebhook
from aiogram.utils.token import TokenValidationError

from bot.pictures.keep import Pictures
from bot.storage.work import Desk
from flows.engine.incoming import Heard
from flows.engine.reception import Reception
from flows.engine.scene import Stage
from handlers.telegram import redact
from handlers.telegram.badges import Badges
from handlers.telegram.checking import Finding, check
from handlers.telegram.errands import Errands
from handlers.telegram.errors import TokenRefused, WebhookRefused, words_of
from handlers.telegram.groups import Groups
from handlers.telegram.intake import Intake
from handlers.telegram.outgoing import TelegramChannel
from handlers.telegram.pace import FREE, Pace
from handlers.telegram.photos import Darkroom, Fetch, from_telegram
from handlers.telegram.polling import Polling
from handlers.telegram.profile import introduce
from handlers.telegram.reading import CHANNEL, Said
from handlers.telegram.session import LeanBot, LeanSession, connections_for
from handlers.telegram.taps import Taps
from handlers.telegram.updates import ALLOWED
from handlers.telegram.webhook import PATH, Webhook, secret_of

log = logging.getLogger(__name__)

PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds between tries while something outside fails; the last one repeats."""

GRACE = 5.0
"""Seconds that photos and answers under way have when the door closes."""


class TelegramDoor:
    """`channel` carries letters out, `webhook` is the ASGI application for POST /telegram/webhook, `run` does the rest.

    Making one raises TokenRefused for something that cannot be a token, and takes the token out of every log.
    `rate` is in messages a second. `session`, `fetch` and `pace` are for benchmarks, `pauses` for tests.
    """

    def __init__(
        self,
        *,
        token: str,
        reception: Reception,
        desk: Desk,
        pictures: Pictures,
        stage: Stage,
        api: str = "https://api.telegram.org",
        public_url: str = "",
        mode: Literal["polling", "webhook"] = "polling",
        secret: str = "",
        rate: int = FREE,
        session: LeanSession | None = None,
        fetch: Fetch | None = None,
        pace: Pace | None = None,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        redact.install()
        self._stage = stage
        self._secret = secret or secret_of(token)
        self._address = f"{public_url.rstrip('/')}{PATH}" if mode == "webhook" and public_url else ""
        self._mode = mode
        self._pauses = pauses
        self._session = session or LeanSession(api, connections_for(rate))
        try:
            self._bot = LeanBot(token, self._session)
        except TokenValidationError:
            raise TokenRefused from None
        self.opened = asyncio.Event()  # what was kept is in line, and updates can be taken
        self._closing = asyncio.Event()
        self._ended = asyncio.Event()
        self._running = False
        self._ready = False
        pace = pace or Pace(rate)
        pace.give_way(lambda: reception.awaited_for)
        self._errands = Errands(pauses)
        self._tidying = Errands(pauses, pace.refused)
        self._taps = Taps(self._bot, self._errands, self._tidying, pace)
        self._badges = Badges(self._bot, stage, self._errands)
        self._groups = Groups(self._bot, stage, self._tidying, pace, self._taps)
        darkroom = Darkroom(pictures, fetch or from_telegram(self._bot, self._session, pauses[:2]))
        self._intake = Intake(desk, reception, darkroom, self._groups.met, self._heard, pauses)
        self._polling = Polling(self._updates, self._intake.take, self._set_delivery, pauses, self._closing)
        self.channel = TelegramChannel(self._bot, pictures, pace)
        self.webhook = Webhook(self._intake.take, self._secret)

    async def set_up(self) -> None:
        """Learn the bot's name, choose how updates come, bring the profile up to date.

        Raises TokenRefused and WebhookRefused. A network that is down is no reason not to start: it is told in the
        log, and `run` tries again.
        """
        try:
            me = await self._bot(GetMe())
            self._groups.username = me.username or ""
            self._stage.bot_links[CHANNEL] = f"https://t.me/{me.username}"
            await self._set_delivery()
            self._ready = True
            await introduce(self._bot, self._stage)
        except (TelegramUnauthorizedError, TelegramNotFound):
            raise TokenRefused from None
        except AiogramError as error:
            log.warning("Telegram cannot be reached yet (%s). Parvis tries again.", words_of(error))

    async def _set_delivery(self) -> None:
        """What waits at Telegram is never dropped: residents wrote it while we were away."""
        if self._mode == "polling":
            await self._bot(DeleteWebhook(drop_pending_updates=False))
            return
        if not self._address:
            raise WebhookRefused("no public address is given")
        try:
            await self._bot(
                SetWebhook(
                    url=self._address,
                    secret_token=self._secret,
                    allowed_updates=list(ALLOWED),
                    drop_pending_updates=False,
                )
            )
        except TelegramBadRequest as error:
            raise WebhookRefused(words_of(error)) from None

    async def run(self) -> None:
        """Take up what was kept before a restart, then serve until `stop`. Telegram's failures never end it."""
        self._running = True
        try:
            async with asyncio.TaskGroup() as tasks:
                errands = {tasks.create_task(each.run()) for each in (self._errands, self._tidying)}
                await self._intake.open(tasks)
                self.opened.set()
                await self._be_ready()
                if self._mode == "polling":
                    await self._polling.run()
                await self._closing.wait()
                await self._intake.close(GRACE)
                self._errands.close()
                self._tidying.close()
                _done, late = await asyncio.wait(errands, timeout=GRACE)
                for each in late:
                    each.cancel()
        finally:
            self._ended.set()

    async def _be_ready(self) -> None:
        """Set up if that has not been done, or could not be."""
        for pause in itertools.chain(self._pauses, itertools.repeat(self._pauses[-1])):
            if not self._ready and not self._closing.is_set():
                try:
                    await self.set_up()
                except (TokenRefused, WebhookRefused) as refused:
                    log.error("%s", refused)
            if self._ready or self._closing.is_set():
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), pause)

    def stop(self) -> None:
        """Take nothing more; `run` returns once what is under way has ended or is kept. Letters can still go out."""
        self._closing.set()

    async def close(self) -> None:
        """Stop, wait for `run` to return, and hang up. To be called when the postman has sent his last letter."""
        self.stop()
        if self._running:
            await self._ended.wait()
        await self._session.close()

    async def link(self) -> str:
        """Where a private talk with the bot opens; empty when Telegram cannot be reached. Raises TokenRefused."""
        try:
            return f"https://t.me/{(await self._bot(GetMe())).username}"
        except (TelegramUnauthorizedError, TelegramNotFound):
            raise TokenRefused from None
        except AiogramError as error:
            log.warning("Telegram cannot be reached (%s).", words_of(error))
            return ""

    async def check(self) -> list[Finding]:
        """For `parvis check`: whether all is well, and a sentence about it. Changes nothing."""
        return await check(self._bot, self._session.at, self._address)

    async def _updates(self, offset: int, wait: int) -> list[msgspec.Raw]:
        return await self._session.updates(self._bot, offset, ALLOWED, wait)

    def _heard(self, said: Said, heard: Heard) -> None:
        if said.tap:
            self._taps.heard(said.tap, heard)
        if heard.staff is not None:
            self._badges.heard(said.incoming, staff=heard.staff)
