"""How long a piece of news takes to leave, and what its author is told when not all of it can."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.city.folder import shipped
from bot.city.load import load
from bot.city.model import City
from bot.delivery.model import Message
from flows.engine.flow import Flows
from flows.engine.scene import Stage
from flows.news_sending import course
from tests.kit.newsroom import THE_END, item_of, ref_on, runs_of, writes
from tests.kit.residents import House, Resident
from tests.kit.staff import a_member, a_reader

HOUR = timedelta(hours=1)
QUARTER_TO_EIGHT = datetime(2026, 11, 23, 18, 45, tzinfo=UTC)
"""In the town; it is quiet from 21:00 on."""

MORNING = "mardi 24 novembre 2026, 08:00"


def counted(_channel: str, message: Message) -> int:
    """As Telegram does: the photos of an album, then the words."""
    return 1 + len(message.pictures)


@pytest.fixture(scope="session")
def boulogne() -> City:
    return load(shipped())


@pytest.fixture
def stage(flows: Flows, boulogne: City) -> Stage:
    """Two readers take 80 minutes."""
    page = "https://parvis.example{}".format
    return Stage(flows, boulogne, page, bulk_pace=2 / 4800, messages_of=counted)


@pytest.fixture
async def anne(house: House) -> Resident:
    house.time.advance(QUARTER_TO_EIGHT - house.time.now())
    for _reader in range(2):
        await a_reader(house, ["travaux"], [1])
    return await a_member(house, quartiers=[1])


async def chooses_when(author: Resident, *, end: str = "", photos: int = 0) -> None:
    await author.says("/diffuser")
    await author.taps("Travaux")
    await author.says("Coupure d’eau")
    await author.says("Ce soir, dans toute la rue.")
    if photos:
        await author.sends(*(f"photo-{number}" for number in range(photos)))
    await author.says("passer")
    await author.says("passer")
    await author.taps("Non")
    if end:
        await author.taps("À une autre date")
        await author.says(end)
    else:
        await author.taps(THE_END)
    await author.taps("Passer")


def told(author: Resident) -> str:
    return next(fact.value for fact in author.messages[-1].facts if fact.name == "Durée de l’envoi")


async def test_the_minutes_are_told_too(house: House, anne: Resident) -> None:
    await chooses_when(anne)
    assert told(anne) == "1 h 20"


async def test_photos_are_messages_of_their_own(house: House, anne: Resident) -> None:
    await chooses_when(anne, photos=4)
    assert told(anne) == "6 h 40"


async def test_what_quiet_hours_would_cut_in_two_may_begin_in_the_morning(house: House, anne: Resident) -> None:
    await writes(anne)
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    assert "L’envoi dure 1 h 20." in anne.screen
    assert f"Les heures calmes l’arrêtent en route : le reste attendrait {MORNING}." in anne.screen
    await anne.taps(f"Commencer {MORNING}")
    ref = ref_on(anne)
    morning = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
    item = item_of(house, ref)
    assert (item.starts_at, item.expires_at) == (morning, morning + timedelta(days=7))
    assert runs_of(house, ref) == [("send", "planned")]


async def test_or_go_all_the_same(house: House, anne: Resident) -> None:
    await writes(anne)
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    await anne.taps("L’envoyer quand même")
    assert item_of(house, ref_on(anne)).starts_at == house.time.now() + timedelta(minutes=1)


async def test_who_would_not_get_it_before_its_end_is_counted(house: House, anne: Resident) -> None:
    await chooses_when(anne, end="23/11/2026 23h59")
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    assert "Sa date de fin vient avant : environ 1 personne ne la recevrait pas." in anne.screen
    assert "Commencer" not in anne.screen  # the morning is after its end
    await anne.taps("L’envoyer quand même")
    assert "C’est noté." in anne.screen


async def test_in_the_morning_nothing_stands_in_the_way(house: House, anne: Resident) -> None:
    house.time.advance(timedelta(hours=14))
    await writes(anne)
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    assert "C’est noté." in anne.screen


async def test_of_what_comes_back_it_is_told_as_well(house: House, anne: Resident) -> None:
    await writes(anne)
    await anne.taps("Oui, choisir quand")
    await anne.taps("Régulièrement")
    for said in ("lundi", "chaque lundi", "20h30", "Envoyer le même texte"):
        await anne.says(said)
    await anne.taps("C’est bien")
    assert "Les heures calmes l’arrêtent en route" in anne.screen
    await anne.taps("L’envoyer quand même")
    assert "C’est noté." in anne.screen


def test_every_night_on_the_way_counts(boulogne: City) -> None:
    leaves = datetime(2026, 11, 24, 19, 0, tzinfo=UTC)  # Tuesday, 20:00: an hour remains, then 13 hours a day
    sending = course(boulogne, leaves, 20 * HOUR, leaves + 24 * HOUR, urgent=False)
    assert sending.resumes == datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
    assert sending.missed == pytest.approx(7 / 20)
    assert course(boulogne, leaves, 20 * HOUR, leaves + 48 * HOUR, urgent=False).missed == 0
    assert course(boulogne, leaves, 20 * HOUR, leaves + 10 * HOUR, urgent=True).missed == pytest.approx(0.5)
    assert course(boulogne, leaves, 20 * HOUR, None, urgent=True).resumes is None
