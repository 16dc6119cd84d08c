"""A report whose place or subject is changed at the review: what was answered about the old one does not stay."""

from __future__ import annotations

import pytest

from tests.kit.residents import Resident


@pytest.fixture
def database(sqlite_database: str) -> str:
    return sqlite_database


async def test_another_address_asks_for_its_quartier_again(resident: Resident) -> None:
    await resident.says("/signaler")
    await resident.says("passer")
    await resident.says("derrière le vieux moulin rouge")
    await resident.taps("Garder « derrière le vieux moulin rouge »")
    assert "Dans quel quartier" in resident.screen
    await resident.taps("La Scierie")
    await resident.taps("Sentiers")
    await resident.says("Passerelle abîmée")
    assert "Quartier : La Scierie" in resident.screen
    await resident.taps("Changer une réponse")
    await resident.taps("Lieu")
    await resident.says("devant la ferme aux trois chênes")
    await resident.taps("Garder « devant la ferme aux trois chênes »")
    assert "Dans quel quartier" in resident.screen
    await resident.taps("Les Alpages")
    assert "Quartier : Les Alpages" in resident.screen


async def test_other_words_for_the_subject_are_understood_again(resident: Resident) -> None:
    await resident.says("/signaler")
    await resident.says("passer")
    await resident.shares(46.507, 7.41)
    await resident.says("quelque chose ne va pas")
    await resident.taps("Sentiers")
    await resident.says("Passerelle abîmée")
    await resident.taps("Changer une réponse")
    await resident.taps("Sujet")
    await resident.says("une balise à repeindre")
    assert "Tout est bon ?" not in resident.screen
    assert "Est-ce un de ces sujets ?" in resident.screen


async def test_a_subject_asked_twice_is_shown_once_with_its_last_answer(resident: Resident) -> None:
    await resident.says("/signaler")
    await resident.says("passer")
    await resident.shares(46.507, 7.41)
    await resident.says("quelque chose ne va pas")
    await resident.taps("Sentiers")
    await resident.says("Passerelle abîmée")
    assert [line for line in resident.screen.splitlines() if line.startswith("Sujet")] == ["Sujet : 🥾 Sentiers"]
    await resident.taps("Changer une réponse")
    assert resident.screen.count("[Sujet]") == 1
    await resident.taps("Sujet")
    assert "Choisissez, ou dites-le avec vos mots." in resident.screen


async def test_words_given_after_the_subject_do_not_put_it_in_question(resident: Resident) -> None:
    await resident.says("/signaler")
    await resident.says("passer")
    await resident.shares(46.51, 7.43)
    await resident.taps("Passerelle abîmée")
    await resident.says("Il y a des pierres et une flèche jaune sur la balise")
    assert "Ce choix n’est plus possible" not in resident.screen
    assert "Sujet : 🥾 Passerelle abîmée" in resident.screen
