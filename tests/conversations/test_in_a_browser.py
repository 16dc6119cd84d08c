"""A problem near place Jules-Guesde, reported in a real browser in the town that ships, and its public page."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Browser, Request, expect

from bot.city.model import Place
from bot.reports.near import metres_between
from tests.handlers.web.conftest import chromium as chromium  # noqa: PLC0414 - pytest finds the fixture here by this name
from tests.handlers.web.tab import Tab
from tests.kit.clock import Time
from tests.kit.pictures import make_photo
from tests.kit.serving import ROOT
from tests.kit.whole import REF, WholeBot, a_whole_bot

pytestmark = pytest.mark.browser

PLACE_JULES_GUESDE = Place(48.82754, 2.241605)
WORDS = "Le troisième en partant de la pharmacie"
NOTE = "La lampe a été remplacée mercredi."
POSITION = "(entry) => [...document.querySelectorAll('.entry')].indexOf(entry)"
OpenTab = Callable[..., Awaitable[Tab]]


@pytest.fixture
def time() -> Time:
    """`parvis move` is a process of its own and reads the machine's clock: the bot starts from the same day."""
    return Time(datetime.now(UTC))


@pytest.fixture
async def bot(tmp_path: Path, new_database: str, time: Time) -> AsyncIterator[WholeBot]:
    async with a_whole_bot(tmp_path / "data", new_database, "boulogne-billancourt", "web", time) as opened:
        yield opened


@pytest.fixture
async def open_tab(chromium: Browser, bot: WholeBot) -> AsyncIterator[OpenTab]:
    """Each tab in a profile of its own; afterwards nothing may have gone out of the house."""
    tabs: list[Tab] = []

    async def opened(path: str, width: int = 390, **options: Any) -> Tab:
        given: dict[str, Any] = {"viewport": {"width": width, "height": 800}, "locale": "fr-FR"}
        context = await chromium.new_context(**given, reduced_motion="reduce", **options)
        context.set_default_timeout(15_000)
        tabs.append(Tab(await context.new_page(), bot.address))
        await tabs[-1].go(path)
        return tabs[-1]

    yield opened
    for tab in tabs:
        await tab.page.context.close()
    assert [address for tab in tabs for address in tab.outside] == []
    assert [fault for tab in tabs for fault in tab.faults] == []


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "lampadaire.jpg"
    path.write_bytes(make_photo("lampadaire", place=(48.8, 2.2)))
    return path


async def taps(tab: Tab, label: str) -> None:
    """The newest button that says `label`, with or without an icon before it."""
    buttons = tab.page.locator("#log").get_by_role("button", name=re.compile(rf"(^|\s){re.escape(label)}$"))
    await buttons.last.click()


async def points_at(tab: Tab, place: Place) -> None:
    """Tap the map where `place` is: two taps tell how far apart points lie, the third one is right."""
    await taps(tab, "Choisir sur la carte")
    await expect(tab.page.locator("#map .leaflet-interactive, #map path").first).to_be_visible()
    frame = await tab.page.locator("#map").bounding_box()
    assert frame is not None
    corners = [(frame["width"] * share, frame["height"] * share) for share in (0.3, 0.7)]
    (west, north), (east, south) = [await _tapped(tab, corner) for corner in corners]
    assert place.latitude is not None
    assert place.longitude is not None
    across = (place.longitude - west) / (east - west)
    down = (place.latitude - north) / (south - north)
    (left, top), (right, bottom) = corners
    await _tapped(tab, (left + across * (right - left), top + down * (bottom - top)))
    await expect(tab.page.locator("#spot")).to_contain_text("Jules-Guesde")
    await tab.page.click("#send-place")


async def _tapped(tab: Tab, at: tuple[float, float]) -> tuple[float, float]:
    """(longitude, latitude) under the pin, as the page asks the house to name it."""

    def names_it(request: Request) -> bool:
        return "/chat/spot" in request.url

    async with tab.page.expect_request(names_it) as asked:
        await tab.page.locator("#map").click(position={"x": at[0], "y": at[1]})
    told = parse_qs(urlsplit((await asked.value).url).query)
    return float(told["longitude"][0]), float(told["latitude"][0])


