"""From what people type to what they want to talk about, in their language, with their mistakes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.engine import wording
from flows.engine.flow import Flows
from flows.subjects import all_flows
from tests.kit.residents import House, Resident

GERMAN = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Signaler un problème"
msgstr "Ein Problem melden"

msgid "annuler"
msgstr "abbrechen"

msgid "retour"
msgstr "zurück"

msgid "Envoyez une photo du problème."
msgstr "Senden Sie ein Foto des Problems."

msgid "C’est annulé."
msgstr "Abgebrochen."

msgid "Que puis-je faire pour vous ?"
msgstr "Was kann ich für Sie tun?"

msgid "C’est noté : nous continuons en français."
msgstr "Gut: wir machen auf Deutsch weiter."
"""


@pytest.fixture
def database(sqlite_database: str) -> str:
    return sqlite_database


@pytest.fixture
def flows() -> Flows:
    return all_flows()


@pytest.fixture
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A catalogue of the tests’ own, so that they hold whatever the translators write."""
    folder = tmp_path / "locales" / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "parvis.po").write_text(GERMAN, encoding="utf-8")
    monkeypatch.setattr(wording, "LOCALES", tmp_path / "locales")
    _forget_catalogues()
    yield
    monkeypatch.undo()
    _forget_catalogues()


def _forget_catalogues() -> None:
    wording.languages.cache_clear()
    wording.in_every_language.cache_clear()


REPORT = "Envoyez une photo du problème."
FOLLOWUP = "Vous ne suivez encore aucun signalement."


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("signaler", REPORT),
        ("Signaler !", REPORT),
        ("signalr", REPORT),
        ("SIGNALEMENT", REPORT),
        ("je voudrais", "Je n’ai pas compris"),
        ("suivi", FOLLOWUP),
        ("Suivre mes signalements", FOLLOWUP),
        ("suivi de mes signalements", FOLLOWUP),
        ("réglages", "Que voulez-vous régler ?"),
        ("Reglages", "Que voulez-vous régler ?"),
        ("bonjour", "Bonjour, je suis Parvis"),
        ("Bonjour Parvis", "Bonjour, je suis Parvis"),
        ("aide", "À tout moment vous pouvez taper"),
        ("help", "À tout moment vous pouvez taper"),
        ("oui", "Je n’ai pas compris"),
        ("", "Je n’ai pas compris"),
        ("???", "Je n’ai pas compris"),
        ("/", "Je n’ai pas compris"),
        ("/start", "Bonjour, je suis Parvis"),
        ("/START", "Bonjour, je suis Parvis"),
        ("/signaler@ParvisBot", REPORT),
        ("/start r_VAL-2222", "Je ne trouve pas ce signalement"),
        ("/start anything_else", "Bonjour, je suis Parvis"),
        ("إبلاغ", REPORT),
    ],
)
async def test_words_find_their_flow(resident: Resident, typed: str, answer: str) -> None:
    await resident.says(typed)
    assert answer in resident.screen


async def test_a_greeting_before_a_problem_does_not_hide_it(resident: Resident) -> None:
    await resident.says("Bonjour, il y a une planche cassée sur la passerelle")
    assert "Voulez-vous vous servir de ce message pour signaler un problème ?" in resident.screen
    await resident.taps("Signaler un problème")
    assert resident.answers["words"].startswith("Bonjour, il y a")


async def test_words_after_the_name_of_a_flow_are_not_lost(resident: Resident) -> None:
    await resident.says("signaler une planche cassée sur la passerelle")
    assert REPORT in resident.screen
    assert resident.answers["words"] == "signaler une planche cassée sur la passerelle"


async def test_free_words_are_never_taken_from_an_open_question(resident: Resident) -> None:
    await resident.says("/signaler")
    await resident.says("passer")
    await resident.says("réglages du lampadaire")
    await resident.taps("Garder « réglages du lampadaire »")
    assert resident.answers["place"]["label"] == "réglages du lampadaire"


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize("typed", ["Ein Problem melden", "ein problem meldn", "/signaler"])
async def test_a_flow_is_found_in_another_language(house: House, typed: str) -> None:
    resident = house.resident(language="de-CH")
    await resident.says(typed)
    assert "Senden Sie ein Foto des Problems." in resident.screen


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize("typed", ["Abbrechen", "annuler", "cancel"])
async def test_a_talk_is_steered_in_any_language(house: House, typed: str) -> None:
    resident = house.resident(language="de")
    await resident.says("/signaler")
    await resident.says(typed)
    assert "Abgebrochen." in resident.screen


@pytest.mark.usefixtures("german")
async def test_a_change_of_language_holds_at_once_and_later(house: House) -> None:
    resident = house.resident(language="fr")
    await resident.says("/langue")
    await resident.taps("Deutsch")
    assert "Gut: wir machen auf Deutsch weiter." in resident.screen
    assert {message.language for message in resident.news} == {"de"}
    await resident.says("/signaler")
    assert "Senden Sie ein Foto" in resident.screen


@pytest.mark.usefixtures("german")
async def test_a_change_of_language_holds_for_what_waits_in_the_same_group(house: House) -> None:
    resident = house.resident(language="fr")
    await resident.says("/langue")
    german = resident.button("Deutsch").data
    await house.at_once([resident.does("tap", payload=german), resident.does("text", text="/signaler")])
    assert "Senden Sie ein Foto" in resident.messages[-1].text
