"""Digests: what came since the last one, once, at the hour chosen."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest

from bot.delivery.postman import Postman
from bot.news.anew import drop_untrue
from bot.news.choose import set_quiet_hours, set_rhythm, set_topics, subscribe
from bot.news.control import correct, end_on, pause, recall, resume, stop
from bot.news.model import Choices, Item, Rhythm, State, Text
from bot.people.staff import Role
from bot.people.store import choose_language
from bot.storage.work import Work
from tests.kit import news as kit
from tests.kit.clock import Time
from tests.kit.pigeon import Pigeon
from tests.kit.residents import CHANNEL, House, Resident
from tests.kit.staff import a_member, number_of
from tests.kit.waiting import until

T = TypeVar("T")
Clock = dt.time
ALL = ("alert", "fairs", "works")
SIX_THIRTY = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
"""In the evening in the town, this Monday."""

TITLES = ("Les actualités du jour", "Les actualités de la semaine", "Depuis votre dernier résumé")


async def told(house: House, call: Callable[[Work], T]) -> T:
    return await house.desk.run(call)


async def reader(house: House, **choices: Any) -> Resident:
    """Somebody of Le Bourg who gets a digest each day at 18:00, since 10:00 this Monday."""
    resident = house.resident()
    await resident.says("/aide")
    wish = {"rhythm": Rhythm.DAILY, "quartiers": (1,), "topics": ALL} | choices

    def ask(work: Work) -> None:
        subscribe(work, house.stage.city, Choices(kit.resident_number(work, resident.external), **wish))

    await told(house, ask)
    return resident


async def at(house: House, hour: int, *, day: int = 23, month: int = 11, year: int = 2026) -> None:
    """Let the town's clock come to this hour (in UTC, one hour less in winter), and tick."""
    house.time.advance(datetime(year, month, day, hour, tzinfo=UTC) - house.time.now())
    await house.tick()


def seen(resident: Resident) -> str:
    return resident.screen


async def test_a_digest_tells_what_came_since_the_last_one(house: House) -> None:
    resident = await reader(house)
    house.time.advance(timedelta(hours=1))

    def write_some(work: Work) -> None:
        now = work.now
        kit.an_item(work, "Foire aux fromages", "Samedi, " * 40, quartiers=[1], starts_at=now)
        kit.an_item(work, "Eau coupée", topic="works", starts_at=now)
        kit.an_item(work, "Ailleurs", quartiers=[2], starts_at=now)
        kit.an_item(work, "Avant", starts_at=now - timedelta(hours=2))
        kit.an_item(work, "Retirée", starts_at=now, state=State.RECALLED)
        kit.an_item(work, "Passée", starts_at=now, expires_at=now + timedelta(minutes=5))
        kit.an_item(work, "Arrêtée", starts_at=now, broadcast_state="stopped")
        kit.an_item(work, "Alerte", topic="alert", starts_at=now)

    await told(house, write_some)
    await at(house, 16)
    assert "Les actualités du jour" not in seen(resident)
    await at(house, 17)
    screen = seen(resident)
    assert "Les actualités du jour" in screen
    assert "🎪 Foire aux fromages\nSamedi, Samedi" in screen
    assert "…\n(Anne Martin, conseillère de quartier)" in screen
    assert screen.index("Foire aux fromages") < screen.index("Eau coupée")
    for absent in ("Ailleurs", "Avant", "Retirée", "Passée", "Arrêtée", "Alerte"):
        assert absent not in screen
    assert "[Changer mes choix] [Ne plus recevoir]" in screen
    count = len(resident.messages)
    await at(house, 18)
    await at(house, 17, day=24)
    assert len(resident.messages) == count  # nothing new: nothing is sent
    await resident.taps("🚧 Eau coupée")
    assert "Du lundi au vendredi." in seen(resident)


async def test_a_digest_speaks_the_reader_s_language(house: House) -> None:
    english, french = await reader(house), await reader(house)
    await told(house, lambda work: choose_language(work, kit.resident_number(work, english.external), "en"))
    house.time.advance(timedelta(hours=1))
    await told(house, lambda work: kit.an_item(work, "Foire", english="Fair", starts_at=work.now))
    await at(house, 17)
    assert "🎪 Fair" in seen(english)
    assert english.messages[-1].language == "en"
    assert "🎪 Foire" in seen(french)


