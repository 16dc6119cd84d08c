"""Somebody who reads and never says a word is asked before the clock takes them for gone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.city.model import City
from bot.people.forget import find_resident
from bot.people.staff import Role
from bot.people.store import mark_gone
from bot.pictures.keep import Pictures
from bot.storage.work import Work
from bot.upkeep import upkeep
from tests.kit.newsroom import address_of
from tests.kit.residents import CHANNEL, House, Resident
from tests.kit.staff import a_member, a_reader, number_of, take_roles

PassBy = Callable[[timedelta], Awaitable[tuple[int, int]]]
DAY = timedelta(days=1)
QUESTION = "Voulez-vous continuer ?"


@pytest.fixture
def after(house: House, valombre: City, tmp_path: Path) -> PassBy:
    """Time passes, then the clock keeps up; gives (asked, erased)."""
    jobs = upkeep(valombre, Pictures(tmp_path / "photos"))

    async def pass_by(time: timedelta) -> tuple[int, int]:
        house.time.advance(time)
        done = (await house.desk.run(jobs["silent readers"]), await house.desk.run(jobs["residents"]))
        await house.carry_due()
        return done

    return pass_by


async def is_known(house: House, person: Resident) -> bool:
    with house.desk.reading() as work:
        return find_resident(work, CHANNEL, person.external) is not None


async def test_a_reader_is_asked_a_month_before_and_once(house: House, after: PassBy) -> None:
    reader = await a_reader(house, ["works"], [1])
    assert await after(369 * DAY) == (0, 0)  # Valombre keeps for 400 days
    assert await after(2 * DAY) == (1, 0)
    assert QUESTION in reader.screen
    assert "d’ici 30 jours" in reader.screen
    assert await after(DAY) == (0, 0)


async def test_without_a_word_they_are_erased(house: House, after: PassBy) -> None:
    reader = await a_reader(house, ["works"], [1])
    assert await after(371 * DAY) == (1, 0)
    assert await after(29 * DAY) == (0, 0)
    assert await after(2 * DAY) == (0, 1)
    assert not await is_known(house, reader)


@pytest.mark.parametrize("words", ["", "oui, merci"])
async def test_any_word_is_enough_and_they_are_asked_again_the_next_time(
    house: House, after: PassBy, words: str
) -> None:
    reader = await a_reader(house, ["works"], [1])
    await after(371 * DAY)
    if words:
        await reader.says(words)
    else:
        await reader.taps("Continuer")
        assert "C’est noté : vous continuez à recevoir les actualités." in reader.screen
    assert await after(369 * DAY) == (0, 0)
    assert await after(40 * DAY) == (1, 0), "asked late, and not erased at once"
    assert QUESTION in reader.messages[-1].text
    assert await after(31 * DAY) == (0, 1)


async def test_stopping_is_an_answer_too(house: House, after: PassBy) -> None:
    reader = await a_reader(house, ["works"], [1])
    await after(371 * DAY)
    await reader.taps("Ne plus rien recevoir")
    assert "vous ne recevrez plus d’actualités" in reader.screen
    assert await after(371 * DAY) == (0, 0)
    assert await after(31 * DAY) == (0, 1)


async def test_whoever_gets_no_news_is_not_written_to(house: House, after: PassBy) -> None:
    resident = house.resident()
    await resident.says("bonjour")
    assert await after(399 * DAY) == (0, 0)
    assert await after(2 * DAY) == (0, 1)


async def test_an_old_reader_is_asked_first_when_the_clock_stood_still(house: House, after: PassBy) -> None:
    reader = await a_reader(house, ["works"], [1])
    assert await after(900 * DAY) == (1, 0)
    assert await after(31 * DAY) == (0, 1)
    assert not await is_known(house, reader)


async def test_whoever_cannot_be_reached_is_erased_all_the_same(house: House, after: PassBy) -> None:
    reader = await a_reader(house, ["works"], [1])
    said = len(reader.messages)

    def leave(work: Work) -> None:
        mark_gone(work, [address_of(work, reader)], "blocked")

    await house.desk.run(leave)
    await after(371 * DAY)
    assert len(reader.messages) == said
    assert await after(31 * DAY) == (0, 1)


async def test_staff_stay_while_they_have_a_role(house: House, after: PassBy) -> None:
    omar = await a_member(house, Role.MODERATOR, "Omar Haddad")
    assert await after(900 * DAY) == (0, 0)

    await house.desk.run(lambda work: take_roles(work, number_of(work, omar.external)))
    assert await after(DAY) == (0, 1)
