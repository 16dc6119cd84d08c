"""News in the languages that residents speak: given by the author, or told to be missing."""

from __future__ import annotations

import pytest

from bot.city.folder import shipped
from bot.city.load import load
from bot.city.model import City
from flows.engine.flow import Flows
from flows.engine.scene import Stage
from tests.kit.newsroom import TITLE, WORDS, item_of, ref_on
from tests.kit.residents import House, Resident
from tests.kit.staff import a_member, a_reader


@pytest.fixture
def database(sqlite_database: str) -> str:
    return sqlite_database


@pytest.fixture(scope="session")
def boulogne() -> City:
    return load(shipped())


@pytest.fixture
def stage(flows: Flows, boulogne: City) -> Stage:
    return Stage(flows, boulogne, lambda path: f"https://parvis.example{path}", bulk_pace=0.01)


@pytest.fixture
async def anne(house: House) -> Resident:
    await a_reader(house, ["travaux"], [1])
    await a_reader(house, ["travaux"], [1], language="ar")
    return await a_member(house, quartiers=[1])


async def test_each_reader_sees_their_own_or_is_told(house: House, anne: Resident) -> None:
    await anne.says("/diffuser")
    await anne.taps("Travaux et circulation")
    for said in (TITLE, WORDS, "passer", "passer", "non", "7 jours après l’envoi", "Português, العربية"):
        await anne.says(said)
    assert "Le titre ? (Português)" in anne.screen
    for said in ("Rua fechada", "Segunda e terça.", "الشارع مغلق", "الاثنين والثلاثاء."):
        await anne.says(said)
    assert "Par langue : العربية moins de 5 · Français moins de 5" in anne.screen
    assert "Durée de l’envoi : 3 minutes" in anne.screen
    await anne.taps("Oui, choisir quand")
    await anne.taps("Me l’envoyer d’abord")
    shown = {message.language: message for message in anne.news if message.title}
    assert list(shown) == ["fr", "pt", "ar", "en"]
    assert shown["pt"].text == "Segunda e terça."
    assert (shown["ar"].title, shown["ar"].direction) == ("🚧 الشارع مغلق", "rtl")
    assert (shown["en"].text, shown["fr"].text) == (WORDS, WORDS)
    assert len(shown["en"].note.splitlines()) == len(shown["fr"].note.splitlines()) + 1
    await anne.taps("Maintenant")
    assert set(item_of(house, ref_on(anne)).texts) == {"fr", "pt", "ar"}


async def test_an_author_who_speaks_another_language_says_in_which_they_write(house: House) -> None:
    rosa = await a_member(house, quartiers=[1], language="es")
    await rosa.says("/diffuser")
    await rosa.says("1")
    await rosa.says("1")  # nobody yet: go on
    assert "Français" in rosa.screen
    assert "Español" in rosa.screen
    await rosa.taps("Español")
    for said in ("Calle cerrada", "El lunes."):
        await rosa.says(said)
    assert rosa.answers["language"] == "es"
    assert rosa.answers["words"] == "El lunes."
