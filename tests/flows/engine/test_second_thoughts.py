"""Words corrected after they were sent."""

from __future__ import annotations

import pytest

from flows.engine.flow import Flows
from tests.kit.residents import Resident
from tests.kit.samples import asking, garden_flow, only, whole_garden


@pytest.fixture
def database(sqlite_database: str) -> str:
    return sqlite_database


@pytest.fixture
def flows() -> Flows:
    return only(
        garden_flow(asking(("one", "Un ?"), ("two", "Deux ?")), "two", ("deux",), "Compter", links=("two",)),
        garden_flow(whole_garden),
    )


async def test_the_newest_answer_is_corrected(resident: Resident) -> None:
    await resident.says("/deux")
    await resident.says("roouge")
    await resident.edits("rouge")
    assert resident.answers == {"one": "rouge"}
    assert "Deux ?" in resident.screen


async def test_a_correction_that_is_no_answer_is_asked_again(resident: Resident) -> None:
    await resident.says("/jardin")
    await resident.says("Les Lilas")
    await resident.edits("x")
    assert "en dire un peu plus" in resident.screen
    assert "Quel nom sur le panneau ?" in resident.screen


async def test_an_older_answer_is_not_changed_and_the_person_is_told(resident: Resident) -> None:
    await resident.says("/jardin")
    await resident.says("Les Lilas")
    lilacs = resident.last_origin
    await resident.taps("Soleil")
    await resident.edits("Les Roses", lilacs)
    assert "Je n’ai pas changé vos réponses." in resident.screen
    assert resident.answers["who"] == "Les Lilas"


async def test_words_corrected_when_nothing_is_open_change_nothing(resident: Resident) -> None:
    await resident.says("salutations distinguées")
    await resident.edits("salutations")
    assert resident.screen == ""
