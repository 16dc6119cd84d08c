"""Letters arrive in order, once, first lane first; and what a channel refuses becomes what its refusal says."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import event, select, update

from bot.delivery import claims, singles, store
from bot.delivery.model import (
    RETRY_AFTER,
    Gone,
    Impossible,
    Lane,
    Letter,
    Message,
    Moved,
    NothingToEdit,
    Throttled,
    Unreachable,
)
from bot.delivery.outbox import LEASE, letter
from bot.delivery.pace import Gate
from bot.delivery.postman import Postman
from bot.delivery.store import Draft
from bot.people.forget import forget
from bot.people.model import Person
from bot.people.store import address, find_people, mark_back, mark_gone, meet
from bot.storage.database import open_database
from bot.storage.work import Desk, Work
from tests.kit.clock import Time
from tests.kit.pigeon import Pigeon

SECOND = timedelta(seconds=1)


class Office:
    """An outbox, a postman, and people to write to."""

    def __init__(self, desk: Desk, time: Time, pigeon: Pigeon) -> None:
        self.desk, self.time, self.pigeon = desk, time, pigeon
        self.postman = Postman(desk, [pigeon])

    async def people(self, *externals: str) -> list[Person]:
        return await self.desk.run(lambda work: meet(work, [(self.pigeon.name, one, "fr") for one in externals]))

    async def write(self, person: Person, *words: str, **values: Any) -> None:
        """Letters for the outbox."""
        drafts = [
            Draft(person.address, Message(text=word, slot=values.get("slot", "")), **_draft(values)) for word in words
        ]
        await self.desk.run(lambda work: store.write(work, drafts))
        self.postman.wake()

    async def hand(self, person: Person, word: str) -> None:
        """A reply, as a turn hands it over."""
        message = Message(text=word)

        def reply(work: Work) -> list[int]:
            return store.write(work, [Draft(person.address, message)], handed=True)

        number = (await self.desk.run(reply))[0]
        self.postman.hand([Letter(number, person.address, person.channel, person.external, Lane.REPLY, message)])

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """The postman serves; at the end everything in hand is finished."""
        working = asyncio.create_task(self.postman.run())
        try:
            yield
        finally:
            self.postman.stop()
            await asyncio.wait_for(working, 10)

    async def round(self) -> None:
        """Carry all that is due, once."""
        self.postman = Postman(self.desk, [self.pigeon])
        async with self.at_work():
            while await self.waiting(due=True):
                self.postman.wake()

    async def waiting(self, *, due: bool = False) -> int:
        """How many letters are not yet settled."""

        def count(work: Work) -> int:
            query = select(letter.c.id).join_from(letter, address)
            query = query.where(letter.c.state.in_(("queued", "sending")), address.c.gone_because.is_(None))
            return len(work.connection.execute(query.where(letter.c.due <= work.now) if due else query).all())

        return await self.desk.run(count)

    def rows(self, *columns: Any) -> list[tuple[Any, ...]]:
        with self.desk.reading() as work:
            return [tuple(row) for row in work.connection.execute(select(*columns).order_by(letter.c.id))]

    def person(self, external: str) -> Person:
        with self.desk.reading() as work:
            return find_people(work, [(self.pigeon.name, external)])[self.pigeon.name, external]


def _draft(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "slot"}


@pytest.fixture
def pigeon() -> Pigeon:
    return Pigeon()


@pytest.fixture
def office(desk: Desk, time: Time, pigeon: Pigeon) -> Office:
    return Office(desk, time, pigeon)


async def test_letters_to_one_address_arrive_in_order(office: Office, pigeon: Pigeon) -> None:
    (ana,) = await office.people("ana")
    words = [str(at) for at in range(20)]
    await office.write(ana, *words)
    await office.round()
    assert pigeon.words == words
    assert office.rows(letter.c.state) == [("sent",)] * 20


async def test_replies_go_before_news(office: Office, pigeon: Pigeon) -> None:
    pigeon.concurrency = 1
    ana, paul = await office.people("ana", "paul")
    await office.write(ana, "news", lane=Lane.NEWS)
    await office.write(paul, "status", lane=Lane.STATUS)
    await office.write(ana, "edit", lane=Lane.EDIT)
    await office.write(paul, "reply")
    await office.round()
    assert pigeon.words.index("reply") < pigeon.words.index("status")
    assert pigeon.words.index("news") < pigeon.words.index("edit")


async def test_no_more_letters_are_under_way_than_the_channel_bears(desk: Desk, time: Time) -> None:
    pigeon = Pigeon(concurrency=2)
    office = Office(desk, time, pigeon)
    pigeon.open.clear()
    for person in await office.people(*"abcdef"):
        await office.write(person, "bonjour")
    async with office.at_work():
        await pigeon.attempts(2)
        pigeon.open.set()
        await pigeon.attempts(4)
    assert pigeon.most_under_way == 2


async def test_a_letter_for_later_waits_for_its_hour(office: Office, pigeon: Pigeon, time: Time) -> None:
    (ana,) = await office.people("ana")
    await office.write(ana, "demain", due=time.now() + timedelta(hours=8))
    await office.round()
    assert pigeon.words == []
    time.advance(timedelta(hours=8))
    await office.round()
    assert pigeon.words == ["demain"]


async def test_a_letter_that_is_too_old_is_not_sent(office: Office, pigeon: Pigeon, time: Time) -> None:
    (ana,) = await office.people("ana")
    await office.write(ana, "ce soir", expires_at=time.now() + SECOND)
    time.advance(2 * SECOND)
    await office.round()
    assert pigeon.words == []
    assert office.rows(letter.c.state, letter.c.payload) == [("expired", None)]


async def test_however_many_say_what_is_no_longer_so_what_is_behind_them_leaves(
    desk: Desk, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(singles, "LOOK_EVERY", 3600)
    pigeon = Pigeon(pace=Gate(30, 25))
    office = Office(desk, time, pigeon)

    def drop_old(work: Work, letters: Sequence[Letter]) -> list[int]:
        old = [one.id for one in letters if one.message.text == "vieux"]
        work.connection.execute(update(letter).where(letter.c.id.in_(old)).values(state="dropped"))
        return old

    office.postman = Postman(desk, [pigeon], untrue=drop_old)
    (ana,) = await office.people("ana")
    await office.write(ana, *["vieux"] * 250, "neuf", lane=Lane.NEWS)
    async with office.at_work():
        assert await pigeon.attempts(1) == ["neuf"]
    assert [row[0] for row in office.rows(letter.c.state)] == ["dropped"] * 250 + ["sent"]


@pytest.mark.parametrize("reads_the_outbox", [False, True])
async def test_a_secret_leaves_the_outbox_once_it_has_arrived(
    office: Office, pigeon: Pigeon, reads_the_outbox: bool
) -> None:
    pigeon.keeps_words = reads_the_outbox
    (ana,) = await office.people("ana")
    secret = Draft(ana.address, Message(text="7K3F", secret=True))
    await office.desk.run(lambda work: store.write(work, [secret]))
    await office.write(ana, "Bonjour")
    await office.round()
    assert pigeon.words == ["7K3F", "Bonjour"]
    kept = [payload is not None for (payload,) in office.rows(letter.c.payload)]
    assert kept == [reads_the_outbox, True]


async def test_a_channel_that_asks_to_wait_is_left_alone_and_nothing_is_counted(
    office: Office, pigeon: Pigeon, time: Time
) -> None:
    ana, paul = await office.people("ana", "paul")
    pigeon.refusals.append(Throttled(30 * SECOND))
    async with office.at_work():
        await office.write(ana, "un", "deux")
        assert await pigeon.attempts(1) == ["un"]
        await office.hand(paul, "trois")
        await office.hand(ana, "quatre")
        while await office.waiting(due=True):
            pass
        assert pigeon.words == []
        time.advance(30 * SECOND)
        office.postman.wake()
        await pigeon.attempts(4)
    assert [word for word in pigeon.words if word != "trois"] == ["un", "deux", "quatre"]
    assert {row[0] for row in office.rows(letter.c.attempts)} == {0}


async def test_a_letter_that_does_not_get_through_is_tried_again_with_growing_delays_then_given_up(
    office: Office, pigeon: Pigeon, time: Time
) -> None:
    (ana,) = await office.people("ana")
    await office.write(ana, "un")
    for wait in RETRY_AFTER:
        pigeon.refusals.append(Unreachable("no route"))
        await office.round()
        time.advance(wait - SECOND)
        await office.round()
        time.advance(SECOND)
    assert len(pigeon.tried) == len(RETRY_AFTER)
    pigeon.refusals.append(Unreachable("no route"))
    await office.round()
    assert office.rows(letter.c.state, letter.c.error) == [("failed", "no route")]


async def test_the_oldest_reply_is_as_old_as_it_is_however_often_it_was_tried(
    office: Office, pigeon: Pigeon, time: Time
) -> None:
    ana, paul, carla = await office.people("ana", "paul", "carla")
    await office.write(ana, "un")
    for wait in RETRY_AFTER[:2]:
        pigeon.refusals.append(Unreachable("no route"))
        await office.round()
        time.advance(wait)
    await office.write(paul, "deux", due=time.now() + 600 * SECOND)
    with office.desk.reading() as work:
        assert office.postman.figures(work).oldest_reply == 35
    await office.round()
    time.advance(601 * SECOND)
    with office.desk.reading() as work:
        assert office.postman.figures(work).oldest_reply == 1
    await office.round()
    await office.write(carla, "trois")
    await office.desk.run(lambda work: mark_gone(work, [carla.address], "blocked"))
    time.advance(SECOND)
    with office.desk.reading() as work:
        assert office.postman.figures(work).oldest_reply == 0


async def test_what_is_said_after_a_letter_that_did_not_get_through_arrives_after_it(
    office: Office, pigeon: Pigeon, time: Time
) -> None:
    (ana,) = await office.people("ana")
    pigeon.refusals.append(Unreachable("no route"))
    async with office.at_work():
        await office.write(ana, "un", "deux")
        assert await pigeon.attempts(1) == ["un"]
        time.advance(SECOND)
        await office.hand(ana, "trois")
        while await office.waiting(due=True):
            pass
        time.advance(RETRY_AFTER[0])
        office.postman.wake()
        assert await pigeon.attempts(3) == ["un", "deux", "trois"]
    assert pigeon.words == ["un", "deux", "trois"]


async def test_a_channel_that_does_not_answer_keeps_no_other_waiting(desk: Desk, time: Time) -> None:
    slow, quick = Pigeon("telegram", concurrency=32), Pigeon("web")
    slow.open.clear()
    office = Office(desk, time, quick)
    office.postman = Postman(desk, [slow, quick])
    people = await desk.run(lambda work: meet(work, [("telegram", str(at), "fr") for at in range(250)]))
    (reader,) = await office.people("reader")
    async with office.at_work():
        await desk.run(lambda work: store.write(work, [Draft(one.address, Message(text="un")) for one in people]))
        office.postman.wake()
        await slow.attempts(32)
        await office.write(reader, "deux")
        assert await quick.attempts(1) == ["deux"]
        slow.open.set()
    assert quick.words == ["deux"]


async def test_a_letter_refused_for_good_is_kept_as_failed_and_the_next_ones_go(office: Office, pigeon: Pigeon) -> None:
    (ana,) = await office.people("ana")
    pigeon.refusals.append(Impossible("too long"))
    await office.write(ana, "un", "deux")
    await office.round()
    assert pigeon.words == ["deux"]
    assert office.rows(letter.c.state, letter.c.error) == [("failed", "too long"), ("sent", None)]


async def test_a_fault_of_the_channel_itself_stops_neither_the_postman_nor_the_next_letter(
    office: Office, pigeon: Pigeon
) -> None:
    (ana,) = await office.people("ana")
    pigeon.refusals.append(ZeroDivisionError("a mistake of ours"))
    await office.write(ana, "un", "deux")
    await office.round()
    assert pigeon.words == ["deux"]
    assert office.rows(letter.c.state, letter.c.error)[0] == ("failed", "ZeroDivisionError: a mistake of ours")


async def test_nothing_more_goes_to_somebody_who_is_gone_until_they_are_back(office: Office, pigeon: Pigeon) -> None:
    ana, paul = await office.people("ana", "paul")
    pigeon.concurrency = 1
    pigeon.refusals.append(Gone("blocked"))
    await office.write(ana, "un", "deux", "trois")
    await office.round()
    await office.write(paul, "bonjour")
    await office.write(ana, "quatre")
    await office.round()
    assert pigeon.words == ["bonjour"]
    assert office.person("ana").gone
    assert {row[0] for row in office.rows(letter.c.state)[:3]} == {"failed"}
    await office.desk.run(lambda work: mark_back(work, [ana.address]))
    await office.round()
    assert pigeon.words == ["bonjour", "quatre"]


async def test_somebody_who_moved_gets_their_letters_at_the_new_address(office: Office, pigeon: Pigeon) -> None:
    (ana,) = await office.people("ana")
    pigeon.refusals.append(Moved("ana-2"))
    await office.write(ana, "un", "deux")
    await office.round()
    assert [(one.external, one.message.text) for one in pigeon.arrived] == [("ana-2", "un"), ("ana-2", "deux")]


async def test_somebody_who_moved_to_an_address_we_know_gets_their_letters_there(
    office: Office, pigeon: Pigeon
) -> None:
    ana, _same = await office.people("ana", "ana-2")
    pigeon.refusals.append(Moved("ana-2"))
    await office.write(ana, "un", "deux")
    await office.round()
    assert sorted((one.external, one.message.text) for one in pigeon.arrived) == [("ana-2", "deux"), ("ana-2", "un")]
    assert office.person("ana").gone


async def test_a_slot_changes_in_place(office: Office, pigeon: Pigeon) -> None:
    ana, paul = await office.people("ana", "paul")
    await office.write(ana, "reçu", slot="report:1")
    await office.write(paul, "reçu", slot="report:1")
    await office.round()
    first = {one.external: f"kit-{one.id}" for one in pigeon.arrived}
    await office.write(ana, "fait", slot="report:1", lane=Lane.EDIT)
    await office.round()
    assert pigeon.arrived[-1].replaces == first["ana"]
    await office.write(paul, "autre chose", slot="report:2")
    await office.round()
    assert pigeon.arrived[-1].replaces == ""


async def test_two_letters_of_a_slot_one_after_the_other_change_the_same_message(
    office: Office, pigeon: Pigeon
) -> None:
    (ana,) = await office.people("ana")
    await office.write(ana, "un", "deux", "trois", slot="report:1")
    await office.round()
    one, two, three = pigeon.arrived
    assert (one.replaces, two.replaces, three.replaces) == ("", f"kit-{one.id}", f"kit-{two.id}")


async def test_a_message_that_is_not_there_any_more_is_sent_anew(office: Office, pigeon: Pigeon) -> None:
    (ana,) = await office.people("ana")
    await office.write(ana, "reçu", slot="report:1")
    await office.round()
    pigeon.refusals.append(NothingToEdit())
    await office.write(ana, "fait", slot="report:1", lane=Lane.EDIT)
    await office.round()
    assert pigeon.arrived[-1].message.text == "fait"
    assert pigeon.arrived[-1].replaces == ""
    with office.desk.reading() as work:
        assert store.shown_at(work, ana.address, "report:1") == f"kit-{pigeon.arrived[-1].id}"


async def test_letters_in_the_hands_of_a_process_that_died_are_taken_up_again(
    office: Office, pigeon: Pigeon, time: Time
) -> None:
    (ana,) = await office.people("ana")
    await office.write(ana, "un")
    taken = await office.desk.run(lambda work: claims.claim(work, ["kit"], 10))  # and the process dies
    assert len(taken) == 1
    async with office.at_work():
        pass
    assert pigeon.words == []
    time.advance(LEASE + SECOND)
    await office.round()
    assert pigeon.words == ["un"]


async def test_letters_that_wait_long_in_our_own_hands_are_carried_once(
    office: Office, pigeon: Pigeon, time: Time
) -> None:
    people = await office.people(*"abcdefgh")
    pigeon.open.clear()  # the channel takes its time, far beyond the lease
    async with office.at_work():
        for person in people:
            await office.write(person, person.external)
        await pigeon.attempts(4)
        for _look in range(4):
            time.advance(LEASE / 2)
            office.postman.wake()
            await office.waiting()
            await office.desk.run(lambda work: None)
        other = await office.desk.run(lambda work: claims.claim(work, ["kit"], 10))
        assert other == []  # nor does another process take them
        pigeon.open.set()
        await pigeon.attempts(4)
    assert sorted(pigeon.words) == list("abcdefgh")


async def test_letters_handed_over_before_the_postman_serves_are_not_lost(
    office: Office, pigeon: Pigeon, time: Time
) -> None:
    (ana,) = await office.people("ana")
    await office.hand(ana, "un")
    time.advance(LEASE + SECOND)
    await office.round()
    assert pigeon.words == ["un"]


async def test_a_letter_to_somebody_erased_meanwhile_is_no_harm(office: Office, pigeon: Pigeon) -> None:
    (ana,) = await office.people("ana")
    pigeon.open.clear()
    async with office.at_work():
        await office.write(ana, "un", slot="report:1")
        await pigeon.attempts(1)
        await office.desk.run(lambda work: forget(work, ana.id))
        pigeon.open.set()
    assert pigeon.words == ["un"]
    assert office.rows(letter.c.id) == []


async def test_letters_say_the_same_after_the_outbox_as_before(office: Office, pigeon: Pigeon) -> None:
    (ana,) = await office.people("ana")
    message = Message(text="é", title="t", keys=("a",), pictures=("p",), direction="rtl", language="ar", asks="place")
    await office.desk.run(lambda work: store.write(work, [Draft(ana.address, message)]))
    await office.round()
    assert msgspec.json.encode(pigeon.arrived[0].message) == msgspec.json.encode(message)


class TestWithoutTheDatabase:
    """On SQLite, where another hand on the file locks it."""

    @pytest.fixture
    def database(self, sqlite_database: str) -> str:
        return sqlite_database

    @pytest.fixture
    def desk(self, database: str, time: Time) -> Iterator[Desk]:
        engine = open_database(database)

        @event.listens_for(engine, "connect")
        def hurry(connection: sqlite3.Connection, _record: object) -> None:
            connection.execute("PRAGMA busy_timeout=0")

        desk = Desk(engine, time.now)
        yield desk
        desk.close()

    @pytest.fixture
    def locked(self, database: str) -> Iterator[Callable[[], None]]:
        other = sqlite3.connect(database.removeprefix("sqlite:///"), isolation_level=None)

        def turn_the_key() -> None:
            other.execute("ROLLBACK" if other.in_transaction else "BEGIN IMMEDIATE")

        yield turn_the_key
        other.close()

    async def test_the_postman_outlives_a_database_that_is_away(
        self, office: Office, pigeon: Pigeon, locked: Callable[[], None]
    ) -> None:
        (ana,) = await office.people("ana")
        async with office.at_work():
            locked()
            office.postman.wake()
            with pytest.raises(Exception, match="locked"):
                await office.desk.run(lambda work: None)
            locked()
            await office.write(ana, "un")
            await pigeon.attempts(1)
        assert pigeon.words == ["un"]
