"""A house for each test, and one Chromium for those that need a browser."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from tests.handlers.web.house import House

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """No network: requests go straight to the site."""
    async with House(tmp_path).open() as one:
        yield one


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[House]:
    """The same on a port of its own."""
    async with House(tmp_path).open(serving=True) as one:
        yield one


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    if not CHROMIUM.exists():
        if "browser" in os.environ.get("PARVIS_REQUIRE", ""):
            pytest.fail(f"{CHROMIUM} is missing, and PARVIS_REQUIRE asks for a browser.")
        pytest.skip(f"{CHROMIUM} is missing: install Debian's chromium to run the tests of the pages.")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        await browser.close()
