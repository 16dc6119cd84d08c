"""A piece of news seen before it leaves as every channel and language will show it, and then as it arrived."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from bot.city.folder import shipped
from bot.delivery.model import Message
from bot.delivery.outbox import letter
from bot.delivery.previews import preview
from bot.people.staff import Role
from bot.people.store import resident
from bot.storage.work import Work
from flows.leaving import erase
from tests.kit.clock import Time
from tests.kit.pictures import make_photo
from tests.kit.staff import choose_news, give_role, number_of
from tests.kit.whole import TelegramPerson, WholeBot, a_whole_bot

PUBLIC = "https://parvis.example"
PLAIN = "http://parvis.example"
"""For a browser that comes without a certificate: over https the cookie would be for https only."""

LINK = re.compile(r"https?://parvis\.example(/apercu/[\w-]{43})\?langue=fr")
WHAT_IT_DOES = "C’est un aperçu : ce bouton ne marche que chez les lecteurs."
WORDS = "Lundi & mardi, sans voitures <ni vélos>."
LONG = "\n\n".join([WORDS] * 40)


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """The town that ships, for its languages; there, two people read what is for three."""
    folder = Path(shutil.copytree(shipped(), tmp_path / "town"))
    told = (folder / "city.toml").read_text()
    (folder / "city.toml").write_text(told.replace("review_from = 500", "review_from = 3"))
    return folder


@pytest.fixture
async def bot(tmp_path: Path, blank_database: str, town: Path, time: Time) -> AsyncIterator[WholeBot]:
    async with a_whole_bot(tmp_path / "data", blank_database, town, "webhook", time) as opened:
        yield opened


async def comes(bot: WholeBot, language: str, then: Callable[[Work, int], None]) -> TelegramPerson:
    assert bot.telegram is not None
    person = TelegramPerson(bot, bot.telegram)
    person.user = bot.telegram.user(language_code=language)
    await person.says("/start")
    await bot.app.desk.run(lambda work: then(work, number_of(work, str(person.user.id), "telegram")))
    return person


async def the_page(bot: WholeBot, link: str) -> str:
    found = LINK.fullmatch(link)
    assert found, link
    async with httpx.AsyncClient(base_url=bot.address) as browser:
        answer = await browser.get(f"{found[1]}?langue=fr")
    assert answer.status_code == 200, answer.text
    return answer.text


def link_of(person: TelegramPerson) -> str:
    for message in reversed(person.user.bot_messages):
        if button := message.button("Voir sur chaque messagerie"):
            return button.url or ""
    raise AssertionError(f"no link to a preview on:\n{person.screen}")


def on_telegram(page: str, language: str) -> tuple[list[str], list[list[str]], int]:
    """The texts, the rows of buttons and the number of photos that the page shows of Telegram in a language."""
    section = page.partition(f'<section class="reading" id="{language}"')[2].partition('class="reading"')[0]
    drawn = section.partition('class="screen drawn"')[2].partition("</section>")[0]
    told = re.findall(r'<p class="html" dir="auto">(.*?)</p>', drawn, re.DOTALL)
    texts = [unescape(re.sub("</?[bi]>", "", one)) for one in told]
    rows = [
        [unescape(label) for label in re.findall(r"<button[^>]*>(.*?)</button>", row)]
        for row in re.findall(r'<p class="keys">(.*?)</p>', drawn, re.DOTALL)
    ]
    return texts, rows, drawn.count("<img ")


@pytest.mark.parametrize(("words", "photos"), [(WORDS, 0), (WORDS, 1), (WORDS, 2), (LONG, 1)])
async def test_what_the_page_showed_is_what_arrives(bot: WholeBot, time: Time, words: str, photos: int) -> None:
    readers = {
        language: await comes(bot, language, lambda work, who: choose_news(work, who, ["travaux"], [1]))
        for language in ("fr", "ar")
    }
    anne = await comes(bot, "fr", lambda work, who: give_role(work, who, Role.CONSEILLER, "Anne Martin", [1]))
    await anne.says("/diffuser")
    await anne.taps("Travaux et circulation")
    await anne.says("Rue du Dôme fermée")
    await anne.says(words)
    if photos:
        await anne.sends(*(make_photo(f"barrier {at}") for at in range(photos)))
        await anne.says("Une barrière")
    else:
        await anne.says("passer")
    await anne.says("passer")
    await anne.taps("Non")
    await anne.taps("7 jours après l’envoi")
    await anne.taps("Passer")
    page = await the_page(bot, link_of(anne))
    before = len(anne.user.bot_messages)
    await anne.taps("Ne plus recevoir")
    assert anne.user.toasts[-1] == WHAT_IT_DOES
    assert len(anne.user.bot_messages) == before
    seen_so_far = {language: len(reader.user.bot_messages) for language, reader in readers.items()}
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    time.advance(timedelta(seconds=61))
    bot.app.postman.wake()
    for language, reader in readers.items():
        texts, rows, shown = on_telegram(page, language)
        await reader.user.wait_for(texts[-1][-20:])
        await bot.settled()
        arrived = reader.user.bot_messages[seen_so_far[language] :]
        assert [message.text for message in arrived if message.text] == texts
        assert [[button.label for button in row] for row in arrived[-1].buttons] == rows
        assert len([message for message in arrived if message.photo]) == shown == photos
    assert "/actualites/AC-" not in page


async def test_the_reviewer_gets_the_page_and_it_ends_with_its_author(bot: WholeBot) -> None:
    for _reader in range(3):
        await comes(bot, "fr", lambda work, who: choose_news(work, who, ["travaux"], [1]))
    omar = await comes(bot, "fr", lambda work, who: give_role(work, who, Role.MODERATOR, "Omar Benali"))
    anne = await comes(bot, "fr", lambda work, who: give_role(work, who, Role.CONSEILLER, "Anne Martin", [1]))
    await anne.says("/diffuser")
    await anne.taps("Travaux et circulation")
    for said in ("Rue du Dôme fermée", WORDS, "passer", "passer"):
        await anne.says(said)
    await anne.taps("Non")
    await anne.taps("7 jours après l’envoi")
    await anne.taps("Passer")
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    bot.app.postman.wake()
    await omar.user.wait_for("Peut-elle partir ?")
    link = link_of(omar)
    assert on_telegram(await the_page(bot, link), "fr")[0][0].startswith("🚧 Rue du Dôme fermée")
    await omar.taps("Moins de ce sujet")
    assert omar.user.toasts == [WHAT_IT_DOES]
    await bot.app.desk.run(lambda work: erase(work, number_of(work, str(anne.user.id), "telegram")))
    async with httpx.AsyncClient(base_url=bot.address) as browser:
        answer = await browser.get(link.removeprefix(PUBLIC))
    assert (answer.status_code, "Cet aperçu n’est plus là" in answer.text) == (404, True)


async def test_an_author_in_a_browser_sees_the_bubble_of_the_chat_page(
    tmp_path: Path, blank_database: str, town: Path, time: Time
) -> None:
    async with a_whole_bot(tmp_path / "web", blank_database, town, "web", time, PLAIN) as bot:
        anne = bot.person()
        await anne.says("/aide")
        await bot.app.desk.run(lambda work: give_role(work, only_resident(work), Role.CONSEILLER, "Anne Martin", [1]))
        await anne.says("/diffuser")
        await anne.taps("Travaux et circulation")
        await anne.taps("Continuer")
        for said in ("Rue du Dôme fermée", WORDS, "passer", "passer"):
            await anne.says(said)
        await anne.taps("Non")
        await anne.taps("7 jours après l’envoi")
        await anne.taps("Passer")
        anne.sees("Voir sur chaque messagerie", "Moins de ce sujet", "Voilà ce que verront vos lecteurs.")
        asked = anne.screen
        await anne.taps("Moins de ce sujet")
        assert anne.screen == asked
        async with httpx.AsyncClient(base_url=bot.address) as browser:
            kept = await bot.app.desk.run(a_link)
            page = (await browser.get(kept)).text
        assert page.count('<section class="channel"') == len(bot.app.city.languages)  # no token: the web chat only
        french = page.partition('id="fr"')[2].partition('class="reading"')[0]
        assert '<p class="words">Lundi &amp; mardi, sans voitures &lt;ni vélos&gt;.</p>' in french
        assert re.findall(r"<button type=\"button\" disabled[^>]*>(.*?)</button>", french) == [
            "Voir la page",
            "Moins de ce sujet",
            "Ne plus recevoir",
        ]
        await anne.taps("Oui, choisir quand")
        anne.sees("Quand l’envoyer ?")


async def test_without_a_public_address_nothing_is_kept_and_no_link_is_shown(
    tmp_path: Path, blank_database: str, town: Path, time: Time
) -> None:
    async with a_whole_bot(tmp_path / "data", blank_database, town, "polling", time) as bot:
        anne = await comes(bot, "fr", lambda work, who: give_role(work, who, Role.CONSEILLER, "Anne Martin", [1]))
        await anne.says("/diffuser")
        await anne.taps("Travaux et circulation")
        await anne.taps("Continuer")
        for said in ("Rue du Dôme fermée", WORDS, "passer", "passer", "non", "7 jours après l’envoi", "passer"):
            await anne.says(said)
        anne.sees("Voilà ce que verront vos lecteurs.", "Moins de ce sujet")
        assert "Voir sur chaque messagerie" not in anne.screen
        assert await bot.app.desk.run(lambda work: work.connection.execute(select(preview.c.id)).all()) == []


def only_resident(work: Work) -> int:
    return int(work.connection.execute(select(resident.c.id)).scalar_one())


def a_link(work: Work) -> str:
    """The path of the newest link to a preview that was said."""
    told = work.connection.scalars(select(letter.c.payload).where(letter.c.payload.contains("/apercu/")))
    found = [LINK.search(one) for one in told]
    assert found
    assert found[-1]
    return found[-1][1]


async def test_what_a_letter_counts_for_is_asked_of_its_channel(bot: WholeBot) -> None:
    four = Message(text=WORDS, pictures=("one", "two", "three", "four"))
    counted = [bot.app.stage.messages_of(channel, four) for channel in ("telegram", "web", "one that was closed")]
    assert counted == [5, 0, 0]  # nothing holds the web back
