"""The report of the town that ships, in every state it has: no fault that axe knows, nothing cut, nothing small."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.conversations.test_in_a_browser import OpenTab, taps
from tests.conversations.test_in_a_browser import open_tab as open_tab  # noqa: PLC0414 - fixtures, found by these names
from tests.conversations.test_in_a_browser import photo as photo  # noqa: PLC0414
from tests.conversations.test_the_pages_of_the_town import bot as bot  # noqa: PLC0414
from tests.handlers.web.conftest import chromium as chromium  # noqa: PLC0414
from tests.handlers.web.tab import Tab
from tests.kit.whole import REF

pytestmark = pytest.mark.browser

FRENCH = {
    "report": "Signaler un problème",
    "family": "Éclairage",
    "category": "Lampadaire éteint ou clignotant",
    "other": "Non, c’est autre chose",
    "skip": "Passer",
    "add": "Ajouter un mot",
    "words": "Il clignote depuis lundi.",
    "send": "Envoyer",
    "change": "Changer une réponse",
    "danger": "Danger immédiat",
}
ARABIC = {
    "report": "الإبلاغ عن مشكلة",
    "family": "الإنارة",
    "category": "عمود إنارة مطفأ أو يومض",
    "other": "لا، شيء آخر",
    "skip": "تخطي",
    "add": "إضافة تفاصيل",
    "words": "يومض منذ يوم الإثنين.",
    "send": "إرسال",
    "change": "تغيير إجابة",
    "danger": "خطر داهم",
}
LOOKS = [("fr", FRENCH, 320, "light"), ("ar", ARABIC, 390, "dark")]


async def comes(tab: Tab, asks: str) -> None:
    """The bot answered what was said last, and asks for that; then everything that is shown is right."""
    await expect(tab.page.locator(".waiting")).to_have_count(0)
    last = tab.page.locator(".entry").last
    await expect(last).to_have_attribute("data-by", "parvis")
    if asks:
        await expect(last).to_have_attribute("data-asks", asks)
    await tab.is_fit()


async def does(tab: Tab, label: str, asks: str = "choice") -> None:
    await taps(tab, label)
    await comes(tab, asks)


async def points_with_the_keyboard(tab: Tab) -> None:
    """Open the map, come closer, put the pin in the middle, move it, send it: no mouse, no finger."""
    await tab.page.locator("#log [data-act=map]:visible").focus()
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.locator("#map")).to_be_focused()
    await expect(tab.page.locator("#map .quartier")).to_have_count(6)
    await tab.is_fit()
    for key in ("ArrowUp", "+", "+", "ArrowRight", "Shift+ArrowUp", "ArrowLeft"):
        await tab.page.keyboard.press(key)
    await expect(tab.page.locator("#spot")).not_to_be_empty()
    await expect(tab.page.locator("#send-place")).to_be_enabled()
    await tab.is_fit()
    await tab.page.keyboard.press("Tab")
    zoom = "document.activeElement.className"
    assert "leaflet-control-zoom" in await tab.page.evaluate(zoom)
    await tab.page.locator("#map").focus()
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.locator("#panel")).to_be_hidden()


@pytest.mark.parametrize(("language", "says", "width", "scheme"), LOOKS)
async def test_every_state_of_a_report_is_for_everybody(
    open_tab: OpenTab, photo: Path, language: str, says: Mapping[str, str], width: int, scheme: str
) -> None:
    tab = await open_tab(f"/chat?langue={language}", width=width, color_scheme=scheme)
    await comes(tab, "choice")
    await does(tab, says["report"], "pictures")
    await tab.chooses_photos(photo)
    await tab.is_fit()
    await tab.sends()
    await comes(tab, "place")
    await points_with_the_keyboard(tab)
    await comes(tab, "choice")
    buttons = tab.page.locator(".entry.parvis").last.locator("button")
    if await buttons.count() < 12:  # near a limit the quartier is asked
        await buttons.first.click()
        await comes(tab, "choice")
    await does(tab, says["family"])
    await does(tab, says["category"])
    await does(tab, says["add"], "text")
    await tab.says(says["words"])
    await comes(tab, "choice")
    await expect(tab.page.locator(".entry.parvis").last).to_contain_text(says["words"])
    await does(tab, says["change"])
    await tab.says("/annuler")
    await comes(tab, "choice")


async def tells_the_place(tab: Tab, says: Mapping[str, str]) -> None:
    await taps(tab, says["report"])
    await taps(tab, says["skip"])
    await expect(tab.page.locator(".entry").last).to_have_attribute("data-asks", "place")
    await tab.says("place Jules-Guesde")
    await expect(tab.page.locator(".entry").last).to_have_attribute("data-asks", "choice")


@pytest.mark.parametrize(("language", "says", "width", "scheme"), LOOKS)
async def test_how_a_report_may_end_is_for_everybody(
    open_tab: OpenTab, language: str, says: Mapping[str, str], width: int, scheme: str
) -> None:
    tab = await open_tab(f"/chat?langue={language}", width=width, color_scheme=scheme)
    await tells_the_place(tab, says)
    await taps(tab, says["family"])
    await taps(tab, says["category"])
    await does(tab, says["send"], "")
    filed = tab.page.locator(".entry.parvis").last
    assert REF.search(await filed.inner_text())
    await tab.says("/aide")
    await comes(tab, "choice")
    await tells_the_place(tab, says)
    await taps(tab, says["family"])
    await does(tab, says["category"])
    await expect(tab.page.locator(".entry.parvis").last.get_by_role("button", name=says["other"])).to_be_visible()
    await tab.says("/annuler")
    await tells_the_place(tab, says)
    await does(tab, says["danger"])
    await tab.page.locator(".entry.parvis").last.locator("button").first.click()
    await comes(tab, "choice")
    await expect(tab.page.locator(".entry.parvis").last.locator(".bubble")).to_contain_text("0 800 47 33 33")
