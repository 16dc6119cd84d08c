"""What goes wrong in the middle of a broadcast loses no letter, sends none twice, and stops nothing else."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Select, event, literal, select, text, update
from sqlalchemy.exc import OperationalError

from bot.delivery import broadcasts, rounds, spreading
from bot.delivery.broadcast import Act, Broadcast, State
from bot.delivery.model import Impossible, Lane, Message, Unreachable
from bot.delivery.outbox import letter
from bot.delivery.store import Draft, write
from bot.people.store import find_people, mark_back
from bot.storage.work import Desk, Work
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


class Outage:
    """While it is `on`, no transaction begins."""

    def __init__(self, desk: Desk) -> None:
        self.on = False
        event.listen(desk.engine, "begin", self._fail)

    def _fail(self, _connection: Connection) -> None:
        if self.on:
            fault = sqlite3.OperationalError("disk I/O error")
            fault.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise OperationalError("BEGIN", None, fault)


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
    outage = Outage(office.desk)
    await office.people(8)
    pigeon.open.clear()
    number = await office.plan()
    async with office.at_work():
        await pigeon.attempts(4)
        outage.on = True  # the very next round meets it
        await office.rounds(2)
        outage.on = False
        await office.rounds(2)
        assert pigeon.under_way == 4  # as many as it takes at once
        pigeon.open.set()
        await office.until_ended(number)
    assert office.assert_counted(number).sent == 8


async def test_a_reply_given_up_while_it_is_on_the_wire_is_not_taken_up_again(
    office: Office, pigeon: Pigeon, time: Time
) -> None:
    (name,) = await office.people(1)
    (person,) = (await office.run(lambda work: find_people(work, [("kit", name)]))).values()
    pigeon.open.clear()
    async with office.at_work():
        await office.run(lambda work: write(work, [Draft(person.address, Message(text="première"))]))
        office.postman.wake()
        await pigeon.attempts(1)
        await office.run(lambda work: rounds.lose(work, person.address, "blocked", lambda *_: None))  # learnt elsewhere
        pigeon.refusals.append(Unreachable("HTTP 502"))
        pigeon.open.set()
        await office.settle()
        await office.run(lambda work: mark_back(work, [person.address]))
        time.advance(MINUTE)
        await office.settle()
        await office.run(lambda work: write(work, [Draft(person.address, Message(text="deuxième"))]))
        office.postman.wake()
        await office.until(lambda: bool(pigeon.arrived))
    assert pigeon.words == ["deuxième"]
    with office.desk.reading() as work:
        kept = work.connection.execute(select(letter.c.state, letter.c.error).order_by(letter.c.id)).all()
    assert [tuple(row) for row in kept] == [("failed", "blocked"), ("sent", None)]


async def test_a_reply_that_has_lost_its_words_holds_nothing_up(office: Office, pigeon: Pigeon) -> None:
    names = await office.people(2)
    at = [
        one.address for one in (await office.run(lambda work: find_people(work, [("kit", n) for n in names]))).values()
    ]
    lost, _good = await office.run(
        lambda work: write(work, [Draft(at[0], Message(text="perdue")), Draft(at[1], Message(text="gardée"))])
    )
    await office.run(
        lambda work: work.connection.execute(update(letter).where(letter.c.id == lost).values(payload=None))
    )
    async with office.at_work():
        await office.until(lambda: bool(pigeon.arrived))
    assert pigeon.words == ["gardée"]
    with office.desk.reading() as work:
        assert work.connection.scalar(select(letter.c.state).where(letter.c.id == lost)) == "failed"


async def test_a_correction_or_a_recall_interrupted_by_a_crash_is_taken_up_again(
    office: Office, pigeon: Pigeon
) -> None:
    await office.people(4)
    number = await office.plan()
    async with office.at_work():
        await office.until_ended(number)
    recall = await office.plan(lane=Lane.EDIT, act=Act.DELETE, of=number)
    one = office.one(recall)
    await office.run(lambda work: spreading.spread(work, one, office.kind))
    await office.run(lambda work: rounds.take(work, one, office.kind, "kit", 4))  # and the process dies
    office.new_postman()
    await office.postman.take_duty()
    async with office.at_work():
        await office.until_ended(recall)
    assert len(pigeon.taken_away) == 4
    figures = office.assert_counted(recall)
    assert (figures.sent, figures.unknown) == (4, 0)


async def test_a_correction_also_reaches_what_another_process_with_a_faster_clock_has_on_the_wire(
    office: Office, pigeon: Pigeon, time: Time
) -> None:
    await office.people(4)
    pigeon.open.clear()
    number = await office.plan()
    async with office.at_work():
        await pigeon.attempts(4)
        office.kind.words = "Corrigé"
        edit = await office.plan(lane=Lane.EDIT, act=Act.EDIT, of=number, starts_at=time.now() - SECOND)
        await office.rounds(3)
        pigeon.open.set()
        await office.until_ended(number)
        await office.until_ended(edit)
    assert office.assert_counted(edit).sent == 4
    assert pigeon.words == ["Bonjour"] * 4 + ["Corrigé"] * 4


async def test_that_its_author_cannot_be_told_stops_neither_the_broadcast_nor_anything_else(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    await office.people(2)
    told = office.kind.told

    def badly_told(work: Work, one: Broadcast) -> None:
        told(work, one)
        if one.state is State.DONE:
            work.after.append(lambda: office.kind.told_of.append((one.state, "for nothing")))
            work.connection.execute(text("INSERT INTO nowhere VALUES (1)"))

    office.kind.told = badly_told  # type: ignore[method-assign]
    number = await office.plan()
    async with office.at_work():
        await office.until_ended(number)
        await office.settle()
    assert office.assert_counted(number).sent == 2
    assert office.kind.told_of == [(State.RUNNING, ""), (State.DONE, "")]
    assert "Nobody could be told" in caplog.text


async def test_a_recall_reaches_letters_that_arrived_in_part(office: Office, pigeon: Pigeon) -> None:
    names = await office.people(3)
    waits, gives_up = Unreachable("HTTP 502"), Impossible("refused")
    waits.partly, gives_up.partly = "half of one", "half of two"
    pigeon.refusals.extend([waits, gives_up])
    number = await office.plan()
    async with office.at_work():
        await office.until(lambda: len(pigeon.tried) == 3)
        await office.settle()
        await office.run(lambda work: broadcasts.stop(work, number))
        recall = await office.plan(lane=Lane.EDIT, act=Act.DELETE, of=number)
        await office.until_ended(recall)
    (whole,) = [one for one in pigeon.arrived if not one.replaces]
    taken_away = {one.external: one.replaces for one in pigeon.taken_away}
    assert taken_away == dict(zip(names, ["half of one", "half of two", f"kit-{whole.id}"], strict=True))
    assert office.assert_counted(recall).sent == 3


async def test_a_correction_leaves_alone_what_will_still_be_sent_with_the_new_words(
    office: Office, pigeon: Pigeon, time: Time
) -> None:
    await office.people(1)
    half = Unreachable("HTTP 502")
    half.partly = "half of one"
    pigeon.refusals.append(half)
    number = await office.plan()
    async with office.at_work():
        await office.until(lambda: len(pigeon.tried) == 1)
        await office.settle()
        office.kind.words = "Corrigé"
        edit = await office.plan(lane=Lane.EDIT, act=Act.EDIT, of=number)
        await office.until_ended(edit)
        time.advance(MINUTE)
        office.postman.wake()
        await office.until_ended(number)
    assert pigeon.words == ["Corrigé"]
    assert office.figures(edit).total == 0


@pytest.mark.parametrize(("times", "is_paused"), [(1, False), (1000, True)])
async def test_somebody_erased_while_letters_are_written_does_not_pause_it_unless_that_never_ends(
    office: Office, monkeypatch: pytest.MonkeyPatch, times: int, is_paused: bool
) -> None:
    people = await office.people(3)
    audience, asked = office.kind.audience, 0

    def with_somebody_erased(work: Work, one: Broadcast, after: int, most: int) -> Select[tuple[int, int, str]]:
        """As another process does it: their address was still there when the database looked."""
        nonlocal asked
        asked += 1
        if asked > times:
            return audience(work, one, after, most)
        return select(literal(1), literal(1), literal("kit"))

    monkeypatch.setattr(office.kind, "audience", with_somebody_erased)
    number = await office.plan()
    async with office.at_work():
        await office.until(lambda: office.one(number).state in (State.PAUSED, State.DONE))
        if is_paused:
            assert "IntegrityError" in office.one(number).because
            monkeypatch.undo()
            await office.run(lambda work: broadcasts.resume(work, number))
            await office.until_ended(number)
    assert office.assert_counted(number).sent == len(people)
    assert ((State.PAUSED, "") in [(state, "") for state, _ in office.kind.told_of]) is is_paused
