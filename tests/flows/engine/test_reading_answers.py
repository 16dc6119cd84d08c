"""How answers are read: by button, by number, by nearly the right words; and what is said when they are not."""

from __future__ import annotations

import pytest

from flows.engine.flow import Flows
from flows.engine.prompts import Choice, Choices, Moment, Number, Text, Where, Yes
from flows.engine.talk import Talk
from tests.kit.residents import House, Resident
from tests.kit.samples import HERBS, garden_flow, ones, only

SEVERAL: Choices[str] = Choices("Quelles plantes ?", ones(*HERBS), most=3)


def one_of(talk: Talk) -> None:
    talk.end("Gardé : {herb}.", herb=talk.ask("herb", Choice("Quelle plante ?", ones(*HERBS))))


def several(talk: Talk) -> None:
    herbs = talk.ask("herbs", SEVERAL)
    talk.end("Gardé : {herbs}.", herbs=" + ".join(herbs))


def all_but(talk: Talk) -> None:
    """Everything is chosen unless somebody says no."""
    herbs = talk.ask("herbs", Choices("Quelles plantes ?", ones(*HERBS), ticked=[herb.lower() for herb in HERBS]))
    talk.end("Gardé : {herbs}.", herbs=" + ".join(herbs))


def how_many(talk: Talk) -> None:
    talk.end("Gardé : {size}.", size=talk.ask("size", Number("Combien ?", least=1, most=40)))


def how_much(talk: Talk) -> None:
    talk.end("Gardé : {size}.", size=talk.ask("size", Number("Combien ?", whole=False)))


def when(talk: Talk) -> None:
    day = talk.ask("when", Moment("Quand ?", talk.city.zone, after=talk.now))
    talk.end("Gardé : {day}.", day=day.isoformat())


def where(talk: Talk) -> None:
    place = talk.ask("place", Where("Où ?", within=talk.city, example="12 rue de la Forge"))
    talk.end("Gardé : {place}.", place=talk.city.describe(place))


def surely(talk: Talk) -> None:
    talk.end("Gardé : {sure}.", sure=talk.ask("sure", Yes("Sûr ?")))


def freely(talk: Talk) -> None:
    said = talk.ask("about", Choice("De quoi ?", ones("Eau", "Feu"), free=lambda typed: f"« {typed} »"))
    talk.end("Gardé : {said}.", said=said)


def words(talk: Talk) -> None:
    talk.end("Gardé : {said}.", said=talk.ask("said", Text("Dites.", least=3, most=12, example="bonjour")))


TALKS = {
    "one": one_of, "several": several, "all": all_but, "number": how_many, "measure": how_much, "when": when,
    "where": where,
    "sure": surely, "free": freely, "words": words,
}  # fmt: skip


@pytest.fixture
def database(sqlite_database: str) -> str:
    """Reading an answer asks nothing of a database: one kind is enough."""
    return sqlite_database


@pytest.fixture
def flows() -> Flows:
    return only(
        *(garden_flow(talk, name, (f"q{name}",), f"Menu {name}", links=(name,)) for name, talk in TALKS.items())
    )


READ = [
    ("one", "Thym", "Thym"),
    ("one", "thym", "Thym"),
    ("one", "THYM !", "Thym"),
    ("one", "2", "Thym"),
    ("one", "basillic", "Basilic"),
    ("several", "1, 3", "Menthe + Sauge"),
    ("several", "1 3", "Menthe + Sauge"),
    ("several", "thym, menthe", "Menthe + Thym"),
    ("several", "1، 3", "Menthe + Sauge"),
    ("several", "١،٣", "Menthe + Sauge"),
    ("number", "12", "12"),
    ("number", "1 2", "12"),
    ("number", "40,0", "40"),
    ("measure", "-3,5", "-3.5"),
    ("measure", "−3.5", "-3.5"),
    ("when", "demain 18h30", "2026-11-24T18:30:00+01:00"),
    ("when", "12/03 à 9h", "2027-03-12T09:00:00+01:00"),
    ("when", "1er décembre 14:05", "2026-12-01T14:05:00+01:00"),
    ("when", "2026-12-24 8h", "2026-12-24T08:00:00+01:00"),
    ("when", "lundi 10h", "2026-11-30T10:00:00+01:00"),
    ("where", "rue de la Forge", "rue de la Forge"),
    ("sure", "oui", "True"),
    ("sure", "NON", "False"),
    ("sure", "y", "True"),
    ("sure", "2", "False"),
    ("free", "de l’air", "« de l’air »"),
    ("free", "eau", "Eau"),
    ("words", "  salut  ", "salut"),
]


