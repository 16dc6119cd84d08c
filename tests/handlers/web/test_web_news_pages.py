"""The pages of the news in a real browser: on every screen, in the dark, from the right, without a script."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from bot.news.model import State, Text
from bot.news.public import A_PAGE, shows_picture
from bot.storage.work import Work
from handlers.web.news import news_pages
from tests.handlers.web.conftest import OpenTab
from tests.handlers.web.house import HOMELY, House
from tests.kit.news_items import put_item
from tests.kit.pictures import make_photo

pytestmark = pytest.mark.browser

SCREENS: dict[str, dict[str, Any]] = {
    "small phone": {"viewport": {"width": 320, "height": 640}},
    "phone in the dark": {"viewport": {"width": 390, "height": 800}, "color_scheme": "dark"},
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "from the right": {"viewport": {"width": 320, "height": 640}, "locale": "ar"},
}
LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz " * 2
ARABIC = Text("إغلاق شارع الحدادة", "الشارع مغلق أمام السيارات.\n\nتبقى المتاجر مفتوحة.")


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[House]:
    town = replace(HOMELY, languages=("fr", "ar"))
    async with House(tmp_path, town=town, rooms=[news_pages], may_see=[shows_picture]).open(serving=True) as house:
        keys = [house.pictures.keep(make_photo(name, "teal")).key for name in ("un", "deux", "trois")]
        await house.desk.run(lambda work: _fill(work, keys))
        yield house


def _fill(work: Work, keys: list[str]) -> None:
    day = timedelta(days=1)
    for at in range(A_PAGE):
        put_item(work, title=f"Ancienne {at}", starts_at=work.now - 9 * day)
    put_item(work, ref="AC-RECALL", state=State.RECALLED, recalled_at=work.now)
    put_item(work, ref="AC-EXPIRE", expires_at=work.now, title="Passée")
    put_item(
        work,
        ref="AC-TRAVAU",
        title=LONG,
        texts={"fr": Text(LONG, "La rue est fermée.\n\n" + LONG * 3), "ar": ARABIC},
        quartiers=(1, 2, 3),
        pictures=tuple(keys),
        alternative="Le chantier",
        event_at=work.now + day,
        event_place="Rue de la Forge",
        link="https://valombre.example/travaux",
        corrected_at=work.now,
    )
    put_item(work, ref="AC-SEULE", pictures=tuple(keys[:1]), alternative="Une affiche")


@pytest.mark.parametrize("screen", SCREENS)
async def test_the_pages_are_accessible_and_fit_on_every_screen(open_tab: OpenTab, screen: str) -> None:
    tab = await open_tab(**SCREENS[screen])
    for path in (
        "/actualites",
        "/actualites?quartier=2&sujet=alert",
        "/actualites?passees=oui",
        *(f"/actualites/AC-{name}" for name in ("TRAVAU", "SEULE", "RECALL", "EXPIRE")),
    ):
        await tab.go(path)
        turned = "rtl" if screen == "from the right" else "ltr"
        await expect(tab.page.locator("html")).to_have_attribute("dir", turned)
        await expect(tab.page.get_by_role("heading", level=1)).to_have_count(1)
        await tab.is_fit()


async def test_an_arabic_text_runs_from_the_right_on_its_page(open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.go("/actualites/AC-TRAVAU?langue=ar")
    await expect(tab.page.locator(".words")).to_have_css("direction", "rtl")
    await expect(tab.page.locator("h1")).to_have_text(ARABIC.title)


async def test_pictures_are_seen_by_a_stranger(open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.go("/actualites/AC-TRAVAU")
    images = tab.page.locator(".pictures img")
    await expect(images).to_have_count(3)
    for at in range(3):
        await images.nth(at).scroll_into_view_if_needed()
        await expect(images.nth(at)).to_have_js_property("complete", value=True)
        assert await images.nth(at).evaluate("(image) => image.naturalWidth") > 0


async def test_without_a_script_one_finds_and_reads_an_item(open_tab: OpenTab) -> None:
    tab = await open_tab(java_script_enabled=False)
    await tab.go("/")
    await tab.page.get_by_role("link", name="Actualités des quartiers").click()
    await tab.page.get_by_label("Quartier").select_option(label="La Scierie")
    await tab.page.get_by_label("Sujet").select_option(label="🚧 Travaux")
    await tab.page.get_by_role("button", name="Afficher").click()
    await expect(tab.page.get_by_label("Quartier")).to_have_value("2")
    await tab.page.get_by_role("link", name="Plus anciennes").click()
    await expect(tab.page.locator(".card")).to_have_count(2)
    await tab.page.get_by_role("link", name="Revenir au début").click()
    await expect(tab.page.locator(".card")).to_have_count(A_PAGE)
    await tab.page.locator(".card h2 a").nth(1).click()
    await expect(tab.page.get_by_role("heading", level=1)).to_contain_text("Rindfleisch")
    await tab.page.get_by_role("link", name="Toutes les actualités").click()
    await tab.page.get_by_role("link", name="Actualités passées").click()
    await expect(tab.page.locator(".card h2")).to_have_text(["Passée"])
