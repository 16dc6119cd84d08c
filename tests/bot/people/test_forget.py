"""Somebody asks to be erased: nothing in any table says that they were here, and their report stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.news.model import Item
from bot.news.store import item_by_id
from bot.people.forget import forget_inactive
from bot.people.model import Role
from bot.people.store import address
from bot.reports.store import by_ref, report
from bot.storage.tables import metadata
from bot.storage.work import Work
from tests.kit.news_items import put_item
from tests.kit.residents import CHANNEL, House, Resident
from tests.kit.staff import a_member, number_of

SECRET = "42424242"
"""How the channel calls them."""


@pytest.fixture
def resident(house: House) -> Resident:
    return house.resident(external=SECRET)


def everything(house: House, *besides: str) -> dict[str, str]:
    """What each table holds, as text."""
    with house.desk.reading() as work:
        return {
            table.name: "\n".join(str(tuple(row)) for row in work.connection.execute(select(table)))
            for table in metadata.sorted_tables
            if table.name not in besides
        }


async def reports_a_footbridge(resident: Resident) -> None:
    await resident.says("/signaler")
    await resident.sends("a.jpg")
    await resident.shares(46.51, 7.43)
    await resident.taps("Passerelle abîmée")
    await resident.says("la planche du milieu")
    await resident.taps("Envoyer")


async def test_nothing_is_left_of_who_asked_to_be_erased(resident: Resident, house: House) -> None:
    await reports_a_footbridge(resident)
    await resident.says("/signaler")
    await resident.says("un brouillon très personnel")
    aside = resident.does("text", text="des mots très personnels")
    await house.reception._take_failed(aside, RuntimeError("a mistake of ours"))
    with house.desk.reading() as work:
        query = select(address.c.id, address.c.resident_id).where(address.c.channel == CHANNEL)
        numbers = [str(number) for number in work.connection.execute(query).one()]
        ref = work.connection.execute(select(report.c.ref)).scalar_one()
    before = everything(house)
    assert any(SECRET in held for held in before.values())
    await resident.says("/reglages")
    await resident.taps("Effacer mes données")
    await resident.taps("Oui, tout effacer")
    assert "C’est effacé." in resident.screen
    for name, held in everything(house).items():
        for trace in (SECRET, *numbers, "personnel"):
            assert trace not in held, f"{trace} is still in {name}"
    with house.desk.reading() as work:
        kept = by_ref(work, ref)
    assert kept is not None
    assert (kept.words, kept.followers, kept.pictures) == ("la planche du milieu", 0, ("a.jpg",))


async def test_the_others_are_not_touched(resident: Resident, house: House) -> None:
    other = house.resident()
    await reports_a_footbridge(other)
    await other.says("/signaler")
    await other.says("passer")
    await house.reception._take_failed(other.does("text", text="à moi"), RuntimeError("a mistake of ours"))
    await resident.says("/reglages")
    before = everything(house)
    await resident.taps("Effacer mes données")
    await resident.taps("Oui, tout effacer")
    assert [name for name in ("report", "follower", "set_aside") if before[name] != everything(house)[name]] == []
    assert other.answers == {"photos": None}


async def test_who_comes_back_is_somebody_new(resident: Resident) -> None:
    await reports_a_footbridge(resident)
    await resident.says("/reglages")
    await resident.taps("Effacer mes données")
    await resident.taps("Oui, tout effacer")
    await resident.says("/suivi")
    assert "Vous ne suivez encore aucun signalement." in resident.screen


async def test_no_is_no(resident: Resident) -> None:
    await reports_a_footbridge(resident)
    await resident.says("/reglages")
    await resident.taps("Effacer mes données")
    await resident.taps("Non, garder")
    assert "Rien n’est effacé." in resident.screen
    await resident.says("/suivi")
    assert "Voici vos signalements." in resident.screen


async def test_somebody_who_has_not_been_heard_of_for_too_long_is_forgotten(house: House) -> None:
    gone, here = house.resident(), house.resident()
    await gone.says("bonjour")
    await here.says("bonjour")
    house.time.advance(timedelta(days=300))
    await here.says("bonjour")
    house.time.advance(timedelta(days=300))
    before = house.time.now() - timedelta(days=400)
    assert await house.desk.run(lambda work: forget_inactive(work, before)) == 1
    with house.desk.reading() as work:
        left = work.connection.scalars(select(address.c.external).where(address.c.channel == CHANNEL)).all()
    assert left == [here.external]


async def test_the_names_of_staff_go_from_the_news_they_wrote_and_approved(house: House) -> None:
    anne = await a_member(house, Role.AGENT, "Anne Martin", unit="Voirie")
    omar = await a_member(house, Role.MODERATOR, "Omar Benali")

    def put(work: Work) -> list[Item]:
        writes, approves = number_of(work, anne.external), number_of(work, omar.external)
        said = {"author_id": writes, "author_role": "Voirie", "approver_id": approves, "approver_name": "Omar Benali"}
        return [put_item(work, **said), put_item(work, author_name="Nour Haddad")]

    theirs, other = await house.desk.run(put)

    async def named_after(who: Resident) -> list[tuple[str, str, str]]:
        await who.says("/reglages")
        await who.taps("Effacer mes données")
        await who.taps("Oui, tout effacer")
        with house.desk.reading() as work:
            found = [item for one in (theirs, other) if (item := item_by_id(work, one.id))]
        return [(item.author_name, item.author_role, item.approver_name) for item in found]

    untouched = ("Nour Haddad", "conseillère du quartier", "")
    assert await named_after(omar) == [("Anne Martin", "Voirie", ""), untouched]
    assert await named_after(anne) == [("", "Voirie", ""), untouched]
    for name, held in everything(house).items():
        assert "Anne Martin" not in held, f"the name is still in {name}"
