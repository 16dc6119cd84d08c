"""Photos: alone, together, in advance, too many, one more; and the words that come with them.

An album has no end mark: its photos come one by one, in one group or in several.
"""

from __future__ import annotations

import pytest

from flows.engine.flow import Flows
from flows.engine.prompts import Choices, Photos
from flows.engine.talk import Talk
from tests.kit.residents import House, Resident
from tests.kit.samples import garden_flow, ones, only, short_garden

WELL = (46.507, 7.41)


def tools_first(talk: Talk) -> None:
    talk.ask("tools", Choices("Quels outils ?", ones("Bêche", "Râteau", "Arrosoir"), label="Outils"))
    talk.ask("photos", Photos("Une photo ?", most=2, optional=True, label="Photos"))
    talk.review()
    talk.end("C’est noté.")


@pytest.fixture
def flows() -> Flows:
    return only(
        garden_flow(short_garden, "short", ("court",), "Demande courte", links=("s",)),
        garden_flow(tools_first, "tools", ("outils",), "Emprunter", links=("o",)),
    )


async def test_the_photos_of_an_album_are_one_answer(resident: Resident) -> None:
    await resident.says("/court")
    await resident.sends("a", "b", "c", album="x")
    assert resident.answers["photos"] == ["a", "b", "c"]
    questions = [message for message in resident.messages if "Où est-ce ?" in message.text]
    assert len(questions) == 1


async def test_an_album_that_comes_in_one_group_is_one_answer(resident: Resident, house: House) -> None:
    await resident.says("/court")
    album = [resident.does("pictures", pictures=(name,), album="x") for name in ("a", "b", "c")]
    await house.at_once(album)
    assert resident.answers["photos"] == ["a", "b", "c"]
    assert len([message for message in resident.messages if "Où est-ce ?" in message.text]) == 1


async def test_an_album_that_comes_after_the_next_answer_still_counts(resident: Resident) -> None:
    await resident.says("/court")
    await resident.sends("a", album="x")
    await resident.shares(*WELL)
    assert "Un mot de plus ?" in resident.screen
    await resident.sends("b", album="x")
    assert resident.screen == ""
    await resident.says("merci")
    assert "Photos : 2 photos" in resident.screen


async def test_the_buttons_on_the_screen_stay_good_while_an_album_comes_in(resident: Resident) -> None:
    await resident.says("/court")
    await resident.sends("a", album="x")
    await resident.shares(*WELL)
    skip = resident.button("Passer").data
    await resident.sends("b", album="x")
    await resident.presses(skip)
    assert "Tout est bon ?" in resident.screen


async def test_places_to_choose_from_stay_while_an_album_comes_in(resident: Resident) -> None:
    await resident.says("/court")
    await resident.sends("a", album="x")
    await resident.says("forge")
    assert "Est-ce un de ces lieux ?" in resident.screen
    forge = resident.button("rue de la Forge").data
    await resident.sends("b", album="x")
    await resident.presses(forge)
    assert resident.answers["place"]["label"] == "rue de la Forge"


async def test_more_than_the_most_is_said_once_and_never_counted(resident: Resident) -> None:
    await resident.says("/court")
    await resident.sends("a", "b", "c", "d", "e", "f", album="x")
    assert resident.answers["photos"] == ["a", "b", "c"]
    warnings = [message for message in resident.messages if "Je garde 3 photos au plus." in message.text]
    assert len(warnings) == 1
    await resident.shares(*WELL)
    await resident.says("merci")
    assert "Photos : 3 photos" in resident.screen


async def test_the_review_never_counts_photos_that_are_not_kept(resident: Resident) -> None:
    await resident.says("/court")
    await resident.sends("a", "b", "c", album="x")
    await resident.shares(*WELL)
    await resident.says("merci")
    await resident.sends("d")
    assert "Je garde 3 photos au plus." in resident.screen
    assert "Photos : 3 photos" in resident.screen


async def test_a_whole_album_in_one_message_is_one_answer(resident: Resident) -> None:
    await resident.says("/court")
    await resident.sends("a", "b", "c", "d")
    assert resident.answers["photos"] == ["a", "b", "c"]


async def test_a_second_photo_sent_later_is_added(resident: Resident) -> None:
    await resident.says("/court")
    await resident.sends("a")
    await resident.sends("b")
    assert "2 photos en tout." in resident.screen
    assert "Où est-ce ?" in resident.screen
    assert resident.answers["photos"] == ["a", "b"]


async def test_a_photo_sent_after_skipping_is_taken(resident: Resident) -> None:
    await resident.says("/court")
    await resident.says("passer")
    await resident.sends("a")
    assert "1 photo en tout." in resident.screen
    assert resident.answers["photos"] == ["a"]


async def test_the_review_is_shown_again_with_one_more_photo(resident: Resident) -> None:
    await resident.says("/court")
    await resident.sends("a", caption="près du puits")
    await resident.shares(*WELL)
    await resident.sends("b")
    assert "Photos : 2 photos" in resident.screen
    await resident.taps("Envoyer")
    assert "C’est noté." in resident.screen


