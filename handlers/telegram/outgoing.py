"""What the postman sees of Telegram."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import NamedTuple

import msgspec
from aiogram.exceptions import AiogramError

from bot.delivery.look import Look
from bot.delivery.model import Impossible, Lane, Letter, Message, Moved, Refusal, Throttled, Unreachable
from bot.delivery.pace import Gate
from bot.pictures.keep import Pictures
from handlers.telegram.changing import Changer
from handlers.telegram.errors import refusal_for
from handlers.telegram.external import shown_as
from handlers.telegram.pace import Pace
from handlers.telegram.page import Page, compose, count_of, look_of
from handlers.telegram.sending import Sender
from handlers.telegram.session import LeanBot
from handlers.telegram.uploads import Uploads

log = logging.getLogger(__name__)

ONE_LETTER = 100.0
"""Seconds for all messages of a letter: less than the lease of bot.delivery.store, under which the postman holds it."""


SAME_PAGE = 5.0
"""Seconds for which a page is not laid out anew: a photo may have been removed meanwhile."""

MOST_PAGES = 32


class _Composed(NamedTuple):
    """The message itself is kept with its page: its number, by which it is found, is then nobody else's."""

    message: Message
    page: Page
    at: float


class TelegramChannel:
    """Carries letters; answers with what bot.delivery knows: an id, or a refusal.

    A long text, or several photos, make more than one message. When one of them fails the letter is tried again
    from that message on. A message arrives twice only if the process dies in between and nothing says how far it got,
    or if Telegram took it and its answer got lost: none is ever missing.
    """

    name = "telegram"
    concurrency = 32
    keeps_words = False

    def __init__(self, bot: LeanBot, pictures: Pictures, pace: Pace | None = None) -> None:
        self._pace = pace or Pace()
        self._uploads = Uploads(pictures)
        self._sender = Sender(bot, self._uploads, self._pace)
        self._changer = Changer(bot, self._uploads, self._pace, self._sender)
        self._composed: OrderedDict[tuple[int, Lane], _Composed] = OrderedDict()

    @property
    def pace(self) -> Gate | None:
        return self._pace.gate

    async def deliver(self, letter: Letter) -> str:
        """The external id (see handlers.telegram.external) of the letter's messages; the last carries the buttons."""
        return await self._carry(letter, self._send)

    async def take_away(self, letter: Letter) -> str:
        return await self._carry(letter, self._take_away)

    def messages_of(self, message: Message) -> int:
        try:
            return count_of(compose(message, Lane.NEWS, message.pictures))
        except Impossible:
            return 0

    async def look(self, message: Message, photos: str) -> Look:
        """Photos are named by their keys: the page knows where it has them."""
        return look_of(compose(message, Lane.NEWS, await self._uploads.still_kept(message.pictures)))

    async def _send(self, letter: Letter, chat: int, page: Page) -> str:
        if letter.replaces:
            return await self._changer.change(letter, chat, shown_as(letter.replaces), page)
        return await self._sender.send(letter, chat, page)

    async def _take_away(self, letter: Letter, chat: int, page: Page) -> str:
        return await self._changer.take_away(letter, chat, shown_as(letter.replaces), page)

    async def _carry(self, letter: Letter, send: Callable[[Letter, int, Page], Awaitable[str]]) -> str:
        try:
            return await self._try(letter, send)
        except Moved:  # what arrived did so elsewhere
            self._sender.forget(letter.id)
            raise
        except Refusal as refusal:
            refusal.partly = self._sender.partly(letter.id)
            raise

    async def _try(self, letter: Letter, send: Callable[[Letter, int, Page], Awaitable[str]]) -> str:
        if not letter.external.lstrip("-").isdecimal():
            raise Impossible(f"“{letter.external[:20]}” is not the number of a chat.")
        left = False

        def may_go() -> bool:
            nonlocal left
            left = letter.may_go()
            return left

        ours = msgspec.structs.replace(letter, may_go=may_go)
        try:
            async with asyncio.timeout(ONE_LETTER):
                return await send(ours, int(letter.external), await self._compose(letter))
        except TimeoutError as error:
            if not left:  # it only waited for its turn: no try is counted
                raise Throttled(timedelta()) from error
            raise Unreachable(f"not sent within {ONE_LETTER:.0f} s") from error
        except AiogramError as error:
            refusal = refusal_for(error)
            if isinstance(refusal, Throttled):
                self._pace.refused(refusal.wait)
            raise refusal from error

    async def _compose(self, letter: Letter) -> Page:
        """The readers of a broadcast share one message, and so one page."""
        message, now = letter.message, asyncio.get_running_loop().time()
        key = id(message), letter.lane
        known = self._composed.get(key)
        if known is not None and known.message is message and now - known.at < SAME_PAGE:
            return known.page
        kept = await self._uploads.still_kept(message.pictures)
        if len(kept) < len(message.pictures):
            log.warning("A letter goes out without a photo that is no longer kept.")
        page = compose(message, letter.lane, kept)
        if page.is_empty:
            raise Impossible("There is nothing to say in this letter.")
        if letter.lane is not Lane.REPLY:
            self._composed[key] = _Composed(message, page, now)
            if len(self._composed) > MOST_PAGES:
                self._composed.popitem(last=False)
        return page
