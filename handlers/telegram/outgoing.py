"""Carrying letters to Telegram."""

import asyncio
import logging
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import NamedTuple

from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramBadRequest
from aiogram.methods import (
    DeleteMessage,
    EditMessageCaption,
    EditMessageMedia,
    EditMessageText,
    SendMediaGroup,
    SendMessage,
    SendPhoto,
)
from aiogram.types import InlineKeyboardMarkup, InputMediaPhoto, LinkPreviewOptions, MediaUnion, Message

from bot.delivery.model import Impossible, Letter, NothingToEdit, Unreachable
from bot.pictures.keep import Pictures
from handlers.telegram.errors import NOT_MODIFIED, UNKNOWN_FILE, refusal_for, refusal_of_edit, says
from handlers.telegram.keyboards import Markup
from handlers.telegram.pace import Pace
from handlers.telegram.page import Page, compose
from handlers.telegram.uploads import Uploads

log = logging.getLogger(__name__)

ONE_LETTER = 100.0
"""Seconds for all messages of a letter: less than the lease under which the postman holds it."""

MOST_IN_ALBUM = 10
MOST_REMEMBERED = 1000
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
AN_EXTERNAL = re.compile(r"(?P<kind>[tp])(?P<message>\d+)(?:\.(?P<picture>[0-9a-f]+))?")

Step = Callable[[], Awaitable[str]]


class Shown(NamedTuple):
    """A message as an external id names it: "t123" is text, "p123.0a1b2c3d4e5f6071" the photo of that key.

    Telegram edits text and captions by different methods, and says nothing of what a message was.
    """

    kind: str
    message: int
    picture: str

    @classmethod
    def read(cls, external: str) -> "Shown":
        """Raises NothingToEdit for an id that this door did not make."""
        found = AN_EXTERNAL.fullmatch(external)
        if not found:
            raise NothingToEdit("This message was not sent by Telegram's door.")
        return cls(found["kind"], int(found["message"]), found["picture"] or "")


def text_id(message: Message) -> str:
    return f"t{message.message_id}"


def photo_id(message_id: int, key: str) -> str:
    return f"p{message_id}.{key[:16]}"


class TelegramChannel:
    """What the postman sees of Telegram.

    A long text, or several photos, is more than one message. If one of them fails the letter is tried again from
    that message on; only when the process dies in between, or Telegram took a message and its answer got lost, does
    the person see a message twice. Never is one missing.
    """

    name = "telegram"
    concurrency = 32

    def __init__(self, bot: Bot, pictures: Pictures, pace: Pace | None = None) -> None:
        self._bot = bot
        self._uploads = Uploads(pictures)
        self._pace = pace or Pace()
        self._done: OrderedDict[int, int] = OrderedDict()  # letters sent in part: how many of their messages

    async def deliver(self, letter: Letter) -> str:
        """The external id of the last message of the letter (see `Shown`). Raises the refusals of bot.delivery."""
        if not letter.external.lstrip("-").isdecimal():
            raise Impossible(f"“{letter.external[:20]}” is not the number of a chat.")
        try:
            async with asyncio.timeout(ONE_LETTER):
                page = await self._compose(letter)
                if letter.replaces:
                    return await self._change(letter, Shown.read(letter.replaces), page)
                return await self._send(letter, page)
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

    # A new message

    async def _send(self, letter: Letter, page: Page) -> str:
        chat = int(letter.external)
        steps = self._steps(chat, page)
        done = min(self._done.pop(letter.id, 0), len(steps) - 1)
        external = ""
        for at, (count, step) in enumerate(steps[done:], done):
            await self._pace.turn(chat, count)
            try:
                external = await step()
            except AiogramError:
                self._remember_done(letter.id, at)
                raise
        return external

    def _remember_done(self, letter: int, steps: int) -> None:
        if steps:
            self._done[letter] = steps
            if len(self._done) > MOST_REMEMBERED:
                self._done.popitem(last=False)

    def _steps(self, chat: int, page: Page) -> list[tuple[int, Step]]:
        """The messages of a page in order: how many count for the pace, and how to send them."""
        steps: list[tuple[int, Step]] = []
        for at in range(0, len(page.pictures), MOST_IN_ALBUM):
            keys = page.pictures[at : at + MOST_IN_ALBUM]
            if len(keys) > 1:
                steps.append((len(keys), partial(self._album, chat, keys)))
            else:
                steps.append((1, partial(self._photo, chat, keys[0], page.caption, None if page.texts else page.below)))
        for text in page.texts[:-1]:
            steps.append((1, partial(self._text, chat, text, None)))
        for text in page.texts[-1:]:
            steps.append((1, partial(self._text, chat, text, page.below)))
        return steps

    async def _text(self, chat: int, text: str, markup: Markup | None) -> str:
        sent = await self._bot(
            SendMessage(
                chat_id=chat, text=text, parse_mode="HTML", link_preview_options=NO_PREVIEW, reply_markup=markup
            )
        )
        return text_id(sent)

    async def _photo(self, chat: int, key: str, caption: str, markup: Markup | None) -> str:
        async def send() -> Message:
            photo = await self._uploads.photo(key)
            return await self._bot(
                SendPhoto(
                    chat_id=chat, photo=photo, caption=caption or None, parse_mode="HTML", reply_markup=markup
                )
            )

        sent = await self._with_files((key,), send)
        self._uploads.remember(key, sent)
        return photo_id(sent.message_id, key)

    async def _album(self, chat: int, keys: Sequence[str]) -> str:
        async def send() -> list[Message]:
            media: list[MediaUnion] = [InputMediaPhoto(media=await self._uploads.photo(key)) for key in keys]
            return await self._bot(SendMediaGroup(chat_id=chat, media=media))

        sent = await self._with_files(keys, send)
        for key, message in zip(keys, sent, strict=False):
            self._uploads.remember(key, message)
        return photo_id(sent[-1].message_id, keys[-1])

    async def _with_files[Result](self, keys: Sequence[str], send: Callable[[], Awaitable[Result]]) -> Result:
        """Telegram may forget a file we sent before: then it is uploaded again."""
        try:
            return await send()
        except TelegramBadRequest as error:
            if not says(error, *UNKNOWN_FILE) or not self._uploads.forget(keys):
                raise
            return await send()
