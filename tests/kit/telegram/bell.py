"""Waiting for something to happen, without polling."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Bell:
    """Wakes everybody who waits. Ringing is synchronous, so that a tap is one plain call.

    Ring only in the event loop in which the others wait.
    """

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def ring(self) -> None:
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)

    async def until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """True as soon as the condition holds; False after `timeout` seconds. It is asked after every ring."""
        deadline = asyncio.get_running_loop().time() + timeout
        while not condition():
            rung: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(rung)
            left = deadline - asyncio.get_running_loop().time()
            done, _ = await asyncio.wait([rung], timeout=max(0.0, left))
            if not done:
                self._waiting = [each for each in self._waiting if each is not rung]
                return condition()
        return True
