"""Whatever people do, in whatever order: no flow fails, falls silent or leaves somebody without a way on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.model import Message
from tests.kit.clock import Time
from tests.kit.properties import tried
from tests.kit.residents import House, Resident, without_lots

WORDS = [
    "/start", "/signaler", "/suivi", "/reglages", "/langue", "/aide", "/annuler", "/stop", "/menu", "/rien",
    "/start r_VAL-2222",
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
]

Deed = tuple[str, Any]
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


@pytest.fixture
def database(sqlite_database: str) -> str:
    return sqlite_database


@given(deeds=st.lists(DEEDS, min_size=5, max_size=25))
@tried(40)
async def test_every_flow_stands_whatever_people_do(pair: tuple[House, House], time: Time, deeds: list[Deed]) -> None:
    """Two bots that know nothing of one another hear the same and answer the same: a turn leaves nothing to chance."""
    twins = [house.resident() for house in pair]
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


async def do(resident: Resident, deed: Deed) -> None:
    match deed:
        case ("tap", at):
            shown = [one for message in resident.messages for row in message.buttons for one in row if one.data]
            newest_first = shown[::-1]
            if newest_first:
                await resident.presses(newest_first[at % min(len(newest_first), 1 + at // 8)].data)
            else:
                await resident.presses("nothing")
        case ("text", words):
            await resident.says(words)
        case ("forged", data):
            await resident.presses(data)
        case ("place", (latitude, longitude)):
            await resident.shares(latitude, longitude)
        case ("pictures", album):
            await resident.sends("picture", album=album, caption="sur la place" if album == "y" else "")
        case ("refused", why):
            await resident.sends_a_bad_photo(why)
        case ("edited", words):
            await resident.edits(words)
        case ("other", _):
            await resident.sends_other()
        case ("contact", _):
            await resident.sends_contact()
        case ("left", _):
            await resident.leaves()
        case _:
            await resident.comes_back()


def check(resident: Resident, deed: Deed) -> None:
    kind, what = deed
    silent_by_nature = kind in ("left", "came", "edited") or (kind == "pictures" and what)
    assert resident.news or resident.toast or silent_by_nature, f"silence after {deed}"
    for message in resident.news:
        assert not message.is_empty
        for row in message.buttons:
            for button in row:
                assert len(button.data.encode()) <= 64
                assert button.label
                assert bool(button.data) != bool(button.link)
    if resident.news:
        assert leads_on(resident, resident.news[-1]), f"no way on after {deed}:\n{resident.screen}"


def leads_on(resident: Resident, message: Message) -> bool:
    """Buttons, keys, or a question that words or photos answer."""
    return bool(message.buttons or message.keys or resident.conversation.open)
