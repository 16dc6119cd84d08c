"""The team in conversation: who joins, who invites and revokes, and who is told that it is not theirs to do."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from bot.people.audit import Act, acts
from bot.people.model import Role
from bot.people.staff import staff_members
from bot.people.team import revoke
from tests.kit.residents import House, Resident
from tests.kit.team import invited, joins

CODE = re.compile(r"\b(?:[2-9A-Z]{4}-){3}[2-9A-Z]{4}\b")
MENU = "L’équipe"


@pytest.fixture
async def admin(house: House) -> Resident:
    karim = house.resident()
    await joins(house, karim, Role.ADMIN, name="Karim Benali")
    return karim


def refusals(house: House) -> list[Act]:
    with house.desk.reading() as work:
        return [one for one in acts(work) if one.act == "refused"]


def team_of(house: House) -> list[str]:
    with house.desk.reading() as work:
        return [f"{post.name} {post.role} {list(post.quartiers)}" for post in staff_members(work)]


async def revoked(house: House, name: str) -> None:
    """The operator takes the roles of somebody away."""
    with house.desk.reading() as work:
        numbers = [post.id for post in staff_members(work) if post.name == name]
    for number in numbers:
        await house.desk.run(lambda work, number=number: revoke(work, number))


# Joining


async def test_a_code_opens_the_team_and_its_menu_at_once(house: House, resident: Resident) -> None:
    await resident.says("/start")
    assert MENU not in resident.screen
    code = await invited(house.desk, Role.CONSEILLER, [1])
    await resident.says(f"/equipe {code.lower()}")
    assert "Bienvenue, Anne Martin !" in resident.screen
    assert "Conseil de quartier : Le Bourg" in resident.screen
    assert MENU in resident.screen
    await resident.taps(MENU)
    assert "Vous faites partie de l’équipe de Valombre" in resident.screen
    assert "Inviter" not in resident.screen


async def test_the_link_of_an_invitation_does_the_same(house: House, resident: Resident) -> None:
    await resident.says(f"/start e_{await invited(house.desk, Role.MODERATOR)}")
    assert "Bienvenue, Anne Martin !" in resident.screen
    assert MENU in resident.screen


async def test_an_invitation_without_a_name_asks_for_it(house: House, resident: Resident) -> None:
    code = await invited(house.desk, Role.AGENT, name="", unit="Voirie")
    await resident.says(f"/equipe {code}")
    assert "Sous quel nom" in resident.screen
    assert team_of(house) == []
    await resident.says("Nour Haddad")
    assert "Bienvenue, Nour Haddad !" in resident.screen
    assert "Service de la ville : Voirie" in resident.screen


async def test_somebody_without_a_code_is_asked_for_it_kindly(house: House, resident: Resident) -> None:
    await resident.says("/equipe")
    assert "Tapez son code" in resident.screen
    await resident.says("je ne sais pas")
    assert "Je ne connais pas ce code." in resident.screen
    await resident.says("/equipe")
    await resident.says(await invited(house.desk, Role.ADMIN))
    assert "Bienvenue" in resident.screen
    assert refusals(house) == []


async def test_each_reason_why_a_code_is_not_taken_has_its_words(house: House, resident: Resident) -> None:
    used, old = [await invited(house.desk, Role.MODERATOR) for _one in range(2)]
    await house.resident().says(f"/equipe {used}")
    house.time.advance(timedelta(hours=48))
    for code, words in ((used, "a déjà servi"), (old, "n’est plus valable"), ("7K3F", "Je ne connais pas ce code")):
        await resident.says(f"/equipe {code}")
        assert words in resident.screen
        assert MENU not in resident.screen
    for _try in range(2):
        await resident.says("/equipe 7K3F")
    await resident.says(f"/equipe {await invited(house.desk, Role.MODERATOR)}")
    assert "Attendez une heure" in resident.screen


# The admin


async def test_the_admin_invites_from_the_chat_and_the_message_can_be_forwarded(
    house: House, admin: Resident, resident: Resident
) -> None:
    await admin.says("/equipe")
    await admin.taps("Inviter quelqu’un")
    await admin.taps("Conseil de quartier")
    await admin.taps("La Scierie")
    await admin.taps("Terminé")
    await admin.says("Anne Martin")
    assert "La Scierie" in admin.screen
    await admin.taps("Inviter")
    forwarded, last = admin.news
    assert "Bonjour Anne Martin !" in forwarded.text
    assert forwarded.buttons == ()
    assert "transmettez le message" in last.text
    (code,) = set(CODE.findall(forwarded.text))
    assert f"https://valombre.example/chat?start=e_{code}" in forwarded.text
    with house.desk.reading() as work:
        assert code not in str(admin.conversation)
        assert [(one.act, one.about) for one in acts(work, most=1)] == [("staff.invite", "conseiller")]
    await resident.says(f"/start e_{code}")
    assert "Conseil de quartier : La Scierie" in resident.screen
    assert team_of(house) == ["Karim Benali admin []", "Anne Martin conseiller [2]"]


async def test_an_agent_is_invited_with_a_service_and_may_give_their_own_name(house: House, admin: Resident) -> None:
    await admin.says("/equipe")
    await admin.taps("Inviter quelqu’un")
    await admin.taps("Service de la ville")
    await admin.says("Voirie")
    await admin.taps("Passer")
    await admin.taps("Inviter")
    assert "Service de la ville : Voirie" in admin.screen


async def test_the_admin_changes_and_revokes_and_the_person_is_told(
    house: House, admin: Resident, resident: Resident
) -> None:
    await joins(house, resident, Role.CONSEILLER, [1])
    await admin.says("/equipe")
    await admin.taps("Anne Martin")
    await admin.taps("Changer ses quartiers")
    await admin.taps("La Scierie")
    await admin.taps("Terminé")
    await admin.taps("Enregistrer")
    assert "Anne Martin · Conseil de quartier : La Scierie" in admin.screen
    await house.carry_due()
    assert "Votre rôle dans l’équipe a changé." in resident.messages[-1].text
    await admin.says("/equipe")
    await admin.taps("Anne Martin")
    await admin.taps("Retirer ce rôle")
    await admin.taps("Non, garder")
    assert len(team_of(house)) == 2
    await admin.says("/equipe")
    await admin.taps("Anne Martin")
    await admin.taps("Retirer ce rôle")
    await admin.taps("Oui, retirer")
    assert team_of(house) == ["Karim Benali admin []"]
    await house.carry_due()
    assert "Vous n’avez plus ce rôle" in resident.messages[-1].text
    await resident.says("/start")
    assert MENU not in resident.screen


async def test_who_wants_no_messages_is_not_told(house: House, admin: Resident, resident: Resident) -> None:
    await joins(house, resident, Role.CONSEILLER, [1])
    await resident.says("/stop")
    before = len(resident.messages)
    await admin.says("/equipe")
    await admin.taps("Anne Martin")
    await admin.taps("Retirer ce rôle")
    await admin.taps("Oui, retirer")
    await house.carry_due()
    assert len(resident.messages) == before


async def test_the_last_admin_is_told_why_they_stay_and_may_go_once_there_is_another(
    house: House, admin: Resident, resident: Resident
) -> None:
    await admin.says("/equipe")
    await admin.taps("Karim Benali")
    await admin.taps("Retirer ce rôle")
    assert "la dernière personne à l’administration" in admin.screen
    await joins(house, resident, Role.ADMIN)
    await admin.says("/equipe")
    await admin.taps("Karim Benali")
    await admin.taps("Retirer ce rôle")
    await admin.taps("Oui, retirer")
    assert "C’est fait" in admin.screen
    assert MENU not in admin.screen
    assert team_of(house) == ["Anne Martin admin []"]


# Invitations that nobody has taken yet


async def invites(admin: Resident, name: str = "Un Ami") -> str:
    """Somebody is invited to approve what others write; gives the code."""
    await admin.presses("f.team-invite")
    await admin.taps("Relecture")
    await admin.says(name)
    await admin.taps("Inviter")
    (code,) = set(CODE.findall(admin.screen))
    return code


async def test_an_invitation_is_listed_without_its_code_and_can_be_cancelled(
    house: House, admin: Resident, resident: Resident
) -> None:
    code = await invites(admin)
    await admin.says("/equipe")
    assert "✉ Un Ami · Relecture" in admin.screen
    assert "Touchez une invitation" in admin.screen
    assert code not in admin.screen
    await admin.taps("✉ Un Ami")
    assert "Annuler cette invitation ?" in admin.screen
    await admin.taps("Non, garder")
    await admin.says("/equipe")
    await admin.taps("✉ Un Ami")
    await admin.taps("Oui, annuler")
    assert "C’est fait : ✉ Un Ami · Relecture ✕" in admin.screen
    with house.desk.reading() as work:
        assert acts(work, most=1)[0].act == "staff.cancel"
    await admin.says("/equipe")
    assert "✉" not in admin.screen
    await resident.says(f"/equipe {code}")
    assert "Ce code n’est plus valable" in resident.screen
    assert MENU not in resident.screen


async def test_an_invitation_that_was_taken_is_no_longer_there_to_cancel(
    house: House, admin: Resident, resident: Resident
) -> None:
    code = await invites(admin)
    await admin.says("/equipe")
    old = admin.button("✉ Un Ami").data
    await admin.presses(old)
    await resident.says(f"/equipe {code}")
    await admin.taps("Oui, annuler")
    assert "Cette invitation a servi, ou n’est plus valable." in admin.screen
    assert team_of(house) == ["Karim Benali admin []", "Un Ami moderator []"]
    house.time.advance(timedelta(hours=48))
    await invites(admin, "Une Amie")
    await admin.says("/equipe")
    assert [row[0].label for row in admin.news[-1].buttons if "✉" in row[0].label] == ["✉ Une Amie · Relecture"]


@pytest.mark.parametrize("way", ["revoked", "erased"])
async def test_what_an_admin_invited_to_ends_when_they_go(
    house: House, admin: Resident, resident: Resident, way: str
) -> None:
    await joins(house, resident, Role.ADMIN)
    theirs, ours = await invites(resident), await invites(admin)
    if way == "revoked":
        await revoked(house, "Anne Martin")
    else:
        await resident.says("/reglages")
        await resident.taps("Effacer mes données")
        await resident.taps("Oui, tout effacer")
    friend = house.resident()
    await friend.says(f"/equipe {theirs}")
    assert "Ce code n’est plus valable" in friend.screen
    await friend.says(f"/equipe {ours}")
    assert "Bienvenue, Un Ami !" in friend.screen


# Who leaves


async def test_the_last_admin_names_another_before_they_are_erased(
    house: House, admin: Resident, resident: Resident
) -> None:
    await admin.says("/reglages")
    await admin.taps("Effacer mes données")
    assert "invitez-en d’abord une autre (/equipe)" in admin.screen
    assert team_of(house) == ["Karim Benali admin []"]
    await joins(house, resident, Role.ADMIN)
    await admin.says("/reglages")
    await admin.taps("Effacer mes données")
    await admin.taps("Oui, tout effacer")
    assert "C’est effacé." in admin.screen
    assert team_of(house) == ["Anne Martin admin []"]
    with house.desk.reading() as work:
        left = acts(work, most=1)[0]
    assert (left.act, left.detail) == ("staff.left", '{"role":"admin","quartiers":[],"unit":""}')


async def test_the_last_admin_who_waits_too_long_to_say_yes_is_told_again(
    house: House, admin: Resident, resident: Resident
) -> None:
    await joins(house, resident, Role.ADMIN)
    await admin.says("/reglages")
    await admin.taps("Effacer mes données")
    await revoked(house, "Anne Martin")
    await admin.taps("Oui, tout effacer")
    assert "invitez-en d’abord une autre" in admin.screen
    assert team_of(house) == ["Karim Benali admin []"]


# What is not theirs to do


@pytest.mark.parametrize("data", ["f.team", "f.team-invite", "l.em_1", "l.em_", "l.em_x", "l.ei_1"])
async def test_a_forged_button_is_refused_in_words_and_noted(house: House, resident: Resident, data: str) -> None:
    await resident.says("/start")
    await resident.presses(data)
    assert "C’est réservé à l’équipe de la ville." in resident.screen
    assert MENU not in resident.screen
    assert len(refusals(house)) == 1
    assert resident.conversation.open is None


@pytest.mark.parametrize(
    ("data", "step"),
    [("f.team-invite", "team-invite"), ("l.em_1", "team-member"), ("l.ei_1", "team-invitation")],
)
async def test_a_step_of_the_admin_is_refused_to_a_moderator_and_noted(
    house: House, resident: Resident, data: str, step: str
) -> None:
    await joins(house, resident, Role.MODERATOR)
    await resident.presses(data)
    assert "Seule l’administration de l’équipe" in resident.screen
    assert [one.about for one in refusals(house)] == [step]


async def test_an_admin_who_is_one_no_more_cannot_finish_what_they_began(
    house: House, admin: Resident, resident: Resident
) -> None:
    await joins(house, resident, Role.ADMIN)
    await joins(house, admin, Role.MODERATOR, name="Karim Benali")
    await admin.says("/equipe")
    await admin.taps("Inviter quelqu’un")
    await admin.taps("Relecture")
    await resident.says("/equipe")
    await resident.taps("Karim Benali · Administration")
    await resident.taps("Retirer ce rôle")
    await resident.taps("Oui, retirer")
    await admin.says("Un ami")
    assert "Seule l’administration de l’équipe" in admin.screen
    assert CODE.search(admin.screen) is None
    assert [one.about for one in refusals(house)] == ["team-invite"]


async def test_a_role_taken_away_in_the_middle_of_a_talk_ends_it(
    house: House, admin: Resident, resident: Resident
) -> None:
    await joins(house, resident, Role.ADMIN)
    await resident.presses("f.team-invite")
    await resident.taps("Relecture")
    await revoked(house, "Anne Martin")
    await resident.says("Un ami")
    assert "C’est réservé à l’équipe de la ville." in resident.screen
    assert MENU not in resident.screen
    assert resident.conversation.open is None
    assert [one.about for one in refusals(house)] == ["team-invite"]
    await resident.says("/aide")
    assert "réservé" not in resident.screen


async def test_a_command_of_theirs_is_heard_all_the_same(house: House, admin: Resident, resident: Resident) -> None:
    await joins(house, resident, Role.ADMIN)
    await resident.presses("f.team-invite")
    await revoked(house, "Anne Martin")
    await resident.says("/signaler")
    assert "Vous n’avez plus ce rôle dans l’équipe." in resident.screen
    assert "Envoyez une photo" in resident.screen


async def test_the_clock_says_nothing_of_a_talk_that_is_no_longer_theirs(
    house: House, admin: Resident, resident: Resident
) -> None:
    await joins(house, resident, Role.ADMIN)
    await resident.presses("f.team-invite")
    await resident.taps("Relecture")
    await revoked(house, "Anne Martin")
    before = len(resident.messages)
    house.time.advance(timedelta(hours=25))
    await house.tick()
    assert len(resident.messages) == before
    assert refusals(house) == []


async def test_the_reminder_of_an_invitation_begun_says_what_it_is_about(house: House, admin: Resident) -> None:
    await admin.presses("f.team-invite")
    await admin.taps("Relecture")
    house.time.advance(timedelta(hours=25))
    await house.tick()
    assert "Vous aviez commencé : Inviter quelqu’un dans l’équipe." in admin.messages[-1].text


async def test_a_role_taken_away_earlier_in_the_same_group_is_gone(
    house: House, admin: Resident, resident: Resident
) -> None:
    await joins(house, resident, Role.ADMIN)
    await admin.says("/equipe")
    await admin.taps("Anne Martin")
    await admin.taps("Retirer ce rôle")
    yes = admin.button("Oui, retirer").data
    await house.at_once([admin.does("tap", payload=yes), resident.does("tap", payload="f.team-invite")])
    assert "C’est réservé à l’équipe de la ville." in resident.messages[-1].text
    assert [row[0].label for row in resident.messages[-1].buttons if MENU in row[0].label] == []
    assert [one.about for one in refusals(house)] == ["team-invite"]


async def test_typed_words_of_the_team_open_nothing_for_a_resident(house: House, resident: Resident) -> None:
    await resident.says("l’équipe")
    assert "Je n’ai pas compris" in resident.screen
    assert refusals(house) == []


async def test_who_is_erased_is_a_resident_like_any_other_afterwards(
    house: House, admin: Resident, resident: Resident
) -> None:
    await joins(house, resident, Role.CONSEILLER, [1])
    await resident.says("/reglages")
    await resident.taps("Effacer mes données")
    await resident.taps("Oui, tout effacer")
    assert team_of(house) == ["Karim Benali admin []"]
    await resident.presses("f.team")
    assert "C’est réservé à l’équipe de la ville." in resident.screen
