"""Statements that go to the driver's own cursor take lists and fail as SQLAlchemy's do."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.people.store import find_people, meet
from bot.storage.failures import is_collision
from bot.storage.heard import hear
from bot.storage.work import Desk

MANY = 40_000
"""More than a statement may have parameters: 32,766 on SQLite, 65,535 on PostgreSQL for two a key."""


def test_a_list_of_any_length_is_one_parameter(desk: Desk) -> None:
    keys = [("kit", f"{number}") for number in range(MANY)]
    with desk.work() as work:
        assert hear(work, keys[1:]) == set(keys[1:])
        assert hear(work, keys) == {keys[0]}


def test_names_of_any_script_are_found_again(desk: Desk) -> None:
    names = ["été", "إبلاغ", 'with "quotes" and \\', "📷", "%s {} $1 :name"]
    with desk.work() as work:
        met = meet(work, [("kit", name, "fr") for name in names])
        found = find_people(work, [("kit", name) for name in [*names, "nobody"]])
    assert {person.external: person.id for person in found.values()} == {person.external: person.id for person in met}


def test_the_same_person_met_twice_is_a_collision(desk: Desk) -> None:
    with desk.work() as work:
        meet(work, [("kit", "Ana", "fr")])
    with pytest.raises(IntegrityError) as raised, desk.work() as work:
        meet(work, [("kit", "Ana", "fr")])
    assert is_collision(raised.value)


@pytest.mark.postgres
class TestOnPostgres:
    @pytest.fixture
    def database(self, postgres_database: str) -> str:
        return postgres_database

    def test_an_item_too_long_for_its_column_is_refused_rather_than_cut(self, desk: Desk) -> None:
        with pytest.raises(DBAPIError, match="too long"), desk.work() as work:
            hear(work, [("kit", "1" * 81)])

    def test_nobody_is_found_under_a_name_cut_to_the_width_of_its_column(self, desk: Desk) -> None:
        with desk.work() as work:
            meet(work, [("kit", "a" * 80, "fr")])
            assert not find_people(work, [("kit", "a" * 81)])
