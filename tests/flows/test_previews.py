"""Before it leaves: the very buttons of its readers, which do nothing, and a page where it is seen everywhere."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.delivery.model import Message
from bot.delivery.previews import PATH, Preview, find
from bot.news.model import State
from bot.people.staff import Role
from flows.engine.showing import INERT
from flows.leaving import erase
from tests.kit.clock import Time
from tests.kit.newsroom import TITLE, WORDS, item_of, ref_on, sends, writes
from tests.kit.residents import House, Resident
from tests.kit.staff import a_member, a_reader, number_of

WHAT_IT_DOES = "C’est un aperçu : ce bouton ne marche que chez les lecteurs."
LABELS = ["Voir la page", "Moins de ce sujet", "Ne plus recevoir"]
LINK = re.compile(re.escape(f"https://valombre.example{PATH}") + r"([\w-]{43})\?langue=(\w+)")


@pytest.fixture
async def anne(house: House) -> Resident:
    for _reader in range(3):  # Valombre wants a second pair of eyes from three readers on
        await a_reader(house, ["works", "alert"], [1])
    return await a_member(house, quartiers=[1])


@pytest.fixture
async def omar(house: House) -> Resident:
    return await a_member(house, Role.MODERATOR, "Omar Benali", unit="Cabinet du maire")


def rows(message: Message) -> list[list[tuple[str, str]]]:
    return [[(button.label, button.data or "link") for button in row] for row in message.buttons]


def token_for(person: Resident) -> str:
    """That of the newest link to a preview."""
    found = LINK.fullmatch(person.button("Voir sur chaque messagerie").link)
    assert found
    return found[1]


def seen(house: House, token: str) -> Preview | None:
    with house.desk.reading() as work:
        return find(work, token)


async def does_nothing(person: Resident) -> None:
    """Each of the three buttons is pressed: a word in passing, and the talk stays where it is."""
    before, said = person.conversation, len(person.messages)
    for label in LABELS:
        assert person.button(label).data == INERT
        await person.taps(label)
        assert (person.toast, len(person.messages)) == (WHAT_IT_DOES, said)
    assert person.conversation == before


# In the chat


async def test_the_preview_has_the_buttons_of_its_readers_and_they_do_nothing(house: House, anne: Resident) -> None:
    await writes(anne)
    assert rows(anne.news[0]) == [
        [("Voir la page", INERT)],
        [("Moins de ce sujet", INERT), ("Ne plus recevoir", INERT)],
    ]
    assert "Sous le message" not in anne.screen
    await does_nothing(anne)
    await anne.taps("Oui, choisir quand")
    await anne.taps("Me l’envoyer d’abord")
    assert rows(anne.news[0])[1] == [("Moins de ce sujet", INERT), ("Ne plus recevoir", INERT)]
    await does_nothing(anne)
    await anne.taps("Maintenant")
    await does_nothing(anne)  # nothing is open any more
    assert "relise" in anne.messages[-1].facts[0].value


async def test_a_link_given_by_the_author_can_be_tried(anne: Resident) -> None:
    await anne.says("/diffuser")
    await anne.taps("Travaux")
    for said in (TITLE, WORDS, "passer", "https://valombre.example/forge", "non", "7 jours après l’envoi", "passer"):
        await anne.says(said)
    assert rows(anne.news[0])[0] == [("En savoir plus", "link")]
    assert anne.news[0].buttons[0][0].link == "https://valombre.example/forge"


async def test_the_reviewer_sees_the_same_and_it_decides_nothing(house: House, anne: Resident, omar: Resident) -> None:
    ref = await sends(anne)
    await house.tick()
    shown, asked = omar.messages[-2:]
    assert rows(shown) == [[("Voir la page", INERT)], [("Moins de ce sujet", INERT), ("Ne plus recevoir", INERT)]]
    assert rows(asked)[0] == [("Approuver", f"l.na_{ref}_1"), ("Renvoyer avec une remarque", f"l.nr_{ref}")]
    assert rows(asked)[1] == [("Voir sur chaque messagerie", "link")]
    await does_nothing(omar)
    await omar.says("/signaler")
    await does_nothing(omar)  # with a talk of another subject open
    assert item_of(house, ref).state is State.REVIEW
    await omar.taps("Approuver")
    assert item_of(house, ref).state is State.PLANNED


async def test_a_number_presses_no_button_of_a_preview(anne: Resident) -> None:
    await writes(anne)
    await anne.taps("Oui, choisir quand")
    await anne.taps("Me l’envoyer d’abord")
    await anne.says("1")
    assert "Une deuxième personne va la relire" in anne.screen or "personne d’autre" in anne.screen


@pytest.mark.parametrize("forged", [INERT, f"{INERT}.", f"{INERT}.1", f"{INERT}_x", "p.\0", f"{INERT}." + "é" * 30])
async def test_a_forged_button_does_no_more_for_a_stranger(house: House, resident: Resident, forged: str) -> None:
    await resident.says("/signaler")
    before = resident.answers
    await resident.presses(forged)
    if forged == INERT:
        assert (resident.toast, resident.news) == (WHAT_IT_DOES, [])
    else:
        assert resident.toast == "Ce bouton ne sert plus."
    assert resident.answers == before
    assert house.set_aside() == []


async def test_somebody_never_heard_of_presses_one(house: House) -> None:
    stranger = house.resident()
    await stranger.presses(INERT)
    assert (stranger.toast, stranger.messages) == (WHAT_IT_DOES, [])


# The page


async def test_it_is_kept_as_readers_of_every_language_will_get_it(house: House, anne: Resident) -> None:
    await writes(anne)
    kept = seen(house, token_for(anne))
    assert kept is not None
    assert [one.language for one in kept.readings] == list(house.stage.city.languages)
    card = kept.readings[0].message
    assert (card.title, card.text, card.pictures) == (f"🚧 {TITLE}", WORDS, ())
    assert [[button.label for button in row] for row in card.buttons] == [LABELS[:1], LABELS[1:]]
    others = [one.message.note.splitlines() for one in kept.readings[1:]]
    assert all(len(lines) == 2 for lines in others)  # who speaks, and that there is no text in this language
    assert kept.until == house.time.now() + timedelta(hours=24)


async def test_the_link_is_the_same_until_something_changes(house: House, anne: Resident, omar: Resident) -> None:
    await writes(anne)
    first = token_for(anne)
    await anne.taps("Oui, choisir quand")
    await anne.taps("Retour")
    assert token_for(anne) == first
    await anne.taps("Changer une réponse")
    await anne.taps("Titre")
    await anne.says("Rue de la Forge rouverte")
    assert token_for(anne) != first
    kept = seen(house, token_for(anne))
    assert kept and kept.readings[0].message.title == "🚧 Rue de la Forge rouverte"
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    ref = ref_on(anne)
    await house.tick()
    asked = token_for(omar)
    await omar.presses(f"l.ni_{ref}")
    assert token_for(omar) == asked


async def test_the_link_works_for_a_day_from_when_it_was_last_asked_for(
    house: House, anne: Resident, omar: Resident, time: Time
) -> None:
    ref = await sends(anne)
    await omar.presses(f"l.ni_{ref}")
    token = token_for(omar)
    time.advance(timedelta(hours=23))
    await omar.presses(f"l.ni_{ref}")
    assert token_for(omar) == token
    time.advance(timedelta(hours=23, minutes=59))
    assert seen(house, token) is not None
    time.advance(timedelta(minutes=1))
    assert seen(house, token) is None
    await omar.presses(f"l.ni_{ref}")
    assert token_for(omar) != token


async def test_it_goes_when_the_author_is_erased(house: House, anne: Resident, omar: Resident) -> None:
    ref = await sends(anne)
    await omar.presses(f"l.ni_{ref}")
    written, reviewed = token_for(anne), token_for(omar)
    assert seen(house, written)
    assert seen(house, reviewed)
    await house.desk.run(lambda work: erase(work, number_of(work, anne.external)))
    assert seen(house, written) is None
    assert seen(house, reviewed) is None


async def test_without_a_public_address_there_is_no_link(house: House, anne: Resident, omar: Resident) -> None:
    page = house.stage.page
    nowhere = replace(house.stage, page=lambda path: "" if path.startswith(PATH) else page(path))
    house.reception.stage = nowhere
    ref = await sends(anne)
    await omar.presses(f"l.ni_{ref}")
    for person in (anne, omar):
        labels = [button.label for message in person.messages for row in message.buttons for button in row]
        assert "Approuver" in labels or person is anne
        assert "Voir sur chaque messagerie" not in labels


# Corrections


async def test_a_correction_shows_each_text_that_it_changes(house: House, time: Time) -> None:
    anne = await a_member(house, Role.MODERATOR, quartiers=[1])
    await anne.says("/diffuser")
    await anne.taps("Toute la ville")
    await anne.taps("Travaux")
    for said in ("continuer", TITLE, WORDS, "passer", "passer", "non", "7 jours après l’envoi", "Deutsch"):
        await anne.says(said)
    await anne.taps("Terminé")
    for said in ("Schmiedgasse gesperrt", "Am Montag."):
        await anne.says(said)
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    ref = ref_on(anne)
    time.advance(timedelta(minutes=1))
    await anne.presses(f"l.nc_{ref}")
    await anne.taps("Le texte")
    await anne.taps("Terminé")
    for said in ("passer", "Mardi seulement.", "passer", "passer"):
        await anne.says(said)
    shown, way, question = anne.news
    assert (shown.text, shown.note.splitlines()[0]) == ("Mardi seulement.", "Corrigé le lundi 23 novembre.")
    assert "Envoyer la correction ?" in question.text
    await anne.taps("Retour")
    await anne.says("Nur am Dienstag.")
    french, german, way, question = anne.news
    assert (french.text, german.text) == ("Mardi seulement.", "Nur am Dienstag.")
    assert [button.label for row in german.buttons for button in row] == LABELS
    assert {button.data for one in (french, german) for row in one.buttons for button in row} == {INERT}
    assert LINK.fullmatch(way.buttons[0][0].link)
    kept = seen(house, token_for(anne))
    assert kept and {one.message.text for one in kept.readings} == {"Mardi seulement.", "Nur am Dienstag."}
    await anne.taps("Ne plus recevoir")
    assert anne.toast == WHAT_IT_DOES
    await anne.taps("Oui")
    assert item_of(house, ref).texts["de"].words == "Nur am Dienstag."
