"""From what residents write to a category, without a menu of three levels. The sentences are written by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.city.folder import shipped
from bot.city.load import load
from bot.city.model import City, Place

BOULOGNE = load(shipped())


@pytest.mark.parametrize(
    ("language", "typed", "first"),
    [
        ("fr", "le lampadaire devant chez moi est cassé", "lamp-damaged"),
        ("fr", "lampadere eteint", "lamp-out"),
        ("fr", "Trou dans le trottoir", "pavement"),
        ("fr", "matelas abandonné", "bulky"),
        ("fr", "gros rat dans le square", "rats"),
        ("fr", "un feu rouge ne marche plus", "traffic-light"),
        ("fr", "tag raciste sur l’école", "tag-insult"),
        ("fr", "voiture mal garée sur le trottoir", "parking"),
        ("fr", "un SDF dort devant l’immeuble", "rough-sleeper"),
        ("en", "the street light is out", "lamp-out"),
        ("en", "hole in the pavement", "pavement"),
        ("es", "hay un bache enorme", "pothole"),
        ("pt", "o candeeiro está apagado", "lamp-out"),
        ("ar", "المصباح مطفأ أمام البيت", "lamp-out"),
        ("pt-BR", "um buraco na estrada", "pothole"),
        ("en", "nid de poule", "pothole"),
    ],
)
def test_typed_words_propose_the_right_category_first(boulogne: City, language: str, typed: str, first: str) -> None:
    assert boulogne.propose(typed, language)[0].key == first


@pytest.mark.parametrize(
    ("language", "typed", "danger"),
    [
        ("fr", "ça sent le gaz, et la poubelle déborde", "gas-smell"),
        ("fr", "une poubelle en feu", "fire"),
        ("fr", "accident de vélo, quelqu’un est blessé", "person-in-danger"),
        ("fr", "arbre tombé sur la route", "collapse"),
        ("en", "smell of gas near the full bin", "gas-smell"),
        ("ar", "رائحة غاز في الشارع", "gas-smell"),
    ],
)
def test_an_immediate_danger_comes_before_everything(boulogne: City, language: str, typed: str, danger: str) -> None:
    assert boulogne.propose(typed, language)[0].key == danger


@pytest.mark.parametrize("typed", ["bonjour", "merci beaucoup", "…", "42"])
def test_nothing_is_proposed_when_nothing_fits(boulogne: City, typed: str) -> None:
    assert boulogne.propose(typed, "fr", recent=["rats"]) == []


@pytest.mark.parametrize(("near", "other"), [("banc", "mur blanc"), ("plaque", "flaque")])
def test_a_word_that_looks_like_another_is_not_taken_for_it(boulogne: City, near: str, other: str) -> None:
    assert boulogne.propose(near, "fr")[0] not in boulogne.propose(other, "fr")


def test_recent_use_decides_between_equals_but_not_against_the_words(boulogne: City) -> None:
    plain = [one.key for one in boulogne.propose("banc fontaine", "fr")]
    assert set(plain) == {"bench", "fountain"}
    for key in plain:
        assert boulogne.propose("banc fontaine", "fr", recent=["rats", key])[0].key == key
    assert boulogne.propose("matelas", "fr", recent=["rats"])[0].key == "bulky"


def test_without_words_what_is_near_then_what_was_used_lately(boulogne: City, valombre: City) -> None:
    cemetery = Place(48.8308, 2.2521)
    assert [one.key for one in boulogne.propose("", "fr", cemetery, ["lamp-out", "gone"])] == ["park", "lamp-out"]
    assert [one.key for one in valombre.propose("", "de", Place(46.5101, 7.4301))] == ["footbridge"]
    assert valombre.propose("", "de") == []


def test_another_town_proposes_its_own_categories(valombre: City) -> None:
    assert [one.key for one in valombre.propose("ein brett am steg ist gebrochen", "de")] == ["footbridge"]
    assert valombre.propose("steinschlag auf dem weg beim wegweiser", "de")[0].key == "rockfall"


def test_every_keyword_proposes_its_own_category(town: City) -> None:
    for category in town.categories:
        for language, phrases in category.words.items():
            for phrase in phrases:
                found = [one.key for one in town.propose(phrase, language, most=8)]
                assert category.key in found, (language, phrase, found)


@given(some.text(max_size=60), some.sampled_from(["fr", "en", "ar", "xx", ""]))
def test_any_text_at_all_is_read_without_failing(typed: str, language: str) -> None:
    assert len(BOULOGNE.propose(typed, language, most=3)) <= 3
