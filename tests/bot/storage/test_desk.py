"""Pieces of work that wait together make one transaction: each is kept or undone alone, unless the database is lost."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from bot.storage import work as works
from bot.storage.failures import is_collision, is_outage
from bot.storage.work import MOST_BEFORE, Desk, Work
from tests.kit.samples import plot, plots_taken, take_plot


def taken(work: Work) -> int:
    return take_plot(work, "Ana")


def breaks(work: Work) -> None:
    take_plot(work, "never kept")
    raise ZeroDivisionError


def miswritten(work: Work) -> None:
    take_plot(work, "never kept")
    work.connection.execute(text("SELECT nothing_of_the_kind FROM sample_plot"))


def taken_already(work: Work) -> None:
    work.connection.execute(insert(plot), [{"id": 1, "who": "Ana"}, {"id": 1, "who": "Paul"}])


def the_server_leaves(work: Work) -> None:
    take_plot(work, "never kept")
    work.connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


async def together(desk: Desk, *jobs: object) -> list[object]:
    """Asked for in one breath, so that they share a transaction."""
    return await asyncio.gather(*(desk.run(job) for job in jobs), return_exceptions=True)  # type: ignore[arg-type]


async def test_patient_work_lets_others_go_first_and_goes_alone(desk: Desk) -> None:
    done: list[str] = []
    all_wait = threading.Event()

    def first(_work: Work) -> None:
        assert all_wait.wait(5)

    def says(word: str, *, patient: bool = False) -> Awaitable[None]:
        return asyncio.ensure_future(desk.run(lambda _work: done.append(word), patient=patient))

    asked = [asyncio.ensure_future(desk.run(first)), says("a", patient=True), says("b", patient=True), says("turn")]
    asyncio.get_running_loop().call_soon(all_wait.set)
    await asyncio.gather(*asked)
    assert done == ["turn", "a", "b"]


async def test_patient_work_takes_a_breath_in_which_others_may_follow(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(works, "A_BREATH", 30.0)
    done: list[str] = []

    def follows(_work: Work) -> None:
        done.append("the next turn")
        monkeypatch.setattr(works, "A_BREATH", 0.0)

    def turn(_work: Work) -> None:
        done.append("a turn")

    turned = asyncio.ensure_future(desk.run(turn))
    patient = asyncio.ensure_future(desk.run(lambda _work: done.append("patient"), patient=True))
    await turned
    await desk.run(follows)
    await asyncio.wait_for(patient, 10)
    assert done == ["a turn", "the next turn", "patient"]


async def test_patient_work_is_done_even_while_others_never_cease_to_come(desk: Desk) -> None:
    loop = asyncio.get_running_loop()
    turns: list[asyncio.Task[None]] = []
    waits, done = threading.Event(), threading.Event()

    def comes() -> None:
        turns.append(loop.create_task(desk.run(turn)))
        loop.call_soon(waits.set)

    def turn(_work: Work) -> None:
        """The next one waits before this one is through."""
        if not done.is_set() and len(turns) < 50:
            waits.clear()
            loop.call_soon_threadsafe(comes)
            assert waits.wait(5)

    comes()
    await desk.run(lambda _work: done.set(), patient=True)
    before = len(turns)
    await asyncio.gather(*turns)
    assert before <= MOST_BEFORE + 3


@pytest.mark.parametrize("wrong", [breaks, miswritten, taken_already])
async def test_a_piece_that_fails_is_undone_alone(desk: Desk, wrong: object) -> None:
    results = await together(desk, taken, wrong, taken, wrong, taken)
    assert [one for one in results if isinstance(one, int)] == [1, 2, 3]
    assert len([one for one in results if isinstance(one, Exception)]) == 2
    assert not any(is_outage(one) for one in results if isinstance(one, Exception))
    with desk.reading() as work:
        assert plots_taken(work) == 3


async def test_what_waits_for_the_commit_is_called_for_those_who_are_kept_only(desk: Desk) -> None:
    called: list[str] = []

    def kept(work: Work) -> None:
        work.after.append(lambda: called.append("kept"))

    def undone(work: Work) -> None:
        work.after.append(lambda: called.append("undone"))
        raise ZeroDivisionError

    await together(desk, kept, undone, kept)
    assert called == ["kept", "kept"]


async def test_the_same_row_twice_is_a_collision(desk: Desk) -> None:
    with pytest.raises(DBAPIError) as raised:
        await desk.run(taken_already)
    assert is_collision(raised.value)
    assert not is_outage(raised.value)


@pytest.mark.postgres
class TestOnPostgres:
    @pytest.fixture
    def database(self, postgres_database: str) -> str:
        return postgres_database

    async def test_a_server_that_leaves_is_an_outage_for_all_who_shared_the_transaction(self, desk: Desk) -> None:
        results = await together(desk, taken, taken, the_server_leaves, taken)
        lost = [one for one in results if isinstance(one, Exception)]
        assert lost
        assert all(is_outage(one) for one in lost)
        with desk.reading() as work:
            assert plots_taken(work) == len(results) - len(lost)

    async def test_a_connection_that_is_lost_while_nothing_is_done_costs_one_try_at_most(self, desk: Desk) -> None:
        ours = await desk.run(lambda work: work.connection.scalar(text("SELECT pg_backend_pid()")))
        with desk.reading() as work:
            work.connection.execute(text("SELECT pg_terminate_backend(:ours, 5000)"), {"ours": ours})
        with pytest.raises(DBAPIError) as raised:
            await desk.run(taken)
        assert is_outage(raised.value)
        assert await desk.run(taken) == 1
