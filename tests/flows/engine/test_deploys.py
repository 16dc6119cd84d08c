"""A talk begun with one version of the code goes on with the next: what was asked then, read with what is asked now."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from bot.city.model import City
from bot.people.store import meet
from bot.storage.work import Desk, Work
from flows.engine import store
from flows.engine.flow import Flows
from flows.engine.prompts import Choice, Choices, Number, Photos, Prompt, Text
from flows.engine.scene import Stage
from flows.engine.talk import Talk
from flows.subjects import all_flows
from tests.kit.clock import Time
from tests.kit.residents import CHANNEL, House, Resident
from tests.kit.samples import asking, garden_flow, ones, only, plots_taken, short_garden, take_plot, whole_garden

Code = Callable[[Talk], None]
STATES = sorted((Path(__file__).parent / "states").glob("*.json"))

ONE, TWO, THREE = ("one", "Un ?"), ("two", "Deux ?"), ("three", "Trois ?")


@contextlib.asynccontextmanager
async def running(desk: Desk, city: City, time: Time, *codes: Code) -> AsyncIterator[House]:
    """The bot with flows made of these pieces of code, on a database that others may have used."""
    words = ("jardin", "verger")
    named = zip(codes, ("garden", "orchard"), words, strict=False)
    flows = only(*(garden_flow(code, name, (word,), name.capitalize(), links=(name,)) for code, name, word in named))
    async with House(desk, Stage(flows, city, str), time) as house:
        yield house


class Deploy:
    """The old code hears some words; then the new code is there."""

    def __init__(self, desk: Desk, city: City, time: Time) -> None:
        self.desk, self.city, self.time = desk, city, time

    @contextlib.asynccontextmanager
    async def of(self, old: Code, new: Code, *said: str, picture: str = "") -> AsyncIterator[tuple[Resident, Resident]]:
        """The same person with the old code (for its buttons) and with the new one."""
        async with running(self.desk, self.city, self.time, old) as house:
            before = house.resident(external="somebody")
            for word in ("/jardin", *said):
                await before.says(word)
            if picture:
                await before.sends(picture)
        async with running(self.desk, self.city, self.time, new) as house:
            yield before, house.resident(external="somebody")
            assert house.set_aside() == []


@pytest.fixture
def deploy(desk: Desk, valombre: City, time: Time) -> Deploy:
    return Deploy(desk, valombre, time)


@pytest.fixture
def database(sqlite_database: str) -> str:
    return sqlite_database


async def test_a_question_added_after_is_asked(deploy: Deploy) -> None:
    async with deploy.of(asking(ONE, TWO), asking(ONE, TWO, THREE), "rouge") as (_before, now):
        await now.says("vert")
        assert "Trois ?" in now.screen
        await now.says("bleu")
        assert "one=rouge, two=vert, three=bleu" in now.screen


async def test_a_question_added_before_is_asked_too(deploy: Deploy) -> None:
    async with deploy.of(asking(ONE, TWO), asking(THREE, ONE, TWO), "rouge") as (_before, now):
        await now.says("vert")
        assert "Trois ?" in now.screen
        await now.says("bleu")
        assert "three=bleu, one=rouge, two=vert" in now.screen


async def test_the_answer_to_a_question_that_was_removed_is_heard_and_left(deploy: Deploy) -> None:
    async with deploy.of(asking(ONE, TWO, THREE), asking(ONE, THREE), "rouge") as (_before, now):
        await now.says("vert")
        assert "Trois ?" in now.screen
        await now.says("bleu")
        assert "one=rouge, three=bleu" in now.screen


async def test_questions_in_another_order_are_not_asked_twice(deploy: Deploy) -> None:
    async with deploy.of(asking(ONE, TWO, THREE), asking(THREE, TWO, ONE), "rouge") as (_before, now):
        await now.says("vert")
        assert "Trois ?" in now.screen
        await now.says("bleu")
        assert "three=bleu, two=vert, one=rouge" in now.screen


async def test_a_flow_that_has_become_shorter_ends_with_the_next_answer(deploy: Deploy) -> None:
    async with deploy.of(asking(ONE, TWO, THREE), asking(ONE), "rouge") as (_before, now):
        await now.says("vert")
        assert "Fini. one=rouge" in now.screen


def choosing(*names: str) -> Code:
    def talk_of(talk: Talk) -> None:
        herb = talk.ask("herb", Choice("Quelle plante ?", ones(*names)))
        talk.end("Gardé : {herb}, {why}.", herb=herb, why=talk.ask("why", Text("Pourquoi ?")))

    return talk_of


async def test_a_button_stands_for_what_the_person_saw(deploy: Deploy) -> None:
    async with deploy.of(choosing("Menthe", "Thym"), choosing("Sauge", "Thym", "Menthe")) as (before, now):
        await now.presses(before.button("Thym").data)
        await now.says("le goût")
        assert "Gardé : Thym" in now.screen


async def test_an_option_that_is_gone_is_asked_again(deploy: Deploy) -> None:
    async with deploy.of(choosing("Menthe", "Thym"), choosing("Menthe", "Sauge")) as (before, now):
        await now.presses(before.button("Thym").data)
        assert "Ce choix n’est plus possible" in now.screen
        assert "[Sauge]" in now.screen


async def test_an_answer_whose_option_is_gone_is_asked_again_later(deploy: Deploy) -> None:
    async with deploy.of(choosing("Menthe", "Thym"), choosing("Menthe", "Sauge"), "Thym") as (_before, now):
        await now.says("le goût")
        assert "Ce choix n’est plus possible" in now.screen
        await now.taps("Sauge")
        assert "Gardé : Sauge, le goût." in now.screen


def asks(prompt: Prompt[Any]) -> Code:
    def talk_of(talk: Talk) -> None:
        answer = talk.ask("what", prompt)
        talk.end("Gardé : {answer}.", answer=answer)

    return talk_of


KINDS: dict[str, tuple[Prompt[Any], str]] = {
    "text": (Text("Dites."), "rouge"),
    "choice": (Choice("Choisissez.", ones("Rouge", "Vert")), "Rouge"),
    "choices": (Choices("Choisissez-en.", ones("Rouge", "Vert")), "1, 2"),
    "number": (Number("Combien ?"), "12"),
}


@pytest.mark.parametrize("old", list(KINDS))
@pytest.mark.parametrize("new", list(KINDS))
async def test_a_question_may_change_its_kind(deploy: Deploy, old: str, new: str) -> None:
    async with deploy.of(asks(KINDS[old][0]), asks(KINDS[new][0])) as (_before, now):
        await now.says(KINDS[old][1])
        if "Gardé" not in now.screen:
            await now.says(KINDS[new][1])
        assert "Gardé : " in now.screen


async def test_photos_are_kept_when_the_question_about_them_is_gone(deploy: Deploy) -> None:
    async with deploy.of(asks(Photos("Une photo ?", optional=True)), asking(ONE), picture="a.jpg") as (_before, now):
        await now.says("bonjour")
        assert "[Garden]" in now.screen  # the talk had ended with the old code


async def test_a_question_of_an_unknown_kind_is_asked_as_it_is_today(deploy: Deploy) -> None:
    async with deploy.of(asking(ONE, TWO), asking(ONE, TWO), "rouge") as (_before, now):
        await spoil(deploy.desk, '"kind":"text"', '"kind":"hologram"')
        await now.says("vert")
        assert "Cette question a changé entre-temps." in now.screen
        assert "Deux ?" in now.screen
        await now.says("vert")
        assert "one=rouge, two=vert" in now.screen


async def test_what_a_later_version_keeps_is_no_harm(deploy: Deploy) -> None:
    async with deploy.of(asking(ONE, TWO), asking(ONE, TWO), "rouge") as (_before, now):
        await spoil(deploy.desk, '"nonce":', '"mood":"merry","nonce":')
        await now.says("vert")
        assert "one=rouge, two=vert" in now.screen


async def spoil(desk: Desk, old: str, new: str) -> None:
    def change(work: Work) -> None:
        state = work.connection.execute(store.conversation.select()).one().state
        assert old in state
        work.connection.execute(store.conversation.update().values(state=state.replace(old, new)))

    await desk.run(change)


async def test_a_flow_that_is_gone_is_said_and_the_menu_shown(desk: Desk, valombre: City, time: Time) -> None:
    async with running(desk, valombre, time, asking(ONE), asking(TWO, THREE)) as house:
        resident = house.resident(external="somebody")
        await resident.says("/verger")
    async with running(desk, valombre, time, asking(ONE)) as house:
        resident = house.resident(external="somebody")
        await resident.says("vert")
        assert "Cette conversation n’existe plus." in resident.screen
        assert "[Garden]" in resident.screen
        assert resident.conversation.talks == []


async def test_when_a_flow_is_gone_the_talk_behind_it_comes_back(desk: Desk, valombre: City, time: Time) -> None:
    async with running(desk, valombre, time, asking(ONE, TWO), asking(TWO, THREE)) as house:
        resident = house.resident(external="somebody")
        for word in ("/jardin", "rouge", "/verger"):
            await resident.says(word)
    async with running(desk, valombre, time, asking(ONE, TWO)) as house:
        resident = house.resident(external="somebody")
        await resident.says("vert")
        assert "Cette conversation est terminée." in resident.screen
        assert resident.news[-1].text.endswith("Deux ?")
        await resident.says("noir")
        assert "one=rouge, two=noir" in resident.screen


async def test_what_was_done_before_a_deploy_is_not_done_again(desk: Desk, valombre: City, time: Time) -> None:
    def deed(*after: tuple[str, str]) -> Code:
        def talk_of(talk: Talk) -> None:
            talk.do(take_plot, talk.ask("who", Text("Qui ?")))
            for name, words in after:
                talk.ask(name, Text(words))
            talk.end("Fini.")

        return talk_of

    async with running(desk, valombre, time, deed(ONE)) as house:
        resident = house.resident(external="somebody")
        for word in ("/jardin", "Ana"):
            await resident.says(word)
    async with running(desk, valombre, time, deed(ONE, TWO)) as house:
        resident = house.resident(external="somebody")
        await resident.says("rouge")
        assert "Deux ?" in resident.screen
        await resident.says("vert")
        assert "Fini." in resident.screen
    with desk.reading() as work:
        assert plots_taken(work) == 1


# States as this code has really kept them. A later version must still read them: add files, never change one.


@pytest.mark.parametrize("path", STATES, ids=[path.stem for path in STATES])
async def test_a_state_that_was_kept_is_still_understood(path: Path, desk: Desk, valombre: City, time: Time) -> None:
    kept = json.loads(path.read_text(encoding="utf-8"))
    flows = all_flows() if kept["flows"] == "all" else _sample_flows()

    def put(work: Work) -> None:
        person = meet(work, [(CHANNEL, "somebody", "fr")])[0]
        row = {"state": json.dumps(kept["state"]), "version": kept["state"].get("version", 0)}
        times = {"touched_at": work.now, "expires_at": work.now}
        work.connection.execute(insert(store.conversation).values(address_id=person.address, **row, **times))

    await desk.run(put)
    async with House(desk, Stage(flows, valombre, str), time) as house:
        resident = house.resident(external="somebody")
        for does, what in kept["then"]:
            await getattr(resident, does)(*what)
        assert kept["screen"] in resident.screen
        assert house.set_aside() == []


def _sample_flows() -> Flows:
    return only(
        garden_flow(whole_garden), garden_flow(short_garden, "short", ("court",), "Demande courte", links=("s",))
    )