async def reports_a_lamp(tab: Tab, photo: Path) -> str:
    """From the first word to the number."""
    await taps(tab, "Signaler un problème")
    await tab.hears("Envoyez une photo")
    await tab.chooses_photos(photo)
    await tab.sends()
    await tab.hears("Où est-ce ?")
    await points_at(tab, PLACE_JULES_GUESDE)
    await tab.hears("De quoi s’agit-il ?")
    await taps(tab, "Éclairage")
    await tab.hears("Plus précisément ?")
    await taps(tab, "Lampadaire éteint ou clignotant")
    await tab.hears("Tout est bon ?")
    await taps(tab, "Ajouter un mot")
    await tab.hears("Un mot de plus ?")
    await tab.says(WORDS)
    await tab.hears("Tout est bon ?")
    await taps(tab, "Envoyer")
    await expect(tab.page.locator(".entry.parvis .bubble").last).to_contain_text("C’est le signalement")
    return str(REF.findall(await tab.page.locator(".entry.parvis .bubble").last.inner_text())[-1])


async def parvis(bot: WholeBot, *arguments: str) -> str:
    """A command of the operator, in a process of its own."""
    settings = {"PARVIS_DATA": str(bot.folder), "PARVIS_DATABASE_URL": bot.database, "PARVIS_CITY": str(bot.town)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=ROOT,
        env=settings,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _nothing = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()


async def test_a_lamp_is_reported_followed_and_mended(
    open_tab: OpenTab, bot: WholeBot, photo: Path, time: Time
) -> None:
    tab = await open_tab("/chat")
    ref = await reports_a_lamp(tab, photo)
    report = bot.report(ref)
    where = report.place
    assert where.latitude is not None
    assert where.longitude is not None
    assert metres_between(where.latitude, where.longitude, 48.82754, 2.241605) < 60
    assert "Jules-Guesde" in where.label
    assert (report.quartier, report.category, report.body, report.words) == (3, "lamp-out", "gpso", WORDS)
    assert len(report.pictures) == 1

    card = tab.page.locator(f'.entry.parvis[data-slot="report:{ref}"]')
    await expect(card).to_have_count(1)
    await expect(card).to_contain_text("Reçu")
    stands_at = await card.evaluate(POSITION)
    assert f"{ref} is now done" in await parvis(bot, "move", ref, "done", "--note", NOTE)
    time.advance(timedelta(days=6))  # past the quiet hours, whatever day this is run
    await expect(card).to_contain_text("Fait")
    await expect(card).to_contain_text(NOTE)
    await expect(card).to_have_count(1)
    assert await card.evaluate(POSITION) == stands_at
    await tab.hears(f"Du nouveau pour le signalement {ref}")

    await card.get_by_role("button", name="Ne plus suivre").click()
    await expect(tab.page.locator("#log")).to_contain_text(f"Vous ne suivez plus le signalement {ref}")
    assert bot.report(ref).followers == 0


async def test_the_public_page_of_a_report_says_nothing_of_people_and_is_for_everybody(
    open_tab: OpenTab, bot: WholeBot, photo: Path
) -> None:
    ref = await reports_a_lamp(await open_tab("/chat"), photo)
    path = f"/signalements/{ref}"
    looks = {"light": "fr", "dark": "fr", "rtl": "ar"}
    for look, language in looks.items():
        tab = await open_tab(f"{path}?langue={language}", width=320, color_scheme="dark" if look == "dark" else "light")
        await expect(tab.page.locator("h1")).to_contain_text(ref)
        assert await tab.page.evaluate("document.documentElement.dir") == ("rtl" if look == "rtl" else "ltr")
        await tab.is_fit()
        content = await tab.page.content()
        assert WORDS not in content
        assert "/photos/" not in content
        assert all(key not in content for key in bot.report(ref).pictures)
    wide = await open_tab(path, width=1280)
    await wide.is_fit()
    await expect(wide.page.locator("main")).to_contain_text("Jules-Guesde")
    await expect(wide.page.locator("main")).to_contain_text("Billancourt – Rives de Seine")
