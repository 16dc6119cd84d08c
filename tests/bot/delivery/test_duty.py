"""Who holds the lock sends: at once what a dead process had under way, and never what is in another's hands."""

from __future__ import annotations

import asyncio
import threading

import pytest
from sqlalchemy import update

from bot.delivery import duty as duties
from bot.delivery import store
from bot.delivery.broadcasts import plan
from bot.delivery.duty import Duty
from bot.delivery.model import Lane, Message
from bot.delivery.outbox import letter
from bot.delivery.postman import Postman
from bot.delivery.store import Draft
from bot.people.model import Person
from bot.storage.work import Desk, Work
from tests.bot.delivery.test_postman import Office
from tests.kit.clock import Time
from tests.kit.pigeon import Pigeon


class Lock:
    """A lock that a test gives and takes."""

    def __init__(self) -> None:
        self.ours = False
        self.answers = threading.Event()
        self.answers.set()

    def hold(self) -> bool:
        self.answers.wait(20)
        return self.ours

    def let_go(self) -> None:
        self.ours = False


@pytest.fixture
def pigeon() -> Pigeon:
    return Pigeon()


@pytest.fixture
def lock() -> Lock:
    return Lock()


@pytest.fixture
def office(desk: Desk, time: Time, pigeon: Pigeon) -> Office:
    office = Office(desk, time, pigeon)
    office.postman = Postman(desk, [pigeon], on_duty=False)
    return office


async def leave_under_way(office: Office, person: Person, word: str) -> int:
    """A process dies between the channel's word and its note; gives the letter's number."""
    draft = Draft(person.address, Message(text=word))
    return (await office.desk.run(lambda work: store.write(work, [draft], handed=True)))[0]


async def test_what_a_dead_process_had_under_way_goes_at_once(office: Office, pigeon: Pigeon, lock: Lock) -> None:
    (ana,) = await office.people("ana")
    await leave_under_way(office, ana, "un")
    await office.write(ana, "deux")
    duty = Duty(office.postman, lock)
    async with office.at_work():
        await duty.begin()
        office.postman.wake()
        await office.desk.run(lambda _work: None)
        assert pigeon.tried == []
        lock.ours = True
        running = asyncio.create_task(duty.run())
        assert await pigeon.attempts(2) == ["un", "deux"]
        duty.end()
        await running
    assert office.rows(letter.c.state) == [("sent",), ("sent",)]


async def test_a_broadcast_under_way_is_not_sent_again(office: Office, pigeon: Pigeon, lock: Lock) -> None:
    (ana,) = await office.people("ana")
    number = await leave_under_way(office, ana, "à toute la ville")

    def of_a_broadcast(work: Work) -> None:
        one = plan(work, kind="kit", ref="un", lane=Lane.NEWS, starts_at=work.now)
        values = {"broadcast_id": one.id, "channel": pigeon.name}
        work.connection.execute(update(letter).where(letter.c.id == number).values(values))

    await office.desk.run(of_a_broadcast)
    lock.ours = True
    await Duty(office.postman, lock).begin()
    assert office.rows(letter.c.state, letter.c.error) == [("failed", "unknown")]


async def test_what_is_in_hand_is_not_taken_back_when_the_lock_is_lost_and_found(
    office: Office, pigeon: Pigeon, lock: Lock
) -> None:
    (ana,) = await office.people("ana")
    duty = Duty(office.postman, lock)
    lock.ours = True
    await duty.begin()
    pigeon.open.clear()
    async with office.at_work():
        await office.write(ana, "un")
        assert await pigeon.attempts(1) == ["un"]
        office.postman.leave_duty()
        assert not office.postman.on_duty
        await duty.begin()
        assert office.postman.on_duty
        assert office.rows(letter.c.state) == [("sending",)]
        pigeon.open.set()
    assert pigeon.words == ["un"]


async def test_a_lost_lock_puts_the_postman_off_duty(office: Office, pigeon: Pigeon, lock: Lock) -> None:
    (ana,) = await office.people("ana")
    duty = Duty(office.postman, lock)
    lock.ours = True
    await duty.begin()
    lock.ours = False
    await duty.begin()
    async with office.at_work():
        await office.write(ana, "un")
        await office.desk.run(lambda _work: None)
    assert pigeon.tried == []


async def test_a_lock_that_is_not_heard_of_is_lost_until_it_is(
    office: Office, lock: Lock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duties, "LONGEST_LOOK", 0.05)
    monkeypatch.setattr(duties, "LOOK_EVERY", 0.01)
    duty = Duty(office.postman, lock)
    async with office.at_work():
        lock.ours = True
        await duty.begin()
        assert office.postman.on_duty
        lock.answers.clear()
        running = asyncio.create_task(duty.run())
        async with asyncio.timeout(10):
            while office.postman.on_duty:
                await asyncio.sleep(0)
            lock.answers.set()
            while not office.postman.on_duty:
                await asyncio.sleep(0)
        duty.end()
        await running
    await duty.close()
    assert not lock.ours
