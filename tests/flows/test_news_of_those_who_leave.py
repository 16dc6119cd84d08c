"""Whoever has no role any more speaks to nobody in the town's name: what they had planned does not leave."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.news.model import State
from bot.people.forget import forget
from bot.people.staff import Role, staff
from bot.storage.work import Work
from flows.news_acts import withdraw_of_author
from tests.kit.clock import Time
from tests.kit.newsroom import acts, item_of, ref_on, runs, runs_of, says_what, sends
from tests.kit.residents import House, Resident
from tests.kit.staff import a_member, a_reader, number_of, take_roles


@pytest.fixture
async def anne(house: House) -> Resident:
    return await a_member(house, quartiers=[1])


@pytest.fixture
async def readers(house: House) -> list[Resident]:
    return [await a_reader(house, ["works"], [1]) for _reader in range(2)]


async def leaves(house: House, who: Resident, by: Resident | None = None) -> int:
    """As a role ends; gives how many items went with it."""

    def end(work: Work) -> int:
        number = number_of(work, who.external)
        take_roles(work, number)
        return withdraw_of_author(work, number, number_of(work, by.external) if by else None)

    return await house.desk.run(end)


async def test_what_was_planned_does_not_leave(house: House, anne: Resident, readers: list[Resident]) -> None:
    ref = await sends(anne)
    assert await leaves(house, anne) == 1
    assert (item_of(house, ref).state, runs_of(house, ref)) == (State.WITHDRAWN, [("send", "stopped")])
    assert acts(house, ref)[-1] == "news.author_left"
    assert await leaves(house, anne) == 0


async def test_what_has_left_or_is_on_its_way_stays(
    house: House, anne: Resident, readers: list[Resident], time: Time
) -> None:
    ref = await sends(anne)
    ahead = await sends_anew(anne)
    time.advance(timedelta(seconds=30))
    later = await sends_anew(anne)
    time.advance(timedelta(seconds=40))  # the first have left, the third has not
    await runs(house, ahead, readers, sent=1)
    assert await leaves(house, anne) == 1
    assert [item_of(house, one).state for one in (ref, ahead, later)] == [
        State.PLANNED,
        State.PLANNED,
        State.WITHDRAWN,
    ]


async def sends_anew(author: Resident) -> str:
    """The same again, for somebody who has items to look at."""
    await author.says("/diffuser")
    await author.taps("Nouvelle actualité")
    await says_what(author)
    await author.taps("Oui, choisir quand")
    await author.taps("Maintenant")
    return ref_on(author)


async def test_what_waits_for_a_second_person_is_withdrawn_and_they_are_told(
    house: House, anne: Resident, readers: list[Resident]
) -> None:
    await a_reader(house, ["works"], [1])  # the third: a second person reads it
    omar = await a_member(house, Role.MODERATOR, "Omar Benali")
    ref = await sends(anne)
    await house.tick()
    assert await leaves(house, anne, by=omar) == 1
    await house.tick()
    assert omar.messages[-1].text == f"La relecture de l’actualité {ref} est faite."
    await omar.presses(f"l.na_{ref}_1")
    assert "C’est déjà fait" in omar.screen
    assert runs_of(house, ref) == []


async def test_what_another_role_of_theirs_reaches_stays(house: House, anne: Resident, readers: list[Resident]) -> None:
    ref = await sends(anne)

    def change(work: Work, quartiers: str) -> int:
        number = number_of(work, anne.external)
        work.connection.execute(update(staff).where(staff.c.resident_id == number).values(quartiers=quartiers))
        return withdraw_of_author(work, number)

    assert await house.desk.run(lambda work: change(work, "[1, 2]")) == 0
    assert item_of(house, ref).state is State.PLANNED
    assert await house.desk.run(lambda work: change(work, "[2]")) == 1
    assert item_of(house, ref).state is State.WITHDRAWN


async def test_before_somebody_is_erased_all_of_it_is_taken_back(
    house: House, anne: Resident, readers: list[Resident]
) -> None:
    ref = await sends(anne)

    def erase(work: Work) -> int:
        number = number_of(work, anne.external)
        count = withdraw_of_author(work, number, erased=True)
        forget(work, number)
        return count

    assert await house.desk.run(erase) == 1
    assert (item_of(house, ref).state, runs_of(house, ref)) == (State.WITHDRAWN, [("send", "stopped")])


async def test_the_admin_who_ends_a_role_hears_what_went_with_it(
    house: House, anne: Resident, readers: list[Resident]
) -> None:
    admin = await a_member(house, Role.ADMIN, "Karim Benali")
    ref = await sends(anne)
    await admin.says("/equipe")
    await admin.taps("Anne Martin")
    await admin.taps("Retirer ce rôle")
    await admin.taps("Oui, retirer")
    assert "1 actualité de cette personne n’était pas partie : elle est annulée." in admin.screen
    assert (item_of(house, ref).state, runs_of(house, ref)) == (State.WITHDRAWN, [("send", "stopped")])


async def test_who_asks_to_be_erased_has_nothing_more_sent(
    house: House, anne: Resident, readers: list[Resident]
) -> None:
    ref = await sends(anne)
    await anne.says("/reglages")
    await anne.taps("Effacer mes données")
    await anne.taps("Oui, tout effacer")
    found = item_of(house, ref)
    assert (found.state, found.author_name, runs_of(house, ref)) == (State.WITHDRAWN, "", [("send", "stopped")])
