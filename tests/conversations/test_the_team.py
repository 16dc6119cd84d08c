"""The team of the town, from the operator's invitation on, through every door."""

from __future__ import annotations

import re
from datetime import timedelta

from bot.people.audit import acts
from bot.people.model import Role
from bot.people.staff import staff_members
from tests.conversations.test_erasing import everything
from tests.kit.team import invited
from tests.kit.whole import Person, WholeBot

CODE = re.compile(r"\b(?:[2-9A-Z]{4}-){3}[2-9A-Z]{4}\b")
MENU = "L’équipe"


async def admin_of(bot: WholeBot) -> Person:
    karim = bot.person()
    await karim.says(f"/equipe {await invited(bot.app.desk, Role.ADMIN, name='Karim Benali')}")
    karim.sees("Bienvenue, Karim Benali !", "Administration", MENU)
    return karim


async def test_an_admin_invites_somebody_who_joins_is_changed_and_revoked(bot: WholeBot) -> None:
    admin = await admin_of(bot)
    await admin.taps(MENU)
    await admin.taps("Inviter quelqu’un")
    await admin.taps("Conseil de quartier")
    await admin.says("1")
    await admin.taps("Terminé")
    await admin.says("Anne Martin")
    await admin.taps("Inviter")
    admin.sees("transmettez le message", "Bonjour Anne Martin !")
    code = CODE.findall(admin.screen)[-1]

    anne = bot.person()
    await anne.says(f"/start e_{code}")
    anne.sees("Bienvenue, Anne Martin !", "Conseil de quartier : Le Bourg", MENU)
    await bot.restart()
    await anne.taps(MENU)
    anne.sees("Vous faites partie de l’équipe de Valombre")

    await admin.says("/equipe")
    await admin.taps("Anne Martin")
    await admin.taps("Changer ses quartiers")
    await admin.says("2")
    await admin.taps("Terminé")
    await admin.taps("Enregistrer")
    admin.sees("Anne Martin · Conseil de quartier : La Scierie")

    await admin.says("/equipe")
    await admin.taps("Anne Martin · Conseil de quartier : La Scierie")
    await admin.taps("Retirer ce rôle")
    await admin.taps("Oui, retirer")
    admin.sees("C’est fait")
    await anne.says("/equipe")
    anne.sees("Tapez son code")
    with bot.app.desk.reading() as work:
        assert [post.name for post in staff_members(work)] == ["Karim Benali"]
        noted = [one.act for one in reversed(acts(work))]
    assert noted == ["staff.invite", "staff.take", "staff.invite", "staff.take", "staff.change", "staff.revoke"]


async def test_an_admin_makes_an_agent_of_a_conseiller_and_hands_over_to_them(bot: WholeBot) -> None:
    admin, anne = await admin_of(bot), bot.person()
    await anne.says(f"/equipe {await invited(bot.app.desk, Role.CONSEILLER, [1])}")
    await admin.says("/equipe")
    await admin.taps("Anne Martin")
    await admin.taps("Changer son rôle")
    await admin.taps("Service de la ville")
    await bot.restart()
    await admin.says("Voirie")
    admin.sees("Conseil de quartier : Le Bourg", "Voirie")
    await admin.taps("Enregistrer")
    admin.sees("Anne Martin · Service de la ville : Voirie")
    await admin.says("/equipe")
    await admin.taps("Anne Martin")
    await admin.taps("Changer son rôle")
    await admin.taps("Administration")
    await admin.taps("Enregistrer")
    await admin.says("/equipe")
    await admin.taps("Karim Benali")
    await admin.taps("Changer son rôle")
    await admin.taps("Relecture")
    await admin.taps("Enregistrer")
    admin.sees("C’est votre propre rôle")
    await admin.taps("Oui, changer")
    admin.sees("C’est changé.", "Karim Benali · Relecture")
    await anne.says("/equipe")
    anne.sees("• Administration", "Inviter quelqu’un", "Karim Benali · Relecture")
    with bot.app.desk.reading() as work:
        assert [(post.name, post.role) for post in staff_members(work)] == [
            ("Karim Benali", Role.MODERATOR),
            ("Anne Martin", Role.ADMIN),
        ]


async def test_a_code_is_in_no_table_once_it_was_shown_and_typed(bot: WholeBot) -> None:
    admin, anne, nour = await admin_of(bot), bot.person(), bot.person()
    codes = []
    for who in (anne, nour):
        await admin.says("/equipe")
        await admin.taps("Inviter quelqu’un")
        await admin.taps("Relecture")
        await admin.says("Une Amie")
        await admin.taps("Inviter")
        codes.append(CODE.findall(admin.screen)[-1])
        await who.says("/start")
    await anne.says(f"/start e_{codes[0]}")
    await nour.says("/equipe")
    await nour.says(codes[1].lower())
    nour.sees("Bienvenue, Une Amie !")
    await bot.settled()
    bot.time.advance(timedelta(hours=1, minutes=1))
    await bot.app.clock.keep_up()
    kept = everything(bot).upper()
    assert "UNE AMIE" in kept
    assert [code for code in codes if code in kept] == []


async def test_a_role_taken_away_in_the_middle_of_a_talk_is_refused_in_words_and_noted(bot: WholeBot) -> None:
    admin, anne = await admin_of(bot), bot.person()
    await anne.says(f"/equipe {await invited(bot.app.desk, Role.ADMIN)}")
    await anne.taps(MENU)
    await anne.taps("Inviter quelqu’un")
    await anne.taps("Relecture")
    await admin.taps(MENU)
    await admin.taps("Anne Martin")
    await admin.taps("Retirer ce rôle")
    await admin.taps("Oui, retirer")
    await anne.says("Un ami")
    anne.sees("C’est réservé à l’équipe de la ville.")
    assert CODE.search(anne.screen) is None
    with bot.app.desk.reading() as work:
        assert [(one.act, one.about) for one in acts(work, most=1)] == [("refused", "team-invite")]


async def test_the_only_admin_cannot_leave_the_team_without_anybody_to_invite(bot: WholeBot) -> None:
    admin = await admin_of(bot)
    await admin.says("/equipe")
    await admin.taps("Karim Benali")
    await admin.taps("Retirer ce rôle")
    admin.sees("invitez-en d’abord une autre")


async def test_a_resident_with_a_wrong_code_stays_a_resident(bot: WholeBot) -> None:
    nour = bot.person()
    await nour.says("/equipe 7K3F-9QXM-2BTR-HWNP")
    nour.sees("Je ne connais pas ce code.")
    await nour.says("/start")
    assert MENU not in nour.screen
