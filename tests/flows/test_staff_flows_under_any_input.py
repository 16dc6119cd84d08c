"""Whatever staff do with news, in whatever order: no flow fails, falls silent, or leaves somebody without a way on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, update

from bot.news.series import make_due
from bot.news.store import news_choice
from bot.people.staff import Role, staff
from bot.storage.work import Work
from flows.news_progress import tell_progress
from flows.news_series import series_teller
from tests.kit.clock import Time
from tests.kit.deeds import Deed, check, do
from tests.kit.properties import tried
from tests.kit.residents import House, Resident, without_lots
from tests.kit.staff import a_member, a_reader

SCRIPT = [
    "/diffuser", "Travaux", "Rue fermée", "La rue est fermée lundi.", "passer", "passer", "Non",
    "7 jours après l’envoi", "passer", "Oui, choisir quand", "Maintenant",
]  # fmt: skip
"""From the command to the send, begun by each and left where it is."""

WORDS = [
    "/diffuser", "/annuler", "/aide", "/stop", "retour", "passer", "annuler", "oui", "non", "1", "2", "3", "1, 2", "7",
    "Travaux", "Alertes", "maintenant", "régulièrement", "lundi", "18h30", "2h30", "demain 23h", "demain 9h", "hier",
    "28/03/2027 à 2h30", "https://valombre.example/x", "valombre", "changer", "envoyer", "x" * 81, "x" * 3001, "\x00",
    "Toute la ville", "Plusieurs sujets", "Deutsch", "une remarque utile", "me l’envoyer d’abord", "À une autre date",
]  # fmt: skip
FORGED = [f"l.{link}_{ref}" for link in ("na", "nr", "nu", "np", "nm", "nw", "ni") for ref in ("", "AC-222222", "x")]

DEEDS = st.tuples(
    st.integers(0, 1),
    st.one_of(
        st.tuples(st.just("tap"), st.integers(0, 60)),
        st.tuples(st.just("tap"), st.integers(0, 400)),
        st.tuples(st.just("text"), st.sampled_from(WORDS)),
        st.tuples(st.just("forged"), st.sampled_from(FORGED)),
        st.tuples(st.just("pictures"), st.sampled_from(["", "x"])),
        st.tuples(st.just("clock"), st.sampled_from([0, 0, 0.02, 1, 12, 40])),
    ),
)


@pytest.fixture
def database(sqlite_database: str) -> str:
    return sqlite_database


HOW_FAR = st.sampled_from([0, 4, 8, 10, *[len(SCRIPT)] * 4])


@given(script=HOW_FAR, deeds=st.lists(DEEDS, min_size=5, max_size=25))
@tried(40)
async def test_every_staff_flow_stands_whatever_they_do(
    pair: tuple[House, House], time: Time, script: int, deeds: list[tuple[int, Deed]]
) -> None:
    """Two bots that know nothing of one another hear the same and answer the same."""
    crews = [await crew(house) for house in pair]
    for words in SCRIPT[:script]:
        for author, _moderator in crews:
            await author.says(words)
            check(author, ("text", words))
            if "[Nouvelle actualité]" in author.screen:
                await author.taps("Nouvelle actualité")
    for who, deed in deeds:
        if deed[0] == "clock":
            time.advance(timedelta(hours=deed[1]))
            for house in pair:
                await ticks(house)
        else:
            for members in crews:
                await do(members[who], deed)
                check(members[who], deed)
        assert without_lots(crews[0][who].news) == without_lots(crews[1][who].news)
        assert without_lots(crews[0][who].conversation) == without_lots(crews[1][who].conversation)
    assert [house.set_aside() for house in pair] == [[], []]


async def crew(house: House) -> list[Resident]:
    """A conseiller and a moderator, with readers enough for a review on some topics only. Those of the example before
    have left: nobody else is asked."""
    await house.desk.run(everybody_leaves)
    for topics in (["works"], ["works", "alert"]):
        await a_reader(house, topics, [1])
    author = await a_member(house, quartiers=[1])
    await author.says("/diffuser")
    await author.says("/annuler")
    return [author, await a_member(house, Role.MODERATOR, "Omar Benali")]


def everybody_leaves(work: Work) -> None:
    work.connection.execute(update(staff).where(staff.c.revoked_at.is_(None)).values(revoked_at=work.now))
    work.connection.execute(delete(news_choice))


async def ticks(house: House) -> None:
    city, page = house.stage.city, house.stage.page

    def look(work: Work) -> None:
        make_due(work, city, series_teller(city))
        tell_progress(work, city, page)

    await house.desk.run(look)
    await house.tick()