async def test_a_photo_in_advance_keeps_the_boxes_that_are_ticked(resident: Resident) -> None:
    await resident.says("/outils")
    await resident.taps("☐ Bêche")
    await resident.sends("a")
    assert "[☑ Bêche]" in resident.screen
    await resident.taps("Terminé")
    assert "Outils : Bêche" in resident.screen
    assert "Photos : 1 photo" in resident.screen


@pytest.mark.parametrize("album", ["", "x"])
async def test_the_words_of_a_photo_answer_the_question_about_words(resident: Resident, album: str) -> None:
    await resident.says("/court")
    await resident.sends("a", album=album, caption="près du puits")
    await resident.shares(*WELL)
    assert "Mot : près du puits" in resident.screen


async def test_the_words_of_a_photo_sent_in_advance_count_too(resident: Resident) -> None:
    await resident.says("/court")
    await resident.says("passer")
    await resident.sends("a", caption="près du puits")
    await resident.shares(*WELL)
    assert "Mot : près du puits" in resident.screen


async def test_the_words_of_a_later_photo_of_an_album_count_too(resident: Resident) -> None:
    await resident.says("/court")
    await resident.sends("a", album="x")
    await resident.sends("b", album="x", caption="près du puits")
    await resident.shares(*WELL)
    assert "Mot : près du puits" in resident.screen


async def test_a_place_in_advance_is_not_asked_again(resident: Resident) -> None:
    await resident.says("/court")
    await resident.shares(*WELL)
    assert "Une photo de l’endroit ?" in resident.screen
    await resident.says("passer")
    assert "Un mot de plus ?" in resident.screen


async def test_a_place_in_advance_in_another_town_is_refused_by_its_name(resident: Resident) -> None:
    await resident.says("/court")
    await resident.shares(46.51, 7.445)
    await resident.says("passer")
    assert "Sombreval, pas à Valombre" in "\n".join(message.text for message in resident.messages)
    assert "Ce choix n’est plus possible" not in resident.screen
    assert "Où est-ce ?" in resident.screen


# Nothing is open


async def test_a_lone_photo_is_offered_a_use(resident: Resident) -> None:
    await resident.sends("a", caption="près du puits")
    assert "Bien reçu." in resident.screen
    await resident.taps("Demande courte")
    assert "Où est-ce ?" in resident.screen
    await resident.shares(*WELL)
    assert "Mot : près du puits" in resident.screen
    assert "Photos : 1 photo" in resident.screen


async def test_a_lone_album_is_offered_a_use_once(resident: Resident) -> None:
    await resident.sends("a", "b", "c", album="x")
    assert len(resident.messages) == 1
    await resident.taps("Demande courte")
    await resident.sends("d", album="x")
    assert resident.answers["photos"] == ["a", "b", "c"]


async def test_an_album_goes_on_after_its_use_was_chosen(resident: Resident) -> None:
    await resident.sends("a", album="x")
    await resident.taps("Demande courte")
    await resident.sends("b", album="x")
    assert resident.answers["photos"] == ["a", "b"]


async def test_a_lone_place_is_offered_a_use(resident: Resident) -> None:
    await resident.shares(*WELL)
    await resident.taps("Demande courte")
    await resident.sends("a")
    assert "Un mot de plus ?" in resident.screen


async def test_a_lone_place_in_another_town_is_refused_by_its_name(resident: Resident) -> None:
    await resident.shares(46.51, 7.445)
    if "[Demande courte]" in resident.screen:
        await resident.taps("Demande courte")
        await resident.says("passer")
    assert "Sombreval, pas à Valombre" in "\n".join(message.text for message in resident.messages)


async def test_lone_words_are_offered_a_use(resident: Resident) -> None:
    await resident.says("la pompe du puits grince")
    assert "Voulez-vous vous servir de ce message pour signaler un problème ?" in resident.screen
    await resident.taps("Demande courte")
    await resident.sends("a")
    await resident.shares(*WELL)
    assert "Mot : la pompe du puits grince" in resident.screen


async def test_words_after_a_lone_photo_go_with_it(resident: Resident) -> None:
    await resident.sends("a")
    await resident.says("la pompe du puits grince")
    await resident.taps("Demande courte")
    assert resident.answers == {"photos": ["a"], "words": "la pompe du puits grince"}


async def test_what_was_sent_can_be_forgotten_at_once(resident: Resident) -> None:
    await resident.sends("a")
    await resident.taps("Rien, merci")
    assert "je n’en garde rien" in resident.screen
    assert resident.conversation.seeds is None


@pytest.mark.parametrize("why", ["too_heavy", "too_many_pixels", "damaged", "unreachable", "strange"])
async def test_a_photo_that_cannot_be_kept_is_explained(resident: Resident, why: str) -> None:
    await resident.sends_a_bad_photo(why)
    assert "photo" in resident.screen
    assert "[Demande courte]" in resident.screen
