"""Letters of broadcasts that ended long ago, and those whose messages may still have to be changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Select, func, select, update

from bot.delivery.broadcast import Act, broadcast
from bot.delivery.forgetting import Forgetting, Reach, reach
from bot.delivery.model import Lane
from bot.delivery.outbox import letter
from bot.storage.work import Desk, Work
from tests.kit.broadcasts import Office
from tests.kit.clock import Time
from tests.kit.pigeon import Pigeon

KEPT = timedelta(days=30)
LONG_AFTER = timedelta(days=31)


@pytest.fixture
def pigeon() -> Pigeon:
    return Pigeon()


@pytest.fixture
def office(desk: Desk, time: Time, pigeon: Pigeon) -> Office:
    return Office(desk, time, pigeon)


def forgetting(standing: Sequence[int] = ()) -> Forgetting:
    def those(_work: Work) -> Select[tuple[int]]:
        return select(broadcast.c.id).where(broadcast.c.id.in_(list(standing)))

    return Forgetting(KEPT, those)


def letters_of(office: Office, number: int) -> int:
    return sum(office.states(number).values())


async def one_ended(office: Office, people: int = 5) -> int:
    await office.people(people)
    number = await office.plan()
    async with office.at_work():
        await office.until_ended(number)
    return number


async def test_of_what_is_over_nothing_is_kept(office: Office, time: Time) -> None:
    number = await one_ended(office)
    job = forgetting()
    time.advance(KEPT - timedelta(minutes=1))
    assert await office.run(job.forget) == 0
    time.advance(timedelta(minutes=2))
    assert [await office.run(lambda work: job.forget(work, 3)) for _slice in range(3)] == [3, 2, 0]
    assert letters_of(office, number) == 0
    assert office.figures(number).sent == 5
    assert await office.run(lambda work: reach(work, number)) == Reach(False, {"kit": 5})


async def test_of_what_stands_whoever_has_a_message_is_kept_and_may_see_it_put_right(
    office: Office, time: Time, pigeon: Pigeon
) -> None:
    number = await one_ended(office)

    def as_others_end(work: Work) -> None:
        """One never arrived anywhere, one is shown from here."""
        found = work.connection.scalars(select(letter.c.id).where(letter.c.broadcast_id == number)).all()
        for which, values in ((found[0], {"state": "gone", "external_id": None}), (found[1], {"payload": "{}"})):
            work.connection.execute(update(letter).where(letter.c.id == which).values(**values))

    await office.run(as_others_end)
    job = forgetting([number])
    time.advance(LONG_AFTER)
    assert [await office.run(job.forget) for _tick in range(2)] == [2, 0]
    assert await office.run(lambda work: reach(work, number)) == Reach(True, {})
    office.kind.words = "Corrigé"
    edit = await office.plan(lane=Lane.EDIT, act=Act.EDIT, of=number)
    office.new_postman()
    async with office.at_work():
        await office.until_ended(edit)
    assert [one.message.text for one in pigeon.arrived if one.replaces] == ["Corrigé"] * 3


async def test_once_it_stands_no_more_the_rest_is_forgotten_when_its_messages_have_been_changed(
    office: Office, time: Time, pigeon: Pigeon
) -> None:
    number = await one_ended(office)
    standing = [number]
    job = forgetting(standing)
    time.advance(LONG_AFTER)
    assert await office.run(job.forget) == 0
    recall = await office.plan(lane=Lane.EDIT, act=Act.DELETE, of=number)
    standing.clear()
    assert await office.run(job.forget) == 0  # nobody has been told yet
    office.new_postman()
    async with office.at_work():
        await office.until_ended(recall)
    assert len(pigeon.taken_away) == 5
    assert await office.run(job.forget) == 5
    assert letters_of(office, recall) == 5


async def test_of_several_that_stand_one_is_gone_through_at_a_tick(office: Office, time: Time) -> None:
    await office.people(2)
    numbers = [await office.plan(ref) for ref in ("un", "deux", "trois")]
    async with office.at_work():
        for number in numbers:
            await office.until_ended(number)
    await office.run(lambda work: work.connection.execute(update(letter).values(payload="{}")))
    job = forgetting(numbers[:2])
    time.advance(LONG_AFTER)
    assert [await office.run(job.forget) for _tick in range(4)] == [2, 2, 2, 0]


async def test_what_has_not_ended_is_not_forgotten(office: Office, time: Time) -> None:
    await office.people(3)
    number = await office.plan()
    async with office.at_work():
        await office.until_ended(number)
    await office.run(lambda work: _goes_on(work, number))
    time.advance(LONG_AFTER)
    assert await office.run(forgetting().forget) == 0


def _goes_on(work: Work, number: int) -> None:
    values = {"state": "paused", "ended_at": None}
    work.connection.execute(update(broadcast).where(broadcast.c.id == number).values(**values))


async def test_single_letters_of_the_same_people_are_not_its_business(office: Office, time: Time) -> None:
    await one_ended(office, 2)
    time.advance(LONG_AFTER)
    await office.run(lambda work: work.connection.execute(update(letter).values(broadcast_id=None)))
    assert await office.run(forgetting().forget) == 0
    with office.desk.reading() as work:
        assert work.connection.execute(select(func.count()).select_from(letter)).scalar_one() == 2
