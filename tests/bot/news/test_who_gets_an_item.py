"""The audience of an item, chunk by chunk, and what is judged again just before its letters leave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.city.model import City
from bot.delivery.broadcast import Later, Never, Nobody
from bot.news.audience import WINDOWS, audience, estimate, judge
from bot.news.choose import drop_choices_of_gone, set_rhythm, set_topics, subscribe, unsubscribe
from bot.news.model import Choices, Item, Rhythm
from bot.news.store import news_choice, news_topic
from bot.people.store import address, allow_pushes, mark_gone, meet, resident
from bot.storage.work import Desk, Work
from tests.kit import news as kit
from tests.kit.clock import Time

ALL = ("alert", "fairs", "works")


class Street:
    """People who get news, by name."""

    def __init__(self, work: Work, city: City) -> None:
        self.work = work
        self.city = city
        self.numbers: dict[str, int] = {}
        self.addresses: dict[str, int] = {}
        self.long_rows = 0  # of people not concerned, each looked at in a transaction of its own

    def moves_in(self, name: str, **choices: Any) -> None:
        (person,) = meet(self.work, [("kit", name, "fr")])
        self.numbers[name], self.addresses[name] = person.id, person.address
        wish = {"quartiers": (1,), "topics": ALL} | choices
        subscribe(self.work, self.city, Choices(person.id, **wish))

    def reached(self, item: Item, chunk: int = 100) -> list[str]:
        """In chunks, as the fan-out reads them; in order."""
        found: list[str] = []
        after = 0
        while True:
            query = audience(self.work, item, after, chunk, city=self.city)
            if isinstance(query, Nobody):
                self.long_rows += 1
                after = query.up_to
                continue
            rows = self.work.connection.execute(query).all()
            if not rows:
                return found
            assert len(rows) <= chunk
            found += [self._name(row[1]) for row in rows]
            after = rows[-1][0]

    def judged(self, item: Item) -> dict[str, Any]:
        verdicts = judge(self.work, item, list(self.addresses.values()), city=self.city)
        return {self._name(at): verdict for at, verdict in verdicts.items()}

    def _name(self, at: int) -> str:
        return str(self.work.connection.execute(select(address.c.external).where(address.c.id == at)).scalar_one())

    def got(self, name: str, items: Sequence[Item], days_ago: float = 0, state: str = "sent") -> None:
        for one in items:
            kit.a_letter(self.work, one, name, state, self.work.now - timedelta(days=days_ago))


@pytest.fixture
def street(desk: Desk, valombre: City, time: Time) -> Any:
    with desk.work() as work:
        yield Street(work, valombre)


def test_those_who_chose_the_quartier_and_the_topic_are_reached(street: Street) -> None:
    street.moves_in("here")
    street.moves_in("both", quartiers=(1, 2))
    street.moves_in("elsewhere", quartiers=(2,))
    street.moves_in("whole town", quartiers=())
    street.moves_in("no works", topics=("fairs",))
    street.moves_in("daily", rhythm=Rhythm.DAILY)
    street.moves_in("silent")
    allow_pushes(street.work, street.numbers["silent"], False)
    street.moves_in("blocked")
    mark_gone(street.work, [street.addresses["blocked"]], "blocked")
    street.moves_in("left")
    unsubscribe(street.work, street.numbers["left"])
    now = street.work.now
    one = kit.an_item(street.work, topic="works", quartiers=[1], starts_at=now)
    two = kit.an_item(street.work, topic="works", quartiers=[1, 2], starts_at=now)
    everyone = kit.an_item(street.work, topic="works", starts_at=now)
    assert street.reached(one) == ["here", "both"]
    assert street.reached(two) == ["here", "both", "elsewhere"]
    assert street.reached(everyone) == ["here", "both", "elsewhere", "whole town"]
    alert = kit.an_item(street.work, topic="alert", quartiers=[1], starts_at=now)
    assert street.reached(alert) == ["here", "both", "daily"]  # topic « alert » is not « no works »’s


def test_a_long_row_of_those_not_concerned_is_not_looked_at_all_at_once(street: Street) -> None:
    for number in range(WINDOWS * 2 + 1):
        street.moves_in(f"n{number}", quartiers=(2,))
    street.moves_in("here")
    item = kit.an_item(street.work, topic="works", quartiers=[1], starts_at=street.work.now)
    assert street.reached(item, chunk=1) == ["here"]
    assert street.long_rows == 2


@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
def test_chunks_reach_everybody_once_and_step_over_those_not_concerned(street: Street, chunk: int) -> None:
    concerned = []
    for number in range(12):
        here = number in (0, 5, 6, 11)
        street.moves_in(f"n{number}", quartiers=(1,) if here else (2,))
        concerned += [f"n{number}"] * here
    item = kit.an_item(street.work, topic="works", quartiers=[1], starts_at=street.work.now)
    assert street.reached(item, chunk) == concerned


def test_one_address_a_person_the_one_heard_of_last(street: Street) -> None:
    street.moves_in("old telephone")
    (other,) = meet(street.work, [("web", "browser", "fr")])
    number = street.numbers["old telephone"]
    later = street.work.now + timedelta(days=2)
    move = update(address).where(address.c.id == other.address)
    street.work.connection.execute(move.values(resident_id=number, heard_at=later))
    item = kit.an_item(street.work, starts_at=street.work.now)
    assert street.reached(item) == ["browser"]
    mark_gone(street.work, [other.address], "blocked")
    assert street.reached(item) == ["old telephone"]
    assert drop_choices_of_gone(street.work, [number]) == 0
    assert street.reached(item) == ["old telephone"]


def test_whoever_has_had_enough_this_week_is_left_out(street: Street) -> None:
    """The town says two items of works a week."""
    for name in ("none", "one", "two", "two long ago", "two on the way", "one is enough", "unknown"):
        street.moves_in(name)
    weekly = update(news_topic).where(news_topic.c.resident_id == street.numbers["one is enough"])
    street.work.connection.execute(weekly.values(weekly=1))
    item = kit.an_item(street.work, topic="works", starts_at=street.work.now)
    before = [kit.an_item(street.work, topic="works") for _ in range(2)]
    other = [kit.an_item(street.work, topic="fairs") for _ in range(3)]
    street.got("none", other)
    street.got("one", before[:1])
    street.got("two", before)
    street.got("two long ago", before, days_ago=7.1)
    street.got("two on the way", before, state="queued")
    street.got("one is enough", before[:1])
    assert street.reached(item) == ["none", "one", "two long ago", "unknown"]
    # Just before leaving, only what arrived counts: the one on the way first may leave.
    assert street.judged(item) == {"two": Never("capped"), "one is enough": Never("capped")}
    alert = kit.an_item(street.work, topic="alert", starts_at=street.work.now)
    street.got("two", [kit.an_item(street.work, topic="alert") for _ in range(3)])
    assert len(street.reached(alert)) == 7
    assert street.judged(alert) == {}


def test_a_topic_without_cap_knows_only_what_a_person_asked(street: Street) -> None:
    street.moves_in("any")
    street.moves_in("less")
    fairs = (news_topic.c.resident_id == street.numbers["less"]) & (news_topic.c.topic == "fairs")
    street.work.connection.execute(update(news_topic).where(fairs).values(weekly=1))
    before = [kit.an_item(street.work) for _ in range(4)]
    item = kit.an_item(street.work, starts_at=street.work.now)
    assert street.reached(item) == ["any", "less"]
    street.got("any", before)
    street.got("less", before[:1])
    assert street.reached(item) == ["any"]
    assert street.judged(item) == {"less": Never("capped")}


def test_consent_is_asked_again_before_a_letter_leaves(street: Street) -> None:
    for name in ("still", "stopped", "left", "moved", "other topics", "reads later", "erased"):
        street.moves_in(name)
    item = kit.an_item(street.work, topic="works", quartiers=[1], starts_at=street.work.now)
    numbers = street.numbers
    allow_pushes(street.work, numbers["stopped"], False)
    unsubscribe(street.work, numbers["left"])
    subscribe(street.work, street.city, Choices(numbers["moved"], quartiers=(2,), topics=ALL))
    set_topics(street.work, numbers["other topics"], ["fairs"])
    set_rhythm(street.work, street.city, numbers["reads later"], Rhythm.DAILY)
    unwished = Never("unsubscribed")
    assert street.judged(item) == {
        "stopped": Never("stopped"),
        "left": unwished,
        "moved": unwished,
        "other topics": unwished,
        "reads later": unwished,
    }
    alert = kit.an_item(street.work, topic="alert", quartiers=[1], starts_at=street.work.now)
    assert "reads later" not in street.judged(alert)
    assert street.judged(alert)["stopped"] == Never("stopped")


def test_somebody_unknown_gets_nothing(street: Street) -> None:
    item = kit.an_item(street.work)
    assert judge(street.work, item, [12345], city=street.city) == {12345: Never("unsubscribed")}
    assert judge(street.work, item, [], city=street.city) == {}


@pytest.mark.parametrize(
    ("now", "town", "own"),
    [
        (datetime(2026, 11, 23, 9, tzinfo=UTC), None, datetime(2026, 11, 23, 13, tzinfo=UTC)),
        (datetime(2026, 11, 23, 23, tzinfo=UTC), datetime(2026, 11, 24, 6, tzinfo=UTC), None),
        # The nights in which the clock changes are an hour shorter or longer.
        (datetime(2027, 3, 27, 22, tzinfo=UTC), datetime(2027, 3, 28, 5, tzinfo=UTC), None),
        (datetime(2026, 10, 24, 21, tzinfo=UTC), datetime(2026, 10, 25, 6, tzinfo=UTC), None),
    ],
)
def test_letters_wait_for_the_end_of_the_quiet_hours(
    desk: Desk, valombre: City, time: Time, now: datetime, town: datetime | None, own: datetime | None
) -> None:
    """The town's, 22:30 to 7:00, or a night worker's own, 8:00 to 14:00; or none."""
    time.advance(now - time.now())
    with desk.work() as work:
        street = Street(work, valombre)
        street.moves_in("town")
        street.moves_in("night worker", quiet_start=clock(8), quiet_end=clock(14))
        street.moves_in("never quiet", quiet_start=clock(0), quiet_end=clock(0))
        item = kit.an_item(work, starts_at=work.now)
        waits = {"town": town, "night worker": own}
        assert street.judged(item) == {name: Later(until) for name, until in waits.items() if until}
        assert street.judged(kit.an_item(work, topic="alert")) == {}


def clock(hour: int) -> dt.time:
    return dt.time(hour)


def test_an_estimate_counts_people_by_channel_and_language(street: Street) -> None:
    street.moves_in("at once")
    street.moves_in("daily", rhythm=Rhythm.DAILY)
    street.moves_in("elsewhere", quartiers=(2,))
    street.moves_in("german", rhythm=Rhythm.WEEKLY)
    german = update(resident).where(resident.c.id == street.numbers["german"])
    street.work.connection.execute(german.values(language="de"))
    found = estimate(street.work, ["works"], [1], city=street.city)
    assert (found.people, found.at_once, found.digests) == (3, 1, 2)
    assert (found.by_channel, found.by_language) == ({"kit": 3}, {"fr": 2, "de": 1})
    assert estimate(street.work, ["alert"], [1], city=street.city).at_once == 3
    assert estimate(street.work, ["works"], [], city=street.city).people == 4
    assert estimate(street.work, ["works"], [3], city=street.city).people == 0


def test_what_was_in_a_digest_does_not_come_at_once_too(street: Street) -> None:
    street.moves_in("switched")
    item = kit.an_item(street.work)  # an hour ago
    digested = update(news_choice).values(digested_at=street.work.now - timedelta(minutes=30))
    street.work.connection.execute(digested)
    assert street.reached(item) == []
    assert street.judged(item) == {"switched": Never("unsubscribed")}
