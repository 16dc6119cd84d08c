"""When something breaks: a flow, a verb, the database. Nobody is left in silence and nothing is done by halves."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator

import pytest
from sqlalchemy import bindparam, event, insert, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.reports.store import follower, report
from bot.storage.database import open_database
from bot.storage.prepared import Prepared
from bot.storage.work import Desk, Work
from flows.engine import store
from flows.engine.flow import Flows
from flows.engine.incoming import Heard
from flows.engine.prompts import Text
from flows.engine.scene import Stage
from flows.engine.talk import MOST_QUESTIONS, Talk
from tests.kit.clock import Time
from tests.kit.residents import House, Resident
from tests.kit.samples import asking, garden_flow, only, plots_taken, take_plot

STEP_ON = "râteau"


def breaks(talk: Talk) -> None:
    name = talk.ask("name", Text("Quel nom ?"))
    talk.do(take_plot, name)
    if talk.ask("tool", Text("Quel outil ?")) == STEP_ON:
        talk.do_as("broken", take_plot, "jamais")
        raise ZeroDivisionError("the handle")
    talk.end("Fini.")


def endless(talk: Talk) -> None:
    talk.ask("start", Text("On commence ?"))
    for at in range(MOST_QUESTIONS):
        talk.see(plots_taken)
        talk.ask(f"again.{at // 2}", Text("Encore ?", optional=True))


def too_long(talk: Talk) -> None:
    for at in range(MOST_QUESTIONS + 1):
        talk.ask(f"question.{at}", Text(f"Question {at} ?"))


def twice(talk: Talk) -> None:
    talk.ask("start", Text("On commence ?"))
    talk.do(take_plot, "un")
    talk.do(take_plot, "deux")


def ends_twice(talk: Talk) -> None:
    talk.ask("start", Text("On commence ?"))
    talk.end("Fin.")
    talk.end("Fin.")


def says_nothing(talk: Talk) -> None:
    talk.ask("start", Text("On commence ?"))


def wrong_statement(work: Work) -> None:
    work.connection.execute(text("SELECT nothing_of_the_kind FROM sample_plot"))


def miswritten(talk: Talk) -> None:
    talk.ask("start", Text("On commence ?"))
    talk.do(wrong_statement)
    talk.end("Fin.")


def leaves_the_database(work: Work) -> None:
    """The server closes the connection in the middle of the transaction, as when it restarts."""
    work.connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


def unlucky(talk: Talk) -> None:
    talk.ask("start", Text("On commence ?"))
    talk.do(leaves_the_database)
    talk.end("Fin.")


WHAT_SHE_SAID = "chez Mme Martin, code 45B2"
HALF_A_REPORT = {"id": 1, "ref": None, "label": WHAT_SHE_SAID, "words": WHAT_SHE_SAID}


def refused_with_words(work: Work, way: str) -> None:
    """The statement bears what was said, and the database refuses it: a report has a number."""
    if way == "prepared":
        values = {name: bindparam(name) for name in HALF_A_REPORT}
        Prepared(lambda _dialect: insert(report).values(values)).run(work, **HALF_A_REPORT)
    work.connection.execute(insert(report).values(HALF_A_REPORT))


def spills(talk: Talk) -> None:
    way = talk.ask("way", Text("Comment ?"))
    talk.do(refused_with_words, way)
    talk.end("Fin.")


MISTAKES = {"again": endless, "twice": twice, "endstwice": ends_twice, "miswritten": miswritten}


@pytest.fixture
def flows() -> Flows:
    mistakes = [garden_flow(talk, name, (name,), "", links=()) for name, talk in MISTAKES.items()]
    return only(
        garden_flow(breaks, "breaks", ("casse",), "Prendre un outil", links=("b",)),
        garden_flow(asking(("one", "Un ?"), ("two", "Deux ?")), "two", ("deux",), "Compter", links=("two",)),
        garden_flow(too_long, "long", ("long",), "", links=()),
        garden_flow(unlucky, "unlucky", ("malchance",), "", links=()),
        garden_flow(spills, "spills", ("déborde",), "", links=()),
        garden_flow(says_nothing, "mute", ("muet",), "", links=()),
        *mistakes,
    )


async def test_a_flow_that_breaks_apologises_and_keeps_the_answers(resident: Resident, house: House) -> None:
    await resident.says("/casse")
    await resident.says("Les Lilas")
    await resident.says(STEP_ON)
    assert "Quelque chose s’est mal passé de notre côté." in resident.screen
    assert "[Prendre un outil]" in resident.screen
    (_key, cause), *others = house.set_aside()
    assert not others
    assert "ZeroDivisionError: the handle" in cause
    assert resident.answers == {"name": "Les Lilas"}
    with house.desk.reading() as work:
        assert plots_taken(work) == 1  # what the broken turn did is undone, what was done before stays


async def test_after_a_failure_the_talk_can_go_on(resident: Resident, house: House) -> None:
    await resident.says("/casse")
    await resident.says("Les Lilas")
    await resident.says(STEP_ON)
    await resident.says("bêche")
    assert "Fini." in resident.screen
    with house.desk.reading() as work:
        assert plots_taken(work) == 1


async def test_a_broken_update_that_is_delivered_again_changes_nothing(resident: Resident, house: House) -> None:
    await resident.says("/casse")
    await resident.says("Les Lilas")
    broken = resident.does("text", text=STEP_ON)
    await house.take(broken)
    said = len(resident.messages)
    assert await house.take(broken) == Heard(new=False)
    assert len(resident.messages) == said
    assert len(house.set_aside()) == 1


async def test_the_others_of_a_group_are_unharmed(house: House) -> None:
    residents = [house.resident() for _ in range(5)]
    for one in residents:
        await one.says("/casse")
        await one.says("Les Lilas")
    words = ["bêche", "bêche", STEP_ON, "bêche", "bêche"]
    group = [one.does("text", text=word) for one, word in zip(residents, words, strict=True)]
    heard = await house.at_once(group)
    assert all(isinstance(one, Heard) for one in heard)
    for one, word in zip(residents, words, strict=True):
        assert ("Quelque chose s’est mal passé" if word == STEP_ON else "Fini.") in one.messages[-1].text
    assert len(house.set_aside()) == 1


@pytest.mark.parametrize("name", list(MISTAKES))
async def test_a_flow_written_wrongly_ends_in_an_apology(resident: Resident, house: House, name: str) -> None:
    await resident.says(f"/{name}")
    for _turn in range(3):
        await resident.says("oui")
        if house.set_aside():
            break
    assert "Quelque chose s’est mal passé" in resident.screen
    assert len(house.set_aside()) == 1


async def test_a_flow_that_asks_without_end_is_stopped(resident: Resident, house: House) -> None:
    await resident.says("/long")
    for _turn in range(MOST_QUESTIONS):
        assert not house.set_aside()
        await resident.says("oui")
    assert "FlowMistake" in house.set_aside()[0][1]
    assert "Quelque chose s’est mal passé" in resident.screen
    await resident.says("annuler")
    assert "C’est annulé" in resident.screen


async def test_a_flow_that_ends_without_a_word_shows_the_menu(resident: Resident) -> None:
    await resident.says("/muet")
    await resident.says("oui")
    assert "Que puis-je faire pour vous ?" in resident.screen


@pytest.mark.parametrize("kind", ["nudge", "expired", "left", "came"])
async def test_nobody_is_apologised_to_for_what_they_did_not_do(resident: Resident, house: House, kind: str) -> None:
    await resident.says("/deux")
    await resident.says("rouge")
    version = str(resident.conversation.version)
    said = len(resident.messages)
    reception = house.reception
    failed = resident.does(kind, payload=version)
    await reception._take_failed(failed, RuntimeError("a door’s own mistake"))
    assert len(resident.messages) == said
    assert len(house.set_aside()) == 1
    assert resident.answers == {"one": "rouge"}


async def test_a_state_that_cannot_be_read_is_begun_anew(resident: Resident, house: House) -> None:
    await resident.says("/deux")
    spoil = update(store.conversation).values(state='{"talks": "from another world"}')
    await house.desk.run(lambda work: work.connection.execute(spoil))
    await resident.says("bonjour tout le monde")
    assert "[Compter]" in resident.screen
    assert house.set_aside() == []


# The database itself


@pytest.mark.parametrize("way", ["prepared", "composed"])
async def test_what_a_resident_says_reaches_neither_the_log_nor_the_cause(
    resident: Resident, house: House, caplog: pytest.LogCaptureFixture, way: str
) -> None:
    await resident.says("/déborde")
    await resident.says(way)
    (_key, cause), *_others = house.set_aside()
    assert "report" in cause
    for told in (cause, caplog.text):
        assert "null" in told.lower()  # the reason is there
        assert "Martin" not in told


class TestOnSqlite:
    @pytest.fixture
    def database(self, sqlite_database: str) -> str:
        return sqlite_database

    @pytest.fixture
    def desk(self, database: str, time: Time) -> Iterator[Desk]:
        """A desk that does not wait for a locked database: in life it does, fifteen seconds."""
        engine = open_database(database)

        @event.listens_for(engine, "connect")
        def hurry(connection: sqlite3.Connection, _record: object) -> None:
            connection.execute("PRAGMA busy_timeout=0")

        desk = Desk(engine, time.now)
        yield desk
        desk.close()

    async def test_a_locked_database_is_the_doors_to_know(
        self, resident: Resident, house: House, database: str
    ) -> None:
        await resident.says("/deux")
        other = sqlite3.connect(database.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        late = resident.does("text", text="rouge")
        with pytest.raises(DBAPIError):
            await house.take(late)
        other.execute("ROLLBACK")
        other.close()
        assert house.set_aside() == []
        assert (await house.take(late)).new  # the platform gives it again
        assert resident.answers == {"one": "rouge"}

    async def test_every_one_of_a_group_is_told_of_a_locked_database(self, house: House, database: str) -> None:
        residents = [house.resident() for _ in range(3)]
        other = sqlite3.connect(database.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        heard = await house.at_once([one.does("text", text="/deux") for one in residents])
        assert all(isinstance(one, DBAPIError) for one in heard)
        other.execute("ROLLBACK")
        other.close()
        assert house.set_aside() == []


@pytest.mark.postgres
class TestOnPostgres:
    @pytest.fixture
    def database(self, postgres_database: str) -> str:
        return postgres_database

    async def test_a_lost_connection_is_the_doors_to_know(self, resident: Resident, house: House) -> None:
        await resident.says("/malchance")
        with pytest.raises(DBAPIError):
            await resident.says("oui")
        assert house.set_aside() == []
        await resident.says("annuler")
        assert "C’est annulé" in resident.screen

    async def test_a_refusal_in_a_prepared_statement_is_called_by_its_name(self, house: House) -> None:
        follow = Prepared(lambda _dialect: insert(follower).values({c.name: bindparam(c.name) for c in follower.c}))
        with pytest.raises(IntegrityError):
            await house.desk.run(lambda work: follow.run(work, report_id=1, resident_id=1, since=work.now))


async def test_what_waits_when_the_house_closes_is_still_taken(desk: Desk, stage: Stage, time: Time) -> None:
    async with House(desk, stage, time) as house:
        resident = house.resident()
        taking = asyncio.gather(*(house.take(resident.does("text", text=word)) for word in ("/deux", "rouge")))
        await asyncio.sleep(0)
        house.reception.close()
        assert all(one.new for one in await taking)
    assert resident.messages
