"""What the pages look like with the categories, the numbers and the names of the town that ships."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.conversations.test_in_a_browser import OpenTab, taps
from tests.conversations.test_in_a_browser import open_tab as open_tab  # noqa: PLC0414 - a fixture, found by this name
from tests.handlers.web.conftest import chromium as chromium  # noqa: PLC0414 - the same
from tests.handlers.web.tab import Tab
from tests.kit.clock import Time
from tests.kit.whole import WholeBot, a_whole_bot

pytestmark = pytest.mark.browser

WIDTHS = [320, 390, 1280]
LANGUAGES = ["fr", "ar"]


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[WholeBot]:
    """On SQLite only: what is looked at here is drawn by the pages, whatever the database."""
    database = f"sqlite:///{tmp_path / 'data' / 'parvis.db'}"
    time = Time(datetime.now(UTC))
    async with a_whole_bot(tmp_path / "data", database, "boulogne-billancourt", "web", time) as opened:
        yield opened


OVERPRINTED = """(selector) => {
    const boxes = (part) => {
        const words = document.createRange();
        words.selectNodeContents(part);
        return [...words.getClientRects()];
    };
    const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
    return [...document.querySelectorAll(selector)].flatMap((line) => {
        const parts = [...line.children].map(boxes);
        const over = parts.some((one, at) => parts.slice(at + 1).some((other) => one.some((a) => other.some((b) => meet(a, b)))));
        return over ? [line.textContent.trim()] : [];
    });
}"""
"""The lines in which the words of one part are printed over those of another."""


@pytest.mark.parametrize("language", LANGUAGES)
async def test_no_emergency_number_is_printed_over_its_name(open_tab: OpenTab, language: str) -> None:
    for width in WIDTHS:
        tab = await open_tab(f"/?langue={language}", width=width)
        await expect(tab.page.locator(".numbers a")).not_to_have_count(0)
        assert await tab.page.evaluate(OVERPRINTED, ".numbers a") == [], width
        await tab.is_fit()


SCREENS = [(320, 640), (390, 800), (1280, 860)]


async def asks_what_it_is(open_tab: OpenTab, width: int, height: int) -> Tab:
    tab = await open_tab("/chat", width=width)
    await tab.page.set_viewport_size({"width": width, "height": height})
    await taps(tab, "Signaler un problème")
    await tab.hears("Envoyez une photo")
    await taps(tab, "Passer")
    await tab.hears("Où est-ce ?")
    await tab.says("place Jules-Guesde")
    await tab.hears("De quoi s’agit-il ?")
    return tab


@pytest.mark.parametrize(("width", "height"), SCREENS)
async def test_a_question_with_many_choices_shows_itself_and_the_danger_first(
    open_tab: OpenTab, width: int, height: int
) -> None:
    tab = await asks_what_it_is(open_tab, width, height)
    asked = tab.page.locator(".entry.parvis").last
    danger = asked.get_by_role("button", name="Danger immédiat")
    await expect(asked.locator(".bubble")).to_be_in_viewport(ratio=1)
    await expect(danger).to_be_in_viewport(ratio=1)
    await expect(asked.locator(".byline")).to_be_in_viewport(ratio=1)
    rest = tab.page.get_by_role("button", name="Voir la suite")
    if await rest.is_visible():
        await rest.click()
    await expect(asked.get_by_role("button", name="Annuler")).to_be_in_viewport(ratio=1)
    await expect(rest).to_be_hidden()


async def test_many_choices_stand_in_two_columns_where_there_is_room(open_tab: OpenTab) -> None:
    columns = {}
    for width, height in SCREENS:
        tab = await asks_what_it_is(open_tab, width, height)
        lefts = await tab.page.locator(".entry.parvis").last.locator("button").evaluate_all(
            "(buttons) => buttons.slice(1, -2).map((one) => Math.round(one.getBoundingClientRect().left))"
        )
        columns[width] = len(set(lefts))
        await tab.is_fit()
    assert columns == {320: 1, 390: 2, 1280: 2}


async def test_who_reads_the_end_of_a_long_question_is_left_there(open_tab: OpenTab) -> None:
    tab = await asks_what_it_is(open_tab, 320, 640)
    cancel = tab.page.locator(".entry.parvis").last.get_by_role("button", name="Annuler")
    await cancel.scroll_into_view_if_needed()
    await expect(cancel).to_be_in_viewport(ratio=1)
    await tab.page.set_viewport_size({"width": 320, "height": 660})
    await expect(cancel).to_be_in_viewport(ratio=1)
