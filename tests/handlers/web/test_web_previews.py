"""A preview in a real browser: every channel and language side by side, on every screen, and for nobody else."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.async_api import expect

from bot.delivery.channel import Channel
from bot.delivery.model import Button, Message
from bot.delivery.previews import PATH, keep
from bot.news.model import Item, State, Text
from bot.pictures.keep import Pictures
from bot.storage.work import Work
from flows.engine.showing import INERT
from flows.news_everywhere import as_read
from handlers.web.previews import preview_pages
from tests.handlers.web.conftest import OpenTab
from tests.handlers.web.house import HOMELY, House
from tests.kit.looking import telegram_that_only_looks
from tests.kit.news_items import put_item
from tests.kit.pictures import make_photo

TOWN = replace(HOMELY, languages=("fr", "en", "pt", "ar"))
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
    pictures, channels = Pictures(tmp_path / "photos"), list[Channel]()
    one = House(tmp_path, town=TOWN, rooms=[lambda desk, _stage, pages: preview_pages(desk, pictures, channels, pages)])
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
    return PATH + keep(work, None, as_read(item, TOWN, lambda path: f"https://valombre.example{path}"))


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


@pytest.mark.browser
async def test_photos_are_seen_with_what_they_show_and_buttons_do_nothing(open_tab: OpenTab, shown: Shown) -> None:
    tab = await open_tab()
    await tab.go(shown.address)
    images = tab.page.locator(".channel img")
    await expect(images).to_have_count(16)
    for at in range(16):
        await images.nth(at).scroll_into_view_if_needed()
        await expect(images.nth(at)).to_have_js_property("complete", value=True)
        assert await images.nth(at).evaluate("(image) => image.naturalWidth") > 0
        assert re.search(r"\((1|2) .* 2\)$", await images.nth(at).get_attribute("alt") or "")
    for button in await tab.page.locator(".channel button").all():
        await expect(button).to_be_disabled()
    await expect(tab.page.locator(".channel input, .channel a:not([href*='/photos/'])")).to_have_count(0)


@pytest.mark.browser
async def test_each_language_is_written_as_it_is_read(open_tab: OpenTab, shown: Shown) -> None:
    tab = await open_tab()
    await tab.go(shown.address)
    await expect(tab.page).to_have_title("Aperçu : 🚧 Rue de la Forge fermée")
    await expect(tab.page.locator(".reading h2")).to_have_text(["Français", "Português", "العربية", "English"])
    await expect(tab.page.locator("#ar .entry")).to_have_css("direction", "rtl")
    await expect(tab.page.locator("#ar .html").last).to_have_css("direction", "rtl")
    french = tab.page.locator("#fr .html")
    await expect(french).to_contain_text("restent ouverts & accessibles <à pied>.")
    await expect(french.locator("b").first).to_have_text("🚧 Rue de la Forge fermée")
    await expect(tab.page.locator("#fr .keys")).to_have_text(
        ["En savoir plus", "Voir la page", "Moins de ce sujetNe plus recevoir"]
    )
    await expect(tab.page.locator("#en .small").last).to_contain_text("You are reading this text in French.")


# For nobody else


async def test_nothing_of_it_is_kept_indexed_or_told(shown: Shown) -> None:
    async with shown.house.visitor(Accept="text/html") as visitor:
        key = shown.keys[0]
        for path in (shown.address, f"{shown.address}/photos/{key}.jpg", f"{shown.address}/photos/{key}-320.jpg"):
            answer = await visitor.get(path)
            assert answer.status_code == 200
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-robots-tag"] == "noindex, nofollow"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert "default-src 'self'" in answer.headers["content-security-policy"]
            assert "set-cookie" not in answer.headers
        assert '<meta name="robots" content="noindex, nofollow">' in (await visitor.get(shown.address)).text
        assert (await visitor.head(shown.address)).status_code == 200


async def test_photos_are_reached_through_their_preview_only(shown: Shown) -> None:
    other = shown.house.pictures.keep(make_photo("c")).key
    key = shown.keys[0]
    async with shown.house.visitor() as visitor:
        for path in (
            f"/photos/{key}.jpg",
            f"{shown.address}/photos/{other}.jpg",
            f"{shown.address}/photos/{key}-5000.jpg",
            f"{shown.address}/photos/../../parvis.db",
            f"{PATH}{'x' * 43}/photos/{key}.jpg",
        ):
            assert (await visitor.get(path)).status_code == 404, path


@pytest.mark.parametrize("token", ["x" * 43, "x", "é" * 43, "%00" * 43, "AC-TRAVAU", "x" * 5000])
async def test_an_unknown_address_says_so(shown: Shown, token: str) -> None:
    async with shown.house.visitor(Accept="text/html") as visitor:
        answer = await visitor.get(PATH + token)
        assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")
        assert "Cet aperçu n’est plus là" in answer.text


async def test_after_a_day_the_page_and_its_photos_are_gone(shown: Shown) -> None:
    shown.house.time.pass_by(timedelta(hours=24))
    async with shown.house.visitor(Accept="text/html") as visitor:
        answer = await visitor.get(shown.address)
        assert (answer.status_code, "se garde 24 heures" in answer.text) == (404, True)
        assert (await visitor.get(f"{shown.address}/photos/{shown.keys[0]}.jpg")).status_code == 404


# In the chat


@pytest.mark.browser
async def test_in_the_chat_a_line_says_that_the_button_is_a_preview(open_tab: OpenTab, shown: Shown) -> None:
    tab = await open_tab()
    await tab.opens_the_chat()
    await tab.taps("Lire en arabe")
    question = tab.page.locator(".entry", has_text="ما هي المشكلة؟")
    await expect(question.get_by_role("button", name="إنارة الشارع")).to_be_visible()
    cookies = await tab.page.context.cookies()
    session = next(one["value"] for one in cookies if one["name"] == "parvis").partition(".")[0]
    await shown.house.push(
        Message(title="Rue fermée", buttons=((Button("Moins de ce sujet", INERT, style="quiet"),),)), session
    )
    await tab.taps("Moins de ce sujet")
    await expect(tab.page.locator("#state")).to_contain_text("C’est un aperçu")
    assert "Moins de ce sujet" not in await tab.said()
    await expect(tab.button("Moins de ce sujet")).to_be_visible()
    await question.get_by_role("button", name="إنارة الشارع").click()
    await expect(question.get_by_role("button", name="إنارة الشارع")).to_be_hidden()
