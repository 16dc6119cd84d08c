"""What the pages look like with the categories, the numbers and the names of the town that ships."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from playwright.async_api import expect

from bot.city.model import Place
from tests.conversations.test_in_a_browser import PLACE_JULES_GUESDE, OpenTab, points_at, taps
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
        const pairs = parts.flatMap((one, at) => parts.slice(at + 1).map((other) => [one, other]));
        const over = pairs.some(([one, other]) => one.some((a) => other.some((b) => meet(a, b))));
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
        lefts = (
            await tab.page.locator(".entry.parvis")
            .last.locator("button")
            .evaluate_all(
                "(buttons) => buttons.slice(1, -2).map((one) => Math.round(one.getBoundingClientRect().left))"
            )
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


SKIP = {"fr": "Passer", "ar": "تخطي"}
NAMES = """() => {
    const map = document.getElementById("map").getBoundingClientRect();
    const names = [...document.querySelectorAll(".map-name")];
    const read = names.filter((one) => one.checkVisibility({ visibilityProperty: true }));
    return Object.fromEntries(read.map((one) => {
        const words = document.createRange();
        words.selectNodeContents(one);
        const box = words.getBoundingClientRect();
        return [one.textContent, [box.left - map.left, box.top - map.top, box.right - map.left, box.bottom - map.top]];
    }));
}"""
"""The names that can be read on the map, each with its left, top, right and bottom, in pixels from the map's corner."""

Box = list[float]


async def opens_the_map(open_tab: OpenTab, language: str, width: int) -> Tab:
    tab = await open_tab(f"/chat?langue={language}", width=width)
    await expect(tab.page.locator(".entry.parvis")).to_have_count(1)
    await tab.says("/signaler")
    await taps(tab, SKIP[language])
    await tab.page.locator("#log [data-act=map]:visible").click()
    await expect(tab.page.locator("#map .quartier")).to_have_count(6)
    return tab


def over_each_other(names: dict[str, Box]) -> list[tuple[str, str]]:
    return [
        (one, other)
        for one, a in names.items()
        for other, b in names.items()
        if one < other and a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    ]


@pytest.mark.parametrize("width", WIDTHS)
async def test_the_names_stand_in_their_quartiers_whichever_way_the_language_runs(
    open_tab: OpenTab, bot: WholeBot, width: int
) -> None:
    shown: dict[str, dict[str, Box]] = {}
    for language in LANGUAGES:
        tab = await opens_the_map(open_tab, language, width)
        frame = await tab.page.locator("#map").bounding_box()
        assert frame is not None
        names = shown[language] = await tab.page.evaluate(NAMES)
        assert set(names) == {quartier.name for quartier in bot.app.stage.city.quartiers}
        assert over_each_other(names) == []
        assert all(box[0] >= 0 and box[2] <= frame["width"] for box in names.values()), names
        await tab.is_fit()
    for name, box in shown["fr"].items():
        assert shown["ar"][name][0] == pytest.approx(box[0], abs=2), name


async def test_close_enough_the_map_shows_the_known_places(open_tab: OpenTab) -> None:
    for language in LANGUAGES:
        tab = await opens_the_map(open_tab, language, 390)
        await expect(tab.page.locator(".known-place")).to_have_count(0)
        for _ in range(2):
            await tab.page.keyboard.press("+")
        await expect(tab.page.locator(".known-place")).not_to_have_count(0)
        names = await tab.page.evaluate(NAMES)
        seen = {name for name, box in names.items() if box[0] > 0 and box[2] < 350 and 0 < box[1] < 300}
        assert len(seen) >= 3, names
        assert over_each_other(names) == []
        await tab.is_fit()


async def test_the_map_goes_no_closer_than_where_something_can_be_seen(open_tab: OpenTab) -> None:
    tab = await opens_the_map(open_tab, "fr", 390)
    for _ in range(9):
        await tab.page.keyboard.press("+")
    await expect(tab.page.get_by_role("button", name="Agrandir")).to_be_disabled()
    await expect(tab.page.locator("#map .leaflet-control-scale-line")).to_have_text("50 m")


