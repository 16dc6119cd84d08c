"""What a town decides about its news: read whole, or every mistake named at its line."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from bot.city.bulletin import Bulletin, Feed
from bot.city.load import load
from bot.city.mistake import CityMistakes
from bot.city.model import City

VALOMBRE = Path(__file__).parents[2] / "towns" / "valombre"
TOML = "city.toml"
UNDO = "undo = 60\n"
FEEDS = """
[[news.feed]]
url = "https://fetes.example/rss"
name = "Comité des fêtes"
topic = "fairs"

[[news.feed]]
url = "https://canton.example/atom"
name = "Canton"
topic = "works"
quartiers = [1, 3]
trusted = true
every = 15
"""
EMERGENCY = "[[emergency]]\n"


def town_with(folder: Path, *changes: tuple[str, str]) -> Path:
    """A copy of Valombre in which texts of its file were replaced."""
    town = folder / "town"
    shutil.copytree(VALOMBRE, town)
    source = (town / TOML).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in source, f"the test must change something: {old!r} is not there"
        source = source.replace(old, new, 1)
    (town / TOML).write_text(source, encoding="utf-8")
    return town


def without_news(folder: Path) -> Path:
    source = (VALOMBRE / TOML).read_text(encoding="utf-8")
    return town_with(folder, (source[source.index("[news]") : source.index(EMERGENCY)], ""))


def test_a_town_says_what_its_news_are_about(valombre: City) -> None:
    assert [topic.key for topic in valombre.news.topics] == ["works", "fairs", "alert"]
    works, fairs, alert = valombre.news.topics
    assert (works.icon, works.weekly_cap, works.urgent) == ("🚧", 2, False)
    assert valombre.say(works.name, "de") == "Baustellen"
    assert fairs.weekly_cap is None
    assert alert.urgent
    assert valombre.news.undo == timedelta(seconds=60)
    assert valombre.news.topic("works") == works
    assert valombre.news.topic("gossip") is None


def test_a_second_person_must_approve_from_so_many_people_on(valombre: City) -> None:
    assert [valombre.news.needs_review(people) for people in (0, 2, 3, 4000)] == [False, False, True, True]


@pytest.mark.parametrize(("written", "needs"), [("review_from = 0", [True, True]), ("", [False, False])])
def test_always_and_never_can_be_said_too(tmp_path: Path, written: str, needs: list[bool]) -> None:
    news = load(town_with(tmp_path, ("review_from = 3", written))).news
    assert [news.needs_review(people) for people in (0, 120_000)] == needs


def test_a_town_may_have_no_news_at_all(tmp_path: Path) -> None:
    assert load(without_news(tmp_path)).news == Bulletin()


def test_time_to_undo_may_be_none_and_is_a_minute_when_nothing_is_said(tmp_path: Path) -> None:
    assert load(town_with(tmp_path / "none", (UNDO, "undo = 0\n"))).news.undo == timedelta(0)
    assert load(town_with(tmp_path / "unsaid", (UNDO, ""))).news.undo == timedelta(minutes=1)
    assert load(town_with(tmp_path / "long", (UNDO, "undo = 600\n"))).news.undo == timedelta(minutes=10)


def test_feeds_are_held_for_everybody_every_hour_unless_said_otherwise(tmp_path: Path) -> None:
    feeds = load(town_with(tmp_path, (EMERGENCY, FEEDS + "\n" + EMERGENCY))).news.feeds
    assert feeds == (
        Feed("https://fetes.example/rss", "Comité des fêtes", "fairs", (), False, timedelta(hours=1)),
        Feed("https://canton.example/atom", "Canton", "works", (1, 3), True, timedelta(minutes=15)),
    )


WORKS = 'key = "works"\nicon = "🚧"\nweekly_cap = 2\nname = { fr = "Travaux", de = "Baustellen" }'

# what changes: (old, new); a text on the line that must be named, or nothing; what the sentence must say
MISTAKES = {
    "no topic": ("[[news.topic]]\n" + WORKS, "[news.topics]\n" + WORKS, "", "topic"),
    "a topic named twice": ('key = "fairs"', 'key = "works"', "", "“works” is already used on line"),
    "a topic with capitals": ('key = "fairs"', 'key = "Fêtes"', "Fêtes", "small letters, digits or dashes"),
    "a topic without a sign": ('icon = "🎪"\n', "", "", "the key “icon” is missing"),
    "a topic without a name": ('name = { fr = "Travaux", de = "Baustellen" }', "", "", "the key “name” is missing"),
    "a topic not named in the first language": (
        '{ fr = "Travaux", de = "Baustellen" }',
        '{ de = "Baustellen" }',
        '{ de = "Baustellen" }',
        "the text in “fr” is missing",
    ),
    "a cap of nothing": ("weekly_cap = 2", "weekly_cap = 0", "weekly_cap", "“weekly_cap” is 0: give 1 or more"),
    "a cap in words": ("weekly_cap = 2", 'weekly_cap = "two"', "weekly_cap", "must be a whole number"),
    "urgent in words": ("urgent = true\nname", 'urgent = "yes"\nname', 'urgent = "yes"', "must be true or false"),
    "an unknown key of a topic": ("weekly_cap = 2", "week_cap = 2", "week_cap", "did you mean “weekly_cap”?"),
    "an unknown key of the news": ("undo = 60", "undos = 60", "undos", "did you mean “undo”?"),
    "too long to undo": ("undo = 60", "undo = 601", "undo = 601", "“undo” is 601 seconds: give 600 or less"),
    "a negative time to undo": ("undo = 60", "undo = -1", "undo = -1", "“undo” is -1: give 0 or more"),
    "a negative number of people": ("review_from = 3", "review_from = -3", "review_from", "give 0 or more"),
    "a feed from a file": ('"https://fetes.example/rss"', '"file:///etc/passwd"', "file:///", "starts with https://"),
    "a feed without address": ('url = "https://fetes.example/rss"\n', "", "", "the key “url” is missing"),
    "a feed without name": ('name = "Comité des fêtes"\n', "", "", "the key “name” is missing"),
    "a feed about nothing known": (
        'topic = "fairs"\n',
        'topic = "fetes"\n',
        'topic = "fetes"',
        "The topic “fetes” does not exist: use one of alert, fairs, works.",
    ),
    "a feed for a quartier that is not": ("[1, 3]", "[1, 4]", "[1, 4]", "There is no quartier 4"),
    "a feed for a quartier by name": ("[1, 3]", '["Le Bourg"]', "Le Bourg", "must be a list of whole numbers"),
    "a feed read all the time": ("every = 15", "every = 1", "every = 1", "“every” is 1: give 5 or more"),
    "a feed trusted a little": ("trusted = true", "trusted = 1", "trusted = 1", "must be true or false"),
    "a trusted feed that wakes people up": (
        'topic = "works"\nquartiers = [1, 3]',
        'topic = "alert"\nquartiers = [1, 3]',
        "trusted = true",
        "The topic “alert” is urgent and wakes people up",
    ),
    "an unknown key of a feed": ("every = 15", "evry = 15", "evry", "did you mean “every”?"),
    "one table for many feeds": (FEEDS[1:], "[news.feed]\nurl = 'https://x.example'\n", "", "one [[feed]] table"),
}


@pytest.mark.parametrize(("old", "new", "marker", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named_at_its_line(tmp_path: Path, old: str, new: str, marker: str, sentence: str) -> None:
    town = town_with(tmp_path, (EMERGENCY, FEEDS + "\n" + EMERGENCY), (old, new))
    with pytest.raises(CityMistakes) as caught:
        load(town)
    found = [one for one in caught.value.mistakes if sentence in one.sentence]
    assert found, "\n".join(map(str, caught.value.mistakes))
    assert found[0].file == TOML
    if marker:
        lines = (town / TOML).read_text(encoding="utf-8").splitlines()
        assert marker in lines[found[0].line - 1]


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    town = town_with(
        tmp_path,
        (EMERGENCY, FEEDS + "\n" + EMERGENCY),
        ("undo = 60", "undo = 3600"),
        ("weekly_cap = 2", "weekly_cap = 0"),
        ('topic = "fairs"\n', 'topic = "fetes"\n'),
        ("every = 15", "every = 0"),
    )
    with pytest.raises(CityMistakes) as caught:
        load(town)
    assert len(caught.value.mistakes) == 4


def test_the_town_that_ships_has_every_topic_in_every_language(boulogne: City) -> None:
    assert len(boulogne.news.topics) == 7
    assert sum(topic.urgent for topic in boulogne.news.topics) == 1
    for topic in boulogne.news.topics:
        assert set(topic.name) == set(boulogne.languages)
