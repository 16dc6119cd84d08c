"""What the postman sees of Telegram."""

import asyncio
import logging

from aiogram.exceptions import AiogramError

from bot.delivery.model import Impossible, Letter, Unreachable
from bot.pictures.keep import Pictures
from handlers.telegram.changing import Changer
from handlers.telegram.errors import refusal_for
from handlers.telegram.external import shown_as
from handlers.telegram.pace import Pace
from handlers.telegram.page import Page, compose
from handlers.telegram.sending import Sender
from handlers.telegram.session import LeanBot
from handlers.telegram.uploads import Uploads

log = logging.getLogger(__name__)

ONE_LETTER = 100.0
"""Seconds for all messages of a letter: less than the lease of bot.delivery.store, under which the postman holds it."""


class TelegramChannel:
    """Carries letters; answers with what bot.delivery knows: an id, or a refusal.

    A long text, or several photos, make more than one message. When one of them fails the letter is tried again
    from that message on. A message arrives twice only if the process dies in between, or if Telegram took it and
    its answer got lost: none is ever missing.
    """

    name = "telegram"
    concurrency = 32

    def __init__(self, bot: LeanBot, pictures: Pictures, pace: Pace | None = None) -> None:
        pace = pace or Pace()
        self._uploads = Uploads(pictures)
        self._sender = Sender(bot, self._uploads, pace)
        self._changer = Changer(bot, self._uploads, pace, self._sender)

    async def deliver(self, letter: Letter) -> str:
        """The external id (see handlers.telegram.external) of the letter's last message, which carries the buttons."""
        if not letter.external.lstrip("-").isdecimal():
            raise Impossible(f"“{letter.external[:20]}” is not the number of a chat.")
        chat = int(letter.external)
        try:
            async with asyncio.timeout(ONE_LETTER):
                page = await self._compose(letter)
                if letter.replaces:
                    return await self._changer.change(letter.id, chat, shown_as(letter.replaces), page)
                return await self._sender.send(letter.id, chat, page)
        except TimeoutError as error:
            raise Unreachable(f"not sent within {ONE_LETTER:.0f} s") from error
        except AiogramError as error:
            raise refusal_for(error) from error

    async def _compose(self, letter: Letter) -> Page:
        kept = await self._uploads.still_kept(letter.message.pictures)
        if len(kept) < len(letter.message.pictures):
            log.warning("A letter goes out without a photo that is no longer kept.")
        page = compose(letter.message, letter.lane, kept)
        if page.is_empty:
            raise Impossible("There is nothing to say in this letter.")
        return page
