"""A preview in a real browser: every channel and language side by side, on every screen, and for nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.async_api import expect

from bot.delivery.channel import Channel
from bot.delivery.previews import PATH, keep
from bot.news.model import Item, State, Text
from bot.pictures.keep import Pictures
from bot.storage.work import Work
from flows.news_everywhere import as_read
from handlers.web.previews import preview_pages
from tests.handlers.web.conftest import OpenTab
from tests.handlers.web.house import HOMELY, House
from tests.kit.looking import telegram_that_only_looks
from tests.kit.news_items import put_item
from tests.kit.pictures import make_photo

SCREENS: dict[str, dict[str, Any]] = {
    "small phone": {"viewport": {"width": 320, "height": 640}},
    "phone in the dark": {"viewport": {"width": 390, "height": 800}, "color_scheme": "dark"},
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "desktop in the dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "from the right": {"viewport": {"width": 320, "height": 640}, "locale": "ar"},
}
PARAGRAPH = (
    "À partir de lundi, la rue de la Forge est fermée aux voitures entre la place et le pont, de 8 h à 18 h. "
    "Les piétons passent par la cour de l’école ; les commerces restent ouverts & accessibles <à pied>."
)
LONG = "\n\n".join([PARAGRAPH] * 9)
TEXTS = {
    "fr": Text("Rue de la Forge fermée", LONG),
    "pt": Text("Rua fechada", "Segunda e terça, sem carros.\n\nLigue 01 55 18 53 00."),
    "ar": Text("إغلاق شارع الحدادة", "الشارع مغلق أمام السيارات.\n\nتبقى المتاجر مفتوحة. اتصلوا بـ 01 55 18 53 00."),
}


class Shown(msgspec.Struct):
    """A house with one preview in it."""

    house: House
    item: Item
    keys: list[str]
    address: str


@pytest.fixture
async def shown(tmp_path: Path) -> AsyncIterator[Shown]:
    town = replace(HOMELY, languages=("fr", "en", "pt", "ar"))
    pictures, channels = Pictures(tmp_path / "photos"), list[Channel]()
    one = House(tmp_path, town=town, rooms=[lambda desk, _stage, pages: preview_pages(desk, pictures, channels, pages)])
    channels += [telegram_that_only_looks(pictures), one.channel]
    async with one.open(serving=True):
        keys = [pictures.keep(make_photo(name, colour)).key for name, colour in (("a", "teal"), ("b", "sienna"))]
        item = await one.desk.run(lambda work: _item(work, keys))
        yield Shown(one, item, keys, await one.desk.run(lambda work: _kept(work, item)))


@pytest.fixture
def served(shown: Shown) -> House:
    """The house whose tabs are opened."""
    return shown.house


def _item(work: Work, keys: list[str]) -> Item:
    return put_item(
        work,
        ref="AC-TRAVAU",
        state=State.DRAFT,
        texts=TEXTS,
        pictures=tuple(keys),
        alternative="Une barrière en travers de la rue",
        event_at=work.now + timedelta(days=1),
        event_place="Place de la Fontaine",
        link="https://valombre.example/travaux",
    )


def _kept(work: Work, item: Item) -> str:
    readings = as_read(
        item, replace(HOMELY, languages=("fr", "en", "pt", "ar")), lambda path: "https://valombre.example" + path
    )
    return PATH + keep(work, None, readings)


@pytest.mark.browser
@pytest.mark.parametrize("screen", SCREENS)
async def test_the_page_is_accessible_and_fits_on_every_screen(open_tab: OpenTab, shown: Shown, screen: str) -> None:
    tab = await open_tab(**SCREENS[screen])
    await tab.go(shown.address)
    turned = "rtl" if screen == "from the right" else "ltr"
    await expect(tab.page.locator("html")).to_have_attribute("dir", turned)
    await expect(tab.page.get_by_role("heading", level=1)).to_have_count(1)
    await expect(tab.page.locator(".channel")).to_have_count(8)
    first, second = [await tab.page.locator(".channel").nth(at).bounding_box() for at in (0, 1)]
    assert first and second
    assert (first["y"] == second["y"]) == screen.startswith("desktop")
    await tab.is_fit()
