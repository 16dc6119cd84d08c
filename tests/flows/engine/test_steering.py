"""Back, skip, cancel, help, change: the engine's work, for every flow alike."""

from __future__ import annotations

import pytest

from flows.engine.flow import Flows
from flows.engine.prompts import Choice, Text
from flows.engine.talk import Talk
from tests.kit.residents import House, Resident
from tests.kit.samples import asking, garden_flow, ones, only, plots_taken, short_garden, take_plot, whole_garden


def branches(talk: Talk) -> None:
    """The second question depends on the first."""
    kind = talk.ask("kind", Choice("Fleur ou légume ?", ones("Fleur", "Légume"), label="Genre"))
    names = ("Rose", "Iris", "Menthe") if kind == "Fleur" else ("Navet", "Menthe")
    talk.ask("name", Choice("Lequel ?", ones(*names), label="Nom"))
    talk.ask("why", Text("Pourquoi ?", label="Raison"))
    talk.review()
    talk.end("C’est noté.")


def after_the_deed(talk: Talk) -> None:
    who = talk.ask("who", Text("Qui ?"))
    talk.do(take_plot, who)
    talk.say("C’est pris.")
    talk.ask("tools", Text("Quels outils ?"))
    talk.ask("day", Text("Quel jour ?"))
    talk.end("Fini.")


@pytest.fixture
def database(sqlite_database: str) -> str:
    """Nothing here is of the database's making: one kind is enough."""
    return sqlite_database


@pytest.fixture
def flows() -> Flows:
    return only(
        garden_flow(whole_garden),
        garden_flow(short_garden, "short", ("court",), "Demande courte", links=("s",)),
        garden_flow(branches, "branches", ("branches",), "Choisir une plante", links=("b",)),
        garden_flow(after_the_deed, "deed", ("acte",), "Agir d’abord", links=("d",)),
        garden_flow(
            asking(("one", "Un ?"), ("two", "Deux ?"), ("three", "Trois ?")), "three", ("trois",), "", links=()
        ),
    )


BACKWARDS = ["retour", "Retour", "RETOUR !", "/retour", "back", "/back"]


@pytest.mark.parametrize("word", BACKWARDS)
async def test_back_asks_the_question_before(resident: Resident, word: str) -> None:
    await resident.says("/trois")
    await resident.says("rouge")
    await resident.says("vert")
    await resident.says(word)
    assert "Deux ?" in resident.screen
    assert resident.answers == {"one": "rouge"}


async def test_back_by_its_button_and_then_on(resident: Resident) -> None:
    await resident.says("/trois")
    await resident.says("rouge")
    await resident.taps("Retour")
    await resident.says("bleu")
    await resident.says("vert")
    await resident.says("noir")
    assert "one=bleu, two=vert, three=noir" in resident.screen


async def test_back_on_the_first_question_says_how_to_stop(resident: Resident) -> None:
    await resident.says("/trois")
    await resident.says("retour")
    assert "C’est la première question" in resident.screen
    assert "Un ?" in resident.screen


async def test_back_passes_over_answers_given_in_advance(resident: Resident) -> None:
    await resident.says("/court")
    await resident.sends("a.jpg", caption="près du puits")
    await resident.shares(46.507, 7.41)
    assert "Tout est bon ?" in resident.screen
    await resident.says("retour")
    assert "Un mot de plus ?" in resident.screen
    await resident.says("retour")
    assert "Où est-ce ?" in resident.screen
    await resident.says("retour")
    assert "Une photo de l’endroit ?" in resident.screen
    assert resident.answers == {}


async def test_back_never_returns_before_what_is_done(resident: Resident, house: House) -> None:
    await resident.says("/acte")
    await resident.says("Ana")
    await resident.says("bêche")
    await resident.says("retour")
    assert "Quels outils ?" in resident.screen
    await resident.says("retour")
    assert "C’est la première question" in resident.screen
    await resident.says("râteau")
    await resident.says("lundi")
    assert "Fini." in resident.screen
    with house.desk.reading() as work:
        assert plots_taken(work) == 1


@pytest.mark.parametrize("word", ["passer", "/passer", "skip", "continuer sans"])
async def test_an_optional_question_can_be_skipped(resident: Resident, word: str) -> None:
    await resident.says("/court")
    await resident.says(word)
    assert "Où est-ce ?" in resident.screen
    assert resident.answers == {"photos": None}


NOTHING_TO_ADD = ["non", "Non.", "non, merci", "rien", "no", "não", "Não, obrigado", "nada", "nothing", "لا", "لا شيء"]


@pytest.mark.parametrize("word", NOTHING_TO_ADD)
async def test_a_bare_no_where_words_are_optional_is_no_words(resident: Resident, word: str) -> None:
    await resident.says("/court")
    await resident.says("passer")
    await resident.shares(46.507, 7.41)
    assert "Un mot de plus ?" in resident.screen
    await resident.says(word)
    assert "Tout est bon ?" in resident.screen
    assert resident.answers["words"] is None


