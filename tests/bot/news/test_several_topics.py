"""An item about several topics: once for whoever follows one of them; it counts in its first one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.city.model import City
from bot.delivery.broadcast import Never
from bot.news.answers import Less, More, less_of, more_of
from bot.news.audience import audience, estimate
from bot.news.choose import choices_of
from bot.news.latest import latest
from bot.news.model import Choices, Item
from bot.news.pick import pick
from bot.news.public import Wanted, public_items
from bot.news.store import item_by_id, news_topic
from bot.storage.work import Work
from tests.bot.news.test_who_gets_an_item import Street, street
from tests.kit import news as kit

__all__ = ["street"]


def both(work: Work, *, now: bool = False) -> Item:
    return kit.an_item(work, topic="works", also=["fairs"], starts_at=work.now if now else None)


def asks_for_less(street: Street, name: str, topic: str) -> None:
    theirs = news_topic.c.resident_id == street.numbers[name], news_topic.c.topic == topic
    street.work.connection.execute(update(news_topic).where(*theirs).values(weekly=1))


def followed(street: Street, name: str) -> dict[str, int | None]:
    query = select(news_topic.c.topic, news_topic.c.weekly).where(news_topic.c.resident_id == street.numbers[name])
    return {row[0]: row[1] for row in street.work.connection.execute(query)}


def test_whoever_follows_one_of_them_gets_it_once(street: Street) -> None:
    street.moves_in("both", topics=("works", "fairs"))
    street.moves_in("the first", topics=("works",))
    street.moves_in("the second", topics=("fairs", "alert"))
    street.moves_in("neither", topics=("alert",))
    street.moves_in("elsewhere", quartiers=(2,))
    item = kit.an_item(street.work, topic="works", also=["fairs"], quartiers=[1], starts_at=street.work.now)
    assert item.topics == ("works", "fairs")
    for chunk in (1, 2, 100):
        assert street.reached(item, chunk) == ["both", "the first", "the second"]
    assert street.judged(item) == {"neither": Never("unsubscribed"), "elsewhere": Never("unsubscribed")}
    assert estimate(street.work, item.topics, item.quartiers, city=street.city).people == 3


def test_it_counts_in_its_first_topic_only(street: Street) -> None:
    """The town says two items of works a week, and nothing of fairs."""
    for name in ("two works", "two of both", "three fairs", "follows fairs"):
        street.moves_in(name, topics=("fairs",) if name == "follows fairs" else ("works", "fairs"))
    works = [kit.an_item(street.work, topic="works") for _ in range(2)]
    street.got("two works", works)
    street.got("follows fairs", works)
    street.got("two of both", [both(street.work) for _ in range(2)])
    street.got("three fairs", [kit.an_item(street.work, topic="fairs") for _ in range(3)])
    item = both(street.work, now=True)
    assert street.reached(item) == ["three fairs"]
    assert set(street.judged(item)) == {"two works", "two of both", "follows fairs"}
    fair = kit.an_item(street.work, topic="fairs", also=["works"], starts_at=street.work.now)
    assert len(street.reached(fair)) == 4
    assert street.judged(fair) == {}


def test_less_is_what_they_asked_of_the_topic_for_which_they_get_it(street: Street) -> None:
    for name, topics in (("both", ("works", "fairs")), ("fairs only", ("fairs",)), ("less works", ("works", "fairs"))):
        street.moves_in(name, topics=topics)
        asks_for_less(street, name, "works" if name == "less works" else "fairs")
        street.got(name, [both(street.work)])
    item = both(street.work, now=True)
    assert street.reached(item) == ["both"]
    assert street.judged(item) == {"fairs only": Never("capped"), "less works": Never("capped")}


@pytest.mark.parametrize("also", [["fairs"], ["fair"], ["s"]])
def test_a_topic_is_not_found_by_a_part_of_its_name(street: Street, also: list[str]) -> None:
    item = kit.an_item(street.work, topic="works", also=also)
    found = latest(street.work, None, ["fairs"], street.work.now, 5)
    assert [one.id for one in found] == ([item.id] if also == ["fairs"] else [])


def test_it_is_listed_under_each_of_them_on_the_page_and_in_the_chat(street: Street) -> None:
    item, other = both(street.work), kit.an_item(street.work, topic="fairs")
    for topic, shown in (("works", [item]), ("fairs", [other, item]), ("alert", [])):
        assert {one.id for one in public_items(street.work, Wanted(topic=topic)).items} == {one.id for one in shown}
        assert {one.id for one in latest(street.work, None, [topic], street.work.now, 9)} == {one.id for one in shown}
    assert len(latest(street.work, None, ["works", "fairs"], street.work.now, 9)) == 2
    assert item_by_id(street.work, other.id) == other and other.topics == ("fairs",)


def test_a_digest_tells_it_once_and_counts_it_in_its_first_topic(street: Street) -> None:
    found = [both(street.work) for _ in range(3)]
    since = street.work.now - timedelta(days=1)

    def told(city: City, *topics: str, less: tuple[str, ...] = ()) -> int:
        return len(pick(Choices(1, topics=topics, quartiers=(1,), less=less), found, since, (), city))

    assert told(street.city, "works", "fairs") == told(street.city, "fairs") == 2  # two works a week
    assert told(street.city, "alert") == 0
    assert told(street.city, "fairs", less=("fairs",)) == 1
    assert told(street.city, "works", "fairs", less=("fairs",)) == 2


def test_less_of_this_acts_on_the_topic_for_which_it_came_and_can_be_taken_back(street: Street) -> None:
    street.moves_in("reader", topics=("fairs", "alert"))
    who, item, other = street.numbers["reader"], both(street.work), both(street.work)
    assert less_of(street.work, street.city, who, item) is Less.WEEKLY
    assert followed(street, "reader") == {"fairs": 1, "alert": None}
    assert less_of(street.work, street.city, who, other) is Less.REMOVED
    assert followed(street, "reader") == {"alert": None}
    assert less_of(street.work, street.city, who, both(street.work)) is Less.NOT_THEIRS
    assert more_of(street.work, street.city, who, other, "fairs", Less.REMOVED) is More.DONE
    assert more_of(street.work, street.city, who, item, "fairs", Less.WEEKLY) is More.DONE
    assert followed(street, "reader") == {"fairs": None, "alert": None}
    mine = choices_of(street.work, who)
    assert mine is not None and "works" not in mine.topics


def test_an_item_with_one_topic_asks_the_database_what_it_always_did(street: Street) -> None:
    street.moves_in("reader")
    one, several = kit.an_item(street.work, topic="works"), both(street.work)
    said = [str(audience(street.work, item, 0, 9, city=street.city)) for item in (one, several)]
    assert ["JOIN news_topic" in words for words in said] == [True, False]
