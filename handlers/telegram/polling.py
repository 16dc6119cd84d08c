"""Fetching updates, for a bot without a public address."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence

import msgspec
from aiogram.exceptions import AiogramError, TelegramConflictError, TelegramRetryAfter, TelegramUnauthorizedError

from flows.engine.reception import Closed
from handlers.telegram.errors import TokenRefused, says, words_of
from handlers.telegram.updates import number_of

log = logging.getLogger(__name__)

Ask = Callable[[int, int], Awaitable[list[msgspec.Raw]]]
"""Given an offset and how long to wait in seconds, the updates from that offset on."""

LONG_POLL = 30
"""Seconds; Telegram allows 50."""


def following(offset: int, numbers: Sequence[int | None]) -> int:
    """The offset after these updates, which confirms them; None stands for a number that cannot be read.

    Numbers grow within an answer, so after a number n the next update is at least n + 1, and an update asked for
    from `offset` on is at least `offset`: one more confirms it if they follow each other, and never confirms what
    was not seen. Without any number to start from the offset stays 0. A number below `offset` is right too: after
    a quiet week Telegram may start again anywhere.
    """
    for number in numbers:
        if number is not None:
            offset = number + 1
        elif offset:
            offset += 1
    return offset


class Polling:
    """Never ends by itself: while Telegram or the database fails it waits, `pauses` seconds, and tries again."""

    def __init__(
        self,
        ask: Ask,
        take: Callable[[bytes], Awaitable[None]],
        remove_webhook: Callable[[], Awaitable[object]],
        pauses: Sequence[float],
        closing: asyncio.Event,
    ) -> None:
        self._ask = ask
        self._take = take
        self._remove_webhook = remove_webhook
        self._pauses = pauses
        self._closing = closing
        self._failures = 0
        self.offset = 0

    async def run(self) -> None:
        while not self._closing.is_set():
            answer = await self._asked()
            if answer:
                await self._work(answer)
            elif answer is None:
                await self._pause()
        await self._confirm()

    async def _asked(self) -> list[msgspec.Raw] | None:
        """The next updates, None after a failure. Closing does not wait for the long poll to end."""
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(self._try_to_ask())
            closing = tasks.create_task(self._closing.wait())
            await asyncio.wait({asking, closing}, return_when=asyncio.FIRST_COMPLETED)
            closing.cancel()
            if not asking.done():
                asking.cancel()
                return []
        return asking.result()

    async def _try_to_ask(self) -> list[msgspec.Raw] | None:
        try:
            answer = await self._ask(self.offset, LONG_POLL)
        except TelegramConflictError as error:
            await self._conflict(error)
        except TelegramUnauthorizedError:
            log.error("%s", TokenRefused())
        except TelegramRetryAfter as error:
            log.warning("Telegram asks to wait %d s.", error.retry_after)
            await asyncio.sleep(error.retry_after)
        except AiogramError as error:
            log.warning("Telegram cannot be reached (%s). Parvis tries again.", words_of(error))
        else:
            return answer
        return None

    async def _conflict(self, error: TelegramConflictError) -> None:
        if not says(error, "webhook"):
            log.error(
                "Another program fetches this bot's updates with the same token. Stop it, or give Parvis a token of "
                "its own. Parvis tries again."
            )
            return
        log.warning("A webhook is set for this bot; Parvis removes it, since it fetches updates itself.")
        try:
            await self._remove_webhook()
        except AiogramError as failure:
            log.warning("The webhook could not be removed: %s", words_of(failure))

    async def _work(self, batch: Sequence[msgspec.Raw]) -> None:
        """Take the batch in order, and advance past what is committed, kept or set aside: up to the first failure."""
        results = await asyncio.gather(*(self._take(bytes(raw)) for raw in batch), return_exceptions=True)
        failed = [at for at, result in enumerate(results) if isinstance(result, BaseException)]
        settled = failed[0] if failed else len(batch)
        numbers = [number_of(raw) for raw in batch[:settled]]
        self.offset = following(self.offset, numbers)
        if failed:
            self._tell(results[settled])
            await self._pause()
        elif all(number is None for number in numbers):
            await self._pause()  # Telegram may give them again at once: without this the loop would spin
        else:
            self._failures = 0

    def _tell(self, failure: object) -> None:
        if not isinstance(failure, Closed):
            log.error("Updates cannot be kept (%s). Parvis fetches them again.", type(failure).__name__)

    async def _pause(self) -> None:
        seconds = self._pauses[min(self._failures, len(self._pauses) - 1)]
        self._failures += 1
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)

    async def _confirm(self) -> None:
        """Tell Telegram what was taken, so that the next start does not hear it again. It would not matter much."""
        if self.offset:
            with contextlib.suppress(AiogramError, TimeoutError):
                async with asyncio.timeout(2):
                    await self._ask(self.offset, 0)
