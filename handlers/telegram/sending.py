"""The messages that make a letter, sent one after the other."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import SendMediaGroup, SendPhoto
from aiogram.types import InputMediaPhoto, MediaUnion, Message
from msgspec import UNSET

from handlers.telegram.calls import SendText
from handlers.telegram.errors import UNKNOWN_FILE, says
from handlers.telegram.external import external_of
from handlers.telegram.keyboards import Markup, as_aiogram
from handlers.telegram.pace import Pace
from handlers.telegram.page import Page
from handlers.telegram.session import LeanBot
from handlers.telegram.uploads import Uploads

MOST_IN_ALBUM = 10
MOST_REMEMBERED = 1000

Step = Callable[[], Awaitable[str]]
Result = TypeVar("Result")


class Sender:
    """Remembers in memory how far a letter got, so that the next try goes on from the message that failed."""

    def __init__(self, bot: LeanBot, uploads: Uploads, pace: Pace) -> None:
        self._bot = bot
        self._uploads = uploads
        self._pace = pace
        self._done: OrderedDict[int, int] = OrderedDict()  # letter → its messages already sent

    async def send(self, letter: int, chat: int, page: Page) -> str:
        """The external id of the last message. Raises aiogram's exceptions."""
        steps = self._steps(chat, page)
        first = min(self._done.get(letter, 0), len(steps) - 1)
        external = ""
        for at, (count, step) in enumerate(steps[first:], first + 1):
            await self._pace.turn(chat, count)
            external = await step()
            if at < len(steps):
                self._remember_done(letter, at)
        self._done.pop(letter, None)
        return external

    def _remember_done(self, letter: int, steps: int) -> None:
        self._done[letter] = steps
        if len(self._done) > MOST_REMEMBERED:
            self._done.popitem(last=False)

    def _steps(self, chat: int, page: Page) -> list[tuple[int, Step]]:
        """The messages of a page in order: how many each counts for, and how to send it."""
        steps: list[tuple[int, Step]] = []
        for at in range(0, len(page.pictures), MOST_IN_ALBUM):
            keys = page.pictures[at : at + MOST_IN_ALBUM]
            if len(keys) > 1:
                steps.append((len(keys), partial(self._album, chat, keys)))
            else:
                steps.append((1, partial(self._photo, chat, keys[0], page.caption, None if page.texts else page.below)))
        steps += [(1, partial(self._text, chat, text, None)) for text in page.texts[:-1]]
        steps += [(1, partial(self._text, chat, text, page.below)) for text in page.texts[-1:]]
        return steps

    async def _text(self, chat: int, text: str, below: Markup | None) -> str:
        sent = await self._bot.make(SendText(chat, text, below or UNSET))
        return external_of(sent.message_id)

    async def _photo(self, chat: int, key: str, caption: str, below: Markup | None) -> str:
        async def once() -> Message:
            photo = await self._uploads.photo(key)
            words = caption or None
            return await self._bot(
                SendPhoto(chat_id=chat, photo=photo, caption=words, parse_mode="HTML", reply_markup=as_aiogram(below))
            )

        sent = await self.with_files((key,), once)
        self._uploads.remember(key, sent)
        return external_of(sent.message_id, key)

    async def _album(self, chat: int, keys: Sequence[str]) -> str:
        async def once() -> list[Message]:
            media: list[MediaUnion] = [InputMediaPhoto(media=await self._uploads.photo(key)) for key in keys]
            return await self._bot(SendMediaGroup(chat_id=chat, media=media))

        sent = await self.with_files(keys, once)
        for key, message in zip(keys, sent, strict=False):
            self._uploads.remember(key, message)
        return external_of(sent[-1].message_id, keys[-1])

    async def with_files(self, keys: Sequence[str], send: Callable[[], Awaitable[Result]]) -> Result:
        """Telegram may have forgotten a file that it had: then it is uploaded again."""
        try:
            return await send()
        except TelegramBadRequest as error:
            if not says(error, *UNKNOWN_FILE) or not self._uploads.forget(keys):
                raise
            return await send()
