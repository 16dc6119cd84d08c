"""A channel that carries letters nowhere: it keeps them, or refuses them as it was told."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable
from html import escape

from bot.delivery.look import Bubble, Look
from bot.delivery.model import Letter, Message, Refusal, Withdrawn
from bot.delivery.pace import Gate


class Pigeon:
    """A Channel. `refusals` are given to the next letters, in order; None lets one through. While `open` is clear,
    letters are on their way and do not arrive; while `ready` is clear, they wait for their turn to leave."""

    def __init__(self, name: str = "kit", concurrency: int = 4, pace: Gate | None = None) -> None:
        self.name = name
        self.concurrency = concurrency
        self.pace = pace
        self.keeps_words = False
        self.taken_away: list[Letter] = []
        self.ready = asyncio.Event()
        self.ready.set()
        self.waiting: list[Letter] = []  # for their turn to leave
        self.refusals: deque[Refusal | Exception | None] = deque()
        self.arrived: list[Letter] = []
        self.tried: list[Letter] = []
        self.under_way = 0
        self.most_under_way = 0
        self.open = asyncio.Event()
        self.open.set()
        self._attempts: asyncio.Queue[Letter] = asyncio.Queue()

    def deliver(self, letter: Letter) -> Awaitable[str]:
        return self._fly(letter)

    def take_away(self, letter: Letter) -> Awaitable[str]:
        self.taken_away.append(letter)
        return self._fly(letter)

    def messages_of(self, message: Message) -> int:
        return 1

    async def look(self, message: Message, photos: str) -> Look:
        return Look((Bubble(escape(message.text), message.pictures),))

    async def _fly(self, letter: Letter) -> str:
        if self.pace is None:
            return await self._leave(letter)
        async with self.pace.turn(letter.lane):
            return await self._leave(letter)

    async def _leave(self, letter: Letter) -> str:
        self.waiting.append(letter)
        try:
            await self.ready.wait()
        finally:
            self.waiting.remove(letter)
        if not letter.may_go():
            raise Withdrawn
        self.tried.append(letter)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        self._attempts.put_nowait(letter)
        try:
            await self.open.wait()
        finally:
            self.under_way -= 1
        refusal = self.refusals.popleft() if self.refusals else None
        if refusal is not None:
            raise refusal
        self.arrived.append(letter)
        return f"{self.name}-{letter.id}"

    async def attempts(self, count: int) -> list[str]:
        """Wait for so many attempts; gives the words of the letters, in order."""
        async with asyncio.timeout(10):
            return [(await self._attempts.get()).message.text for _ in range(count)]

    @property
    def words(self) -> list[str]:
        return [letter.message.text for letter in self.arrived]
