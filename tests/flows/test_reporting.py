"""A report, question by question: words anywhere, another place, what only its author sees."""

from __future__ import annotations

from sqlalchemy import select

from bot.reports.store import report as reports
from tests.kit.residents import House, Resident

SQUARE = (46.5072, 7.4104)


async def to_review(resident: Resident) -> None:
    await resident.taps("Sentiers")
    await resident.taps("Passerelle abîmée")
    assert "Tout est bon ?" in resident.screen


async def test_words_at_the_photo_step_are_kept(resident: Resident) -> None:
    await resident.says("/signaler")
    await resident.says("La planche devant le 12 est cassée")
    assert "C’est noté." in resident.screen
    assert "Envoyez une photo du problème." in resident.screen
    await resident.sends("a.jpg")
    await resident.shares(*SQUARE)
    assert resident.answers["words"] == "La planche devant le 12 est cassée"


async def test_having_no_photo_is_said_in_words(resident: Resident) -> None:
    await resident.says("/signaler")
    await resident.says("Je n’ai pas de photo")
    assert "Où est-ce ?" in resident.screen


async def test_the_review_offers_a_word_more_and_goes_back_to_itself(resident: Resident) -> None:
    await resident.says("/signaler")
    await resident.sends("a.jpg")
    await resident.shares(*SQUARE)
    await to_review(resident)
    await resident.taps("Ajouter un mot")
    assert "Un mot de plus ?" in resident.screen
    await resident.taps("Retour")
    assert "Tout est bon ?" in resident.screen
    await resident.taps("Ajouter un mot")
    await resident.taps("Passer")
    assert "Tout est bon ?" in resident.screen
    await resident.says("la troisième planche")
    assert "Précisions : la troisième planche" in resident.screen
    assert "Ajouter un mot" not in resident.screen
    await resident.says("c’est bon")
    assert "C’est le signalement" in resident.screen


async def test_going_back_from_the_review_asks_the_last_question_again(resident: Resident) -> None:
    await resident.says("/signaler")
    await resident.sends("a.jpg")
    await resident.shares(*SQUARE)
    await to_review(resident)
    await resident.says("retour")
    assert "Plus précisément ?" in resident.screen


async def test_another_place_sent_later_replaces_the_first(resident: Resident) -> None:
    await resident.says("/signaler")
    await resident.sends("a.jpg")
    await resident.shares(46.5070, 7.42)
    assert "Dans quel quartier" in resident.screen
    await resident.shares(*SQUARE)
    assert "le nouveau lieu remplace l’autre" in resident.screen
    assert "De quoi s’agit-il" in resident.screen
    assert resident.answers["place"]["latitude"] == SQUARE[0]


async def test_what_was_typed_as_the_place_is_shown_to_its_author_only(house: House) -> None:
    author, stranger = house.resident(), house.resident()
    await author.says("/signaler")
    await author.says("passer")
    await author.says("chez Mme Martin, 3e étage, code 45B2")
    await author.taps("Garder « chez Mme Martin, 3e étage, code 45B2 »")
    await author.taps("Le Bourg")
    await to_review(author)
    await author.taps("Envoyer")
    assert "chez Mme Martin" in author.screen
    with house.desk.reading() as work:
        ref = work.connection.execute(select(reports.c.ref)).scalar_one()
    for said in (f"/start r_{ref}", f"/suivi {ref}", ref):
        await stranger.says(said)
        assert f"Signalement {ref}" in stranger.screen
        assert "Martin" not in stranger.screen
        assert "Quartier : Le Bourg" in stranger.screen


async def test_the_last_words_to_somebody_erased_have_no_buttons(resident: Resident) -> None:
    await resident.says("/reglages")
    await resident.taps("Effacer mes données")
    await resident.taps("Oui, tout effacer")
    assert "C’est effacé." in resident.screen
    assert resident.messages[-1].buttons == ()


async def test_more_photos_sent_before_anything_than_are_kept_are_told(resident: Resident) -> None:
    await resident.sends(*(f"{at}.jpg" for at in range(6)))
    await resident.taps("Signaler un problème")
    assert "4 photos au plus" in resident.screen
    assert resident.answers["photos"] == ["0.jpg", "1.jpg", "2.jpg", "3.jpg"]


async def test_a_quartier_typed_as_the_place_is_not_asked_again(resident: Resident) -> None:
    await resident.says("/signaler")
    await resident.says("passer")
    await resident.says("la scierie")
    assert "De quoi s’agit-il" in resident.screen