@pytest.mark.parametrize(("question", "typed", "kept"), READ)
async def test_an_answer_is_understood(resident: Resident, question: str, typed: str, kept: str) -> None:
    await resident.says(f"/q{question}")
    await resident.says(typed)
    assert f"Gardé : {kept}." in resident.screen


MISSED = [
    ("one", "5", "Choisissez une des réponses"),
    ("one", "0", "Choisissez une des réponses"),
    ("one", "laitue", "Choisissez une des réponses"),
    ("one", "⑳" * 4000, "Choisissez une des réponses"),
    ("several", "1, 9", "Je n’ai pas reconnu tous les choix"),
    ("several", "1, 2, 3, 4", "3 choix au plus"),
    ("number", "0", "Le plus petit nombre possible est 1"),
    ("number", "41", "Le plus grand nombre possible est 40"),
    ("number", "2,5", "un nombre entier"),
    ("number", "deux", "un nombre, en chiffres"),
    ("number", "9" * 400, "Le plus grand nombre possible est 40"),
    ("measure", "9" * 400, "un nombre, en chiffres"),
    ("when", "bientôt", "Je n’ai pas reconnu le jour"),
    ("when", "demain", "À quelle heure ?"),
    ("when", "demain 25h", "À quelle heure ?"),
    ("when", "aujourd’hui 8h", "Ce moment est déjà passé"),
    ("when", "28/03/2027 2h30", "Cette heure n’existe pas"),
    ("when", "0001-01-01 00:00", "Je n’ai pas reconnu le jour"),
    ("when", "31/02 à 9h", "Je n’ai pas reconnu le jour"),
    ("when", "9999-12-31 23:59", ""),
    ("where", "ab", "Dites-moi plutôt où"),
    ("words", "ah", "en dire un peu plus"),
    ("words", "beaucoup trop long", "12 au plus"),
]


@pytest.mark.parametrize(("question", "typed", "hint"), MISSED)
async def test_what_is_no_answer_gets_a_hint(
    resident: Resident, house: House, question: str, typed: str, hint: str
) -> None:
    await resident.says(f"/q{question}")
    await resident.says(typed)
    assert hint in resident.screen
    assert house.set_aside() == []


async def test_what_is_ticked_beforehand_is_kept_or_unticked(house: House) -> None:
    keen, choosy = house.resident(), house.resident()
    for resident in (keen, choosy):
        await resident.says("/qall")
        assert "[☑ Menthe]" in resident.screen
    await keen.taps("Terminé")
    assert f"Gardé : {' + '.join(HERBS)}." in keen.screen
    await choosy.taps("☑ Menthe")
    assert "[☐ Menthe]" in choosy.screen
    await choosy.sends_other()  # something else in between forgets nothing
    assert "[☐ Menthe]" in choosy.screen
    await choosy.taps("Terminé")
    assert f"Gardé : {' + '.join(HERBS[1:])}." in choosy.screen


async def test_choices_are_ticked_and_unticked(resident: Resident) -> None:
    await resident.says("/qseveral")
    await resident.taps("☐ Thym")
    assert "[☑ Thym]" in resident.screen
    await resident.taps("☐ Sauge")
    await resident.taps("☑ Thym")
    await resident.taps("Terminé")
    assert "Gardé : Sauge." in resident.screen


