"""The admin changes what somebody is in the team: shown, asked again where it counts, told, noted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.people.audit import acts
from bot.people.model import Role
from bot.people.staff import staff_members
from bot.people.store import resident as residents
from bot.people.team import change
from tests.flows.test_the_team import MENU, refusals, revoked, team_of
from tests.kit.residents import House, Resident
from tests.kit.staff import a_member, number_of
from tests.kit.team import joins


@pytest.fixture
async def admin(house: House) -> Resident:
    karim = house.resident()
    await joins(house, karim, Role.ADMIN, name="Karim Benali")
    return karim


@pytest.fixture
async def anne(house: House, resident: Resident) -> Resident:
    await joins(house, resident, Role.CONSEILLER, [1])
    return resident


async def opens(admin: Resident, name: str, wish: str) -> None:
    await admin.says("/equipe")
    await admin.taps(name)
    await admin.taps(wish)


async def told(house: House, who: Resident) -> str:
    await house.carry_due()
    return who.messages[-1].text


def changes(house: House) -> list[str]:
    with house.desk.reading() as work:
        return [one.detail for one in acts(work) if one.act == "staff.change"]


# Each thing that can be changed


async def test_a_conseiller_becomes_an_agent_and_knows_it(house: House, admin: Resident, anne: Resident) -> None:
    await opens(admin, "Anne Martin", "Changer son rôle")
    assert "Conseil de quartier" not in [row[0].label for row in admin.messages[-1].buttons]
    await admin.taps("Service de la ville")
    assert "Quel service désormais ?" in admin.screen
    await admin.says("Voirie")
    review = admin.messages[-1]
    assert [(fact.name, fact.value) for fact in review.facts] == [
        ("Personne", "Anne Martin"),
        ("Actuellement", "Conseil de quartier : Le Bourg"),
        ("Nouveau rôle", "Service de la ville"),
        ("Service", "Voirie"),
    ]
    assert team_of(house)[1] == "Anne Martin conseiller [1]"
    await admin.taps("Enregistrer")
    assert "C’est changé.\nAnne Martin · Service de la ville : Voirie" in admin.screen
    assert await told(house, anne) == (
        "Votre rôle dans l’équipe a changé.\n"
        "Avant : Conseil de quartier : Le Bourg\n"
        "Maintenant : Service de la ville : Voirie\n\n"
        "Vous écrivez aux habitants au nom de votre service."
    )
    assert changes(house) == [
        '{"before":{"role":"conseiller","quartiers":[1],"unit":""},"after":{"role":"agent","quartiers":[],"unit":"Voirie"}}'
    ]
    await anne.says("/equipe")
    assert "• Service de la ville : Voirie" in anne.screen


async def test_a_moderator_becomes_a_conseiller_of_quartiers(house: House, admin: Resident, resident: Resident) -> None:
    await joins(house, resident, Role.MODERATOR)
    await opens(admin, "Anne Martin", "Changer son rôle")
    await admin.taps("Conseil de quartier")
    await admin.taps("La Scierie")
    await admin.taps("Le Bourg")
    await admin.taps("Terminé")
    await admin.taps("Changer une réponse")
    await admin.taps("Nouveau rôle")
    await admin.taps("Administration")
    assert "Quartiers" not in [fact.name for fact in admin.messages[-1].facts]
    await admin.taps("Enregistrer")
    assert team_of(house) == ["Karim Benali admin []", "Anne Martin admin []"]
    await resident.says("/equipe")
    assert "Inviter quelqu’un" in resident.screen


async def test_a_service_and_a_name_are_changed(house: House, admin: Resident, resident: Resident) -> None:
    await joins(house, resident, Role.AGENT)
    await opens(admin, "Anne Martin", "Changer son service")
    await admin.says("Espaces verts")
    await admin.taps("Enregistrer")
    assert "Anne Martin · Service de la ville : Espaces verts" in admin.screen
    await opens(admin, "Anne Martin", "Changer son nom public")
    await admin.says("Anne  Duval")
    await admin.taps("Enregistrer")
    assert team_of(house)[1] == "Anne Duval agent []"
    assert await told(house, resident) == "Les habitants vous verront désormais sous ce nom : Anne Duval."


async def test_they_are_told_in_their_language_and_at_a_decent_hour(house: House, admin: Resident) -> None:
    rui = await a_member(house, Role.MODERATOR, "Rui Costa")
    chosen = update(residents).where(residents.c.id == await house.desk.run(lambda work: number_of(work, rui.external)))
    await house.desk.run(lambda work: work.connection.execute(chosen.values(language="pt")))
    while not house.stage.city.quiet_until(house.time.now()):
        house.time.advance(timedelta(hours=1))
    await opens(admin, "Rui Costa", "Changer son rôle")
    await admin.taps("Administration")
    await admin.taps("Enregistrer")
    before = len(rui.messages)
    await house.carry_due()
    assert len(rui.messages) == before
    house.time.advance(timedelta(hours=12))
    assert (await told(house, rui)).startswith("A sua função na equipa mudou.")


async def test_nothing_is_changed_before_it_was_reviewed(house: House, admin: Resident, anne: Resident) -> None:
    await opens(admin, "Anne Martin", "Changer son nom public")
    await admin.says("Anne Duval")
    await admin.taps("Abandonner")
    await opens(admin, "Anne Martin", "Changer ses quartiers")
    await admin.taps("Le Bourg")
    await admin.taps("Terminé")
    await admin.taps("Enregistrer")
    assert "C’est déjà ainsi : rien n’est changé." in admin.screen
    assert (team_of(house)[1], changes(house)) == ("Anne Martin conseiller [1]", [])


async def test_one_has_no_role_twice(house: House, admin: Resident, anne: Resident) -> None:
    await joins(house, anne, Role.AGENT, unit="Voirie")
    await opens(admin, "Anne Martin · Conseil", "Changer son rôle")
    await admin.taps("Service de la ville")
    await admin.says("Voirie")
    await admin.taps("Enregistrer")
    assert "Cette personne a déjà ce rôle. Retirez plutôt" in admin.screen
    await opens(admin, "Anne Martin · Service", "Changer son rôle")
    assert [row[0].label for row in admin.messages[-1].buttons][:2] == ["Relecture", "Administration"]


# Their own role, and the last admin


async def test_the_last_admin_stays_one_and_hears_why(house: House, admin: Resident) -> None:
    await opens(admin, "Karim Benali", "Changer son rôle")
    assert "la dernière personne à l’administration" in admin.screen
    assert MENU in admin.screen
    await opens(admin, "Karim Benali", "Changer son nom public")
    await admin.says("Karim B.")
    await admin.taps("Enregistrer")
    assert team_of(house) == ["Karim B. admin []"]


async def test_an_admin_is_asked_once_more_about_their_own_role(
    house: House, admin: Resident, resident: Resident
) -> None:
    await joins(house, resident, Role.ADMIN)
    for answer, role in (("Non, garder", "admin"), ("Oui, changer", "moderator")):
        await opens(admin, "Karim Benali", "Changer son rôle")
        await admin.taps("Relecture")
        await admin.taps("Enregistrer")
        assert "vous ne pourrez plus inviter ni changer l’équipe" in admin.screen
        await admin.taps(answer)
        assert team_of(house)[0] == f"Karim Benali {role} []"
    assert MENU in admin.screen
    before = len(admin.messages)
    await house.carry_due()
    assert len(admin.messages) == before  # they did it themself
    await admin.says("/equipe")
    assert "Inviter quelqu’un" not in admin.screen


async def test_the_last_admin_by_the_time_they_say_yes_stays(house: House, admin: Resident, resident: Resident) -> None:
    await joins(house, resident, Role.ADMIN)
    await opens(admin, "Karim Benali", "Changer son rôle")
    await admin.taps("Relecture")
    await admin.taps("Enregistrer")
    await revoked(house, "Anne Martin")
    await admin.taps("Oui, changer")
    assert "la dernière personne à l’administration" in admin.screen
    assert team_of(house) == ["Karim Benali admin []"]


# Two at once


async def test_whoever_was_revoked_meanwhile_is_not_changed(house: House, admin: Resident, anne: Resident) -> None:
    await opens(admin, "Anne Martin", "Changer son rôle")
    await admin.taps("Relecture")
    await revoked(house, "Anne Martin")
    await admin.taps("Enregistrer")
    assert "Cette personne n’a plus ce rôle." in admin.screen
    assert changes(house) == []


async def test_what_another_admin_did_meanwhile_is_shown_first(house: House, admin: Resident, anne: Resident) -> None:
    with house.desk.reading() as work:
        number = staff_members(work)[1].id
    await opens(admin, "Anne Martin", "Changer ses quartiers")
    await admin.taps("La Scierie")
    await admin.taps("Terminé")
    await house.desk.run(lambda work: change(work, number, role=Role.MODERATOR))
    await admin.taps("Enregistrer")
    assert "Entre-temps, quelqu’un a changé ce rôle :\nAnne Martin · Relecture" in admin.screen
    assert team_of(house)[1] == "Anne Martin moderator []"
    await admin.taps("Le changer quand même")
    await admin.taps("Changer son rôle")
    await admin.taps("Conseil de quartier")
    await admin.taps("La Scierie")
    await admin.taps("Terminé")
    await admin.taps("Enregistrer")
    assert team_of(house)[1] == "Anne Martin conseiller [2]"


async def test_two_admins_press_at_the_same_instant(house: House, admin: Resident, anne: Resident) -> None:
    other = house.resident()
    await joins(house, other, Role.ADMIN, name="Nour Haddad")
    for one, role in ((admin, "Relecture"), (other, "Administration")):
        await opens(one, "Anne Martin", "Changer son rôle")
        await one.taps(role)
    await house.at_once([one.does("tap", payload=one.button("Enregistrer").data) for one in (admin, other)])
    assert "C’est changé." in admin.messages[-1].text
    assert "Entre-temps, quelqu’un a changé ce rôle" in other.messages[-1].text
    assert "Anne Martin moderator []" in team_of(house)


async def test_an_admin_lowered_in_the_middle_of_it_cannot_finish(
    house: House, admin: Resident, resident: Resident
) -> None:
    await joins(house, resident, Role.ADMIN)
    friend = house.resident()
    await joins(house, friend, Role.MODERATOR, name="Un Ami")
    await opens(resident, "Un Ami", "Changer son rôle")
    await resident.taps("Administration")
    await opens(admin, "Anne Martin", "Changer son rôle")
    await admin.taps("Relecture")
    await admin.taps("Enregistrer")
    await resident.taps("Enregistrer")
    assert "Seule l’administration de l’équipe" in resident.screen
    assert "Un Ami moderator []" in team_of(house)
    assert [one.about for one in refusals(house)] == ["team-member"]


# What is not theirs to do


@pytest.mark.parametrize("role", [Role.CONSEILLER, Role.AGENT, Role.MODERATOR])
async def test_nobody_but_an_admin_changes_a_role_by_a_forged_button(
    house: House, admin: Resident, resident: Resident, role: Role
) -> None:
    await joins(house, resident, role, [1] if role is Role.CONSEILLER else [])
    with house.desk.reading() as work:
        posts = staff_members(work)
    for post in posts:
        await resident.presses(f"l.em_{post.id}")
        assert "Seule l’administration de l’équipe" in resident.screen
        assert resident.conversation.open is None
    assert [one.about for one in refusals(house)] == ["team-member"] * len(posts)
    assert changes(house) == []


@pytest.mark.parametrize("data", ["l.em_", "l.em_x", "l.em_1", "l.em_99999999999999999999"])
async def test_a_button_that_leads_to_nobody_says_so(house: House, admin: Resident, data: str) -> None:
    await admin.presses(data)
    assert "Cette personne n’a plus ce rôle." in admin.screen
