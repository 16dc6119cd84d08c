"""A broadcast reaches everybody once; what is decided meanwhile holds at once; the figures say what happened."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Select, delete

from bot.delivery import broadcasts, spreading
from bot.delivery.broadcast import Act, Broadcast, Later, Never, Nobody, State, broadcast
from bot.delivery.broadcasts import CannotChange, NoSuchBroadcast
from bot.delivery.model import (
    BULK_RETRY_AFTER,
    Gone,
    Impossible,
    Lane,
    Message,
    Moved,
    NothingToEdit,
    Throttled,
    Unreachable,
)
from bot.delivery.store import Draft, write
from bot.people.forget import forget
from bot.people.store import find_people, mark_back, meet, resident
from bot.storage.database import open_database
from bot.storage.work import Desk, Work
from tests.kit.broadcasts import KIND, Everybody, Office
from tests.kit.clock import Time
from tests.kit.pigeon import Pigeon
from tests.kit.properties import tried

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def pigeon() -> Pigeon:
    return Pigeon()


@pytest.fixture
def office(desk: Desk, time: Time, pigeon: Pigeon) -> Office:
    return Office(desk, time, pigeon)


def reached(pigeon: Pigeon) -> list[str]:
    return [one.external for one in pigeon.arrived]


async def test_everybody_is_reached_once_and_its_author_is_told(office: Office, pigeon: Pigeon) -> None:
    people = await office.people(30)
    number = await office.plan()
    async with office.at_work():
        await office.until_ended(number)
    assert sorted(reached(pigeon)) == people
    figures = office.assert_counted(number)
    assert (figures.sent, figures.total, figures.queued, figures.by_channel) == (30, 30, 0, {"kit": 30})
    assert figures.spread
    assert office.one(number).state is State.DONE
    assert office.kind.told_of == [(State.RUNNING, ""), (State.DONE, "")]


async def test_a_broadcast_to_nobody_ends(office: Office) -> None:
    number = await office.plan()
    async with office.at_work():
        await office.until_ended(number)
    assert office.figures(number).total == 0


async def test_nothing_leaves_before_its_hour(office: Office, pigeon: Pigeon, time: Time) -> None:
    await office.people(2)
    number = await office.plan(starts_at=time.now() + HOUR)
    async with office.at_work():
        await office.settle()
        assert office.states(number) == {}
        await office.run(lambda work: broadcasts.put_off(work, number, time.now() + 2 * HOUR))
        time.advance(HOUR)
        await office.settle()
        assert reached(pigeon) == []
        time.advance(HOUR)
        office.postman.wake()
        await office.until_ended(number)
    assert len(reached(pigeon)) == 2


async def test_the_audience_is_chosen_when_it_starts(office: Office, pigeon: Pigeon, time: Time) -> None:
    number = await office.plan(starts_at=time.now() + HOUR)
    await office.people(3)
    time.advance(HOUR)
    async with office.at_work():
        await office.until_ended(number)
    assert len(reached(pigeon)) == 3


async def test_letters_are_written_in_chunks_and_a_new_postman_goes_on_after_the_last(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.people(25)
    number = await office.plan()
    one = office.one(number)
    assert await office.run(lambda work: spreading.spread(work, one, office.kind, 10)) == 10
    assert not office.figures(number).spread  # and the process dies
    office.new_postman()
    async with office.at_work():
        await office.until_ended(number)
    assert office.assert_counted(number).sent == 25
    assert len(set(reached(office.pigeon))) == 25


class SomeWay(Everybody):
    """Nobody is found at the first two looks."""

    def audience(self, work: Work, one: Broadcast, after: int, most: int) -> Select[tuple[int, int, str]] | Nobody:  # type: ignore[override]
        return Nobody(after + 1) if after < 2 else super().audience(work, one, after, most)


async def test_a_long_row_of_those_not_concerned_is_stepped_over_in_several_transactions(
    office: Office, pigeon: Pigeon
) -> None:
    office.kind = SomeWay()
    office.new_postman()
    people = await office.people(3)
    number = await office.plan()
    one = office.one(number)
    assert await office.run(lambda work: spreading.spread(work, one, office.kind)) == 0
    assert (office.one(number).cursor, office.one(number).spread_at) == (1, None)
    async with office.at_work():
        await office.until_ended(number)
    assert sorted(reached(pigeon)) == people
    office.assert_counted(number)


async def test_one_letter_a_person_whatever_their_addresses(office: Office, pigeon: Pigeon) -> None:
    await office.people(2)
    number = await office.plan()
    one = office.one(number)
    await office.run(lambda work: spreading.spread(work, one, office.kind))
    with pytest.raises(Exception, match=r"(?i)unique"):  # even if the cursor were lost
        await office.run(lambda work: spreading.spread(work, one, office.kind))


async def test_what_is_stopped_midway_goes_no_further(office: Office, pigeon: Pigeon) -> None:
    await office.people(50)
    pigeon.open.clear()
    number = await office.plan()
    async with office.at_work():
        await pigeon.attempts(4)
        stopped = await office.run(lambda work: broadcasts.stop(work, number, "une erreur"))
        assert (stopped.state, stopped.because) == (State.STOPPED, "une erreur")
        pigeon.open.set()
        await office.until_ended(number)
    assert len(pigeon.arrived) == 4
    figures = office.assert_counted(number)
    assert (figures.sent, figures.cancelled, figures.queued) == (4, 46, 0)
    assert office.kind.told_of == [(State.RUNNING, "")]


async def test_what_is_in_hand_and_has_not_left_does_not_leave_once_stopped(office: Office, pigeon: Pigeon) -> None:
    await office.people(50)
    pigeon.ready.clear()
    number = await office.plan()
    async with office.at_work():
        await office.until(lambda: office.states(number).get("sending") == 4)
        await office.run(lambda work: broadcasts.stop(work, number))
        pigeon.ready.set()
        await office.until_ended(number)
    assert pigeon.tried == []
    assert office.assert_counted(number).cancelled == 50


async def test_paused_and_resumed_everybody_is_still_reached_once(office: Office, pigeon: Pigeon) -> None:
    people = await office.people(50)
    pigeon.ready.clear()
    number = await office.plan()
    async with office.at_work():
        await office.until(lambda: office.states(number).get("sending") == 4)
        await office.run(lambda work: broadcasts.pause(work, number))
        await office.until(lambda: office.states(number) == {"queued": 50})
        pigeon.ready.set()
        await office.settle()
        assert pigeon.tried == []
        assert office.figures(number).rate == 0.0
        await office.run(lambda work: broadcasts.resume(work, number))
        await office.until_ended(number)
    assert sorted(reached(pigeon)) == people
    assert office.assert_counted(number).sent == 50


async def test_paused_before_it_began_it_is_planned_again(office: Office, time: Time) -> None:
    number = await office.plan(starts_at=time.now() + HOUR)
    await office.run(lambda work: broadcasts.pause(work, number))
    resumed = await office.run(lambda work: broadcasts.resume(work, number))
    assert resumed.state is State.PLANNED


async def test_what_cannot_be_done_is_said(office: Office) -> None:
    number = await office.plan()
    async with office.at_work():
        await office.until_ended(number)
    for verb in (broadcasts.pause, broadcasts.resume, broadcasts.stop):
        with pytest.raises(CannotChange, match="done"):
            await office.run(lambda work, verb=verb: verb(work, number))
    with pytest.raises(CannotChange):
        await office.run(lambda work: broadcasts.put_off(work, number, office.time.now()))
    with pytest.raises(NoSuchBroadcast):
        await office.run(lambda work: broadcasts.stop(work, 7))
    with pytest.raises(NoSuchBroadcast):
        await office.run(lambda work: broadcasts.figures(work, 7))
    assert [one.id for one in await office.run(lambda work: broadcasts.of_ref(work, KIND, "un"))] == [number]
    assert await office.run(lambda work: broadcasts.by_id(work, 7)) is None


async def test_whoever_unsubscribes_with_letters_queued_gets_none_of_them(office: Office, pigeon: Pigeon) -> None:
    people = await office.people(10)
    pigeon.ready.clear()
    number = await office.plan()
    async with office.at_work():
        await office.until(lambda: office.states(number).get("sending") == 4)
        first, last = (
            await office.run(lambda work: find_people(work, [("kit", people[0]), ("kit", people[9])]))
        ).values()
        for person in (first, last):  # one whose letter is in hand, one whose letter waits
            office.kind.verdicts[person.external] = Never("unsubscribed")
            await office.run(lambda work, person=person: broadcasts.consent_changed(work, person.id))
        pigeon.ready.set()
        await office.until_ended(number)
    assert sorted(reached(pigeon)) == people[1:9]
    assert office.assert_counted(number).unsubscribed == 2


async def test_whoever_wants_nothing_any_more_gets_nothing_but_replies(office: Office, pigeon: Pigeon) -> None:
    people = await office.people(5)
    pigeon.ready.clear()
    number = await office.plan()
    async with office.at_work():
        await office.until(lambda: office.states(number).get("queued") == 1)
        last = (await office.run(lambda work: find_people(work, [("kit", people[4])])))["kit", people[4]]
        later = office.time.now() + HOUR
        drafts = [Draft(last.address, Message(text=str(lane)), lane, due=later) for lane in (Lane.STATUS, Lane.REPLY)]
        await office.run(lambda work: write(work, drafts))
        assert await office.run(lambda work: broadcasts.cancel_pushes(work, last.id)) == 2
        pigeon.ready.set()
        await office.until_ended(number)
        office.time.advance(HOUR)
        office.postman.wake()
        await office.until(lambda: len(pigeon.arrived) == 5)
    assert [one.message.text for one in pigeon.arrived if one.external == people[4]] == ["0"]
    assert office.assert_counted(number).unsubscribed == 1


async def test_whoever_wants_nothing_any_more_does_not_get_the_digest_that_is_about_to_leave(
    office: Office, pigeon: Pigeon
) -> None:
    (name,) = await office.people(1)
    person = (await office.run(lambda work: find_people(work, [("kit", name)])))["kit", name]
    digest, reply = Draft(person.address, Message(text="La semaine"), Lane.NEWS), Draft(person.address, Message("Bien"))
    pigeon.ready.clear()
    async with office.at_work():
        await office.run(lambda work: write(work, [digest]))
        office.postman.wake()
        await office.until(lambda: len(pigeon.waiting) == 1)
        assert await office.run(lambda work: broadcasts.cancel_pushes(work, person.id)) == 1
        await office.run(lambda work: write(work, [reply]))
        pigeon.ready.set()
        office.postman.wake()
        await pigeon.attempts(1)
    assert pigeon.words == ["Bien"]


async def test_a_digest_called_back_without_need_leaves_all_the_same(office: Office, pigeon: Pigeon) -> None:
    (name,) = await office.people(1)
    person = (await office.run(lambda work: find_people(work, [("kit", name)])))["kit", name]
    pigeon.ready.clear()
    async with office.at_work():
        await office.run(lambda work: write(work, [Draft(person.address, Message(text="La semaine"), Lane.NEWS)]))
        office.postman.wake()
        await office.until(lambda: len(pigeon.waiting) == 1)
        await office.run(lambda work: broadcasts.consent_changed(work, person.id))
        pigeon.ready.set()
        await pigeon.attempts(1)
    assert pigeon.words == ["La semaine"]


async def test_quiet_hours_put_a_letter_off_and_the_cap_drops_it(office: Office, pigeon: Pigeon, time: Time) -> None:
    people = await office.people(6)
    office.kind.verdicts = {people[1]: Later(time.now() + HOUR), people[3]: Never("capped"), people[4]: Never("autre")}
    number = await office.plan()
    async with office.at_work():
        await office.until(lambda: len(pigeon.arrived) == 3)
        assert office.one(number).state is State.RUNNING
        time.advance(HOUR)
        office.postman.wake()
        await office.until_ended(number)
    assert reached(pigeon)[-1] == people[1]
    figures = office.assert_counted(number)
    assert (figures.sent, figures.capped, figures.cancelled) == (4, 1, 1)


async def test_when_almost_nobody_wants_it_the_few_who_do_get_it(office: Office, pigeon: Pigeon) -> None:
    people = await office.people(200)
    office.kind.verdicts = dict.fromkeys(people[:-1], Never("unsubscribed"))
    number = await office.plan()
    async with office.at_work():
        await office.until_ended(number)
    assert reached(pigeon) == people[-1:]
    assert office.assert_counted(number).unsubscribed == 199


async def test_what_expires_is_never_sent_late(office: Office, pigeon: Pigeon, time: Time) -> None:
    await office.people(50)
    pigeon.ready.clear()
    number = await office.plan(expires_at=time.now() + HOUR)
    async with office.at_work():
        await office.until(lambda: office.states(number).get("sending") == 4)
        time.advance(HOUR)  # those in hand too
        pigeon.ready.set()
        office.postman.wake()
        await office.until_ended(number)
    assert pigeon.tried == []
    assert office.assert_counted(number).expired == 50
    assert office.kind.told_of[-1] == (State.DONE, "")


async def test_another_date_of_expiry_holds_for_letters_already_queued(
    office: Office, pigeon: Pigeon, time: Time
) -> None:
    await office.people(50)
    pigeon.ready.clear()
    number = await office.plan(expires_at=time.now() + MINUTE)
    async with office.at_work():
        await office.until(lambda: office.states(number).get("sending") == 4)
        await office.run(lambda work: broadcasts.expire_on(work, number, time.now() + HOUR))
        time.advance(2 * MINUTE)
        pigeon.ready.set()
        office.postman.wake()
        await office.until_ended(number)
    assert office.assert_counted(number).sent == 50


async def test_expired_before_it_began_it_is_not_even_written(office: Office, time: Time) -> None:
    await office.people(3)
    number = await office.plan(expires_at=time.now())
    async with office.at_work():
        await office.until_ended(number)
    assert office.states(number) == {}


async def test_lower_lanes_go_first_and_replies_overtake_everything(office: Office, pigeon: Pigeon) -> None:
    people = await office.people(20)
    pigeon.open.clear()
    news = await office.plan("news")
    async with office.at_work():
        await pigeon.attempts(4)
        urgent = await office.plan("urgent", lane=Lane.URGENT)
        await office.until(lambda: office.figures(urgent).spread)
        (person,) = (await office.run(lambda work: find_people(work, [("kit", people[19])]))).values()
        await office.run(lambda work: write(work, [Draft(person.address, Message(text="réponse"))]))
        office.postman.wake()
        assert await pigeon.attempts(1) == ["réponse"]
        pigeon.open.set()
        await office.until_ended(news)
        await office.until_ended(urgent)
    lanes = [one.lane for one in pigeon.tried if one.lane is not Lane.REPLY]
    assert lanes == [Lane.NEWS] * 4 + [Lane.URGENT] * 20 + [Lane.NEWS] * 16


async def test_the_next_of_a_lane_is_not_spread_while_too_many_wait(
    office: Office, pigeon: Pigeon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreading, "MOST_QUEUED", 10)
    await office.people(20)
    pigeon.open.clear()
    first, second = await office.plan("un"), await office.plan("deux")
    urgent = await office.plan("trois", lane=Lane.URGENT)
    async with office.at_work():
        await office.until(lambda: office.figures(first).spread and office.figures(urgent).spread)
        office.postman.wake()
        await office.until(lambda: len(pigeon.tried) == 4)
        assert office.figures(second).total == 0
        pigeon.open.set()
        await office.until_ended(second)
    assert office.figures(second).sent == 20


async def test_what_is_paused_or_waits_for_its_hour_does_not_hold_up_the_next_of_its_lane(
    office: Office, pigeon: Pigeon, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreading, "MOST_QUEUED", 10)
    people = await office.people(20)
    pigeon.open.clear()
    paused = await office.plan("un")
    async with office.at_work():
        await office.until(lambda: office.figures(paused).spread)
        await office.run(lambda work: broadcasts.pause(work, paused))
        pigeon.open.set()
        office.kind.verdicts = {name: Later(time.now() + HOUR) for name in people}
        quiet = await office.plan("deux")
        await office.until(lambda: office.figures(quiet).spread)
        await office.settle()
        office.kind.verdicts = {}
        third = await office.plan("trois")
        await office.until_ended(third)
        assert office.states(quiet) == {"queued": 20}
    assert office.figures(third).sent == 20


async def test_a_channel_that_asks_to_wait_costs_no_try(office: Office, pigeon: Pigeon, time: Time) -> None:
    people = await office.people(20)
    pigeon.refusals.extend([None, Throttled(30 * SECOND), Throttled(20 * SECOND)])
    number = await office.plan()
    async with office.at_work():
        await office.until(lambda: len(pigeon.tried) >= 3)
        await office.until(lambda: "sending" not in office.states(number))
        before = len(pigeon.tried)
        time.advance(29 * SECOND)
        await office.settle()
        assert len(pigeon.tried) == before
        time.advance(SECOND)
        office.postman.wake()
        await office.until_ended(number)
    assert sorted(reached(pigeon)) == people


async def test_what_does_not_get_through_is_tried_three_times_more_then_given_up(
    office: Office, pigeon: Pigeon, time: Time
) -> None:
    await office.people(1)
    pigeon.refusals.extend([Unreachable("HTTP 502")] * 4)
    number = await office.plan()
    async with office.at_work():
        for tries, wait in enumerate(BULK_RETRY_AFTER, 1):
            await office.until(
                lambda tries=tries: len(pigeon.tried) == tries and "sending" not in office.states(number)
            )
            time.advance(wait - SECOND)
            await office.settle()
            assert len(pigeon.tried) == tries
            time.advance(SECOND)
            office.postman.wake()
        await office.until_ended(number)
    figures = office.assert_counted(number)
    assert (figures.failed, figures.by_reason) == (1, {"HTTP 502": 1})
    assert office.postman.counters.failed == {"HTTP #": 1}


async def test_an_outage_costs_time_and_nothing_else(office: Office, pigeon: Pigeon, time: Time) -> None:
    people = await office.people(60)
    number = await office.plan()
    async with office.at_work():
        pigeon.refusals.extend([Unreachable("no route")] * 1000)
        began = time.now()
        while time.now() - began < 2 * MINUTE:
            time.advance(SECOND)
            await office.settle()
        tried = len(pigeon.tried)
        assert tried < 30  # five, then one at a time after longer and longer rests
        pigeon.refusals.clear()
        while not office.one(number).ended_at:
            time.advance(10 * SECOND)
            await office.settle()
    assert sorted(reached(pigeon)) == people
    assert office.assert_counted(number).sent == 60


async def test_those_who_are_gone_are_counted_and_lose_their_other_letters_and_subscriptions(
    office: Office, pigeon: Pigeon
) -> None:
    people = await office.people(10)
    first, second = await office.plan("un"), await office.plan("deux", lane=Lane.STATUS)
    one, two = office.one(first), office.one(second)
    for each in (one, two):
        await office.run(lambda work, each=each: spreading.spread(work, each, office.kind))
    pigeon.refusals.append(Gone("Forbidden: bot was blocked by the user"))
    async with office.at_work():
        await office.until_ended(first)
        await office.until_ended(second)
    (gone,) = (await office.run(lambda work: find_people(work, [("kit", people[0])]))).values()
    assert gone.gone
    assert office.lost == [gone.id]
    assert (office.assert_counted(second).gone, office.assert_counted(first).gone) == (1, 1)
    await office.run(lambda work: mark_back(work, [gone.address]))
    third = await office.plan("trois")
    office.new_postman()
    async with office.at_work():
        await office.until_ended(third)
    assert office.figures(third).sent == 10


async def test_somebody_with_another_good_address_keeps_their_subscriptions(office: Office, pigeon: Pigeon) -> None:
    from sqlalchemy import update

    from bot.people.store import address

    (ana, other) = await office.run(lambda work: meet(work, [("kit", "ana", "fr"), ("web", "ana", "fr")]))
    await office.run(
        lambda work: work.connection.execute(
            update(address).where(address.c.id == other.address).values(resident_id=ana.id)
        )
    )
    await office.run(lambda work: write(work, [Draft(ana.address, Message(text="un"))]))
    pigeon.refusals.append(Gone("blocked"))
    async with office.at_work():
        await office.until(lambda: len(pigeon.tried) == 1)
    assert office.lost == []


async def test_somebody_who_moved_gets_it_at_the_new_address_once(office: Office, pigeon: Pigeon) -> None:
    await office.people(1)
    pigeon.refusals.append(Moved("p-new"))
    number = await office.plan()
    async with office.at_work():
        await office.until_ended(number)
    assert reached(pigeon) == ["p-new"]


async def test_somebody_who_moved_to_an_address_that_gets_it_already_gets_it_once(
    office: Office, pigeon: Pigeon
) -> None:
    people = await office.people(2)
    pigeon.refusals.append(Moved(people[1]))
    number = await office.plan()
    async with office.at_work():
        await office.until_ended(number)
    assert reached(pigeon) == [people[1]]
    assert office.assert_counted(number).cancelled == 1


async def test_twenty_refusals_of_a_kind_in_a_row_pause_it_and_resuming_tries_them_again(
    office: Office, pigeon: Pigeon
) -> None:
    people = await office.people(40)
    pigeon.refusals.extend(Impossible(f"can't parse entities at byte {at}") for at in range(30))
    number = await office.plan()
    async with office.at_work():
        await office.until(lambda: office.one(number).state is State.PAUSED)
        await office.until(lambda: office.states(number) == {"queued": 40})
        assert office.kind.told_of[-1][0] is State.PAUSED
        assert "parse entities" in office.kind.told_of[-1][1]
        assert 20 <= len(pigeon.tried) <= 24  # those on their way with the twentieth
        pigeon.refusals.clear()
        await office.run(lambda work: broadcasts.resume(work, number))
        await office.until_ended(number)
    assert sorted(reached(pigeon)) == people
    assert office.assert_counted(number).failed == 0
    assert [state for state, _ in office.kind.told_of] == [State.RUNNING, State.PAUSED, State.DONE]


async def test_refusals_here_and_there_pause_nothing(office: Office, pigeon: Pigeon) -> None:
    await office.people(80)
    pigeon.concurrency = 1
    pigeon.refusals.extend([*[Impossible("odd")] * 19, None] * 4)
    number = await office.plan()
    async with office.at_work():
        await office.until_ended(number)
    figures = office.assert_counted(number)
    assert (figures.sent, figures.failed, figures.by_reason) == (4, 76, {"odd": 76})


async def test_a_kind_that_fails_pauses_its_broadcast_and_holds_nothing_else_up(
    office: Office, pigeon: Pigeon, monkeypatch: pytest.MonkeyPatch
) -> None:
    (name,) = await office.people(1)
    number = await office.plan()
    monkeypatch.setattr(office.kind, "worded", lambda *_: 1 / 0)
    async with office.at_work():
        await office.until(lambda: office.one(number).state is State.PAUSED)
        assert "ZeroDivisionError" in office.one(number).because
        (person,) = (await office.run(lambda work: find_people(work, [("kit", name)]))).values()
        await office.run(lambda work: write(work, [Draft(person.address, Message(text="réponse"))]))
        office.postman.wake()
        assert await pigeon.attempts(1) == ["réponse"]
        monkeypatch.undo()
        await office.run(lambda work: broadcasts.resume(work, number))
        await office.until_ended(number)
    assert office.figures(number).sent == 1


async def test_corrected_midway_queued_letters_change_and_sent_ones_are_edited(office: Office, pigeon: Pigeon) -> None:
    people = await office.people(20)
    pigeon.open.clear()
    number = await office.plan()
    async with office.at_work():
        await pigeon.attempts(4)
        office.kind.words = "Corrigé"
        edit = await office.plan(lane=Lane.EDIT, act=Act.EDIT, of=number)
        pigeon.open.set()
        await office.until_ended(number)
        await office.until_ended(edit)
    first = [one for one in pigeon.arrived if not one.replaces]
    edits = [one for one in pigeon.arrived if one.replaces]
    old = [one for one in first if one.message.text == "Bonjour"]
    assert len(first) == 20
    assert len(old) == 4
    assert {one.replaces for one in edits} >= {f"kit-{one.id}" for one in old}
    assert {one.message.text for one in edits} == {"Corrigé"}
    assert sorted(one.external for one in first) == people
    office.assert_counted(edit)


async def test_recalled_it_goes_no_further_and_is_taken_away(office: Office, pigeon: Pigeon) -> None:
    await office.people(20)
    pigeon.open.clear()
    number = await office.plan()
    async with office.at_work():
        await pigeon.attempts(4)
        await office.run(lambda work: broadcasts.stop(work, number))
        office.kind.words = "Retiré"
        recall = await office.plan(lane=Lane.EDIT, act=Act.DELETE, of=number)
        pigeon.open.set()
        await office.until_ended(recall)
        await office.until_ended(number)
    assert len(pigeon.taken_away) == 4
    assert {one.message.text for one in pigeon.taken_away} == {"Retiré"}
    assert office.assert_counted(recall).sent == 4
    assert office.assert_counted(number).cancelled == 16


async def test_an_edit_of_what_somebody_removed_is_let_be(office: Office, pigeon: Pigeon) -> None:
    await office.people(2)
    number = await office.plan()
    async with office.at_work():
        await office.until_ended(number)
        pigeon.refusals.append(NothingToEdit())
        edit = await office.plan(lane=Lane.EDIT, act=Act.EDIT, of=number)
        await office.until_ended(edit)
    figures = office.assert_counted(edit)
    assert (figures.sent, figures.cancelled) == (1, 1)


async def test_somebody_erased_meanwhile_does_not_keep_it_from_ending(office: Office, pigeon: Pigeon) -> None:
    people = await office.people(6)
    pigeon.open.clear()
    number = await office.plan()
    async with office.at_work():
        await pigeon.attempts(4)
        erased = await office.run(lambda work: find_people(work, [("kit", people[0]), ("kit", people[5])]))
        for person in erased.values():
            await office.run(lambda work, person=person: forget(work, person.id))
        pigeon.open.set()
        await office.until_ended(number)
    figures = office.figures(number)
    assert (figures.queued, figures.sent) == (0, 5)


async def test_somebody_erased_gets_nothing_that_has_not_left(office: Office, pigeon: Pigeon) -> None:
    people = await office.people(3)
    erased = (await office.run(lambda work: find_people(work, [("kit", people[0])])))["kit", people[0]]
    pigeon.ready.clear()
    number = await office.plan()
    async with office.at_work():
        await office.until(lambda: office.states(number).get("sending") == 3)
        await office.run(lambda work: write(work, [Draft(erased.address, Message(text="La semaine"), Lane.NEWS)]))
        office.postman.wake()
        await office.until(lambda: len(pigeon.waiting) == 4)
        await office.run(lambda work: forget(work, erased.id))
        pigeon.ready.set()
        await office.until_ended(number)
    assert sorted(reached(pigeon)) == people[1:]


async def test_a_reply_may_change_what_a_broadcast_showed(office: Office, pigeon: Pigeon) -> None:
    (name,) = await office.people(1)
    number = await office.plan("AC-7K3FQ2")
    async with office.at_work():
        await office.until_ended(number)
        (person,) = (await office.run(lambda work: find_people(work, [("kit", name)]))).values()
        await office.run(lambda work: write(work, [Draft(person.address, Message("noté", slot=f"{KIND}:AC-7K3FQ2"))]))
        office.postman.wake()
        await office.until(lambda: len(pigeon.arrived) == 2)
    news, reply = pigeon.arrived
    assert reply.replaces == f"kit-{news.id}"


async def test_the_words_stay_with_the_letter_where_the_channel_reads_them_there(
    office: Office, pigeon: Pigeon
) -> None:
    from bot.delivery.store import history

    pigeon.keeps_words = True
    (name,) = await office.people(1)
    number = await office.plan()
    async with office.at_work():
        await office.until_ended(number)
    (person,) = (await office.run(lambda work: find_people(work, [("kit", name)]))).values()
    said = await office.run(lambda work: history(work, person.address, office.time.now() - HOUR))
    assert [message.text for _id, _at, message in said] == ["Bonjour"]


async def test_the_rate_and_the_time_left_are_measured(office: Office, pigeon: Pigeon, time: Time) -> None:
    await office.people(40)
    pigeon.refusals.extend([])
    number = await office.plan()
    one = office.one(number)
    await office.run(lambda work: spreading.spread(work, one, office.kind))
    async with office.at_work():
        pigeon.open.clear()
        await pigeon.attempts(4)
        time.advance(10 * SECOND)
        pigeon.open.set()
        await pigeon.attempts(8)
        await office.until(lambda: office.figures(number).rate > 0 or office.one(number).ended_at is not None)
        await office.until_ended(number)


async def test_stopping_in_good_order_leaves_what_has_not_left_in_the_outbox(office: Office, pigeon: Pigeon) -> None:
    await office.people(50)
    pigeon.open.clear()
    number = await office.plan()
    async with office.at_work():
        await pigeon.attempts(4)
        office.postman.stop()
        pigeon.open.set()
    assert office.states(number) == {"sent": 4, "queued": 46}
    assert office.assert_counted(number).queued == 46
    office.new_postman()
    async with office.at_work():
        await office.until_ended(number)
    assert len(set(reached(pigeon))) == len(pigeon.arrived) == 50


async def test_while_the_doors_close_replies_still_leave_and_broadcasts_do_not(office: Office, pigeon: Pigeon) -> None:
    await office.people(20)
    (last,) = await office.run(lambda work: meet(work, [("kit", "last", "fr")]))
    pigeon.open.clear()
    number = await office.plan()
    async with office.at_work():
        await pigeon.attempts(4)
        office.postman.stop_broadcasts()
        await office.run(lambda work: write(work, [Draft(last.address, Message(text="Tenez"))]))
        office.postman.wake()
        assert await pigeon.attempts(1) == ["Tenez"]
        pigeon.open.set()
        await office.until(lambda: office.states(number) == {"sent": 4, "queued": 17})
    assert len(pigeon.arrived) == 5


async def test_what_was_in_the_hands_of_a_process_that_died_is_unknown_and_not_sent_again(
    office: Office, pigeon: Pigeon
) -> None:
    from bot.delivery import rounds

    await office.people(50)
    number = await office.plan()
    one = office.one(number)
    await office.run(lambda work: spreading.spread(work, one, office.kind))
    await office.run(lambda work: rounds.take(work, one, office.kind, "kit", 4))  # and the process dies
    office.new_postman()
    await office.postman.take_duty()
    async with office.at_work():
        await office.until_ended(number)
    figures = office.assert_counted(number)
    assert (figures.sent, figures.unknown) == (46, 4)


@tried(12)
@given(
    lanes=st.lists(st.sampled_from([Lane.URGENT, Lane.STATUS, Lane.NEWS, Lane.EDIT]), min_size=2, max_size=5),
    hands=st.integers(1, 7),
    count=st.integers(1, 12),
)
async def test_whatever_is_planned_the_lower_lane_is_always_taken_first(
    sqlite_database: str, lanes: list[Lane], hands: int, count: int
) -> None:
    time, pigeon = Time(), Pigeon(concurrency=hands)
    desk = Desk(open_database(sqlite_database), time.now)
    office = Office(desk, time, pigeon)
    await office.run(lambda work: work.connection.execute(delete(broadcast)))
    await office.run(lambda work: work.connection.execute(delete(resident)))
    await office.run(lambda work: meet(work, [("kit", f"p{at}", "fr") for at in range(count)]))
    numbers = [await office.plan(f"n{at}", lane=lane) for at, lane in enumerate(lanes)]
    for number in numbers:
        one = office.one(number)
        await office.run(lambda work, one=one: spreading.spread(work, one, office.kind))
    async with office.at_work():
        for number in numbers:
            await office.until_ended(number)
    tried_lanes = [one.lane for one in pigeon.tried]
    assert tried_lanes == sorted(tried_lanes)
    assert len(tried_lanes) == count * len(lanes)
    desk.close()
