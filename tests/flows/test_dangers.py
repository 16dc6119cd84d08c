"""Somebody who tells of a danger is told whom to call, whatever was asked; what they had begun waits for them."""

from __future__ import annotations

import pytest

from bot.city.folder import shipped
from bot.city.load import load
from bot.city.model import City
from bot.people.staff import Role
from flows.engine.flow import Flows
from flows.engine.scene import Stage
from tests.kit.residents import House, Resident
from tests.kit.staff import a_member

SQUARE = (48.8352, 2.2410)
NEAR_THE_LIMIT = (48.83965, 2.22274)


@pytest.fixture
def database(sqlite_database: str) -> str:
    return sqlite_database


@pytest.fixture(scope="session")
def boulogne() -> City:
    return load(shipped())


@pytest.fixture
def stage(flows: Flows, boulogne: City) -> Stage:
    return Stage(flows, boulogne, lambda path: f"https://parvis.example{path}")


SAID = {
    "gas": ["ça sent le gaz", "gas leak", "huele a gas", "cheira a gás", "رائحة غاز"],
    "cable": ["un câble est tombé", "bare wires", "cable caído", "fio caído", "سلك كهربائي"],
    "fire": ["il y a le feu dans un immeuble", "house fire", "hay un incendio", "há fogo", "حريق"],
    "person": ["un homme est blessé", "someone is injured", "hay un herido", "há um ferido", "شخص مغمى عليه"],
    "collapse": ["le mur s’est effondré", "the wall collapsed", "un derrumbe", "um desabamento", "انهيار"],
}
EVERYTHING = [words for all_ in SAID.values() for words in all_]
NUMBERS = ("112 ·", "15 ·", "17 ·", "18 ·", "0 800 47 33 33 ·")

STEPS = ["out of the blue", "photos", "place", "unsure place", "subject", "again", "category", "review", "settings"]


async def come_to(resident: Resident, step: str) -> None:
    """As far as the question called `step`."""
    if step == "settings":
        await resident.says("/reglages")
        return
    if step == "out of the blue":
        return
    await resident.says("/signaler")
    if step == "photos":
        return
    await resident.sends("a.jpg")
    if step == "place":
        return
    if step == "unsure place":
        await resident.says("Galieni")
        return
    await resident.shares(*SQUARE)
    while "Dans quel quartier" in resident.screen:
        await resident.taps("Je ne sais pas")
    if step == "again":
        await resident.says("quelque chose de bizarre")
    if step in ("category", "review"):
        await resident.taps("Éclairage")
    if step == "review":
        await resident.taps("Lampadaire éteint")
        assert "Tout est bon ?" in resident.screen


def is_told(resident: Resident) -> bool:
    return "🚨" in resident.screen and all(number in resident.screen for number in NUMBERS)


@pytest.mark.parametrize("step", STEPS)
async def test_a_danger_is_heard_at_every_step_and_what_was_open_stays(house: House, step: str) -> None:
    resident = house.resident()
    await come_to(resident, step)
    before = resident.conversation
    for words in EVERYTHING:
        await resident.says(words)
        assert is_told(resident), words
    after = resident.conversation
    assert after.talks == before.talks
    if step == "out of the blue":
        return
    await resident.taps("Continuer où j’en étais")
    assert before.open is not None and before.open.shown is not None
    assert before.open.shown.words in resident.screen or "un de ces lieux" in resident.screen


@pytest.mark.parametrize("language", ["fr", "en", "es", "pt", "ar"])
async def test_whom_to_call_is_said_in_the_language_spoken(house: House, language: str) -> None:
    resident = house.resident(language)
    await resident.says("ça sent le gaz")
    stop = house.stage.city.category("gas-smell").stop
    assert stop and stop[language] in resident.screen
    assert "112" in resident.screen


@pytest.mark.parametrize("words", [SAID["fire"][0], SAID["gas"][4]])
async def test_a_danger_is_heard_in_the_words_of_a_photo(resident: Resident, words: str) -> None:
    await resident.sends("a.jpg", caption=words)
    assert is_told(resident)
    await resident.says("/signaler")
    await resident.sends("b.jpg", caption=words)
    assert is_told(resident)
    assert "photos" not in resident.answers
    await resident.taps("Ce n’est pas un danger")
    assert resident.answers["photos"] == ["b.jpg"]
    assert resident.answers["words"] == words


async def test_a_danger_is_heard_in_words_that_were_changed(resident: Resident) -> None:
    await come_to(resident, "subject")
    await resident.says("quelque chose de bizarre")
    before = resident.answers
    await resident.edits("quelque chose de bizarre : ça sent le gaz")
    assert is_told(resident)
    assert resident.answers == before
    await resident.taps("Ce n’est pas un danger")
    assert "Est-ce un de ces sujets ?" in resident.screen or "sujet le plus proche" in resident.screen


async def test_words_that_were_no_danger_are_taken_as_usual(resident: Resident) -> None:
    await resident.says("une odeur de gaz venait du théâtre, c’était un spectacle")
    await resident.taps("Ce n’est pas un danger")
    assert "[📷 Signaler un problème]" in resident.screen
    await resident.presses("a.no")
    assert "Ce bouton ne sert plus." in resident.screen


async def test_the_number_of_a_button_under_the_words_can_be_typed(resident: Resident) -> None:
    await come_to(resident, "subject")
    await resident.says("au secours, ça sent le gaz")
    await resident.says("1")
    assert "De quoi s’agit-il" in resident.screen


async def test_a_command_that_carries_a_danger_is_no_report(resident: Resident) -> None:
    await resident.says("/signaler une fuite de gaz")
    assert is_told(resident)


@pytest.mark.parametrize("words", ["feu rouge cassé", "le feu tricolore ne marche plus", "poubelle brûlée hier"])
async def test_what_only_sounds_like_a_danger_stays_a_report(resident: Resident, words: str) -> None:
    await come_to(resident, "subject")
    await resident.says(words)
    assert "🚨 " not in resident.messages[-1].text
    assert "sujet" in resident.screen


async def test_whoever_writes_for_the_town_warns_of_dangers_and_is_not_stopped(house: House) -> None:
    member = await a_member(house, Role.ADMIN)
    await member.says("/diffuser")
    await member.says("Incendie rue Gallieni : évitez le secteur")
    assert "🚨 Mettez-vous" not in member.screen


# The limit of the town, whose outline is simplified


async def test_no_at_the_limit_asks_the_place_again_and_keeps_the_photo(resident: Resident) -> None:
    await resident.says("/signaler")
    await resident.sends("a.jpg")
    await resident.shares(*NEAR_THE_LIMIT)
    assert "C’est tout près de la limite." in resident.screen
    await resident.taps("Non")
    assert "C’est donc la commune voisine" in resident.screen
    assert "Où est-ce ?" in resident.screen
    assert resident.answers == {"photos": ["a.jpg"]}
    await resident.shares(*NEAR_THE_LIMIT)
    assert "C’est tout près de la limite." in resident.screen
    await resident.says("non")
    await resident.shares(*SQUARE)
    assert "Dans quel quartier" in resident.screen or "De quoi s’agit-il" in resident.screen
