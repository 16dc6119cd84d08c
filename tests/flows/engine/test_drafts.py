"""Conversations that wait: kept for days, recalled once at a decent hour, parked behind another, forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.city.model import City
from bot.storage.work import Desk
from flows.engine.flow import Flows
from flows.engine.scene import Stage
from flows.subjects import all_flows
from tests.kit.clock import Time
from tests.kit.residents import House, Resident
from tests.kit.samples import asking, garden_flow, only

DAY = timedelta(days=1)
A_BIT = timedelta(minutes=1)


@pytest.fixture
def flows() -> Flows:
    return only(
        garden_flow(asking(("one", "Un ?"), ("two", "Deux ?")), "two", ("deux",), "Compter", links=("two",)),
        garden_flow(asking(("tea", "Quel thé ?"), ("cup", "Quelle tasse ?")), "tea", ("the",), "", links=("tea",)),
        garden_flow(asking(("far", "Loin ?"), ("near", "Près ?")), "far", ("loin",), "Marcher", links=("far",)),
        garden_flow(asking(("x", "Xylophone ?"), ("y", "Yourte ?")), "music", ("musique",), "Jouer", links=("m",)),
        garden_flow(asking(("a", "Arbre ?"), ("b", "Bosquet ?")), "trees", ("arbres",), "Planter", links=("p",)),
    )


async def test_a_draft_is_kept_as_long_as_the_town_says(resident: Resident, house: House, time: Time) -> None:
    await resident.says("/deux")
    await resident.says("rouge")
    time.advance(2 * DAY - A_BIT)  # Valombre keeps drafts for two days
    await house.tick()
    assert resident.answers == {"one": "rouge"}
    await resident.says("vert")
    assert "one=rouge, two=vert" in resident.screen


async def test_a_draft_that_waited_too_long_is_forgotten_without_a_word(
    resident: Resident, house: House, time: Time
) -> None:
    await resident.says("/deux")
    await resident.says("rouge")
    said = len(resident.messages)
    time.advance(2 * DAY + A_BIT)
    await house.tick()
    assert resident.conversation.talks == []
    assert len(resident.messages) == said
    await resident.says("vert")
    assert "Je n’ai pas compris" in resident.screen


async def test_a_draft_is_recalled_once_after_a_day(resident: Resident, house: House, time: Time) -> None:
    await resident.says("/deux")
    await resident.says("rouge")
    time.advance(DAY - A_BIT)
    await house.tick()
    assert "commencé" not in resident.messages[-1].text
    time.advance(2 * A_BIT)
    await house.tick()
    assert "Vous aviez commencé : Compter." in resident.messages[-1].text
    assert "encore 1 jour" in resident.messages[-1].text
    assert "Deux ?" in resident.messages[-1].text
    said = len(resident.messages)
    time.advance(timedelta(hours=20))
    await house.tick()
    assert len(resident.messages) == said


async def test_a_reminder_does_not_make_the_draft_younger(resident: Resident, house: House, time: Time) -> None:
    await resident.says("/deux")
    await resident.says("rouge")
    time.advance(DAY + A_BIT)
    await house.tick()
    time.advance(DAY)
    await house.tick()
    assert resident.conversation.talks == []


async def test_the_question_of_a_reminder_can_be_answered(resident: Resident, house: House, time: Time) -> None:
    await resident.says("/deux")
    await resident.says("rouge")
    time.advance(DAY + A_BIT)
    await house.tick()
    await resident.says("vert")
    assert "one=rouge, two=vert" in resident.screen


async def test_a_flow_without_a_name_in_the_menu_is_recalled_without_one(
    resident: Resident, house: House, time: Time
) -> None:
    await resident.says("/the")
    await resident.says("vert")
    time.advance(DAY + A_BIT)
    await house.tick()
    assert "commencé : ." not in resident.messages[-1].text
    assert "Quelle tasse ?" in resident.messages[-1].text


async def test_a_question_nobody_answered_is_not_recalled(resident: Resident, house: House, time: Time) -> None:
    await resident.says("/deux")
    said = len(resident.messages)
    time.advance(DAY + A_BIT)
    await house.tick()
    assert len(resident.messages) == said


async def test_an_answer_meanwhile_puts_the_reminder_off(resident: Resident, house: House, time: Time) -> None:
    await resident.says("/the")
    await resident.says("vert")
    time.advance(timedelta(hours=23))
    await resident.says("retour")
    await resident.says("noir")
    said = len(resident.messages)
    time.advance(timedelta(hours=2))
    await house.tick()
    assert len(resident.messages) == said
    time.advance(timedelta(hours=22))
    await house.tick()
    assert len(resident.messages) == said + 1


async def test_a_draft_of_the_evening_is_recalled_in_the_morning(house: House, time: Time, valombre: City) -> None:
    resident = house.resident()
    time.advance(datetime(2026, 11, 23, 22, 0, tzinfo=UTC) - time.now())  # 23 h in Valombre
    await resident.says("/deux")
    await resident.says("rouge")
    time.advance(DAY + A_BIT)
    said = len(resident.messages)
    await house.tick()
    assert len(resident.messages) == said
    time.advance(timedelta(hours=8))
    await house.tick()
    assert len(resident.messages) == said + 1


async def test_a_reminder_decided_at_night_is_not_sent_once_the_talk_is_over(house: House, time: Time) -> None:
    resident = house.resident()
    time.advance(datetime(2026, 11, 23, 22, 0, tzinfo=UTC) - time.now())
    await resident.says("/deux")
    await resident.says("rouge")
    time.advance(DAY + A_BIT)
    await house.tick()
    await resident.says("vert")
    said = len(resident.messages)
    time.advance(timedelta(hours=9))
    await house.tick()
    assert len(resident.messages) == said


async def test_somebody_who_left_is_not_recalled(resident: Resident, house: House, time: Time) -> None:
    await resident.says("/deux")
    await resident.says("rouge")
    await resident.leaves()
    said = len(resident.messages)
    time.advance(DAY + A_BIT)
    await house.tick()
    assert len(resident.messages) == said


async def test_the_second_draft_is_recalled_like_the_first(resident: Resident, house: House, time: Time) -> None:
    """The clock's call has an identity of its own; that of an earlier draft must not swallow it."""
    for _draft in range(3):
        await resident.says("/deux")
        await resident.says("rouge")
        time.advance(DAY + A_BIT)
        await house.tick()
        assert "Vous aviez commencé" in resident.messages[-1].text
        await resident.says("vert")
        time.advance(DAY + A_BIT)
        await house.tick()


