"""Small calls that nobody waits for: answering a pressed button, tidying its message, a word to a group."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from aiogram.exceptions import AiogramError, TelegramNetworkError, TelegramRetryAfter, TelegramServerError

from bot.delivery.model import Throttled
from handlers.telegram.errors import words_of

log = logging.getLogger(__name__)

Errand = Callable[[], Awaitable[object]]

HANDS = 8
MOST_WAITING = 2000


class Errands:
    """Done in order by a few hands, tried again when the network fails, given up without harm otherwise.

    `refused` is told how long to wait when Telegram says « too many requests » of what counts as a message.
    """

    def __init__(self, pauses: Sequence[float], refused: Callable[[timedelta], None] = lambda _wait: None) -> None:
        self._pauses = pauses[:3]
        self._refused = refused
        self._waiting: asyncio.Queue[Errand | None] = asyncio.Queue()

    def add(self, errand: Errand) -> None:
        """Never waits. Beyond the most that may wait the errand is dropped: answers that late help nobody."""
        if self._waiting.qsize() < MOST_WAITING:
            self._waiting.put_nowait(errand)
        else:
            log.warning("A small call that nobody waits for is given up: too many are waiting.")

    async def run(self) -> None:
        """Serve until `close`, and finish what is waiting then."""
        async with asyncio.TaskGroup() as hands:
            for _hand in range(HANDS):
                hands.create_task(self._serve())

    def close(self) -> None:
        for _hand in range(HANDS):
            self._waiting.put_nowait(None)

    async def _serve(self) -> None:
        while errand := await self._waiting.get():
            await self._do(errand)

    async def _do(self, errand: Errand) -> None:
        for pause in (*self._pauses, None):
            try:
                await errand()
                return
            except (TelegramNetworkError, TelegramServerError) as error:
                log.debug("An errand failed: %s", words_of(error))
                if pause is not None:
                    await asyncio.sleep(pause)
            except Throttled as error:
                log.debug("An errand is given up: %s", error)
                return
            except AiogramError as error:
                log.debug("An errand was refused: %s", words_of(error))
                if isinstance(error, TelegramRetryAfter):
                    self._refused(timedelta(seconds=error.retry_after))
                return
            except Exception:
                log.exception("An errand failed.")
                return
