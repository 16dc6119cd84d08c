"""A house for each test, and one Chromium for those that need a browser."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, async_playwright

from tests.handlers.web.house import House
from tests.handlers.web.tab import Tab
from tests.kit.pictures import make_photo

OpenTab = Callable[..., Awaitable[Tab]]

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


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


@pytest.fixture
async def open_tab(chromium: Browser, served: House) -> AsyncIterator[OpenTab]:
    """Opens tabs, each in a browser profile of its own unless told otherwise; afterwards nothing may have gone out."""
    contexts: list[BrowserContext] = []
    tabs: list[Tab] = []

    async def opened(beside: Tab | None = None, **options: Any) -> Tab:
        if beside:
            context = beside.page.context
        else:
            phone = {"viewport": {"width": 390, "height": 800}, "locale": "fr-FR", "reduced_motion": "reduce"}
            context = await chromium.new_context(**(phone | options))
            context.set_default_timeout(10_000)
            contexts.append(context)
        tabs.append(Tab(await context.new_page(), served.url))
        return tabs[-1]

    yield opened
    for context in contexts:
        await context.close()
    assert [address for tab in tabs for address in tab.outside] == [], "a request left the house"
    assert [fault for tab in tabs for fault in tab.faults] == [], "the page's script or policy failed"


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two photos as files, as a person has them on the telephone."""
    folder = tmp_path_factory.mktemp("photos")
    made = []
    for name, colour in (("lampadaire", "steelblue"), ("trottoir", "darkolivegreen")):
        path = folder / f"{name}.jpg"
        path.write_bytes(make_photo(name, colour))
        made.append(path)
    return made
