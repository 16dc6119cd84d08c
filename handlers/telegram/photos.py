"""Photos on their way in: fetched from Telegram and prepared before the turn that uses them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

import msgspec
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramNetworkError, TelegramServerError
from aiogram.methods import GetFile

from bot.pictures.keep import Pictures
from bot.pictures.model import NotAPicture, PicturesUnwritable
from flows.engine.incoming import Incoming
from handlers.telegram.errors import says, words_of
from handlers.telegram.reading import Said
from handlers.telegram.session import LeanSession

log = logging.getLogger(__name__)

Fetch = Callable[[str], Awaitable[bytes]]
"""Given Telegram's name of a file, its content. May raise NotAPicture, or anything when it cannot be had."""

LONGEST = 20.0
"""Seconds a person may wait for their photo to be fetched before they are asked to send it again."""

FETCHED_AT_ONCE = 8
PREPARED_AT_ONCE = 2
"""Preparing takes up to 430 MB and a whole core (bot.pictures.prepare)."""


def from_telegram(bot: Bot, session: LeanSession, pauses: Sequence[float]) -> Fetch:
    """Fetch through the Bot API, again after `pauses` (seconds) when the network fails."""

    async def fetch(file: str) -> bytes:
        for pause in (*pauses, None):
            try:
                found = await bot(GetFile(file_id=file))
                return await session.download(bot, found.file_path or "")
            except TelegramBadRequest as error:
                if says(error, "file is too big"):
                    raise NotAPicture("too_heavy") from error
                raise
            except (TelegramNetworkError, TelegramServerError):
                if pause is None:
                    raise
                await asyncio.sleep(pause)
        raise AssertionError("the last try returns or raises")

    return fetch


class Darkroom:
    """Where photos are developed: a few at once, each within its time. It never fails, it says why there is none."""

    def __init__(self, pictures: Pictures, fetch: Fetch, longest: float = LONGEST) -> None:
        self._pictures = pictures
        self._fetch = fetch
        self._longest = longest
        self._fetching = asyncio.Semaphore(FETCHED_AT_ONCE)
        self._preparing = asyncio.Semaphore(PREPARED_AT_ONCE)

    async def develop(self, said: Said) -> Incoming:
        """The same thing said, with its photo kept or the reason why it could not be."""
        try:
            key = await self._keep(said.file)
        except NotAPicture as refusal:
            return msgspec.structs.replace(said.incoming, refused=refusal.reason)
        except PicturesUnwritable as trouble:
            log.error("%s", trouble)
        except Exception as error:
            log.warning("A photo could not be fetched: %s: %s", type(error).__name__, words_of(error))
        else:
            return msgspec.structs.replace(said.incoming, pictures=(key,))
        return msgspec.structs.replace(said.incoming, refused="unreachable")

    async def _keep(self, file: str) -> str:
        async with self._fetching, asyncio.timeout(self._longest):
            content = await self._fetch(file)
        async with self._preparing:
            picture = await asyncio.to_thread(self._pictures.keep, content)
        return picture.key
