"""Asking for the news of a quartier, reading them, a digest, stopping: through every door."""

import re
from datetime import timedelta

import httpx
from sqlalchemy import select

from bot.city.model import Place
from bot.delivery.store import letter
from bot.storage.work import Work
from tests.kit import news
from tests.kit.clock import Time
from tests.kit.waiting import until
from tests.kit.whole import Person, WebPerson, WholeBot

SQUARE = Place(46.5072, 7.4104)


async def the_digest_arrived(bot: WholeBot) -> None:
    """It was written by the clock: nobody waits for it, as one waits for a reply."""
    arrived = select(letter.c.id).where(letter.c.key.startswith("digest:"), letter.c.state == "sent")

    def is_there() -> bool:
        with bot.app.desk.reading() as work:
            return work.connection.execute(arrived).first() is not None

    await until(is_there, "a digest")


async def test_the_page_of_the_news_leads_to_choosing_them(resident: Person, bot: WholeBot) -> None:
    async with httpx.AsyncClient(base_url=bot.address) as visitor:
        page = (await visitor.get("/actualites")).text
    links = set(re.findall(r"[?;]start=(\w+)", page))
    assert len(links) == 1
    await resident.says(f"/start {links.pop()}")
    resident.sees("Les actualités : les recevoir, ou lire les dernières ?", "Recevoir : je dis où j’habite")


async def test_news_are_chosen_read_told_in_a_digest_and_stopped(resident: Person, bot: WholeBot, time: Time) -> None:
    await resident.says("/actus")
    await resident.taps("Recevoir : je dis où j’habite")
    await resident.shares(SQUARE)
    resident.sees("Tous sont cochés", "☑ 🚧 Travaux")
    await resident.taps("☑ 🚧 Travaux")
    resident.sees("☐ 🚧 Travaux")
    await resident.taps("Terminé")
    await resident.taps("Chaque jour à 18:00")
    resident.sees("C’est noté.", "Le Bourg et toute la ville", "un résumé par jour, à 18:00")

    def writes(work: Work) -> None:
        news.an_item(work, "Foire aux fromages", quartiers=[1], starts_at=work.now)
        news.an_item(work, "Eau coupée", topic="works", starts_at=work.now)

    time.advance(timedelta(hours=1))
    await bot.app.desk.run(writes)
    await resident.taps("Lire les dernières")
    await resident.taps("🎪 Foire aux fromages")
    resident.sees("Anne Martin, conseillère de quartier", "Moins de ce sujet")
    time.advance(timedelta(hours=7))
    assert (await bot.app.clock.do_what_is_due())["digests"] == 1
    bot.app.postman.wake()
    await the_digest_arrived(bot)
    if isinstance(resident, WebPerson):
        await resident.reloads()
    resident.sees("Les actualités du jour", "Foire aux fromages")
    assert "Eau coupée" not in resident.screen
    await resident.taps("Ne plus recevoir")
    resident.sees("vous ne recevrez plus d’actualités")
