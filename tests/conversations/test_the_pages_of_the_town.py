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