async def test_a_weekly_digest_comes_on_its_day(house: House) -> None:
    resident = await reader(house, rhythm=Rhythm.WEEKLY)
    house.time.advance(timedelta(hours=1))
    await told(house, lambda work: kit.an_item(work, "Foire", starts_at=work.now))
    await at(house, 17, day=26)
    assert "Foire" not in seen(resident)
    await at(house, 17, day=27)
    assert "Les actualités de la semaine" in seen(resident)


async def test_a_digest_stops_in_one_touch(house: House) -> None:
    resident = await reader(house)
    house.time.advance(timedelta(hours=1))
    await told(house, lambda work: kit.an_item(work, "Foire", starts_at=work.now))
    await at(house, 17)
    await resident.taps("Ne plus recevoir")
    assert "vous ne recevrez plus d’actualités" in seen(resident)
    await told(house, lambda work: kit.an_item(work, "Encore", starts_at=work.now))
    await at(house, 17, day=24)
    assert "Encore" not in seen(resident)


@pytest.mark.parametrize("stop", ["/stop", "l.ns_"])
async def test_a_digest_in_the_outbox_is_cancelled(house: House, stop: str) -> None:
    resident = await reader(house)
    house.time.advance(timedelta(hours=1))
    await told(house, lambda work: kit.an_item(work, "Foire", starts_at=work.now))
    house.time.advance(timedelta(hours=7))
    assert (await house.clock.do_what_is_due())["digests"] == 1  # written, not carried yet
    await (resident.says(stop) if stop.startswith("/") else resident.presses(stop))
    await house.carry_due()
    assert "Foire" not in seen(resident)


# Late


async def test_a_late_digest_goes_on_the_same_day(house: House) -> None:
    resident = await reader(house)
    house.time.advance(timedelta(hours=1))
    await told(house, lambda work: kit.an_item(work, "Foire", starts_at=work.now))
    await at(house, 20)  # 21:00 in the town
    assert "Foire" in seen(resident)


@pytest.mark.parametrize(("hour", "day"), [(22, 23), (1, 24), (8, 24)])
async def test_one_that_is_too_late_is_left_out_and_the_next_carries_everything(
    house: House, hour: int, day: int
) -> None:
    """In the quiet hours, at night, on the next day."""
    resident = await reader(house)
    house.time.advance(timedelta(hours=1))
    await told(house, lambda work: kit.an_item(work, "Foire", starts_at=work.now))
    await at(house, hour, day=day)
    assert "Foire" not in seen(resident)
    house.time.advance(timedelta(minutes=1))
    await told(house, lambda work: kit.an_item(work, "Eau coupée", topic="works", starts_at=work.now))
    await at(house, 17, day=24)
    assert "Foire" in seen(resident)
    assert "Eau coupée" in seen(resident)


async def test_a_digest_that_could_not_leave_before_the_quiet_hours_does_not_leave_in_them(house: House) -> None:
    resident = await reader(house)
    house.time.advance(timedelta(hours=1))
    await told(house, lambda work: kit.an_item(work, "Foire", starts_at=work.now))
    house.time.advance(timedelta(hours=7))
    await house.clock.do_what_is_due()
    house.time.advance(timedelta(hours=5))  # nobody carried anything until 23:00
    await house.carry_due()
    assert "Foire" not in seen(resident)


async def test_after_days_of_silence_one_digest_carries_everything(house: House) -> None:
    resident = await reader(house)
    for title in ("Foire", "Marché", "Bal"):
        house.time.advance(timedelta(hours=23))
        await told(house, lambda work, title=title: kit.an_item(work, title, starts_at=work.now))
    await at(house, 18, day=26)
    assert [message.title for message in resident.messages].count("Les actualités du jour") == 1
    for title in ("Foire", "Marché", "Bal"):
        assert title in seen(resident)


# Once


