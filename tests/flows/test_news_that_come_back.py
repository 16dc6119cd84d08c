"""A series: each time is an item of its own, made the day before; its author is asked for words, or not."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.news.model import Item, State
from bot.news.series import LATE, make_due
from bot.news.store import items, news_item
from bot.people.staff import Role
from bot.storage.database import open_database
from bot.storage.work import Desk, Work
from flows.news_acts import withdraw_of_author
from flows.news_series import series_teller
from tests.kit.clock import Time
from tests.kit.newsroom import TITLE, WORDS, acts, item_of, ref_on, runs_of, writes
from tests.kit.residents import House, Resident
from tests.kit.staff import a_member, a_reader, number_of, take_roles

FIRST = datetime(2026, 12, 7, 17, 30, tzinfo=UTC)
SECOND = datetime(2027, 1, 4, 17, 30, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
async def anne(house: House) -> Resident:
    await a_reader(house, ["works"], [1])
    return await a_member(house, quartiers=[1])


async def a_series(author: Resident, then: str) -> str:
    await writes(author)
    await author.taps("Oui, choisir quand")
    await author.taps("Régulièrement")
    for said in ("lundi", "chaque premier lundi du mois", "18h30", then):
        await author.says(said)
    await author.taps("C’est bien")
    return ref_on(author)


ASKS, REPEATS = "Me demander un nouveau texte, au plus tard la veille", "Envoyer le même texte"


async def due(house: House, at: datetime) -> int:
    house.time.advance(at - house.time.now())
    made = await house.desk.run(lambda work: make_due(work, house.stage.city, series_teller(house.stage.city)))
    await house.carry_due()
    return made


def children(house: House, ref: str) -> list[Item]:
    with house.desk.reading() as work:
        template = select(news_item.c.id).where(news_item.c.ref == ref).scalar_subquery()
        return sorted(items(work, news_item.c.template_id == template), key=lambda item: item.id)


async def test_the_same_words_are_planned_the_day_before(house: House, anne: Resident) -> None:
    ref = await a_series(anne, REPEATS)
    assert await due(house, FIRST - DAY - timedelta(seconds=1)) == 0
    assert await due(house, FIRST - DAY) == 1
    assert await due(house, FIRST - DAY) == 0
    (child,) = children(house, ref)
    assert (child.state, child.starts_at) == (State.PLANNED, FIRST)
    assert child.texts["fr"].words == WORDS
    assert child.expires_at == FIRST + timedelta(days=7)
    assert runs_of(house, child.ref) == [("send", "planned")]
    assert item_of(house, ref).next_at == SECOND - DAY
    assert await due(house, SECOND - DAY) == 1
    second = children(house, ref)[1]
    assert (second.starts_at, second.expires_at) == (SECOND, SECOND + timedelta(days=7))
    assert acts(house, second.ref) == ["news.file", "news.repeat"]


async def test_words_are_asked_for_the_day_before(house: House, anne: Resident) -> None:
    ref = await a_series(anne, ASKS)
    await due(house, FIRST - DAY)
    assert [child.state for child in children(house, ref)] == [State.PLANNED]  # the first time has its words already
    await due(house, SECOND - DAY)
    child = children(house, ref)[1]
    assert (child.state, runs_of(house, child.ref)) == (State.DRAFT, [])
    assert f"« {TITLE} » part lundi 4 janvier 2027, 18:30. Il manque son texte" in anne.messages[-1].text
    await anne.taps("Écrire le texte")
    assert "Le titre ?" in anne.screen
    for said in ("Travaux de janvier", "La rue rouvre le 10.", "passer", "passer"):
        await anne.says(said)
    await anne.taps("Oui, choisir quand")
    await anne.taps("Comme prévu : lundi 4 janvier 2027, 18:30")
    written = children(house, ref)[1]
    assert (written.ref, written.state, written.starts_at) == (child.ref, State.PLANNED, SECOND)
    assert written.texts["fr"].title == "Travaux de janvier"


async def test_what_is_not_written_in_time_is_skipped_and_said(house: House, anne: Resident) -> None:
    ref = await a_series(anne, ASKS)
    await due(house, FIRST - DAY)
    await due(house, SECOND - DAY)
    assert await due(house, SECOND) == 1
    child = children(house, ref)[1]
    assert (child.state, runs_of(house, child.ref)) == (State.WITHDRAWN, [])
    assert "n’est pas partie : son texte n’a pas été écrit à temps" in anne.messages[-1].text
    assert acts(house, child.ref) == ["news.file", "news.skipped"]
    assert item_of(house, ref).state is State.PLANNED


async def test_a_short_absence_is_caught_up_once(house: House, anne: Resident, time: Time) -> None:
    ref = await a_series(anne, REPEATS)
    assert await due(house, FIRST + LATE - timedelta(hours=4)) == 1
    (child,) = children(house, ref)
    assert child.starts_at == time.now() + timedelta(minutes=1)
    assert await due(house, time.now()) == 0


async def test_after_a_long_absence_what_was_missed_is_skipped(house: House, anne: Resident) -> None:
    ref = await a_series(anne, REPEATS)
    assert await due(house, SECOND + LATE + timedelta(seconds=1)) == 1
    assert children(house, ref) == []
    assert "news.skipped" in acts(house, ref)
    february = datetime(2027, 2, 1, 17, 30, tzinfo=UTC)
    assert item_of(house, ref).next_at == february - DAY
    assert await due(house, february - DAY) == 1
    assert [child.starts_at for child in children(house, ref)] == [february]


async def test_a_series_ends_with_the_role_of_its_author(house: House, anne: Resident) -> None:
    ref = await a_series(anne, REPEATS)
    await house.desk.run(lambda work: take_roles(work, number_of(work, anne.external)))
    await due(house, FIRST - DAY)
    item = item_of(house, ref)
    assert (item.state, item.next_at, children(house, ref)) == (State.WITHDRAWN, None, [])
    assert acts(house, ref)[-1] == "news.series.end"


async def test_stopping_a_series_takes_back_what_has_not_left(house: House, anne: Resident) -> None:
    ref = await a_series(anne, REPEATS)
    await due(house, FIRST - DAY)
    await anne.presses(f"l.nu_{ref}")
    assert "La série est arrêtée." in anne.screen
    (child,) = children(house, ref)
    assert (child.state, runs_of(house, child.ref)) == (State.WITHDRAWN, [("send", "stopped")])
    assert await due(house, SECOND) == 0


async def test_an_event_moves_along_with_its_series(house: House, anne: Resident) -> None:
    await anne.says("/diffuser")
    await anne.taps("Travaux")
    for said in (
        TITLE,
        WORDS,
        "passer",
        "passer",
        "oui",
        "08/12/2026 20h",
        "passer",
        "le soir de l’événement",
        "passer",
    ):
        await anne.says(said)
    await anne.taps("Oui, choisir quand")
    await anne.taps("Régulièrement")
    for said in ("lundi", "chaque premier lundi du mois", "18h30", REPEATS):
        await anne.says(said)
    await anne.taps("C’est bien")
    ref = ref_on(anne)
    await due(house, FIRST - DAY)
    await due(house, SECOND - DAY)
    assert [child.event_at for child in children(house, ref)] == [
        datetime(2026, 12, 8, 19, tzinfo=UTC),
        datetime(2027, 1, 5, 19, tzinfo=UTC),
    ]
    assert [child.expires_at for child in children(house, ref)] == [
        datetime(2026, 12, 8, 22, 59, tzinfo=UTC),
        datetime(2027, 1, 5, 22, 59, tzinfo=UTC),
    ]


async def test_a_series_that_needs_two_people_begins_when_the_second_agrees(house: House, anne: Resident) -> None:
    for _reader in range(2):
        await a_reader(house, ["works"], [1])
    ref = await a_series(anne, REPEATS)
    assert (item_of(house, ref).state, item_of(house, ref).next_at) == (State.REVIEW, None)
    omar = await a_member(house, Role.MODERATOR, "Omar Benali")
    await omar.presses(f"l.na_{ref}_1")
    assert "Départ : chaque premier lundi du mois, 18:30." in omar.screen
    await due(house, FIRST - DAY)
    (child,) = children(house, ref)
    assert (child.state, child.approver_name) == (State.PLANNED, "Omar Benali")
    await omar.says("/reglages")
    await omar.taps("Effacer mes données")
    await omar.taps("Oui, tout effacer")
    assert [one.approver_name for one in (*children(house, ref), item_of(house, ref))] == ["", ""]


async def test_two_processes_that_tick_make_each_time_once(
    house: House, anne: Resident, database: str, time: Time
) -> None:
    ref = await a_series(anne, REPEATS)
    time.advance(FIRST - DAY - time.now())
    second = Desk(open_database(database), time.now)
    city = house.stage.city
    made = await asyncio.gather(
        *(desk.run(lambda work: make_due(work, city, series_teller(city))) for desk in (house.desk, second))
    )
    second.close()
    assert sorted(made) == [0, 1]
    assert len(children(house, ref)) == 1


async def test_a_time_that_would_come_after_its_end_is_skipped_and_said(house: House, anne: Resident) -> None:
    """The house was down from the day before until two hours after the event."""
    await anne.says("/diffuser")
    await anne.taps("Travaux")
    for said in (TITLE, WORDS, "passer", "passer", "non", "À une autre date", "07/12/2026 19h", "passer"):
        await anne.says(said)
    await anne.taps("Oui, choisir quand")
    await anne.taps("Régulièrement")
    for said in ("lundi", "chaque premier lundi du mois", "18h30", REPEATS):
        await anne.says(said)
    await anne.taps("C’est bien")
    ref = ref_on(anne)
    await due(house, FIRST + timedelta(hours=2))
    (child,) = children(house, ref)
    assert (child.state, runs_of(house, child.ref)) == (State.WITHDRAWN, [])
    assert "c’était déjà après sa date de fin" in anne.messages[-1].text


async def test_what_was_made_of_a_series_goes_with_the_role_of_its_author(
    house: House, anne: Resident, time: Time
) -> None:
    ref = await a_series(anne, REPEATS)
    await due(house, FIRST - DAY)

    def leaves(work: Work) -> int:
        number = number_of(work, anne.external)
        take_roles(work, number)
        return withdraw_of_author(work, number)

    assert await house.desk.run(leaves) == 1
    assert (item_of(house, ref).state, item_of(house, ref).next_at) == (State.WITHDRAWN, None)
    assert [child.state for child in children(house, ref)] == [State.WITHDRAWN]
    assert acts(house, ref)[-1] == "news.author_left"


async def test_a_series_that_is_stopped_says_so(house: House, anne: Resident) -> None:
    ref = await a_series(anne, REPEATS)
    await due(house, FIRST - DAY)
    await due(house, FIRST + DAY)
    await anne.presses(f"l.nu_{ref}")
    assert "La série est arrêtée. Ce qui est déjà parti reste." in anne.screen
    assert "État : ⏹️ Série arrêtée" in anne.screen
    assert "rien n’est parti" not in anne.screen