async def test_far_from_every_known_place_the_pin_says_how_far_the_nearest_one_is(bot: WholeBot) -> None:
    told = {
        Place(48.8525, 2.226): "Le repère est à 950 m de « rue du Transvaal / avenue Charles-de-Gaulle », "
        "quartier Parchamp – Albert-Kahn.",
        PLACE_JULES_GUESDE: "Le repère est près de « place Jules-Guesde », quartier Billancourt – Rives de Seine.",
    }
    async with httpx.AsyncClient(base_url=bot.address) as visitor:
        for place, words in told.items():
            asked = {"latitude": str(place.latitude), "longitude": str(place.longitude), "langue": "fr"}
            answer = (await visitor.get("/chat/spot", params=asked)).json()
            assert answer == {"words": words, "inside": True}


async def test_a_pin_that_was_sent_is_shown_by_its_place_and_its_quartier(open_tab: OpenTab) -> None:
    tab = await open_tab("/chat")
    await taps(tab, "Signaler un problème")
    await taps(tab, "Passer")
    await tab.hears("Où est-ce ?")
    await points_at(tab, PLACE_JULES_GUESDE)
    await tab.hears("De quoi s’agit-il ?")
    assert (await tab.said())[-1] == "Lieu : place Jules-Guesde, Billancourt – Rives de Seine"


async def test_the_author_and_the_hour_of_a_message_do_not_run_into_each_other_in_arabic(open_tab: OpenTab) -> None:
    tab = await open_tab("/chat?langue=ar")
    await expect(tab.page.locator(".entry.parvis")).to_have_count(1)
    await tab.says("مرحبا")
    await expect(tab.page.locator(".entry.parvis")).to_have_count(2)
    for byline in await tab.page.locator(".byline").all():
        author, hour = [await byline.locator(part).bounding_box() for part in (".author", "time")]
        assert author is not None
        assert hour is not None
        assert author["x"] >= hour["x"] + hour["width"] - 1, await byline.inner_text()


@pytest.mark.parametrize("scripts", [True, False])
async def test_the_language_of_the_chat_is_changed_on_the_page_in_its_own_name(
    open_tab: OpenTab, scripts: bool
) -> None:
    tab = await open_tab("/chat", width=320, java_script_enabled=scripts)
    if not scripts:
        await taps(tab, "Commencer la discussion")
    await taps(tab, "Signaler un problème")
    await tab.hears("Envoyez une photo")
    await tab.page.locator("summary").click()
    if scripts:
        await tab.is_fit()
    await tab.page.get_by_role("button", name="العربية").click()
    await expect(tab.page.locator("html")).to_have_attribute("dir", "rtl")
    await expect(tab.page.locator(".entry.parvis").last).to_contain_text("Envoyez une photo")
    await taps(tab, SKIP["fr"])  # the question as it was asked still takes its answers
    await expect(tab.page.locator(".entry.parvis").last).to_have_attribute("lang", "ar")
    await tab.go("/chat")
    await expect(tab.page.locator("html")).to_have_attribute("lang", "ar")


async def test_the_list_of_languages_closes_with_escape_and_by_a_click_elsewhere(open_tab: OpenTab) -> None:
    tab = await open_tab("/chat")
    await expect(tab.page.locator(".entry.parvis")).to_have_count(1)
    summary, listed = tab.page.locator("summary"), tab.page.get_by_role("button", name="English")
    await summary.press("Enter")
    await expect(listed).to_be_visible()
    await tab.page.keyboard.press("Escape")
    await expect(listed).to_be_hidden()
    await expect(summary).to_be_focused()
    await summary.click()
    await expect(listed).to_be_visible()
    await tab.page.locator(".about").click()
    await expect(listed).to_be_hidden()


async def test_a_browser_that_keeps_nothing_can_still_chat(open_tab: OpenTab) -> None:
    tab = await open_tab("/nulle-part")
    await tab.page.add_init_script(
        "Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('no', 'SecurityError'); } });"
    )
    await tab.go("/chat")
    await expect(tab.page.locator(".entry.parvis")).to_have_count(1)
    await tab.says("/langue")
    await taps(tab, "English")
    await expect(tab.page.locator("html")).to_have_attribute("lang", "en")
    await tab.page.wait_for_load_state()
    await tab.says("/signaler")
    await expect(tab.page.locator(".entry.parvis").last).to_have_attribute("data-asks", "pictures")
