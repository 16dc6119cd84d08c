"""A report that somebody began and left: recalled once, at a decent hour, and forgotten when the town says so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.kit.clock import Time
from tests.kit.whole import Door, Person, WebPerson, WholeBot

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
REMINDER = "Vous aviez commencé : Signaler un problème"


@pytest.fixture(params=["polling", "web"])
def door(request: pytest.FixtureRequest) -> Door:
    name: Door = request.param
    return name


async def begins(resident: Person) -> None:
    await resident.says("/signaler")
    await resident.says("passer")
    resident.sees("Où est-ce ?")


async def ticks(bot: WholeBot, resident: Person) -> int:
    """The clock looks; gives how many drafts it found. What is due is carried."""
    found = await bot.app.clock.look_at_drafts()
    bot.app.postman.wake()
    await bot.settled()
    if isinstance(resident, WebPerson):
        await resident.reloads()
    return found


async def test_a_draft_is_recalled_once_after_a_day_and_goes_on_where_it_was(
    resident: Person, bot: WholeBot, time: Time
) -> None:
    await begins(resident)
    time.advance(DAY - HOUR)
    assert await ticks(bot, resident) == 0
    time.advance(HOUR)
    assert await ticks(bot, resident) == 1
    resident.sees(REMINDER, "Où est-ce ?")
    assert await ticks(bot, resident) == 0
    assert resident.screen.count(REMINDER) == 1
    await resident.says("Maison communale")
    resident.sees("De quoi s’agit-il ?")


async def test_nobody_is_reminded_at_night(resident: Person, bot: WholeBot, time: Time) -> None:
    time.advance(13 * HOUR)  # 23:00 in Valombre, where the night is from 22:30 to 07:00
    await begins(resident)
    time.advance(DAY)
    assert await ticks(bot, resident) == 0
    time.advance(8 * HOUR - timedelta(minutes=1))
    assert await ticks(bot, resident) == 0
    time.advance(timedelta(minutes=1))
    assert await ticks(bot, resident) == 1
    resident.sees(REMINDER)


async def test_a_draft_left_for_as_long_as_the_town_says_is_forgotten_without_a_word(
    resident: Person, bot: WholeBot, time: Time
) -> None:
    await begins(resident)
    time.advance(DAY)
    await ticks(bot, resident)
    before = resident.screen
    time.advance(DAY)  # Valombre keeps drafts for two days
    assert await ticks(bot, resident) == 1
    assert resident.screen == before
    await resident.says("Maison communale")
    assert "De quoi s’agit-il ?" not in resident.screen
    resident.sees("Je n’ai pas compris")


async def test_who_said_stop_is_not_reminded(resident: Person, bot: WholeBot, time: Time) -> None:
    await resident.says("/stop")
    await begins(resident)
    time.advance(DAY)
    await ticks(bot, resident)
    assert REMINDER not in resident.screen


async def test_a_reminder_due_while_the_bot_was_down_comes_once_it_is_back(
    resident: Person, bot: WholeBot, time: Time
) -> None:
    await begins(resident)
    await bot.close()
    time.advance(DAY + HOUR)
    await bot.open()
    assert await ticks(bot, resident) == 1
    resident.sees(REMINDER)
