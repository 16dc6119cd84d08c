"""What Parvis holds when it stops has ten seconds, all together."""

from __future__ import annotations

import asyncio
import logging

import pytest

from bot.closing import Closing

GIVEN = 0.2
"""Seconds."""


async def never() -> None:
    await asyncio.Event().wait()


async def quick() -> None:
    return


async def test_doors_that_never_close_share_the_time(caplog: pytest.LogCaptureFixture) -> None:
    loop = asyncio.get_running_loop()
    doors = [asyncio.create_task(never()) for _door in range(5)]
    began = loop.time()
    closing = Closing(GIVEN)
    await closing.finish(0.6, telegram=doors[0], web=doors[1])
    await closing.finish(0.75, reception=doors[2])
    await closing.finish(0.95, postman=doors[3])
    await closing.finish(1.0, duty=doors[4])
    assert loop.time() - began < 2 * GIVEN
    await asyncio.gather(*doors, return_exceptions=True)
    assert all(door.cancelled() for door in doors)
    assert [name for name in ("telegram", "web", "postman") if f"{name} did not finish" not in caplog.text] == []


async def test_a_door_that_closes_gives_its_time_to_the_next(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    closing = Closing(60)
    await closing.finish(0.6, telegram=None, web=asyncio.create_task(quick()))
    await closing.finish(1.0, postman=asyncio.create_task(quick()))
    assert not caplog.text
