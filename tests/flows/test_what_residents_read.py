"""The words themselves: greeted once, labels that fit a button, numbers in their order, commands that work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime

import pytest

from bot.city.folder import shipped
from bot.city.load import load
from bot.city.model import City
from bot.reports.model import State
from flows.dates import day_in_words, full_day_in_words
from flows.engine.flow import Flows
from flows.engine.moments import in_words
from flows.engine.scene import Stage
from flows.engine.wording import speaking
from flows.report_followup import move_and_tell
from flows.signs.telegram import command_of
from flows.signs.web import for_the_script
from flows.subjects import all_flows
from flows.welcome import emergency_words
from tests.catalogues import read
from tests.kit.residents import House, Resident

LANGUAGES = ["fr", "en", "es", "pt", "ar"]
ISOLATED = re.compile("\u2066[^\u2066\u2069]*\u2069")
GROUPS = re.compile(r"\d+ \d\d")
"""A number written in groups, which letters from right to left would put the other way round."""


@pytest.fixture
def database(sqlite_database: str) -> str:
    return sqlite_database


@pytest.fixture(scope="session")
def boulogne() -> City:
    return load(shipped())


@pytest.fixture
def stage(flows: Flows, boulogne: City) -> Stage:
    return Stage(flows, boulogne, lambda path: f"https://parvis.example{path}")


GREETINGS = [("fr", "Bonjour"), ("en", "Hello"), ("es", "Hola"), ("pt", "Olá"), ("ar", "مرحبًا")]


@pytest.mark.parametrize(("language", "hello"), GREETINGS)
async def test_one_is_greeted_once(house: House, language: str, hello: str) -> None:
    resident = house.resident(language)
    await resident.says("/start")
    assert resident.screen.startswith(hello)
    assert resident.screen.count(hello) == 1


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_first_words_say_what_is_kept_and_how_to_erase_it(house: House, language: str) -> None:
    resident = house.resident(language)
    await resident.says("/start")
    first, urgent, kept = resident.messages[-1].text.split("\n\n")
    assert len(re.findall(r"[.؟!]( |$)", f"{first} {urgent}")) == 3
    assert all(number in urgent for number in ("112", "15", "17", "18"))
    assert "/" in kept
    assert str(house.stage.city.privacy.retention.messages) in kept
    if language == "fr":
        for word in ("messagerie", "langue", "signalements", "photos", "quartiers", "sujets", "heures", "effacer"):
            assert word in kept


def test_the_first_of_a_month_is_written_as_people_say_it(boulogne: City) -> None:
    first = date(2026, 12, 1)
    noon = datetime(2026, 12, 1, 12, tzinfo=boulogne.zone)
    with speaking("fr"):
        assert day_in_words(first) == "mardi 1er décembre"
        assert full_day_in_words(noon, boulogne.zone) == "1er décembre 2026"
        assert in_words(noon, boulogne.zone) == "mardi 1er décembre 2026, 12:00"
        assert day_in_words(date(2026, 12, 11)) == "vendredi 11 décembre"
    with speaking("es"):
        assert "1 de diciembre" in day_in_words(first)


async def test_the_buttons_of_the_settings_are_short(resident: Resident) -> None:
    await resident.says("/reglages")
    longest = [max(len(button.label) for row in resident.messages[-1].buttons for button in row)]
    await resident.taps("Ne plus m’écrire")
    await resident.says("/reglages")
    longest.append(max(len(button.label) for row in resident.messages[-1].buttons for button in row))
    await resident.taps("Me tenir au courant")
    assert "Je vous écrirai" in resident.screen
    assert max(longest) <= 24


async def test_whoever_says_that_it_is_not_settled_knows_what_yes_means(resident: Resident, house: House) -> None:
    await resident.says("/signaler")
    await resident.says("passer")
    await resident.shares(48.8352, 2.2410)
    await resident.says("banc cassé")
    while "Tout est bon ?" not in resident.screen:
        await resident.taps(resident.messages[-1].buttons[0][0].label)
    await resident.taps("Envoyer")
    found = re.search(r"BB-\w+", resident.screen)
    assert found
    city, page = house.stage.city, house.stage.page
    await house.desk.run(lambda work: move_and_tell(work, city, page, found[0], State.DONE, None))
    await resident.presses(f"l.p_{found[0]}")
    assert f"Le problème {found[0]} est toujours là ?" in resident.screen
    await resident.taps("Oui")
    assert "C’est rouvert." in resident.screen


# Numbers


def _sentences(city: City) -> Iterator[str]:
    for words in (*(one.sentence for one in city.bodies), *(one.stop for one in city.categories if one.stop)):
        yield city.say(words, "ar")


def test_numbers_of_the_town_keep_their_order_in_arabic(boulogne: City) -> None:
    numbers = [GROUPS.findall(sentence) for sentence in _sentences(boulogne)]
    assert any(numbers)
    assert [one for one in _sentences(boulogne) if GROUPS.search(ISOLATED.sub("", one))] == []


async def test_telephone_numbers_keep_their_order_in_arabic(house: House, boulogne: City) -> None:
    resident = house.resident("ar")
    for said in ("/aide", "/start", "/signaler", "?", "?", "?"):
        await resident.says(said)
        screen = resident.screen
        assert not GROUPS.search(ISOLATED.sub("", screen.replace(boulogne.contacts.address, "")))
    assert f"\u2066{boulogne.contacts.phone}\u2069" in screen


def test_words_from_left_to_right_carry_no_marks(boulogne: City) -> None:
    with speaking("fr"):
        assert not re.search("[\u2066-\u2069]", emergency_words(boulogne, "fr"))


# Commands


COMMANDS = {
    "fr": ["signaler", "suivi", "actus", "reglages", "langue", "start", "aide", "stop"],
    "en": ["report", "followup", "news", "settings", "language", "start", "help", "stop"],
    "es": ["avisar", "seguimiento", "noticias", "ajustes", "idioma", "start", "ayuda", "stop"],
    "pt": ["reportar", "seguimento", "noticias", "configuracoes", "lingua", "start", "ajuda", "stop"],
    "ar": ["signaler", "suivi", "actus", "reglages", "langue", "start", "aide", "stop"],
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_command(language: str) -> None:
    with speaking(language):
        found = [command[0] for flow in all_flows() if not flow.staff and (command := command_of(flow))]
    assert found == COMMANDS[language]
    assert all(word in all_flows().by_word for word in found)


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_the_commands_that_translations_speak_of_exist(language: str) -> None:
    told = [message.string for message in read(language) if message.id and isinstance(message.string, str)]
    named = [word for sentence in told for word in re.findall(r"(?<![\w/])/([a-z_]+)", sentence)]
    assert len(named) >= 3
    assert [word for word in named if word not in all_flows().by_word] == []


# The browser


def test_what_the_script_says_of_the_cookie_stands_alone() -> None:
    with speaking("fr"):
        assert for_the_script()["no_cookie"].startswith("Sans notre cookie, ")
