"""Lines: those who sent something that takes time wait behind themselves, and nobody else does."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from flows.engine.incoming import Incoming
from flows.engine.reception import Closed
from handlers.telegram.reading import Said

Result = TypeVar("Result")


@dataclass(eq=False)
class Waiting:
    """An update in line. `kept` tells whether it was written down: False when it had come before, an exception
    when it could not be. `developed` is its photo on the way, once there is one."""

    said: Said
    raw: bytes
    kept: asyncio.Future[bool]
    developed: asyncio.Task[Incoming] | None = None


class Lines:
    """`serve` takes the first of a line; the next one follows when it returns. Raising Closed ends the line."""

    def __init__(self, serve: Callable[[Waiting], Awaitable[None]]) -> None:
        self._serve = serve
        self._lines: dict[str, deque[Waiting]] = {}
        self._group: asyncio.TaskGroup | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    def open(self, group: asyncio.TaskGroup) -> None:
        self._group = group

    def __contains__(self, sender: str) -> bool:
        return sender in self._lines

    def join(self, waiting: Waiting) -> None:
        """At the end of the person's line, at once: order is that of the calls. Raises Closed."""
        if self._group is None:
            raise Closed("The door is not open.")
        sender = waiting.said.incoming.sender
        line = self._lines.get(sender)
        if line is not None:
            line.append(waiting)
        else:
            self._lines[sender] = deque([waiting])
            self.start(self._empty(sender))

    def start(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        """Work done beside the lines, which ends with them. Raises Closed."""
        if self._group is None:
            work.close()
            raise Closed("The door is not open.")
        task = self._group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self, grace: float) -> None:
        """Give the lines `grace` seconds, then leave what is in them."""
        self._group = None
        if self._tasks:
            _done, left = await asyncio.wait(self._tasks, timeout=grace)
            for task in left:
                task.cancel()

    async def _empty(self, sender: str) -> None:
        line = self._lines[sender]
        try:
            while line:
                await self._serve(line[0])
                line.popleft()
        except Closed:
            return
        finally:
            del self._lines[sender]
