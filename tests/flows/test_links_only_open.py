"""Following a link decides nothing: a page elsewhere can make somebody open one, and the web chat says it by itself."""

from __future__ import annotations

import pytest

from bot.news.choose import choices_of
from bot.news.model import State
from bot.people.staff import Role
from flows.subjects import all_flows
from tests.kit.newsroom import acts, item_of, sends
from tests.kit.residents import House
from tests.kit.staff import a_member, a_reader, number_of

OPEN = {"r", "e", "nh", "ni", "ny", "nr", "nz", "actus"}
"""What may be followed from anywhere: it shows something, or asks before it does anything. A flow that acts at once has
`buttons`, not `links`."""

WELCOME = "Bonjour, je suis Parvis"
FLOWS = list(all_flows())


def test_only_what_reads_or_asks_can_be_opened_by_a_link() -> None:
    assert {link for one in FLOWS for link in one.links} <= OPEN


@pytest.mark.parametrize("prefix", sorted({prefix for one in FLOWS for prefix in one.buttons}))
async def test_a_link_to_what_acts_opens_the_welcome(house: House, prefix: str) -> None:
    resident = house.resident()
    await resident.says(f"/start {prefix}_AC-222222")
    assert WELCOME in resident.screen


async def test_a_link_approves_nothing_and_takes_nothing_back(house: House) -> None:
    for _reader in range(3):
        await a_reader(house, ["works"], [1])
    anne = await a_member(house, quartiers=[1])
    omar = await a_member(house, Role.MODERATOR, "Omar Benali")
    ref = await sends(anne)
    for link in (f"na_{ref}", f"na_{ref}_1", f"nu_{ref}"):
        await omar.says(f"/start {link}")
        assert WELCOME in omar.screen
        assert item_of(house, ref).state is State.REVIEW
    await anne.says(f"/start nu_{ref}")
    assert item_of(house, ref).state is State.REVIEW
    assert acts(house, ref) == ["news.file", "news.submit"]


async def test_a_link_ends_nobody_s_news(house: House) -> None:
    reader = await a_reader(house, ["works"], [1])
    for link in ("ns_", "ns_AC-222222", "nl_AC-222222"):
        await reader.says(f"/start {link}")
        assert WELCOME in reader.screen
    with house.desk.reading() as work:
        kept = choices_of(work, number_of(work, reader.external))
    assert kept is not None
    assert (kept.topics, kept.less) == (("works",), ())
