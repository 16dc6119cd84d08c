"""What goes wrong in the middle of a broadcast loses no letter, sends none twice, and stops nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Coroutine, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from bot.storage.work import Desk
from tests.kit.broadcasts import Office
from tests.kit.clock import Time
from tests.kit.pigeon import Pigeon

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def pigeon() -> Pigeon:
    return Pigeon()


@pytest.fixture
def office(desk: Desk, time: Time, pigeon: Pigeon) -> Office:
    return Office(desk, time, pigeon)


@contextlib.contextmanager
def outage(desk: Desk) -> Iterator[None]:
    """No transaction begins."""

    def fail(_connection: Connection) -> None:
        fault = sqlite3.OperationalError("disk I/O error")
        fault.sqlite_errorcode = sqlite3.SQLITE_IOERR
        raise OperationalError("BEGIN", None, fault)

    event.listen(desk.engine, "begin", fail)
    try:
        yield
    finally:
        event.remove(desk.engine, "begin", fail)


async def test_what_is_called_back_as_it_is_taken_up_returns_to_the_outbox(office: Office, pigeon: Pigeon) -> None:
    await office.people(4)
    number = await office.plan()
    taken_up = 0

    def stopping_at_the_fourth(
        loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], **more: Any
    ) -> asyncio.Task[Any]:
        """Stops the postman when letters were taken up that have not made their first step."""
        nonlocal taken_up
        task = asyncio.Task(work, loop=loop, **more)
        if "_carry" in getattr(work, "__qualname__", ""):
            taken_up += 1
            if taken_up == 4:
                office.postman.stop()
        return task

    loop = asyncio.get_running_loop()
    loop.set_task_factory(stopping_at_the_fourth)  # type: ignore[arg-type]  # its words differ from version to version
    try:
        async with office.at_work():
            await office.until(lambda: taken_up == 4)
    finally:
        loop.set_task_factory(None)
    assert pigeon.tried == []
    assert office.states(number) == {"queued": 4}
    office.new_postman()
    async with office.at_work():
        await office.until_ended(number)
    assert office.assert_counted(number).sent == 4


async def test_an_outage_of_the_database_lets_go_of_nothing_that_is_on_the_wire(office: Office, pigeon: Pigeon) -> None:
    await office.people(8)
    pigeon.open.clear()
    number = await office.plan()
    async with office.at_work():
        await pigeon.attempts(4)
        with outage(office.desk):  # the very next round meets it
            await office.rounds(2)
        await office.rounds(2)
        assert pigeon.under_way == 4  # as many as it takes at once
        pigeon.open.set()
        await office.until_ended(number)
    assert office.assert_counted(number).sent == 8