async def test_a_call_of_the_clock_that_comes_late_changes_nothing(
    resident: Resident, house: House, time: Time
) -> None:
    await resident.says("/deux")
    await resident.says("rouge")
    version = resident.conversation.version
    time.advance(timedelta(hours=30))
    await resident.says("aide")
    for kind in ("nudge", "expired"):
        await house.take(resident.does(kind, payload=str(version)))
    assert resident.answers == {"one": "rouge"}
    time.advance(2 * DAY - A_BIT)
    await house.tick()
    assert resident.answers == {"one": "rouge"}


# Several talks


async def test_a_talk_waits_behind_another_and_comes_back(resident: Resident) -> None:
    await resident.says("/deux")
    await resident.says("rouge")
    await resident.says("/the")
    assert "Quel thé ?" in resident.screen
    await resident.says("vert")
    await resident.says("bleue")
    assert "tea=vert, cup=bleue" in resident.screen
    assert "Reprenons où nous en étions." in resident.screen
    assert "Deux ?" in resident.screen
    await resident.says("noir")
    assert "one=rouge, two=noir" in resident.screen


async def test_cancelling_the_open_talk_brings_back_the_one_behind(resident: Resident) -> None:
    await resident.says("/deux")
    await resident.says("rouge")
    await resident.says("/the")
    await resident.says("annuler")
    assert "Deux ?" in resident.screen


async def test_the_same_flow_begun_twice_is_offered_again(resident: Resident) -> None:
    await resident.says("/deux")
    await resident.says("rouge")
    await resident.says("/deux")
    assert "Vous avez déjà commencé : Compter. On continue ?" in resident.screen
    await resident.taps("Continuer")
    assert "Deux ?" in resident.screen
    await resident.says("vert")
    assert "one=rouge, two=vert" in resident.screen


async def test_a_flow_begun_can_be_begun_again(resident: Resident) -> None:
    await resident.says("/deux")
    await resident.says("rouge")
    await resident.says("/deux")
    await resident.says("2")
    assert "Un ?" in resident.screen
    assert resident.answers == {}
    assert len(resident.conversation.talks) == 1


async def test_no_more_than_a_few_talks_wait(resident: Resident) -> None:
    for word in ("/deux", "/the", "/loin", "/musique", "/arbres"):
        await resident.says(word)
        await resident.says("oui")
    assert [talk.flow for talk in resident.conversation.talks] == ["tea", "far", "music", "trees"]


async def test_nothing_is_resumed_once_everything_is_erased(house: House, valombre: City, time: Time) -> None:
    async with House(house.desk, Stage(all_flows(), valombre, str), time) as whole:
        resident = whole.resident(external="leaving")
        await resident.says("/signaler")
        await resident.sends("a.jpg")
        await resident.says("/reglages")
        await resident.taps("Effacer mes données")
        await resident.taps("Oui, tout effacer")
        assert "C’est effacé." in resident.screen
        assert "Reprenons" not in resident.screen
        assert resident.conversation.talks == []


async def test_a_reminder_says_how_long_this_draft_is_kept(desk: Desk, valombre: City, time: Time) -> None:
    longer = garden_flow(asking(("one", "Un ?"), ("two", "Deux ?")), kept_for=14 * DAY)
    stage = Stage(only(longer), valombre, lambda path: path)
    async with House(desk, stage, time) as house:
        resident = house.resident()
        await resident.says("/jardin")
        await resident.says("rouge")
        time.advance(DAY)
        await house.tick()
        assert "Vos réponses sont gardées encore 13 jours." in resident.messages[-1].text