async def test_no_more_than_the_most_can_be_ticked(resident: Resident) -> None:
    await resident.says("/qseveral")
    for herb in HERBS[:3]:
        await resident.taps(f"☐ {herb}")
    await resident.taps(f"☐ {HERBS[3]}")
    assert "3 choix au plus" in resident.screen


async def test_none_is_too_few_when_one_is_wanted(resident: Resident) -> None:
    await resident.says("/qseveral")
    await resident.taps("Terminé")
    assert "au moins 1" in resident.screen


async def test_a_typed_address_is_offered_as_known_places(resident: Resident) -> None:
    await resident.says("/qwhere")
    await resident.says("forge")
    assert "Est-ce un de ces lieux ?" in resident.screen
    await resident.says("1")
    assert "Gardé : " in resident.screen


async def test_an_address_nobody_knows_is_kept_as_typed_once_that_is_confirmed(resident: Resident) -> None:
    await resident.says("/qwhere")
    await resident.says("derrière le vieux moulin rouge")
    assert "Je ne connais pas ce lieu." in resident.screen
    await resident.says("derrière le vieux moulin rouge")
    assert "Gardé : derrière le vieux moulin rouge." in resident.screen


async def test_a_place_in_another_town_is_refused_by_its_name(resident: Resident) -> None:
    await resident.says("/qwhere")
    await resident.shares(46.51, 7.445)
    assert "Sombreval, pas à Valombre" in resident.screen
    await resident.shares(10.0, 10.0)
    assert "hors de Valombre" in resident.screen
    await resident.shares(46.507, 7.41)
    assert "Gardé : " in resident.screen


async def test_misses_get_a_hint_then_an_example_then_the_ways_out(resident: Resident) -> None:
    await resident.says("/qwords")
    await resident.says("a")
    assert "Par exemple" not in resident.screen
    await resident.says("a")
    assert "Par exemple : bonjour" in resident.screen
    assert "Vous pouvez aussi taper" not in resident.screen
    await resident.says("a")
    assert "Vous pouvez aussi taper : annuler." in resident.screen
    assert "Maison communale de Valombre, 000 00 00" in resident.screen
    await resident.says("voilà")
    assert "Gardé : voilà." in resident.screen


async def test_an_example_of_words_is_no_help_with_what_is_not_words(resident: Resident) -> None:
    await resident.says("/qwhere")
    await resident.shares(10.0, 10.0)
    await resident.shares(10.0, 10.0)
    await resident.sends_a_bad_photo("damaged")
    await resident.sends_other("voice")
    assert "Vous pouvez aussi taper : annuler." in resident.screen
    assert "Par exemple" not in resident.screen
    await resident.says("ab")
    assert "Par exemple : 12 rue de la Forge" in resident.screen


async def test_who_types_the_name_of_another_subject_twice_is_told_its_command(resident: Resident) -> None:
    await resident.says("/qone")
    await resident.says("menu when")
    assert "/qwhen" not in resident.screen
    await resident.says("menu when")
    assert "Pour parler d’autre chose, tapez : /qwhen" in resident.screen
    await resident.says("laitue")
    assert "Pour parler d’autre chose" not in resident.screen


@pytest.mark.parametrize("question", list(TALKS))
async def test_every_kind_of_thing_gets_a_word_back(resident: Resident, house: House, question: str) -> None:
    await resident.says(f"/q{question}")
    await resident.sends_other()
    assert "Je ne sais pas lire ce message" in resident.screen
    await resident.sends_contact()
    assert "Pas besoin de contact" in resident.screen
    await resident.sends("a.jpg")
    assert resident.screen
    await resident.sends_a_bad_photo("damaged")
    assert "abîmée" in resident.screen
    await resident.says("/inconnue")
    assert "Je ne connais pas la commande /inconnue" in resident.screen
    assert house.set_aside() == []


async def test_words_with_signs_no_database_keeps_are_kept_without_them(resident: Resident, house: House) -> None:
    await resident.says("/qwords")
    await resident.says("bon\x00jour\ud83d")
    assert "Gardé : bonjour" in resident.screen
    assert house.set_aside() == []