async def test_what_came_at_once_is_not_in_the_digest_of_somebody_who_changed_rhythm(house: House) -> None:
    resident = await reader(house, rhythm=Rhythm.AT_ONCE)
    house.time.advance(timedelta(hours=1))

    def write_some(work: Work) -> None:
        arrived = kit.an_item(work, "Arrivée", starts_at=work.now)
        kit.a_letter(work, arrived, resident.external, "sent")
        waiting = kit.an_item(work, "En route", starts_at=work.now)
        kit.a_letter(work, waiting, resident.external, "queued")
        number = kit.resident_number(work, resident.external)
        set_rhythm(work, house.stage.city, number, Rhythm.DAILY)

    await told(house, write_some)
    await at(house, 17)
    assert "Arrivée" not in seen(resident)
    assert "En route" in seen(resident)


async def test_a_second_digest_on_the_day_its_hour_is_changed_tells_the_rest(house: House) -> None:
    resident = await reader(house)
    house.time.advance(timedelta(hours=1))
    await told(house, lambda work: kit.an_item(work, "Foire", starts_at=work.now))
    await at(house, 17)
    house.time.advance(timedelta(minutes=1))

    def change(work: Work) -> None:
        kit.an_item(work, "Eau coupée", topic="works", starts_at=work.now)
        number = kit.resident_number(work, resident.external)
        set_rhythm(work, house.stage.city, number, Rhythm.DAILY, Clock(20))

    await told(house, change)
    await at(house, 19)
    titles = [message.text for message in resident.messages if message.title == "Les actualités du jour"]
    assert len(titles) == 2
    assert "Foire" not in titles[1]
    assert "Eau coupée" in titles[1]


async def test_two_ticks_at_once_send_one_digest(house: House) -> None:
    resident = await reader(house)
    house.time.advance(timedelta(hours=1))
    await told(house, lambda work: kit.an_item(work, "Foire", starts_at=work.now))
    await at(house, 17)
    await house.tick()
    assert [message.title for message in resident.messages].count("Les actualités du jour") == 1


# Owed: what a digest left out, or did not bring


async def leaves(house: House, title: str, **values: Any) -> Item:
    """An item leaves at this instant; a minute later it has."""
    item = await told(house, lambda work: kit.an_item(work, title, starts_at=work.now, **values))
    house.time.advance(timedelta(minutes=1))
    return item


def digests(resident: Resident) -> list[str]:
    """The words of every digest that came, the oldest first."""
    return [message.text for message in resident.messages if message.title in TITLES]


async def test_what_was_paused_at_the_hour_of_the_digest_is_in_the_next_one_and_nothing_else_twice(
    house: House,
) -> None:
    resident = await reader(house)
    foire = await leaves(house, "Foire")
    await leaves(house, "Bal")
    await told(house, lambda work: kit.runs(work, foire, "paused"))
    await at(house, 17)
    await at(house, 17, day=24)
    await told(house, lambda work: kit.runs(work, foire, "running"))
    await at(house, 17, day=25)
    await at(house, 17, day=26)
    assert ["Bal" in one for one in digests(resident)] == [True, False]
    assert ["Foire" in one for one in digests(resident)] == [False, True]


async def test_what_was_in_a_digest_before_it_was_paused_does_not_come_again(house: House) -> None:
    resident = await reader(house)
    foire = await leaves(house, "Foire")
    await at(house, 17)
    await told(house, lambda work: kit.runs(work, foire, "paused"))
    await leaves(house, "Bal")
    await at(house, 17, day=24)
    await told(house, lambda work: kit.runs(work, foire, "running"))
    await leaves(house, "Marché")
    await at(house, 17, day=25)
    assert ["Foire" in one for one in digests(resident)] == [True, False, False]


async def test_what_was_paused_counts_in_its_week(house: House) -> None:
    """The town says two items of works a week."""
    resident = await reader(house)
    first = await leaves(house, "Chantier 0", topic="works")
    for number in (1, 2):
        await leaves(house, f"Chantier {number}", topic="works")
    await told(house, lambda work: kit.runs(work, first, "paused"))
    await at(house, 17)
    assert "Chantier 2" in seen(resident)
    await told(house, lambda work: kit.runs(work, first, "running"))
    await at(house, 17, day=24)
    assert len(digests(resident)) == 1


