"""A wrong day, place, link or description is corrected as words are; and what was said before is not lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from bot.delivery.broadcast import State as Run
from bot.delivery.broadcasts import of_ref
from bot.people.audit import audit
from bot.people.staff import Role
from flows.news_broadcast import NewsKind
from tests.kit.newsroom import item_of, ref_on, runs, runs_of
from tests.kit.residents import House, Resident
from tests.kit.staff import a_member, a_reader

MINUTE = timedelta(minutes=1)
SATURDAY = datetime(2026, 11, 28, 17, 0, tzinfo=UTC)
WORDS = "Venez avec un plat à partager."


@pytest.fixture
async def readers(house: House) -> list[Resident]:
    return [await a_reader(house, ["fairs"], [1]) for _reader in range(2)]


@pytest.fixture
async def anne(house: House, readers: list[Resident]) -> Resident:
    return await a_member(house, quartiers=[1])


async def a_fair(house: House, author: Resident, readers: list[Resident], end: str = "Le soir de l’événement") -> str:
    """An event with photos and a link, which has left."""
    ref = await writes_of_a_fair(author, end)
    house.time.advance(MINUTE)
    await runs(house, ref, readers, sent=len(readers), state=Run.DONE)
    return ref


async def writes_of_a_fair(author: Resident, end: str = "Le soir de l’événement") -> str:
    await author.says("/diffuser")
    await author.taps("Fêtes et foires")
    await author.says("Fête du tilleul")
    await author.says(WORDS)
    await author.sends("one", "two")
    await author.says("Le tilleul de la place")
    await author.says("https://valombre.example/tilleul")
    await author.taps("Oui")
    await author.says("samedi 18h")
    await author.says("place du Tilleul")
    await author.taps(end)
    await author.taps("Passer")
    await author.taps("Oui, choisir quand")
    await author.taps("Maintenant")
    return ref_on(author)


def noted(house: House, ref: str, act: str) -> list[dict[str, Any]]:
    with house.desk.reading() as work:
        query = select(audit.c.detail).where(audit.c.about == ref, audit.c.act == act).order_by(audit.c.id)
        return [msgspec.json.decode(detail) for detail in work.connection.scalars(query)]


async def test_another_day_moves_its_end_along(house: House, anne: Resident, readers: list[Resident]) -> None:
    ref = await a_fair(house, anne, readers)
    await anne.presses(f"l.nc_{ref}")
    await anne.taps("La date")
    await anne.taps("Terminé")
    assert "« samedi 28 novembre 2026, 18:00 »" in anne.screen
    await anne.says("dimanche 17h")
    assert "Sa fin change aussi : dimanche 29 novembre 2026, 23:59." in anne.screen
    assert "Quand : dimanche 29 novembre 2026, 17:00" in anne.screen
    assert WORDS in anne.screen
    await anne.taps("Oui")
    assert "C’est corrigé." in anne.screen
    item = item_of(house, ref)
    assert (item.event_at, item.rev) == (datetime(2026, 11, 29, 16, 0, tzinfo=UTC), 2)
    assert item.expires_at == datetime(2026, 11, 29, 22, 59, tzinfo=UTC)
    assert runs_of(house, ref) == [("send", "done"), ("edit", "planned")]
    with house.desk.reading() as work:
        sender, edit = of_ref(work, "news", ref)
        assert sender.expires_at == item.expires_at
        shown = NewsKind(house.stage.city, house.stage.page).worded(work, edit, "fr", 1)
    assert ("Quand", "dimanche 29 novembre 2026, 17:00") in [(fact.name, fact.value) for fact in shown.facts]


async def test_an_end_of_its_own_stays_unless_the_event_is_after_it(
    house: House, anne: Resident, readers: list[Resident]
) -> None:
    ref = await a_fair(house, anne, readers, end="7 jours après l’envoi")
    end = item_of(house, ref).expires_at
    await anne.presses(f"l.nc_{ref}")
    await anne.taps("La date")
    await anne.taps("Terminé")
    await anne.says("dimanche 17h")
    await anne.taps("Oui")
    assert item_of(house, ref).expires_at == end
    await anne.presses(f"l.nc_{ref}")
    await anne.taps("La date")
    await anne.taps("Terminé")
    await anne.says("12/12/2026 17h")
    await anne.taps("Oui")
    assert item_of(house, ref).expires_at == datetime(2026, 12, 12, 22, 59, tzinfo=UTC)


async def test_several_things_at_once(house: House, anne: Resident, readers: list[Resident]) -> None:
    ref = await a_fair(house, anne, readers)
    await anne.presses(f"l.nc_{ref}")
    await anne.says("Le texte, Le lieu, Le lien, Ce que montrent les photos")
    for said in (
        "passer",
        "Venez nombreux.",
        "salle des fêtes",
        "https://valombre.example/fete",
        "Un tilleul en fleur",
    ):
        await anne.says(said)
    card = anne.news[0]
    assert (card.text, card.facts[1].value, card.alternative) == (
        "Venez nombreux.",
        "salle des fêtes",
        "Un tilleul en fleur",
    )
    assert card.buttons[0][0].link == "https://valombre.example/fete"
    await anne.taps("Oui")
    item = item_of(house, ref)
    assert (item.event_at, item.event_place, item.link) == (
        SATURDAY,
        "salle des fêtes",
        "https://valombre.example/fete",
    )
    assert (item.alternative, item.texts["fr"].words) == ("Un tilleul en fleur", "Venez nombreux.")


async def test_what_is_skipped_goes(house: House, anne: Resident, readers: list[Resident]) -> None:
    ref = await a_fair(house, anne, readers)
    await anne.presses(f"l.nc_{ref}")
    await anne.taps("Le lien")
    await anne.taps("Terminé")
    assert "« https://valombre.example/tilleul »" in anne.screen
    await anne.says("passer")
    await anne.taps("Oui")
    assert item_of(house, ref).link == ""


async def test_the_same_day_again_is_no_correction(house: House, anne: Resident, readers: list[Resident]) -> None:
    ref = await a_fair(house, anne, readers)
    await anne.presses(f"l.nc_{ref}")
    await anne.taps("La date")
    await anne.taps("Terminé")
    await anne.says("samedi 18h")
    assert "Rien n’a changé." in anne.screen
    assert item_of(house, ref).rev == 1


async def test_only_what_is_there_is_offered(house: House, anne: Resident, readers: list[Resident]) -> None:
    await anne.says("/diffuser")
    await anne.taps("Fêtes et foires")
    for said in ("Fête", WORDS, "passer", "passer", "Non", "7 jours après l’envoi", "passer"):
        await anne.says(said)
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    house.time.advance(MINUTE)
    await anne.presses(f"l.nc_{ref_on(anne)}")
    assert [button.label for row in anne.messages[-1].buttons for button in row][:2] == ["☐ Le texte", "☐ Le lien"]
    assert "La date" not in anne.screen
    assert "Ce que montrent les photos" not in anne.screen


async def test_somebody_else_reads_another_day_too(house: House, anne: Resident, readers: list[Resident]) -> None:
    omar = await a_member(house, Role.MODERATOR, "Omar Benali")
    await a_reader(house, ["fairs"], [1])  # the third: a second person reads it
    ref = await writes_of_a_fair(anne)
    await house.tick()
    await omar.taps("Approuver")
    await house.tick()
    house.time.advance(MINUTE)
    await anne.presses(f"l.nc_{ref}")
    await anne.taps("La date")
    await anne.taps("Terminé")
    await anne.says("dimanche 17h")
    await anne.taps("Oui")
    await house.carry_due()
    shown, told = omar.messages[-2:]
    assert ("Quand", "dimanche 29 novembre 2026, 17:00") in [(fact.name, fact.value) for fact in shown.facts]
    assert f"L’actualité {ref}, que vous avez relue, vient d’être corrigée : la voici." in told.text


async def test_the_audit_keeps_what_was_said_before(house: House, anne: Resident, readers: list[Resident]) -> None:
    ref = await a_fair(house, anne, readers)
    await anne.presses(f"l.nc_{ref}")
    await anne.says("Le texte, La date")
    for said in ("passer", "Venez nombreux.", "dimanche 17h"):
        await anne.says(said)
    await anne.taps("Oui")
    assert noted(house, ref, "news.correct") == [
        {
            "before": {
                "texts": {"fr": {"title": "Fête du tilleul", "words": WORDS}},
                "event_at": "2026-11-28T17:00:00Z",
                "expires_at": "2026-11-28T22:59:00Z",
            }
        }
    ]
    await anne.presses(f"l.ne_{ref}")
    await anne.says("lundi 18h")
    assert noted(house, ref, "news.end") == [{"before": "2026-11-29T22:59:00Z", "to": "2026-11-30T18:00:00+01:00"}]
