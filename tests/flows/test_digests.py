"""Digests: what came since the last one, once, at the hour chosen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest

from bot.news.choose import set_quiet_hours, set_rhythm, subscribe
from bot.news.model import Choices, Rhythm, State
from bot.people.store import choose_language
from bot.storage.work import Work
from tests.kit import news as kit
from tests.kit.clock import Time
from tests.kit.residents import House, Resident

T = TypeVar("T")
Clock = dt.time
ALL = ("alert", "fairs", "works")


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
