"""Erasing everything from the web page: what the open page shows, what is said without scripts."""

from __future__ import annotations

from playwright.async_api import expect

from tests.conversations.test_in_a_browser import OpenTab, taps
from tests.conversations.test_in_a_browser import open_tab as open_tab  # noqa: PLC0414 - a fixture, found by this name
from tests.conversations.test_the_pages_of_the_town import bot as bot  # noqa: PLC0414 - the same
from tests.conversations.test_the_pages_of_the_town import pytestmark as pytestmark  # noqa: PLC0414
from tests.handlers.web.conftest import chromium as chromium  # noqa: PLC0414 - the same
from tests.handlers.web.tab import Tab


async def erases_everything(tab: Tab) -> None:
    await tab.says("/reglages")
    await taps(tab, "Effacer mes données")
    await taps(tab, "Oui, tout effacer")


async def test_nothing_old_stays_on_the_pages_that_are_open_and_one_may_begin_anew(open_tab: OpenTab) -> None:
    tab = await open_tab("/chat")
    await expect(tab.page.locator(".entry.parvis")).to_have_count(1)
    other = Tab(await tab.page.context.new_page(), tab.url)
    await other.go()
    await expect(other.page.locator(".entry.parvis")).to_have_count(1)
    await erases_everything(tab)
    for one in (tab, other):
        await one.hears("C’est effacé.")
        await expect(one.page.locator(".entry")).to_have_count(1)
        await one.is_fit()
    await other.says("/signaler")
    for one in (other, tab):
        await one.hears("Envoyez une photo")
        await expect(one.page.locator(".failed")).to_have_count(0)
    assert (await other.said())[0].endswith("/signaler")
    assert (other.outside, other.faults) == ([], [])


async def test_a_page_opened_again_at_once_greets_again(open_tab: OpenTab) -> None:
    tab = await open_tab("/chat")
    await expect(tab.page.locator(".entry.parvis")).to_have_count(1)
    await erases_everything(tab)
    await tab.hears("C’est effacé.")
    await tab.page.reload()
    await tab.hears("Bonjour")


async def test_a_button_that_no_longer_serves_is_not_offered_again(open_tab: OpenTab) -> None:
    tab = await open_tab("/chat")
    await expect(tab.page.locator(".entry.parvis")).to_have_count(1)
    await tab.page.evaluate("document.querySelector('[name=letter]').value = '77'")
    tab.faults = _Forgiving()
    await taps(tab, "Signaler un problème")
    await expect(tab.page.locator("#state")).to_contain_text("La question à laquelle il répondait est passée.")
    await expect(tab.page.locator(".entry.you")).to_have_count(0)
    await tab.says("/signaler")
    await tab.hears("Envoyez une photo")


class _Forgiving(list[str]):
    def append(self, _fault: str) -> None:
        """Chromium calls a refusal that was asked for a fault."""


async def test_without_a_script_the_page_says_that_everything_is_erased(open_tab: OpenTab) -> None:
    tab = await open_tab("/chat", java_script_enabled=False)
    await taps(tab, "Commencer la discussion")
    await tab.page.fill("#message", "/reglages")
    await tab.sends()
    await taps(tab, "Effacer mes données")
    await taps(tab, "Oui, tout effacer")
    await expect(tab.page.get_by_role("status").first).to_contain_text("C’est effacé")
    await expect(tab.page.locator(".entry")).to_have_count(0)
    await taps(tab, "Commencer la discussion")
    await tab.hears("Bonjour")
    await tab.go("/chat")
    assert "C’est effacé" not in await tab.page.content()
