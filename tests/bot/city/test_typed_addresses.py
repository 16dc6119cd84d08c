"""What residents type, and the known places it may mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.city.folder import shipped
from bot.city.gazetteer import Gazetteer
from bot.city.ground import Projection
from bot.city.load import load
from bot.city.model import City, Place

BOULOGNE = load(shipped())
NAMES = BOULOGNE.gazetteer.names


@pytest.mark.parametrize("name", NAMES)
def test_every_known_place_is_found_first_by_its_name(name: str) -> None:
    assert BOULOGNE.find_places(name)[0].label == name
    assert BOULOGNE.find_places(name.upper())[0].label == name


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("12 bd jean jaures", "12 boulevard Jean-Jaurès"),
        ("2bis, rue Damiens", "2bis rue Damiens"),
        ("26 av. André Morizet, 92100 Boulogne-Billancourt", "26 avenue André-Morizet"),
        ("pl. J. Guesde", "place Jules-Guesde"),
        ("rue galieni", "rue Gallieni"),
        ("gal leclerc", "avenue du Général-Leclerc"),
        ("rd-point rhin et danube", "rond-point Rhin-et-Danube"),
        ("devant le 3 rue de Silly à côté du café", "3 rue de Silly"),
        ("bd jean jaurès route de la reine", "boulevard Jean-Jaurès / route de la Reine"),
        ("devant l'école thiers", "École Thiers"),
        ("la mairie", "Mairie"),
    ],
)
def test_a_way_of_typing_finds_the_place(boulogne: City, typed: str, found: str) -> None:
    assert boulogne.find_places(typed)[0].label == found


@pytest.mark.parametrize(
    "typed",
    [
        "rond-point",
        "rd point",
        "rue Pierre Curie",
        "rue Jean Moulin",
        "avenue Victor Basch",
        "",
        "rue",
        "12",
        "je ne sais pas",
        "rue de la Paix",
        "château d'eau",
        "!!",
        "tour Eiffel",
    ],
)
def test_nothing_near_enough_gives_nothing(boulogne: City, typed: str) -> None:
    assert boulogne.find_places(typed) == []


@given(some.text(max_size=80))
def test_any_text_at_all_is_searched_without_failing(typed: str) -> None:
    assert len(BOULOGNE.find_places(typed, most=3)) <= 3


def test_a_house_number_keeps_the_street_s_point_but_says_how_vague_it_is(valombre: City) -> None:
    (street,) = valombre.find_places("rue de la forge")
    (house,) = valombre.find_places("4 rue de la forge")
    assert (street.label, street.accuracy) == ("rue de la Forge", None)
    assert (house.label, house.accuracy) == ("4 rue de la Forge", 300.0)
    assert (house.latitude, house.longitude) == (street.latitude, street.longitude)


def test_a_street_without_a_point_is_still_an_answer(boulogne: City) -> None:
    (place,) = boulogne.find_places("quai de stalingrad")
    assert place == Place(None, None, label="quai de Stalingrad")


def test_each_town_writes_out_its_own_language_s_abbreviations() -> None:
    rows = [(Place(46.5, 7.4, label="Lindenstrasse"), "street"), (Place(46.5, 7.4, label="Sankt-Anna-Platz"), "square")]
    german = Gazetteer(rows, "de", "Taldorf", Projection(46.5, 7.4))
    assert german.find("St. Anna Pl.", 1)[0].label == "Sankt-Anna-Platz"
    assert german.find("lindenstraße", 1)[0].label == "Lindenstrasse"


def test_a_point_close_to_a_known_place_is_described_by_it(boulogne: City, valombre: City) -> None:
    assert boulogne.describe(Place(48.8276, 2.2417)) == "place Jules-Guesde"
    assert valombre.describe(Place(46.5073, 7.4105)) == "place du Tilleul"


def test_a_description_is_never_made_up(boulogne: City) -> None:
    assert boulogne.describe(Place(48.8276, 2.2417, accuracy=500.0)) == ""
    assert boulogne.describe(Place(48.8500, 2.2245)) == ""
    assert boulogne.describe(Place(None, None)) == ""
    assert boulogne.describe(Place(48.85, 2.30, label="chez Léa")) == "chez Léa"


def test_a_hundred_and_twenty_metres_is_the_limit_of_close(valombre: City) -> None:
    metre = 1 / 111_195
    assert valombre.describe(Place(46.5100 + 119 * metre, 7.43)) == "passerelle du Torrent"
    assert valombre.describe(Place(46.5100 + 121 * metre, 7.43)) == ""


def test_where_houses_are_listed_the_right_house_comes_before_its_neighbours() -> None:
    rows = [(Place(46.5, 7.4 + n / 10_000, label=f"{n} rue de la Fontaine"), "address") for n in range(2, 202, 2)]
    listed = Gazetteer(rows, "fr", "Valombre", Projection(46.5, 7.4))
    assert listed.find("12 r. de la fontaine", 1)[0].label == "12 rue de la Fontaine"
    assert listed.find("devant le 14 rue fontaine", 1)[0].label == "14 rue de la Fontaine"
    assert listed.find("200, rue de la fontaine", 1)[0].label == "200 rue de la Fontaine"
    assert len(listed.find("rue de la fontaine", 9)) == 9


# Addresses of other towns


@pytest.mark.parametrize(
    ("typed", "town"),
    [
        ("12 rue de Rivoli, Paris", "Paris"),
        ("12 rue de Rivoli Paris", "Paris"),
        ("Paris 16e", "Paris"),
        ("3 place d’Iéna 75116", "Paris"),
        ("10 avenue du Général de Gaulle, Issy-les-Moulineaux", "Issy-les-Moulineaux"),
        ("Meudon", "Meudon"),
        ("je suis à meudon", "Meudon"),
        ("5 rue Royale, 92210 St-Cloud", "Saint-Cloud"),
        ("rue du Lac, 69003 Lyon", ""),
    ],
)
def test_an_address_of_another_town_says_which(boulogne: City, typed: str, town: str) -> None:
    assert boulogne.other_town(typed) == town


@pytest.mark.parametrize(
    "typed",
    [
        "rue de Sèvres",
        "12 rue de Sèvres",
        "rue de Meudon",
        "pont de Saint-Cloud",
        "Porte de Saint-Cloud",
        "avenue de Paris",
        "rue de Paris, Boulogne-Billancourt",
        "26 avenue André-Morizet 92100",
        "12 rue de Silly",
        "devant la mairie",
    ],
)
def test_a_street_called_after_a_town_is_not_in_that_town(boulogne: City, typed: str) -> None:
    assert boulogne.other_town(typed) is None
