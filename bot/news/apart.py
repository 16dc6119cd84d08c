"""Reading a feed in a process of its own, which is ended when it takes too long.

A feed made for that keeps any parser busy for hours; in a thread of ours it would hold the interpreter's lock, and
nobody would get an answer meanwhile. Started anew for each feed: a tenth of a second, a few times an hour.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence

import msgspec

from bot.news.alone import REFUSED, Job
from bot.news.entries import FeedTrouble, Read
from bot.news.plain import one_line

PATIENCE = 10.0
"""Seconds a feed may take to be read; honest ones take less than one."""

READER = (sys.executable, "-P", "-m", "bot.news.alone")

_HANDED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT", "LD_LIBRARY_PATH", "PYTHONDONTWRITEBYTECODE")
"""Of our environment. The rest holds the token and the address of the database, which are none of its business."""


async def read_apart(
    raw: bytes,
    *,
    content_type: str = "",
    address: str = "",
    patience: float = PATIENCE,
    reader: Sequence[str] = READER,
) -> Read:
    """`read_feed`, bounded. Raises FeedTrouble, also for a feed that takes too long or too much memory."""
    environment = {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*reader, stdin=pipe, stdout=pipe, stderr=pipe, env=environment)
    try:
        job = msgspec.msgpack.encode(Job(raw, content_type, address))
        said, told = await asyncio.wait_for(child.communicate(job), patience)
    except TimeoutError:
        raise FeedTrouble(f"Reading the feed took more than {patience:g} seconds: it was given up.") from None
    finally:
        if child.returncode is None:  # it is too slow, or Parvis stops
            child.kill()
            await child.wait()
    if child.returncode == REFUSED:
        raise FeedTrouble(said.decode(errors="replace"))
    if child.returncode:
        raise FeedTrouble(f"The feed cannot be read ({_cause(told, child.returncode)}).")
    return msgspec.msgpack.decode(said, type=Read)


def _cause(told: bytes, code: int) -> str:
    """The last line of what Python said; a process that was ended from outside says nothing."""
    lines = told.decode(errors="replace").strip().splitlines()
    return one_line(lines[-1])[:200] if lines else f"its process ended with {code}"