@pytest.mark.parametrize("state", ["failed", "expired"])
async def test_a_digest_that_did_not_arrive_comes_with_the_next_one(house: House, state: str) -> None:
    resident = await reader(house)
    await leaves(house, "Foire")
    house.time.advance(timedelta(hours=8))
    await house.clock.do_what_is_due()
    assert await told(house, lambda work: kit.digests_become(work, state)) == 1
    await leaves(house, "Bal")
    await at(house, 17, day=24)
    assert "Foire" in digests(resident)[0]
    assert "Bal" in digests(resident)[0]
    await at(house, 17, day=25)
    assert len(digests(resident)) == 1


async def test_a_digest_that_still_waits_when_the_next_is_due_is_not_sent_beside_it(house: House) -> None:
    resident = await reader(house)
    await leaves(house, "Foire")
    house.time.advance(timedelta(hours=8))
    await house.clock.do_what_is_due()
    house.time.advance(timedelta(days=1))
    await leaves(house, "Bal")
    await house.clock.do_what_is_due()
    await house.carry_due()
    assert len(digests(resident)) == 1
    assert "Foire" in digests(resident)[0]
    assert "Bal" in digests(resident)[0]


async def test_a_digest_that_is_leaving_at_this_instant_is_waited_for(house: House) -> None:
    resident = await reader(house)
    await leaves(house, "Foire")
    house.time.advance(timedelta(hours=8))
    await house.clock.do_what_is_due()
    await told(house, lambda work: kit.digests_become(work, "sending"))
    await leaves(house, "Bal")

    def change(work: Work) -> None:
        set_rhythm(work, house.stage.city, kit.resident_number(work, resident.external), Rhythm.DAILY, Clock(18, 4))

    await told(house, change)
    house.time.advance(timedelta(minutes=2))
    assert (await house.clock.do_what_is_due())["digests"] == 1
    assert digests(resident) == []
    await told(house, lambda work: kit.digests_become(work, "failed", "sending"))
    house.time.advance(timedelta(minutes=2))
    await house.tick()
    assert "Foire" in digests(resident)[0]
    assert "Bal" in digests(resident)[0]


# Made anew: nothing leaves that is no longer so


async def one_waits(house: House, *titles: str) -> list[Item]:
    """A digest of these is in the outbox, and nobody has carried it yet."""
    items = [await leaves(house, title, broadcast_state="running") for title in titles]
    house.time.advance(timedelta(hours=8))
    assert (await house.clock.do_what_is_due())["digests"]
    return items


async def carried_while(house: House, happens: Callable[[], Awaitable[None]]) -> list[str]:
    """What arrives of digests when this happens while one is in hand and waits for its turn."""
    pigeon = Pigeon(CHANNEL)
    postman = Postman(house.desk, [pigeon], untrue=drop_untrue)
    pigeon.ready.clear()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(postman.run())
        await until(lambda: any(one.message.title in TITLES for one in pigeon.waiting), "a digest to be in hand")
        await happens()
        pigeon.ready.set()

        async def arrived() -> bool:
            await house.clock.do_what_is_due()
            postman.wake()
            return postman.idle and any(one.message.title in TITLES for one in pigeon.arrived)

        await until(arrived, "a digest to arrive")
        postman.stop()
    return [one.message.text for one in pigeon.arrived if one.message.title in TITLES]


@pytest.mark.parametrize("act", [recall, pause, stop])
async def test_what_is_taken_away_leaves_a_digest_that_waits(house: House, act: Callable[..., Item]) -> None:
    resident, anne = await reader(house), await a_member(house, Role.MODERATOR)
    foire, _bal = await one_waits(house, "Foire", "Bal")
    await told(house, lambda work: act(work, number_of(work, anne.external), foire.ref))
    await house.carry_due()
    assert digests(resident) == []
    await house.tick()
    await house.tick()
    assert len(digests(resident)) == 1
    assert "Bal" in digests(resident)[0]
    assert "Foire" not in digests(resident)[0]


async def test_what_is_corrected_is_corrected_in_a_digest_that_waits(house: House) -> None:
    resident, anne = await reader(house), await a_member(house, Role.MODERATOR)
    (foire,) = await one_waits(house, "Foire")
    words = {"fr": Text("Foire de mai", "Samedi.")}
    await told(house, lambda work: correct(work, number_of(work, anne.external), foire.ref, words))
    await house.tick()
    await house.tick()
    assert len(digests(resident)) == 1
    assert "Foire de mai\nSamedi." in digests(resident)[0]


