"""Buttons: pressed twice, pressed late, pressed from somewhere else, and never shown at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.engine.flow import Flows
from tests.kit.properties import tried
from tests.kit.residents import House, Resident
from tests.kit.samples import asking, garden_flow, only, plots_taken, short_garden, whole_garden


@pytest.fixture
def database(sqlite_database: str) -> str:
    """Nothing here is of the database's making: one kind is enough."""
    return sqlite_database


@pytest.fixture
def flows() -> Flows:
    return only(
        garden_flow(whole_garden),
        garden_flow(short_garden, "short", ("court",), "Demande courte", links=("s",)),
        garden_flow(asking(("one", "Un ?"), ("two", "Deux ?")), "two", ("deux",), "", links=()),
    )


async def test_a_double_tap_is_heard_once(resident: Resident) -> None:
    await resident.says("/jardin")
    await resident.says("Les Lilas")
    await resident.taps("Soleil")
    await resident.presses(resident.button("Soleil").data)
    assert resident.toast == "C’est déjà noté."
    assert resident.screen == ""
    assert "herb" not in resident.answers


async def test_a_double_tap_on_the_last_button_does_it_once(resident: Resident, house: House) -> None:
    await resident.says("/court")
    await resident.sends("a.jpg", caption="près du puits")
    await resident.shares(46.507, 7.41)
    await resident.taps("Envoyer")
    assert "C’est noté." in resident.screen
    await resident.presses(resident.button("Envoyer").data)
    assert resident.toast == "C’est déjà noté."
    assert resident.screen == ""
    with house.desk.reading() as work:
        assert plots_taken(work) == 1


@pytest.mark.parametrize("label", ["Retour", "Annuler"])
async def test_a_double_tap_on_a_way_out_is_heard_once(resident: Resident, label: str) -> None:
    await resident.says("/deux")
    await resident.says("rouge")
    way_out = resident.button(label).data
    await resident.presses(way_out)
    assert resident.screen
    await resident.presses(way_out)
    assert resident.toast == "C’est déjà noté."
    assert resident.screen == ""


async def test_a_double_tap_on_change_is_heard_once(resident: Resident) -> None:
    await resident.says("/court")
    await resident.sends("a.jpg", caption="près du puits")
    await resident.shares(46.507, 7.41)
    change = resident.button("Changer une réponse").data
    await resident.presses(change)
    await resident.presses(change)
    assert resident.toast == "C’est déjà noté."


async def test_a_double_tap_on_an_offer_uses_the_photo_once(resident: Resident) -> None:
    await resident.sends("a.jpg")
    offer = resident.button("Demande courte").data
    await resident.presses(offer)
    assert "Où est-ce ?" in resident.screen
    await resident.presses(offer)
    assert "déjà commencé" not in resident.screen
    assert resident.answers == {"photos": ["a.jpg"]}


async def test_an_old_button_shows_the_open_question_again(resident: Resident) -> None:
    await resident.says("/jardin")
    await resident.says("Les Lilas")
    await resident.taps("Soleil")
    old = resident.button("Ombre").data
    await resident.taps("Thym")
    await resident.presses(old)
    assert "Vous avez déjà répondu" in resident.toast
    assert "Quels outils ?" in resident.screen
    assert resident.answers["sun"] == "soleil"


async def test_a_button_of_a_finished_talk_shows_the_menu(resident: Resident) -> None:
    await resident.says("/jardin")
    await resident.says("Les Lilas")
    old = resident.button("Soleil").data
    await resident.says("annuler")
    await resident.says("bonjour tout le monde ici")
    await resident.presses(old)
    assert resident.toast == "Cette conversation est terminée."
    assert "[Demander un carré]" in resident.screen


async def test_a_button_of_somebody_else_does_nothing_to_them(house: House) -> None:
    ana, paul = house.resident(), house.resident()
    await ana.says("/jardin")
    await ana.says("Les Lilas")
    await paul.presses(ana.button("Soleil").data)
    assert paul.toast == "Cette conversation est terminée."
    assert "sun" not in ana.answers


async def test_a_button_of_a_parked_talk_brings_it_back(resident: Resident) -> None:
    await resident.says("/jardin")
    await resident.says("Les Lilas")
    sun = resident.button("Soleil").data
    await resident.says("/deux")
    assert "Un ?" in resident.screen
    await resident.presses(sun)
    assert "Quelle plante d’abord ?" in resident.screen


FORGED = [
    "", ".", "t", "t.", "t..", "t...", "t.xx.1.0", "f", "f.", "f.nothing", "l", "l.", "l.g", "l.g_", "l.zz_1", "s.zz",
    "c", "c.", "c.xx", "n.", "n.xx", "z.1", "\x00", "é" * 30, "t.🙂.1.0", "f." + "a" * 60,
]  # fmt: skip


@pytest.mark.parametrize("data", FORGED)
@pytest.mark.parametrize("busy", [False, True])
async def test_a_forged_button_does_no_harm(resident: Resident, house: House, data: str, busy: bool) -> None:
    if busy:
        await resident.says("/deux")
        await resident.says("rouge")
    await resident.presses(data)
    assert resident.screen or resident.toast
    assert house.set_aside() == []
    if busy:
        await resident.presses(resident.button("Retour").data)
        assert "Un ?" in resident.screen


async def test_data_of_an_offer_that_is_gone_forgets_nothing(resident: Resident) -> None:
    await resident.sends("a.jpg")
    offer = resident.button("Demande courte").data
    await resident.presses("s.nothing")
    assert resident.toast == "Ce bouton ne sert plus."
    await resident.presses(offer)
    assert resident.answers == {"photos": ["a.jpg"]}


@given(code=st.text(max_size=20), step=st.one_of(st.integers(-5, 50).map(str), st.text(max_size=5)))
@tried(60)
async def test_any_code_on_the_open_question_is_harmless(house: House, code: str, step: str) -> None:
    resident = house.resident()
    await resident.says("/jardin")
    await resident.says("Les Lilas")
    nonce = resident.button("Soleil").data.split(".")[1]
    await resident.presses(f"t.{nonce}.{step}.{code}")
    assert resident.screen or resident.toast
    assert house.set_aside() == []


async def test_a_number_typed_stands_for_the_button_of_the_menu(resident: Resident) -> None:
    await resident.says("salutations distinguées")
    assert "[Demander un carré]" in resident.screen
    await resident.says("2")
    assert "Une photo de l’endroit ?" in resident.screen


@pytest.mark.parametrize("typed", ["9", "0", "99999", "⑳" * 4000])
async def test_a_number_that_no_button_has_is_harmless(resident: Resident, house: House, typed: str) -> None:
    await resident.says("salutations distinguées")
    await resident.says(typed)
    assert "Voici ce que je sais faire" in resident.screen
    assert house.set_aside() == []
