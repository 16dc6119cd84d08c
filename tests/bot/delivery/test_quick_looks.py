"""What is looked up in every round goes straight to it, however many letters there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.delivery import claims, rounds, spreading, store
from bot.storage.work import Desk, Work
from tests.kit.broadcasts import Office
from tests.kit.clock import Time
from tests.kit.pigeon import Pigeon

LOOKS: dict[str, tuple[Callable[[Work, Any, Office], Any], str]] = {
    "a round": (lambda work, one, office: rounds.take(work, one, office.kind, "kit", 4), "ix_letter_broadcast"),
    "the end": (lambda work, one, office: spreading.is_empty(work, one), "ix_letter_broadcast"),
    "a sweep": (lambda work, one, office: spreading.sweep(work, one, 5), "ix_letter_broadcast"),
    "single letters": (lambda work, one, office: claims.claim(work, ["kit"], 5), "ix_letter_waiting"),
    "what waits": (lambda work, one, office: store.waiting(work, ["kit"]), "ix_letter_waiting"),
    "under way": (lambda work, one, office: spreading._is_under_way(work, one), "ix_letter_sending"),
}


@pytest.mark.parametrize("look", LOOKS)
async def test_every_look_uses_the_index_made_for_it(
    sqlite_database: str, time: Time, look: str, request: pytest.FixtureRequest
) -> None:
    from bot.storage.database import open_database

    desk = Desk(open_database(sqlite_database), time.now)
    office = Office(desk, time, Pigeon())
    await office.people(20)
    number = await office.plan()
    one = office.one(number)
    await office.run(lambda work: spreading.spread(work, one, office.kind))
    call, index = LOOKS[look]
    asked: list[str] = []

    def trace(work: Work) -> list[str]:
        driver = work.connection.connection.dbapi_connection
        assert driver is not None
        driver.set_trace_callback(asked.append)  # type: ignore[attr-defined]
        call(work, one, office)
        driver.set_trace_callback(None)  # type: ignore[attr-defined]
        looks = [statement for statement in asked if "letter" in statement and "SELECT" in statement]
        plans = [str(row[3]) for each in looks for row in work.cursor().execute(f"EXPLAIN QUERY PLAN {each}")]
        return [plan for plan in plans if "letter" in plan and "SEARCH address" not in plan]

    plans = await office.run(trace)
    assert any(index in plan for plan in plans), plans
    assert not any("uq_letter" in plan or plan == "SCAN letter" for plan in plans), plans
    desk.close()