async def test_what_ended_early_leaves_a_digest_that_waits(house: House) -> None:
    resident, anne = await reader(house), await a_member(house, Role.MODERATOR)
    foire, _bal = await one_waits(house, "Foire", "Bal")
    soon = house.time.now() + timedelta(minutes=1)
    await told(house, lambda work: end_on(work, number_of(work, anne.external), foire.ref, soon))
    house.time.advance(timedelta(minutes=2))
    await house.tick()
    await house.tick()
    assert len(digests(resident)) == 1
    assert "Bal" in digests(resident)[0]
    assert "Foire" not in digests(resident)[0]


async def test_what_has_ended_meanwhile_leaves_a_digest_that_waits(house: House) -> None:
    resident = await reader(house)
    await leaves(house, "Eau coupée de 18 h à 18 h 30", expires_at=SIX_THIRTY)
    await one_waits(house, "Bal")
    house.time.advance(timedelta(hours=2))
    await house.tick()
    assert digests(resident) == []
    await house.tick()
    assert len(digests(resident)) == 1
    assert "Bal" in digests(resident)[0]
    assert "Eau" not in digests(resident)[0]


async def test_of_things_that_have_all_ended_there_is_no_digest(house: House) -> None:
    resident = await reader(house)
    await leaves(house, "Eau coupée de 18 h à 18 h 30", expires_at=SIX_THIRTY)
    await one_waits(house)
    house.time.advance(timedelta(hours=2))
    await house.tick()
    await house.tick()
    await at(house, 17, day=24)
    assert digests(resident) == []


async def test_what_has_ended_in_the_night_is_not_told_before_the_hour_of_the_next_digest(house: House) -> None:
    """Somebody without quiet hours: their digest may leave until midnight."""
    resident = await reader(house)
    number = await told(house, lambda work: kit.resident_number(work, resident.external))
    await told(house, lambda work: set_quiet_hours(work, house.stage.city, number, Clock(12), Clock(12)))
    await leaves(house, "Eau coupée de 18 h à 18 h 30", expires_at=SIX_THIRTY)
    await one_waits(house, "Bal")
    await at(house, 23)  # midnight in the town
    await house.tick()
    await at(house, 16, day=24)
    assert digests(resident) == []
    await at(house, 17, day=24)
    assert "Bal" in digests(resident)[0]
    assert "Eau" not in digests(resident)[0]


@pytest.mark.parametrize("hours", [1, 2])
async def test_a_digest_that_waits_is_made_anew_when_the_end_of_an_item_changes(house: House, hours: int) -> None:
    """Brought forward or put off: the letter may leave until the first end of what it tells."""
    resident, anne = await reader(house), await a_member(house, Role.MODERATOR)
    foire = await leaves(house, "Foire", broadcast_state="running", expires_at=SIX_THIRTY + timedelta(hours=1))
    await one_waits(house, "Bal")
    ends = house.time.now() + timedelta(hours=hours)
    await told(house, lambda work: end_on(work, number_of(work, anne.external), foire.ref, ends))
    await house.tick()
    assert digests(resident) == []
    await house.clock.do_what_is_due()
    assert await told(house, kit.expiries_of_digests) == [ends]
    await house.carry_due()
    assert "Foire" in digests(resident)[0]


async def test_a_digest_in_hand_does_not_tell_what_ends_before_it_leaves(house: House) -> None:
    await reader(house)
    await house.carry_due()
    await leaves(house, "Eau coupée de 18 h à 18 h 30", expires_at=SIX_THIRTY)
    await one_waits(house, "Bal")

    async def ends() -> None:
        house.time.advance(SIX_THIRTY - house.time.now())

    (digest,) = await carried_while(house, ends)
    assert "Bal" in digest
    assert "Eau" not in digest


@pytest.mark.parametrize("act", [recall, pause, stop])
async def test_a_digest_in_hand_is_called_back(house: House, act: Callable[..., Item]) -> None:
    await reader(house)
    anne = await a_member(house, Role.MODERATOR)
    await house.carry_due()
    foire, _bal = await one_waits(house, "Foire", "Bal")

    async def acts() -> None:
        await told(house, lambda work: act(work, number_of(work, anne.external), foire.ref))

    (digest,) = await carried_while(house, acts)
    assert "Bal" in digest
    assert "Foire" not in digest


