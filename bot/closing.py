"""Closing doors one after the other, in the time that all of them have together."""

import asyncio
import logging

log = logging.getLogger(__name__)


class Closing:
    """`seconds` for everything, from the moment this is made."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._began = asyncio.get_running_loop().time()

    async def finish(self, until: float, **doors: asyncio.Task[None] | None) -> None:
        """Wait for doors to close, together, until this share of the time is over: the rest is for those after them.
        What is still held then is left to the next start."""
        tasks = {task: name for name, task in doors.items() if task is not None}
        end = self._began + until * self._seconds
        _done, late = await asyncio.wait(tasks, timeout=max(0.0, end - asyncio.get_running_loop().time()))
        for task in late:
            log.warning(
                "Closing: %s did not finish in time; what it held is kept and will be taken up again.", tasks[task]
            )
            task.cancel()
