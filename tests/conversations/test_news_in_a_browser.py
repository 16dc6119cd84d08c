"""News of a quartier on the web page: pushed to the page that is open, put right in place, kept for the next visit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect
from sqlalchemy import select

from bot.people.staff import Role
from bot.people.store import resident
from bot.storage.work import Work
from tests.conftest import VALOMBRE
from tests.conversations.test_in_a_browser import OpenTab
from tests.conversations.test_in_a_browser import open_tab as open_tab  # noqa: PLC0414 - fixtures, found by these names
from tests.handlers.web.conftest import chromium as chromium  # noqa: PLC0414
from tests.handlers.web.tab import Tab
from tests.kit.clock import Time
from tests.kit.newsroom import REF, THE_END
from tests.kit.staff import choose_news, give_role, number_of
from tests.kit.whole import Person, WholeBot, a_whole_bot

pytestmark = pytest.mark.browser

TITLE = "Rue <b>fermée</b>"
WORDS = "Lundi & mardi, <script>alert(1)</script> sans voitures."


@pytest.fixture
async def bot(tmp_path: Path, blank_database: str, time: Time) -> AsyncIterator[WholeBot]:
    async with a_whole_bot(tmp_path / "data", blank_database, VALOMBRE, "web", time) as opened:
        yield opened


@pytest.fixture
async def reader(open_tab: OpenTab, bot: WholeBot) -> Tab:
    """Somebody whose page is open, and who chose to be told at once of works in the first quartier."""
    tab = await open_tab("/chat")
    await expect(tab.page.locator(".entry.parvis")).to_have_count(1)
    cookie = (await tab.page.context.cookies())[0]["value"]
    session = str(cookie).partition(".")[0]
    await bot.app.desk.run(lambda work: choose_news(work, number_of(work, session, "web"), ["works"], [1]))
    return tab


@pytest.fixture
async def anne(bot: WholeBot, reader: Tab) -> Person:
    person = bot.person()
    await person.says("/aide")

    def gives(work: Work) -> None:
        newest = work.connection.scalars(select(resident.c.id).order_by(resident.c.id.desc()).limit(1)).one()
        give_role(work, newest, Role.CONSEILLER, "Anne Martin", [1])

    await bot.app.desk.run(gives)
    return person


async def writes(anne: Person) -> str:
    """From /diffuser to « Maintenant »; gives the reference."""
    await anne.says("/diffuser")
    await anne.taps("Travaux")
    for said in (TITLE, WORDS, "passer", "passer"):
        await anne.says(said)
    await anne.taps("Non")
    await anne.taps(THE_END)
    await anne.says("passer")
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    return str(REF.findall(anne.screen)[-1])


async def corrects(anne: Person, ref: str, words: str) -> None:
    await anne.says("/diffuser")
    await anne.taps(ref)
    await anne.taps("Corriger")
    await anne.taps("Le texte")
    await anne.taps("Terminé")
    await anne.says("passer")
    await anne.says(words)
    await anne.taps("Oui")


async def test_news_come_to_the_open_page_are_put_right_there_and_stay_for_the_next_visit(
    reader: Tab, anne: Person, bot: WholeBot, time: Time
) -> None:
    ref = await writes(anne)
    await expect(reader.page.locator(".entry.parvis")).to_have_count(1)  # a minute to undo
    time.advance(timedelta(seconds=61))
    bot.app.postman.wake()
    await reader.hears(TITLE)
    await reader.hears(WORDS)
    item = reader.page.locator(".entry.parvis").last
    await expect(item.locator("script, b")).to_have_count(0)  # what was typed is words, never a part of the page
    await reader.is_fit()
    await reader.page.close()
    reader.page = await reader.page.context.new_page()
    await reader.go()
    await expect(reader.page.locator(".bubble", has_text=TITLE)).to_have_count(1)
    await corrects(anne, ref, "Mercredi seulement.")
    bot.app.postman.wake()
    await reader.hears("Mercredi seulement.")
    await expect(reader.page.locator(".bubble", has_text=WORDS)).to_have_count(0)
    await reader.page.reload()
    await reader.hears("Mercredi seulement.")
    await expect(reader.page.locator(".bubble", has_text=TITLE)).to_have_count(1)
    await reader.taps("Moins de ce sujet")
    await expect(reader.page.locator(".entry.parvis").last).not_to_contain_text(TITLE)
    # By now the page has been told again what came lately: the first words are not among what it shows.
    await expect(reader.page.locator(".bubble", has_text=WORDS)).to_have_count(0)
    await expect(reader.page.locator(".bubble", has_text="Mercredi seulement.")).to_have_count(1)