async def test_whoever_recalls_changes_none_of_the_digests_that_wait(house: House) -> None:
    readers, anne = [await reader(house) for _ in range(3)], await a_member(house, Role.MODERATOR)
    (foire,) = await one_waits(house, "Foire")
    await told(house, lambda work: recall(work, number_of(work, anne.external), foire.ref))
    assert await told(house, lambda work: kit.digests_become(work, "queued", "queued")) == 3
    await house.tick()
    assert [digests(one) for one in readers] == [[]] * 3


async def test_what_is_resumed_before_the_digest_leaves_is_in_it(house: House) -> None:
    resident, anne = await reader(house), await a_member(house, Role.MODERATOR)
    (foire,) = await one_waits(house, "Foire")
    await told(house, lambda work: pause(work, number_of(work, anne.external), foire.ref))
    await told(house, lambda work: resume(work, number_of(work, anne.external), foire.ref))
    await house.carry_due()
    assert "Foire" in digests(resident)[0]


async def test_a_digest_without_the_item_stays_where_it_is(house: House) -> None:
    resident, anne = await reader(house), await a_member(house, Role.MODERATOR)
    await one_waits(house, "Foire")
    other = await told(house, lambda work: kit.an_item(work, "Bal", quartiers=[2]))
    await told(house, lambda work: recall(work, number_of(work, anne.external), other.ref))
    await house.carry_due()
    assert len(digests(resident)) == 1


async def test_a_topic_that_is_no_longer_wanted_leaves_a_digest_that_waits(house: House) -> None:
    resident = await reader(house)
    fair, works = await leaves(house, "Foire"), await leaves(house, "Chantier", topic="works")
    assert fair.topic != works.topic
    house.time.advance(timedelta(hours=8))
    await house.clock.do_what_is_due()
    number = await told(house, lambda work: kit.resident_number(work, resident.external))
    await told(house, lambda work: set_topics(work, number, ["fairs"]))
    await house.carry_due()
    assert digests(resident) == []
    await house.tick()
    assert "Foire" in digests(resident)[0]
    assert "Chantier" not in digests(resident)[0]


async def test_quiet_hours_chosen_meanwhile_hold_a_digest_that_waits(house: House) -> None:
    resident = await reader(house)
    await one_waits(house, "Foire")
    city, number = house.stage.city, await told(house, lambda work: kit.resident_number(work, resident.external))
    await told(house, lambda work: set_quiet_hours(work, city, number, Clock(17), Clock(20)))
    await house.tick()
    assert digests(resident) == []
    await at(house, 19)
    assert "Foire" in digests(resident)[0]


# The last one


async def at_once(resident: Resident) -> None:
    await resident.says("/actus")
    await resident.taps("Changer mes choix")
    await resident.taps("Tout de suite, ou en résumé")
    await resident.taps("Tout de suite")


async def test_whoever_wants_news_at_once_gets_a_last_digest_of_what_came_before(house: House) -> None:
    resident = await reader(house)
    await leaves(house, "Foire")
    await at_once(resident)
    assert "Ce qui est venu depuis votre dernier résumé vous arrive dans un dernier résumé." in resident.screen
    await leaves(house, "Bal")  # this one comes at once
    await house.tick()
    await at(house, 17)
    await at(house, 17, day=24)
    await at(house, 17, day=25)
    assert len(digests(resident)) == 1
    assert resident.messages[-1].title == "Depuis votre dernier résumé"
    assert "Foire" in digests(resident)[0]
    assert "Bal" not in digests(resident)[0]
    assert await told(house, lambda work: kit.digest_at(work, resident.external)) is None


async def test_without_news_there_is_no_last_digest(house: House) -> None:
    resident = await reader(house)
    await leaves(house, "Ailleurs", quartiers=[2])
    await at_once(resident)
    assert "dernier résumé" not in resident.screen
    assert await told(house, lambda work: kit.digest_at(work, resident.external)) is None