async def test_a_no_with_more_words_is_kept(resident: Resident) -> None:
    await resident.says("/court")
    await resident.says("passer")
    await resident.shares(46.507, 7.41)
    await resident.says("non, rien de grave")
    assert resident.answers["words"] == "non, rien de grave"


async def test_a_bare_no_where_words_are_wanted_is_an_answer(resident: Resident) -> None:
    await resident.says("/trois")
    await resident.says("non")
    assert resident.answers == {"one": "non"}


async def test_those_who_are_stuck_are_offered_what_this_question_allows(resident: Resident) -> None:
    await resident.says("/court")
    for _again in range(3):
        await resident.says("quoi donc")
    assert "Vous pouvez aussi taper : passer ou annuler." in resident.screen
    await resident.says("passer")
    await resident.shares(46.507, 7.41)
    for _again in range(3):
        await resident.sends_other()
    assert "Vous pouvez aussi taper : passer, retour ou annuler." in resident.screen


async def test_a_question_that_needs_an_answer_cannot_be_skipped(resident: Resident) -> None:
    await resident.says("/trois")
    await resident.says("passer")
    assert "Cette question ne peut pas être passée." in resident.screen
    assert "Un ?" in resident.screen


@pytest.mark.parametrize("word", ["annuler", "/annuler", "cancel", "/cancel"])
async def test_cancel_drops_the_answers_and_shows_the_menu(resident: Resident, word: str) -> None:
    await resident.says("/trois")
    await resident.says("rouge")
    await resident.says(word)
    assert "C’est annulé" in resident.screen
    assert "[Choisir une plante]" in resident.screen
    assert resident.conversation.talks == []


async def test_help_keeps_the_question_open(resident: Resident) -> None:
    await resident.says("/trois")
    await resident.says("aide")
    assert "retour, passer, annuler" in resident.screen
    assert "Un ?" in resident.screen
    await resident.says("rouge")
    assert "Deux ?" in resident.screen


async def test_steering_without_a_question_shows_the_menu(resident: Resident) -> None:
    for word in ("retour", "annuler", "passer"):
        await resident.says(word)
        assert "Aucune question n’est ouverte" in resident.screen


async def test_the_review_lets_one_answer_be_changed(resident: Resident) -> None:
    await resident.says("/branches")
    await resident.taps("Fleur")
    await resident.taps("Rose")
    await resident.says("l’odeur")
    assert "Genre : Fleur" in resident.screen
    await resident.taps("Changer une réponse")
    await resident.taps("Raison")
    assert "Pourquoi ?" in resident.screen
    await resident.says("la couleur")
    assert "Raison : la couleur" in resident.screen
    assert "Nom : Rose" in resident.screen


async def test_an_answer_that_no_longer_fits_is_asked_again(resident: Resident) -> None:
    await resident.says("/branches")
    await resident.taps("Fleur")
    await resident.taps("Rose")
    await resident.says("l’odeur")
    await resident.taps("Changer une réponse")
    await resident.taps("Genre")
    await resident.taps("Légume")
    assert "Ce choix n’est plus possible" in resident.screen
    assert "[Navet]" in resident.screen
    await resident.taps("Navet")
    assert "Nom : Navet" in resident.screen
    assert "Raison : l’odeur" in resident.screen


async def test_an_answer_that_still_fits_stays(resident: Resident) -> None:
    await resident.says("/branches")
    await resident.taps("Fleur")
    await resident.taps("Menthe")
    await resident.says("le thé")
    await resident.taps("Changer une réponse")
    await resident.taps("Genre")
    await resident.taps("Légume")
    assert "Nom : Menthe" in resident.screen


async def test_nothing_changes_when_one_comes_back_from_changing(resident: Resident) -> None:
    await resident.says("/branches")
    for answer in ("Fleur", "Rose", "l’odeur"):
        await resident.says(answer)
    await resident.taps("Changer une réponse")
    assert "Quelle réponse voulez-vous changer ?" in resident.screen
    await resident.taps("Retour")
    assert "Tout est bon ?" in resident.screen
    await resident.taps("Envoyer")
    assert "C’est noté." in resident.screen


async def test_the_review_can_drop_everything(resident: Resident) -> None:
    await resident.says("/court")
    await resident.sends("a.jpg", caption="près du puits")
    await resident.shares(46.507, 7.41)
    await resident.taps("Abandonner")
    assert "C’est annulé." in resident.screen
    assert resident.conversation.talks == []


async def test_words_are_said_once_whatever_comes_after(resident: Resident) -> None:
    await resident.says("/jardin")
    await resident.says("Les Lilas")
    await resident.taps("Ombre")
    await resident.says("n’importe quoi")
    await resident.says("aide")
    said = [message.text for message in resident.messages if "Bienvenue au jardin" in message.text]
    assert len(said) == 1
