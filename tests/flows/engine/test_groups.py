"""What several people did before the bot could look is taken at once, and comes to the same as one by one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.city.model import City
from bot.people.model import Person
from bot.people.store import find_people
from bot.storage.database import open_database
from bot.storage.work import Desk
from flows.engine.flow import Flows
from flows.engine.incoming import Heard
from flows.engine.scene import Stage
from flows.settings import language, settings, stop
from tests.kit.clock import Time
from tests.kit.properties import tried
from tests.kit.residents import CHANNEL, House, Resident, as_seen, without_lots
from tests.kit.samples import asking, garden_flow, only, plots_taken, short_garden


@pytest.fixture
def flows() -> Flows:
    return only(
        garden_flow(short_garden, "short", ("court",), "Demande courte", links=("s",)),
        garden_flow(asking(("one", "Un ?"), ("two", "Deux ?")), "two", ("deux",), "Compter", links=("two",)),
        settings,
        language,
        stop,
    )


async def test_the_same_update_in_the_same_group_counts_once(resident: Resident, house: House) -> None:
    one = resident.does("text", text="/deux")
    heard = await house.at_once([one, one, one])
    assert [answer.new for answer in heard if isinstance(answer, Heard)] == [True, False, False]
    assert len(resident.messages) == 1


async def test_the_same_update_given_again_later_counts_once(resident: Resident, house: House) -> None:
    one = resident.does("text", text="/deux")
    await house.take(one)
    assert await house.take(one) == Heard(new=False)
    assert len(resident.messages) == 1


async def test_two_updates_of_one_person_in_a_group_are_taken_in_order(resident: Resident, house: House) -> None:
    words = [resident.does("text", text=text) for text in ("/deux", "rouge", "vert")]
    await house.at_once(words)
    assert [message.text for message in resident.messages] == ["Un ?", "Deux ?", "Fini. one=rouge, two=vert"]


async def test_a_newcomer_speaks_the_language_of_their_first_word(house: House) -> None:
    resident = house.resident()
    first = resident.does("text", text="/deux", language="de")
    await house.at_once([first, resident.does("text", text="x", language="")])
    assert person(house, resident).language == "de"


@pytest.mark.parametrize("order", [("left", "text"), ("text", "left"), ("left", "came"), ("came", "left", "text")])
async def test_leaving_and_coming_back_in_one_group_ends_as_it_ended(house: House, order: tuple[str, ...]) -> None:
    resident = house.resident()
    await resident.says("/deux")
    await house.at_once([resident.does(kind, text="rouge" if kind == "text" else "") for kind in order])
    assert person(house, resident).gone == (order[-1] == "left")


async def test_somebody_who_left_and_writes_again_is_back(house: House) -> None:
    resident = house.resident()
    await resident.says("/deux")
    await resident.leaves()
    assert person(house, resident).gone
    assert resident.screen == ""
    await resident.says("rouge")
    assert "Deux ?" in resident.screen
    assert not person(house, resident).gone


async def test_leaving_and_coming_back_say_nothing(house: House) -> None:
    resident = house.resident()
    await resident.says("/deux")
    await resident.leaves()
    await resident.comes_back()
    assert resident.screen == ""
    assert not person(house, resident).gone


async def test_a_wish_is_known_to_what_follows_in_the_same_group(house: House) -> None:
    resident = house.resident()
    await house.at_once([resident.does("text", text=text) for text in ("/stop", "/reglages")])
    assert "[Me tenir au courant]" in as_seen(resident.messages[-1])


async def test_who_asks_to_be_erased_and_goes_on_is_somebody_new(house: House) -> None:
    resident = house.resident()
    await resident.says("/reglages")
    await resident.taps("Effacer mes données")
    before = person(house, resident).id
    erase = resident.button("Oui, tout effacer").data
    group = [resident.does("tap", payload=erase), *(resident.does("text", text=text) for text in ("/deux", "rouge"))]
    await house.at_once(group)
    assert "Deux ?" in resident.messages[-1].text
    assert person(house, resident).id != before
    assert resident.answers == {"one": "rouge"}


def person(house: House, resident: Resident) -> Person:
    with house.desk.reading() as work:
        return find_people(work, [(CHANNEL, resident.external)])[CHANNEL, resident.external]


# The property

SAID = st.sampled_from(
    [
        "/deux",
        "/court",
        "rouge",
        "annuler",
        "retour",
        "passer",
        "1",
        "2",
        "/reglages",
        "/langue",
        "/stop",
        "aide",
        "oui",
        "/n",
    ]
)
DONE = st.one_of(
    SAID.map(lambda text: ("text", {"text": text})),
    st.sampled_from(["a", "b", "c"]).map(lambda name: ("pictures", {"pictures": (name,), "album": "x"})),
    st.just(("pictures", {"pictures": ("p",), "text": "près du puits"})),
    st.just(("other", {"text": "voice"})),
    st.sampled_from(["left", "came"]).map(lambda kind: (kind, {})),
    st.sampled_from(["rouge", "vert"]).map(lambda text: ("edited", {"text": text, "origin": "m2"})),
)
WHO = st.integers(0, 2)


@given(done=st.lists(st.tuples(WHO, DONE), min_size=2, max_size=14))
@tried(20)
async def test_a_group_is_the_same_as_one_by_one(pair: tuple[House, House], done: list[Any]) -> None:
    together, apart = pair
    members, same = ([house.resident() for _ in range(3)] for house in pair)
    heard = await together.at_once([members[who].does(kind, **values) for who, (kind, values) in done])
    heard_apart = [await apart.take(same[who].does(kind, **values)) for who, (kind, values) in done]
    assert heard == heard_apart
    for who in {who for who, _done in done}:
        one, other = members[who], same[who]
        assert [without_lots(message) for message in one.messages] == [
            without_lots(message) for message in other.messages
        ]
        assert without_lots(one.conversation) == without_lots(other.conversation)
        known = [
            msgspec.structs.replace(person(house, at), id=0, address=0, external="")
            for house, at in ((together, one), (apart, other))
        ]
        assert known[0] == known[1]
    with together.desk.reading() as work, apart.desk.reading() as other_work:
        assert plots_taken(work) == plots_taken(other_work)
    assert together.set_aside() == apart.set_aside() == []


# Two processes on one database


@pytest.mark.postgres
class TestTwoProcesses:
    @pytest.fixture
    async def two(self, postgres_database: str, valombre: City, time: Time, flows: Flows) -> AsyncIterator[list[House]]:
        stage = Stage(flows, valombre, str)
        desks = [Desk(open_database(postgres_database), time.now) for _process in range(2)]
        async with House(desks[0], stage, time) as one, House(desks[1], stage, time) as other:
            yield [one, other]
        for desk in desks:
            desk.close()

    async def test_a_person_never_meets_two_of_us_at_once(self, two: list[House]) -> None:
        """Twenty newcomers write through both processes at the same moment: nothing is lost, twice or set aside."""
        for at in range(20):
            doubles = [house.resident(external=f"both-{at}") for house in two]
            first = [one.does("text", text="/deux", key=f"{at}.first.{side}") for side, one in enumerate(doubles)]
            heard = await asyncio.gather(*(house.take(one) for house, one in zip(two, first, strict=True)))
            assert all(answer.new for answer in heard)
            assert len(doubles[0].conversation.talks) == 1
            answers = [
                one.does("text", text=f"mot {side}", key=f"{at}.then.{side}") for side, one in enumerate(doubles)
            ]
            await asyncio.gather(*(house.take(one) for house, one in zip(two, answers, strict=True)))
            said = [message.text for one in doubles for message in one.messages]
            assert len([text for text in said if text.startswith("Fini.")]) == 1
        assert two[0].set_aside() == []

    async def test_the_same_update_given_to_both_counts_once(self, two: list[House]) -> None:
        doubles = [house.resident(external="twice") for house in two]
        for at in range(10):
            same = [one.does("text", text="/deux", key=f"same.{at}") for one in doubles]
            heard = await asyncio.gather(*(house.take(one) for house, one in zip(two, same, strict=True)))
            assert sorted(answer.new for answer in heard) == [False, True]
