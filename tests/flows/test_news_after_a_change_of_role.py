"""What was written under a role that changed: taken back where the new one does not reach, else under the new one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.news.model import State
from bot.people.model import Role
from bot.people.staff import rights_of
from bot.storage.work import Work
from flows.staff_changes import Ended, Wanted, change_and_tell, revoke_and_tell
from tests.flows.test_news_of_those_who_leave import sends_anew
from tests.kit.clock import Time
from tests.kit.newsroom import acts, item_of, ref_on, runs, runs_of, says_what, sends, writes
from tests.kit.residents import House, Resident
from tests.kit.staff import a_member, a_reader, give_role, number_of


@pytest.fixture
async def anne(house: House) -> Resident:
    return await a_member(house, quartiers=[1])


@pytest.fixture(autouse=True)
async def readers(house: House) -> list[Resident]:
    return [await a_reader(house, ["works"], [1]) for _reader in range(2)]


async def of_theirs(house: House, who: Resident, deed: Callable[[Work, int], Ended], *, role: Role) -> Ended:
    """Something done by the operator to one of somebody's roles."""

    def find(work: Work) -> Ended:
        held = rights_of(work, number_of(work, who.external)).posts
        return deed(work, next(post.id for post in held if post.role is role))

    return await house.desk.run(find)


async def changed(house: House, who: Resident, wanted: Wanted, *, role: Role = Role.CONSEILLER) -> Ended:
    city = house.stage.city
    return await of_theirs(house, who, lambda work, number: change_and_tell(work, city, number, wanted), role=role)


def signed(house: House, ref: str) -> tuple[str, str]:
    item = item_of(house, ref)
    return item.author_name, item.author_role


async def test_what_the_new_role_does_not_reach_is_taken_back_and_its_author_is_told(
    house: House, anne: Resident
) -> None:
    ref = await sends(anne)
    assert (await changed(house, anne, Wanted(quartiers=(2,)))).withdrawn == 1
    assert (item_of(house, ref).state, runs_of(house, ref)) == (State.WITHDRAWN, [("send", "stopped")])
    assert acts(house, ref)[-1] == "news.author_left"
    await house.carry_due()
    assert "1 de vos actualités n’était pas partie : elle est annulée." in anne.messages[-1].text


async def test_the_admin_reads_what_went_with_the_old_role(house: House, anne: Resident) -> None:
    admin = await a_member(house, Role.ADMIN, "Karim Benali")
    ref = await sends(anne)
    await admin.says("/equipe")
    await admin.taps("Anne Martin")
    await admin.taps("Changer ses quartiers")
    await admin.taps("La Scierie")
    await admin.taps("Terminé")
    await admin.taps("Enregistrer")
    assert "1 actualité de cette personne n’était pas partie : elle est annulée." in admin.screen
    assert item_of(house, ref).state is State.WITHDRAWN


async def test_what_it_reaches_leaves_under_the_new_role_and_name(house: House, anne: Resident, time: Time) -> None:
    ref = await sends(anne)
    assert signed(house, ref) == ("Anne Martin", "conseil de quartier Le Bourg")
    assert (await changed(house, anne, Wanted(role=Role.AGENT, unit="Voirie"))).withdrawn == 0
    assert signed(house, ref) == ("Anne Martin", "Voirie")
    await changed(house, anne, Wanted(name="Anne Duval"), role=Role.AGENT)
    assert signed(house, ref) == ("Anne Duval", "Voirie")
    assert (item_of(house, ref).state, runs_of(house, ref)) == (State.PLANNED, [("send", "planned")])
    assert acts(house, ref)[-2:] == ["news.sign", "news.sign"]


async def test_what_has_left_keeps_the_name_it_was_received_with(
    house: House, anne: Resident, readers: list[Resident], time: Time
) -> None:
    gone = await sends(anne)
    time.advance(timedelta(seconds=30))
    begun = await sends_anew(anne)  # its hour has not come here: another process, whose clock is ahead, has begun
    await runs(house, begun, readers, sent=1)
    time.advance(timedelta(seconds=31))
    before = signed(house, gone)
    await changed(house, anne, Wanted(role=Role.AGENT, unit="Voirie", name="Anne Duval"))
    assert signed(house, gone) == signed(house, begun) == before


async def test_an_approval_stands_and_a_review_need_not_begin_again(house: House, anne: Resident) -> None:
    await a_reader(house, ["works"], [1])  # the third: a second person reads it
    omar = await a_member(house, Role.MODERATOR, "Omar Benali")
    ref = await sends(anne)
    await house.tick()
    await changed(house, anne, Wanted(name="Anne Duval"))
    await omar.presses(f"l.na_{ref}_1")
    assert (item_of(house, ref).state, signed(house, ref)[0]) == (State.PLANNED, "Anne Duval")
    await changed(house, anne, Wanted(name="Anne Martin"))
    assert (item_of(house, ref).state, signed(house, ref)[0]) == (State.PLANNED, "Anne Martin")


async def test_a_series_goes_on_under_the_new_name(house: House, anne: Resident) -> None:
    await writes(anne)
    await anne.taps("Oui, choisir quand")
    await anne.taps("Régulièrement")
    for said in ("lundi", "chaque premier lundi du mois", "18h30", "Envoyer le même texte"):
        await anne.says(said)
    await anne.taps("C’est bien")
    ref = ref_on(anne)
    await changed(house, anne, Wanted(name="Anne Duval"))
    assert (item_of(house, ref).recurrence is not None, signed(house, ref)[0]) == (True, "Anne Duval")


async def test_a_role_revoked_beside_another_that_reaches_leaves_it_to_that_one(house: House, anne: Resident) -> None:
    def also_an_agent(work: Work) -> None:
        give_role(work, number_of(work, anne.external), Role.AGENT, "Anne Martin", unit="Voirie")

    await house.desk.run(also_an_agent)
    await anne.says("/diffuser")
    await anne.says("/annuler")
    ref = await _sends_to(anne, "Le Bourg")
    assert signed(house, ref)[1] == "conseil de quartier Le Bourg"
    city = house.stage.city
    await of_theirs(house, anne, lambda work, number: revoke_and_tell(work, city, number), role=Role.CONSEILLER)
    assert (item_of(house, ref).state, signed(house, ref)[1]) == (State.PLANNED, "Voirie")


async def _sends_to(author: Resident, quartier: str) -> str:
    await author.says("/diffuser")
    await author.taps("Certains quartiers")
    await author.taps(quartier)
    await author.taps("Terminé")
    await says_what(author)
    await author.taps("Oui, choisir quand")
    await author.taps("Maintenant")
    return ref_on(author)
