"""What only a messenger has: links that open the bot, messages changed in place, people who block it, groups."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.city.model import Place
from bot.people.model import Role
from bot.reports.model import State
from flows.report_followup import move_and_tell
from tests.conversations.test_a_report import report_a_footbridge
from tests.kit.team import invited
from tests.kit.telegram import BotApiServer, Call
from tests.kit.whole import PATIENCE, Door, TelegramPerson, WholeBot


@pytest.fixture(params=["polling", "webhook"])
def door(request: pytest.FixtureRequest) -> Door:
    name: Door = request.param
    return name


@pytest.fixture
def telegram(bot: WholeBot) -> BotApiServer:
    assert bot.telegram is not None
    return bot.telegram


@pytest.fixture
def camille(bot: WholeBot, telegram: BotApiServer) -> TelegramPerson:
    return TelegramPerson(bot, telegram)


@pytest.fixture
def nour(bot: WholeBot, telegram: BotApiServer) -> TelegramPerson:
    return TelegramPerson(bot, telegram)


async def moves(bot: WholeBot, ref: str, to: State, note: str = "") -> None:
    """The service moves the report; those who follow it are told."""
    city, page = bot.app.city, bot.app.stage.page
    await bot.app.desk.run(lambda work: move_and_tell(work, city, page, ref, to, None, note))
    bot.app.postman.wake()


def calls_to(telegram: BotApiServer, person: TelegramPerson, *methods: str) -> list[Call]:
    return [call for call in telegram.calls_of(*methods) if call.parameters.get("chat_id") == person.user.id]


async def test_a_link_follows_somebody_elses_report(
    camille: TelegramPerson, nour: TelegramPerson, bot: WholeBot
) -> None:
    ref = await report_a_footbridge(camille)
    nour.user.starts(f"r_{ref}")
    await bot.settled()
    nour.sees("Vous suivez maintenant ce signalement", ref, "Passerelle abîmée")
    assert bot.report(ref).followers == 2
    await moves(bot, ref, State.UNDER_WAY)
    await nour.user.wait_for("Du nouveau pour le signalement")
    assert "la troisième planche" not in nour.screen


async def test_a_link_to_no_report_says_what_a_number_looks_like(nour: TelegramPerson, bot: WholeBot) -> None:
    nour.user.starts("r_VAL-2222")
    await bot.settled()
    nour.sees("Je ne trouve pas ce signalement")


async def test_the_card_of_a_report_changes_in_place(
    camille: TelegramPerson, bot: WholeBot, telegram: BotApiServer
) -> None:
    ref = await report_a_footbridge(camille)
    card = await camille.user.wait_for("📬 Reçu")
    moment = camille.user.moment
    await moves(bot, ref, State.UNDER_WAY, "Une équipe y va jeudi.")
    changed = await camille.user.wait_for(lambda message: message.id == card.id, after=moment)
    assert "🔧 En cours" in changed.text
    assert "Une équipe y va jeudi." in changed.text
    assert "📬 Reçu" not in changed.text
    word = await camille.user.wait_for(f"Du nouveau pour le signalement {ref}", after=moment)
    assert word.id > card.id
    await bot.settled()
    edits = calls_to(telegram, camille, "editMessageText")
    assert [call.parameters["message_id"] for call in edits if ref in str(call.parameters)] == [card.id]


async def test_who_has_blocked_the_bot_gets_nothing_and_is_told_again_once_back(
    camille: TelegramPerson, bot: WholeBot, telegram: BotApiServer
) -> None:
    ref = await report_a_footbridge(camille)
    camille.user.blocks()
    await bot.settled()
    before = len(calls_to(telegram, camille, "sendMessage", "editMessageText", "sendPhoto"))
    await moves(bot, ref, State.UNDER_WAY)
    neighbour = TelegramPerson(bot, telegram)
    await neighbour.says("/aide")  # behind whatever the move had made
    assert len(calls_to(telegram, camille, "sendMessage", "editMessageText", "sendPhoto")) == before

    camille.user.unblocks()
    await bot.settled()
    await camille.says("/suivi")
    await camille.taps(ref)
    camille.sees("🔧 En cours")
    moment = camille.user.moment
    await moves(bot, ref, State.DONE)
    await camille.user.wait_for(f"Du nouveau pour le signalement {ref} : ✅ Fait", after=moment)


async def test_a_group_is_told_that_the_bot_works_in_private_and_nothing_of_it_is_kept(
    camille: TelegramPerson, bot: WholeBot, telegram: BotApiServer
) -> None:
    group = telegram.group("Les voisins du Bourg", [camille.user])
    camille.user.says_in(group, "/signaler")
    answer = await group.wait_for("Je réponds en privé")
    assert "t.me/parvis_test_bot" in answer.text
    camille.user.says_in(group, "/signaler un trou devant chez moi")
    await bot.settled()
    assert len(group.bot_messages) == 1
    assert camille.user.bot_messages == []
    with bot.app.desk.reading() as work:
        assert work.connection.exec_driver_sql("SELECT count(*) FROM resident").scalar_one() == 0


async def test_a_place_of_a_map_and_a_typed_address_reach_the_same_street(
    camille: TelegramPerson, bot: WholeBot
) -> None:
    await camille.says("/signaler")
    await camille.says("passer")
    camille.user.shares_venue(46.5072, 7.4104, "Maison communale", "1 place du Tilleul")
    await bot.settled()
    camille.sees("De quoi s’agit-il")
    assert bot.app.city.locate(Place(46.5072, 7.4104)).inside


async def test_the_commands_of_the_team_are_shown_in_its_own_chats_only(
    camille: TelegramPerson, nour: TelegramPerson, bot: WholeBot, telegram: BotApiServer
) -> None:
    def commands(person: TelegramPerson) -> list[str]:
        there = telegram.world.commands.get((f"chat/{person.user.id}", ""), [])
        return [one["command"] for one in there]

    async def shown(person: TelegramPerson, first: Sequence[str]) -> None:
        """Nobody waits for the commands, so they may come after the answer."""
        assert await telegram.answered.until(lambda: commands(person)[: len(first) or 1] == first, PATIENCE)

    everybodys = [one["command"] for one in telegram.world.commands["default", ""]]
    await camille.says(f"/equipe {await invited(bot.app.desk, Role.ADMIN, name='Camille Roy')}")
    await nour.says(f"/start e_{await invited(bot.app.desk, Role.MODERATOR, name='Nour Haddad')}")
    for person in (camille, nour):
        await shown(person, ["equipe"])
        assert commands(person)[-len(everybodys) :] == everybodys
    assert "equipe" not in everybodys
    assert telegram.world.commands["default", ""] == [
        one for one in telegram.world.commands[f"chat/{nour.user.id}", ""] if one["command"] in everybodys
    ]

    await camille.says("/equipe")
    await camille.taps("Nour Haddad")
    await camille.taps("Retirer ce rôle")
    await camille.taps("Oui, retirer")
    await nour.taps("L’équipe")  # of the menu they had
    nour.sees("C’est réservé à l’équipe de la ville.")
    await shown(nour, [])
    assert commands(camille)[0] == "equipe"
