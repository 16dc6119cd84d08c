"""Writing in the town that ships, whose Sundays and public holidays are quiet all day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.city.folder import shipped
from bot.city.load import load
from bot.city.model import City
from bot.news.model import Item, State
from bot.news.series import make_due
from bot.news.store import items, news_item
from flows.engine.flow import Flows
from flows.engine.scene import Stage
from flows.news_series import series_teller
from tests.kit.newsroom import TITLE, item_of, ref_on, writes
from tests.kit.residents import House, Resident
from tests.kit.staff import a_member, a_reader

ASKS = "Me demander un nouveau texte, au plus tard la veille"
TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture(scope="session")
def boulogne() -> City:
    return load(shipped())


@pytest.fixture
def stage(flows: Flows, boulogne: City) -> Stage:
    return Stage(flows, boulogne, lambda path: f"https://parvis.example{path}")


@pytest.fixture
async def anne(house: House) -> Resident:
    await a_reader(house, ["travaux"], [1])
    return await a_member(house, quartiers=[1])


async def a_series(author: Resident, *rule: str) -> str:
    await writes(author)
    await author.taps("Oui, choisir quand")
    await author.taps("Régulièrement")
    for said in (*rule, ASKS):
        await author.says(said)
    await author.taps("C’est bien")
    return ref_on(author)


async def ticks(house: House, at: datetime) -> None:
    house.time.advance(at - house.time.now())
    city = house.stage.city
    await house.desk.run(lambda work: make_due(work, city, series_teller(city)))
    await house.carry_due()


def children(house: House, ref: str) -> list[Item]:
    with house.desk.reading() as work:
        template = select(news_item.c.id).where(news_item.c.ref == ref).scalar_subquery()
        return sorted(items(work, news_item.c.template_id == template), key=lambda item: item.id)


async def test_the_words_of_a_monday_morning_are_asked_for_on_saturday(house: House, anne: Resident) -> None:
    ref = await a_series(anne, "lundi", "chaque premier lundi du mois", "8h00")
    await ticks(house, datetime(2026, 12, 5, 19, 0, tzinfo=UTC))
    await ticks(house, datetime(2026, 12, 7, 7, 0, tzinfo=UTC))  # the first has its words
    monday = datetime(2027, 1, 4, 7, 0, tzinfo=UTC)
    asked, before = [], len(anne.messages)
    at = datetime(2027, 1, 2, 17, 0, tzinfo=UTC)
    while at < monday - timedelta(hours=24):
        await ticks(house, at)
        if len(anne.messages) > before:
            asked.append(at)
            break
        at += TEN_MINUTES
    assert asked == [datetime(2027, 1, 2, 19, 0, tzinfo=UTC)]  # Saturday, 20:00: it is quiet from 21:00 on
    assert f"« {TITLE} » part lundi 4 janvier 2027, 08:00. Il manque son texte" in anne.messages[-1].text
    await anne.taps("Écrire le texte")
    for said in ("Travaux de janvier", "La rue rouvre le 10.", "passer", "passer"):
        await anne.says(said)
    await anne.taps("Oui, choisir quand")
    await anne.taps("Comme prévu : lundi 4 janvier 2027, 08:00")
    written = children(house, ref)[1]
    assert (written.state, written.starts_at) == (State.PLANNED, monday)


async def test_the_day_after_a_holiday_too(house: House, anne: Resident) -> None:
    ref = await a_series(anne, "mardi", "chaque mardi", "18h30")
    await ticks(house, datetime(2027, 3, 23, 17, 30, tzinfo=UTC))
    for _missed in range(20):  # the house was not served all winter
        await ticks(house, datetime(2027, 3, 23, 17, 30, tzinfo=UTC))
    known = len(children(house, ref))
    await ticks(house, datetime(2027, 3, 27, 18, 59, 59, tzinfo=UTC))
    assert len(children(house, ref)) == known
    await ticks(house, datetime(2027, 3, 27, 19, 0, tzinfo=UTC))  # Saturday: Easter Monday is quiet, and so is Sunday
    assert children(house, ref)[-1].starts_at == datetime(2027, 3, 30, 16, 30, tzinfo=UTC)
    assert item_of(house, ref).next_at == datetime(2027, 4, 5, 16, 30, tzinfo=UTC)  # a Monday like others
