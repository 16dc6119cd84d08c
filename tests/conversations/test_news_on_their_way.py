"""News from a team to readers, over HTTP, while some of it is still on its way: quiet hours, /stop, stopped midway."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.delivery.broadcast import broadcast
from bot.delivery.outbox import letter
from bot.news.store import news_choice
from bot.people.staff import Role
from bot.storage.work import Work
from tests.conftest import VALOMBRE
from tests.kit.clock import Time
from tests.kit.newsroom import REF
from tests.kit.staff import choose_news, give_role, number_of
from tests.kit.waiting import until
from tests.kit.whole import TelegramPerson, WholeBot, a_whole_bot

WORDS = "Lundi, sans voitures."

EVENINGS = {
    "an ordinary night": datetime(2026, 11, 23, 19, 30, tzinfo=UTC),
    "spring": datetime(2027, 3, 27, 19, 30, tzinfo=UTC),
    "autumn": datetime(2027, 10, 30, 18, 30, tzinfo=UTC),
}
"""20:30 in the town; at 9:00 it will be 8:00 UTC, but for the spring."""

NINE = {
    "an ordinary night": datetime(2026, 11, 24, 8, tzinfo=UTC),
    "spring": datetime(2027, 3, 28, 7, tzinfo=UTC),
    "autumn": datetime(2027, 10, 31, 8, tzinfo=UTC),
}


@pytest.fixture
async def bot(tmp_path: Path, new_database: str, time: Time) -> AsyncIterator[WholeBot]:
    async with a_whole_bot(tmp_path / "data", new_database, VALOMBRE, "polling", time) as opened:
        yield opened


async def comes(bot: WholeBot, then: Callable[[Work, int], None]) -> TelegramPerson:
    assert bot.telegram is not None
    person = TelegramPerson(bot, bot.telegram)
    await person.says("/start")
    await bot.app.desk.run(lambda work: then(work, number_of(work, str(person.user.id), "telegram")))
    return person


async def a_reader(bot: WholeBot, quiet: tuple[int, int] | None = None) -> TelegramPerson:
    """Of works in Le Bourg, with quiet hours of their own, if any: from an hour to an hour."""

    def chooses(work: Work, who: int) -> None:
        choose_news(work, who, ["works"], [1])
        if quiet:
            hours = {"quiet_start": quiet[0] * 60, "quiet_end": quiet[1] * 60}
            work.connection.execute(update(news_choice).where(news_choice.c.resident_id == who).values(**hours))

    return await comes(bot, chooses)


async def writes_and_has_it_approved(bot: WholeBot) -> tuple[TelegramPerson, str]:
    """Anne writes, Omar approves; gives her and the reference. It leaves in a minute."""
    anne = await comes(bot, lambda work, who: give_role(work, who, Role.CONSEILLER, "Anne Martin", [1]))
    omar = await comes(bot, lambda work, who: give_role(work, who, Role.MODERATOR, "Omar Benali"))
    await anne.says("/diffuser")
    await anne.taps("Travaux")
    for said in ("Rue fermée", WORDS, "passer", "passer"):
        await anne.says(said)
    await anne.taps("Non")
    await anne.taps("7 jours")
    await anne.says("passer")
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    bot.app.postman.wake()
    await omar.user.wait_for("Peut-elle partir ?")
    await omar.taps("Approuver")
    await anne.user.wait_for("approuvée")
    return anne, REF.findall(omar.screen)[-1]


async def it_is(bot: WholeBot, time: Time, at: datetime) -> None:
    """That hour comes, and whatever may leave by then leaves."""
    time.advance(at - time.now())

    def all_has_left() -> bool:
        bot.app.postman.wake()
        with bot.app.desk.reading() as work:
            return not something_may_leave(work, at)

    await until(all_has_left, "what may leave to leave")
    await bot.settled()


def something_may_leave(work: Work, now: datetime) -> bool:
    begins = broadcast.c.state.in_(("planned", "running")) & (broadcast.c.starts_at <= now)
    due = (letter.c.state == "queued") & (letter.c.due <= now)
    queries = (
        select(broadcast.c.id).where(begins, broadcast.c.spread_at.is_(None)),
        select(letter.c.id).where(letter.c.broadcast_id.is_not(None), due | (letter.c.state == "sending")),
    )
    return any(work.connection.execute(query.limit(1)).first() for query in queries)


def have_it(*readers: TelegramPerson) -> list[bool]:
    return [WORDS in reader.screen for reader in readers]


@pytest.mark.parametrize("night", EVENINGS)
async def test_one_s_quiet_hours_hold_through_the_night(bot: WholeBot, time: Time, night: str) -> None:
    evening, nine = EVENINGS[night], NINE[night]
    time.advance(evening - time.now())
    readers = [await a_reader(bot), await a_reader(bot, (20, 9)), await a_reader(bot, (20, 10))]
    await writes_and_has_it_approved(bot)
    await it_is(bot, time, evening + timedelta(seconds=90))
    assert have_it(*readers) == [True, False, False]
    await it_is(bot, time, nine - timedelta(minutes=1))
    assert have_it(*readers) == [True, False, False]
    await it_is(bot, time, nine)
    assert have_it(*readers) == [True, True, False]
    await it_is(bot, time, nine + timedelta(minutes=59))
    assert have_it(*readers) == [True, True, False]
    await it_is(bot, time, nine + timedelta(hours=1))
    assert have_it(*readers) == [True, True, True]
    assert [reader.screen.count(WORDS) for reader in readers] == [1, 1, 1]


async def test_whoever_wants_no_more_gets_nothing_of_what_already_waits_for_them(bot: WholeBot, time: Time) -> None:
    evening, nine = EVENINGS["an ordinary night"], NINE["an ordinary night"]
    time.advance(evening - time.now())
    stays, stops, unsubscribes = [await a_reader(bot, (20, 9)) for _reader in range(3)]
    anne, _ref = await writes_and_has_it_approved(bot)
    await it_is(bot, time, evening + timedelta(seconds=90))
    await stops.says("/stop")
    await unsubscribes.says("/actus")
    await unsubscribes.taps("Changer mes choix")
    await unsubscribes.taps("Ne plus rien recevoir")
    await it_is(bot, time, nine + timedelta(hours=1))
    assert have_it(stays, stops, unsubscribes) == [True, False, False]
    await anne.user.wait_for("Votre actualité est partie.")
    anne.sees("Envoyées : 1")


async def test_stopped_midway_it_goes_no_further(bot: WholeBot, time: Time) -> None:
    evening, nine = EVENINGS["an ordinary night"], NINE["an ordinary night"]
    time.advance(evening - time.now())
    readers = [await a_reader(bot), await a_reader(bot, (20, 9)), await a_reader(bot, (20, 10))]
    anne, ref = await writes_and_has_it_approved(bot)
    await it_is(bot, time, evening + timedelta(seconds=90))
    await it_is(bot, time, nine)
    assert have_it(*readers) == [True, True, False]
    await anne.says(f"/start ni_{ref}")
    anne.sees("📤 Envoi en cours")
    await anne.taps("Arrêter")
    await anne.taps("Oui")
    anne.sees("C’est arrêté.", "⏹️ Arrêtée")
    await it_is(bot, time, nine + timedelta(hours=3))
    assert have_it(*readers) == [True, True, False]
    await anne.says(f"/start ni_{ref}")
    anne.sees("Envoyées : 2")
