"""Photos on their way out: sent as files the first time, by Telegram's own name for them afterwards."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Sequence

from aiogram.types import BufferedInputFile, Message

from bot.pictures.keep import Pictures

MOST_REMEMBERED = 2000


class Uploads:
    """Which photos Telegram has already. In memory: after a restart a photo is simply sent again."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures
        self._names: OrderedDict[str, str] = OrderedDict()
        self._going_up: dict[str, asyncio.Lock] = {}

    async def still_kept(self, keys: Sequence[str]) -> list[str]:
        """Those that have not been removed: what somebody had erased is not shown again, even if Telegram has it."""
        if not keys:
            return []
        return await asyncio.to_thread(lambda: [key for key in keys if self._pictures.path(key).exists()])

    async def photo(self, key: str) -> str | BufferedInputFile:
        if name := self._names.get(key):
            self._names.move_to_end(key)
            return name
        content = await asyncio.to_thread(self._pictures.read, key)
        return BufferedInputFile(content, f"{key[:16]}.jpg")

    @contextlib.asynccontextmanager
    async def first_alone(self, key: str) -> AsyncIterator[None]:
        """While a photo is sent for the first time, others who would send it wait: a broadcast has dozens of letters
        under way, and its photo goes up once."""
        if key in self._names:
            yield
            return
        lock = self._going_up.setdefault(key, asyncio.Lock())
        try:
            await lock.acquire()
            if key in self._names:
                lock.release()
                yield
                return
            try:
                yield
            finally:
                lock.release()
        finally:
            if not lock.locked():
                self._going_up.pop(key, None)

    def remember(self, key: str, sent: Message) -> None:
        """Any of the sizes in the answer stands for the photo; the last is the largest."""
        if sent.photo:
            self._names[key] = sent.photo[-1].file_id
            if len(self._names) > MOST_REMEMBERED:
                self._names.popitem(last=False)

    def forget(self, keys: Iterable[str]) -> bool:
        """Gives whether any of them was known."""
        known = [key for key in keys if key in self._names]
        for key in known:
            del self._names[key]
        return bool(known)
