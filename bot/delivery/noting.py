"""Letters that arrived, until that is written down: all that has come in the meantime in one transaction."""

import asyncio
from collections.abc import Callable, Sequence

from sqlalchemy.exc import DBAPIError

from bot.delivery import store
from bot.delivery.counters import Counters
from bot.delivery.model import Letter
from bot.delivery.trouble import endured
from bot.storage.work import Desk, Work

AGAIN_AFTER = 1.0
"""Seconds between two tries while the database is away."""


class Noting:
    """`run` returns once nothing more can come, as `over` says, and all is noted."""

    def __init__(self, desk: Desk, counters: Counters, over: Callable[[], bool]) -> None:
        self._desk, self._counters, self._over = desk, counters, over
        self._delivered: list[store.Delivered] = []
        self.bell = asyncio.Event()

    def __len__(self) -> int:
        return len(self._delivered)

    def add(self, letter: Letter, external: str, *, keeps_words: bool) -> None:
        self._delivered.append(store.Delivered(letter, external, keeps_words))
        self.bell.set()

    def numbers(self) -> list[int]:
        return [delivered.letter.id for delivered in self._delivered]

    def shown_at(self, address: int, slot: str) -> str | None:
        """What the outbox does not know yet of what shows this slot."""
        for earlier in reversed(self._delivered):
            if earlier.letter.address == address and earlier.letter.message.slot == slot:
                return earlier.external_id
        return None

    async def run(self) -> None:
        while True:
            await self.bell.wait()
            self.bell.clear()
            if batch := list(self._delivered):
                try:
                    await self._desk.run(_noting(batch))
                except DBAPIError as failure:
                    if not endured(failure):
                        raise
                    await asyncio.sleep(AGAIN_AFTER)
                    self.bell.set()
                    continue
                del self._delivered[: len(batch)]
                self._counters.sent += len(batch)
            if self._over():  # the bell is rung once at the end: perhaps for this very batch
                return


def _noting(batch: Sequence[store.Delivered]) -> Callable[[Work], None]:
    return lambda work: store.note_sent(work, batch)