async def test_the_last_digest_waits_for_the_end_of_the_quiet_hours(house: House) -> None:
    resident = await reader(house)
    await at(house, 21, day=23)
    await leaves(house, "Foire")
    await at(house, 22)  # 23:00 in the town
    await at_once(resident)
    await house.tick()
    assert digests(resident) == []
    await at(house, 6, day=24)
    assert "Foire" in digests(resident)[0]


async def test_the_last_digest_comes_again_when_it_did_not_arrive(house: House) -> None:
    resident = await reader(house)
    await leaves(house, "Foire")
    await at_once(resident)
    await house.clock.do_what_is_due()
    assert await told(house, lambda work: kit.digests_become(work, "failed")) == 1
    await at(house, 17, day=24)
    assert len(digests(resident)) == 1


# Not too much


async def test_the_weekly_cap_holds_in_digests_too(house: House) -> None:
    """The town says two items of works a week; somebody said that one is enough."""
    resident, less = await reader(house), await reader(house)
    house.time.advance(timedelta(hours=1))
    items = await told(
        house, lambda work: [kit.an_item(work, f"Chantier {n}", topic="works", starts_at=work.now) for n in range(3)]
    )
    await less.presses(f"l.nl_{items[0].ref}")
    await at(house, 17)
    assert "Chantier 1" in seen(resident)
    assert "Chantier 2" not in seen(resident)
    assert "Chantier 0" in seen(less)
    assert "Chantier 1" not in seen(less)
    house.time.advance(timedelta(minutes=1))
    await told(house, lambda work: kit.an_item(work, "Chantier 4", topic="works", starts_at=work.now))
    await at(house, 17, day=24)
    assert "Chantier 4" not in seen(resident)
    house.time.advance(timedelta(days=6))
    await told(house, lambda work: kit.an_item(work, "Chantier 5", topic="works", starts_at=work.now))
    await at(house, 17, day=1, month=12)
    assert "Chantier 5" in seen(resident)


async def test_a_long_digest_tells_the_newest_and_how_many_more(house: House) -> None:
    resident = await reader(house)
    house.time.advance(timedelta(hours=1))
    await told(house, lambda work: [kit.an_item(work, f"Fête {n}", starts_at=work.now) for n in range(11)])
    await at(house, 17)
    assert "Fête 10" in seen(resident)
    assert "Fête 2\n" not in seen(resident)
    assert "Et 3 autres, à lire avec /actus." in seen(resident)
    assert len(resident.messages[-1].text) < 4000


# Quiet hours and the nights in which the clock changes


async def test_one_s_own_quiet_hours_hold_for_digests(house: House) -> None:
    resident = await reader(house)

    def quiet(work: Work) -> None:
        number = kit.resident_number(work, resident.external)
        set_quiet_hours(work, house.stage.city, number, Clock(17), Clock(20))

    await told(house, quiet)
    house.time.advance(timedelta(hours=1))
    await told(house, lambda work: kit.an_item(work, "Foire", starts_at=work.now))
    await at(house, 18)
    assert "Foire" not in seen(resident)
    await at(house, 19)
    assert "Foire" in seen(resident)


@pytest.mark.parametrize(
    ("subscribed", "due"),
    [
        (datetime(2027, 3, 27, 18, tzinfo=UTC), datetime(2027, 3, 28, 16, tzinfo=UTC)),
        (datetime(2026, 10, 24, 18, tzinfo=UTC), datetime(2026, 10, 25, 17, tzinfo=UTC)),
    ],
)
async def test_the_hour_stays_when_the_clock_changes(
    house: House, time: Time, subscribed: datetime, due: datetime
) -> None:
    """Before the night in which the clock changes and after it, 18:00 in the town."""
    time.advance(subscribed - time.now())
    resident = await reader(house)
    assert await told(house, lambda work: kit.digest_at(work, resident.external)) == due
    time.advance(timedelta(minutes=1))
    await told(house, lambda work: kit.an_item(work, "Foire", starts_at=work.now))
    time.advance(due - time.now() - timedelta(minutes=1))
    await house.tick()
    assert "Foire" not in seen(resident)
    time.advance(timedelta(minutes=1))
    await house.tick()
    assert "Foire" in seen(resident)
