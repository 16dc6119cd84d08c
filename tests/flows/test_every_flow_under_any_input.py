"""Whatever people do, in whatever order: no flow fails, falls silent or leaves somebody without a way on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.people.model import Role
from bot.storage.work import Work
from flows.subjects import all_flows
from tests.kit import news
from tests.kit.clock import Time
from tests.kit.deeds import Deed, check, do
from tests.kit.properties import tried
from tests.kit.residents import House, Resident, without_lots
from tests.kit.team import joins

WORDS = [
    "/start", "/signaler", "/suivi", "/reglages", "/langue", "/aide", "/annuler", "/stop", "/menu", "/rien",
    "/start r_VAL-2222", "/equipe", "/equipe 7K3F", "/start e_7K3F-9QXM", "/actus", "/start nz_AC-7K3F22",
    "retour", "passer", "annuler", "aide", "oui", "non", "1", "2", "3", "0", "12", "envoyer", "changer", "signaler",
    "bonjour",
    "forge", "12 rue de la Forge", "place du Tilleul", "la planche est cassée", "Passerelle abîmée", "autre chose",
    "Le Bourg",
    "je ne sais pas", "", "   ", "?", "/", "\x00", "⑳", "x" * 1001, "français", "Deutsch", "1, 2", "demain 18h",
]  # fmt: skip
PLACES = [
    (46.507, 7.41),  # inside, the town hall
    (46.51, 7.43),  # inside, the footbridge
    (46.51, 7.42),  # on the limit of two quartiers
    (46.51, 7.4400001),  # just out of the town
    (46.51, 7.445),  # the neighbouring town
    (0.0, 0.0),
    (90.0, 180.0),
]
FORGED = [
    "",
    "t",
    "t.aaaaaa.1.0",
    "f.report",
    "f.nothing",
    "l.r_VAL-2222",
    "l.d_",
    "l.p_VAL-XXXX",
    "l.u_x",
    "s.",
    "s.report",
    "c.a",
    "n.",
    "f.team",
    "f.team-invite",
    "l.em_1",
    "l.e_7K3F",
    "f.news",
    "f.news-choices",
    "l.nz_AC-7K3F22",
    "l.nl_AC-7K3F22",
    "l.nl_AC-7K3F23",
    "l.nk_weekly_AC-7K3F22",
    "l.nk_removed_AC-7K3F22",
    "l.nk_",
    "l.ns_AC-7K3F23",
    "l.ns_",
]

DEEDS = st.one_of(
    st.tuples(st.just("tap"), st.integers(0, 400)),
    st.tuples(st.just("tap"), st.integers(0, 400)),
    st.tuples(st.just("text"), st.sampled_from(WORDS)),
    st.tuples(st.just("text"), st.text(max_size=12)),
    st.tuples(st.just("forged"), st.sampled_from(FORGED)),
    st.tuples(st.just("place"), st.sampled_from(PLACES)),
    st.tuples(st.just("pictures"), st.sampled_from(["", "x", "y"])),
    st.tuples(st.just("refused"), st.sampled_from(["damaged", "too_heavy"])),
    st.tuples(st.sampled_from(["other", "contact", "left", "came"]), st.none()),
    st.tuples(st.just("edited"), st.sampled_from(["forge", "oui", ""])),
    st.tuples(st.just("clock"), st.integers(1, 80)),
)
STAFF_FLOWS = [one for one in all_flows() if one.staff]
COMMANDS = [f"/{one.words[0]}" for one in STAFF_FLOWS if one.words]
STAFF_DEEDS = st.one_of(
    *(st.tuples(st.just("on"), st.integers(0, 30)) for _often in range(40)),  # most of the time they go further
    *(st.tuples(st.just("text"), st.sampled_from(COMMANDS)) for _often in range(4)),
    st.tuples(st.just("forged"), st.sampled_from([f"f.{one.name}" for one in STAFF_FLOWS])),
    DEEDS,
)


@pytest.fixture
def database(sqlite_database: str) -> str:
    return sqlite_database


@given(deeds=st.lists(DEEDS, min_size=5, max_size=25))
@tried(40)
async def test_every_flow_stands_whatever_people_do(pair: tuple[House, House], time: Time, deeds: list[Deed]) -> None:
    """Two bots that know nothing of one another hear the same and answer the same: a turn leaves nothing to chance."""
    for house in pair:
        await house.desk.run(some_news)
    await stands(pair, time, deeds, [house.resident() for house in pair])


@given(deeds=st.lists(STAFF_DEEDS, min_size=15, max_size=30), role=st.sampled_from([Role.ADMIN] * 3 + [*Role]))
@tried(25)
async def test_every_flow_of_the_staff_stands_whatever_they_do(
    pair: tuple[House, House], time: Time, deeds: list[Deed], role: Role
) -> None:
    """As one of the team, with an admin and a conseiller beside them whose roles they may take away."""
    twins = []
    for house in pair:
        await joins(house, house.resident(), Role.ADMIN, name="Karim Benali")
        await joins(house, house.resident(), Role.CONSEILLER, [1])
        twins.append(house.resident())
        await joins(house, twins[-1], role, [2] if role is Role.CONSEILLER else [], name="Nour Haddad")
    await stands(pair, time, [("text", "/equipe"), *deeds], twins)


async def stands(pair: tuple[House, House], time: Time, deeds: list[Deed], twins: list[Resident]) -> None:
    for deed in deeds:
        if deed[0] == "clock":
            time.advance(timedelta(hours=deed[1]))
            for house in pair:
                await house.tick()
        else:
            for twin in twins:
                await do(twin, deed)
                check(twin, deed)
        assert [twin.heard for twin in twins[1:]] == [twins[0].heard]
        assert without_lots([one.news for one in twins[:1]]) == without_lots([one.news for one in twins[1:]])
        assert without_lots(twins[0].conversation) == without_lots(twins[1].conversation)
    assert [house.set_aside() for house in pair] == [[], []]


def some_news(work: Work) -> None:
    """Once a database: two items of one topic, one of them for one quartier."""
    if not news.has_items(work):
        news.an_item(work, topic="works")
        news.an_item(work, "Le marché change de place", topic="works", quartiers=[1])
