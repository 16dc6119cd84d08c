"""Waiting for what gives no sign: another process, a row in a database, a postman with nothing in hand.

Where somebody rings, wait for the bell instead: `Screen.wait_for` for what a person sees, `BotApiServer.answered` for
what the bot did at Telegram, `asyncio.Event` for anything of our own.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable

PATIENCE = 20.0
"""Seconds. Only a test that fails, or a very busy machine, ever waits so long."""

PAUSE = 0.002
"""Seconds between two looks: no result hangs on it."""


async def until(holds: Callable[[], bool | Awaitable[bool]], what: str, within: float = PATIENCE) -> float:
    """Return as soon as `holds` does, with the seconds that took; raises TimeoutError which says `what` was awaited."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while True:
        held = holds()
        if await held if inspect.isawaitable(held) else held:
            return loop.time() - began
        if loop.time() - began > within:
            raise TimeoutError(f"not within {within} s: {what}")
        await asyncio.sleep(PAUSE)
