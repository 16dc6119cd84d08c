"""News from one telephone to many others: written, approved by a second person, received in four languages."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.city.folder import shipped
from bot.news.model import State
from bot.news.store import item_by_ref
from bot.people.staff import Role
from bot.people.store import resident
from bot.storage.work import Work
from tests.kit.clock import Time
from tests.kit.pictures import make_photo
from tests.kit.staff import choose_news, give_role, number_of
from tests.kit.whole import PATIENCE, TelegramPerson, WholeBot, a_whole_bot

REF = re.compile(r"\bAC-[2-9A-Y]{6}\b")
LANGUAGES = ("fr", "en", "pt", "ar")


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """The town that ships, for its languages; there, two people read what is for three."""
    folder = Path(shutil.copytree(shipped(), tmp_path / "town"))
    told = (folder / "city.toml").read_text()
    (folder / "city.toml").write_text(told.replace("review_from = 500", "review_from = 3"))
    return folder


@pytest.fixture
async def bot(tmp_path: Path, new_database: str, town: Path, time: Time) -> AsyncIterator[WholeBot]:
    async with a_whole_bot(tmp_path / "data", new_database, town, "polling", time) as opened:
        yield opened


async def comes(bot: WholeBot, language: str, then: Callable[[Work, int], None]) -> TelegramPerson:
    """Somebody who has said hello, and who is then made a reader or a member of staff."""
    assert bot.telegram is not None
    person = TelegramPerson(bot, bot.telegram)
    person.user = bot.telegram.user(language_code=language)
    await person.says("/start")
    await bot.app.desk.run(lambda work: then(work, number_of(work, str(person.user.id), "telegram")))
    return person


async def a_reader(bot: WholeBot, language: str) -> TelegramPerson:
    return await comes(bot, language, lambda work, who: choose_news(work, who, ["travaux"], [1]))


@pytest.fixture
async def readers(bot: WholeBot) -> dict[str, TelegramPerson]:
    return {language: await a_reader(bot, language) for language in LANGUAGES}


@pytest.fixture
async def anne(bot: WholeBot, readers: object) -> TelegramPerson:
    return await comes(bot, "fr", lambda work, who: give_role(work, who, Role.CONSEILLER, "Anne Martin", [1]))


@pytest.fixture
async def omar(bot: WholeBot) -> TelegramPerson:
    return await comes(bot, "fr", lambda work, who: give_role(work, who, Role.MODERATOR, "Omar Benali"))


async def writes(anne: TelegramPerson) -> str:
    """In French, Portuguese and Arabic, for now; gives the reference."""
    await anne.says("/diffuser")
    await anne.taps("Travaux et circulation")
    for said in ("Rue du Dôme fermée", "Lundi et mardi, sans voitures.", "passer", "passer"):
        await anne.says(said)
    await anne.taps("Non")
    await anne.taps("7 jours après l’envoi")
    await anne.says("Português, العربية")
    for said in ("Rua fechada", "Segunda e terça, sem carros.", "الشارع مغلق", "الاثنين والثلاثاء، بلا سيارات."):
        await anne.says(said)
    anne.sees("🚧 Rue du Dôme fermée", "Anne Martin, conseil de quartier", "une deuxième personne relit avant l’envoi")
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    anne.sees("Une deuxième personne va la relire")
    return REF.findall(anne.screen)[-1]


async def time_passes(bot: WholeBot, time: Time, by: timedelta) -> None:
    time.advance(by)
    bot.app.postman.wake()


def state_of(bot: WholeBot, ref: str) -> State:
    with bot.app.desk.reading() as work:
        item = item_by_ref(work, ref)
    assert item is not None
    return item.state


ARRIVES = {
    "fr": "Lundi et mardi, sans voitures.",
    "en": "Lundi et mardi, sans voitures.",
    "pt": "Segunda e terça, sem carros.",
    "ar": "الاثنين والثلاثاء، بلا سيارات.",
}


async def until(bot: WholeBot, holds: Callable[[], bool]) -> None:
    assert bot.telegram is not None
    assert await bot.telegram.answered.until(holds, PATIENCE)


async def test_written_approved_received_corrected_taken_away(
    bot: WholeBot, anne: TelegramPerson, omar: TelegramPerson, readers: dict[str, TelegramPerson], time: Time
) -> None:
    ref = await writes(anne)
    bot.app.postman.wake()
    await omar.user.wait_for("Peut-elle partir ?")
    omar.sees("🚧 Rue du Dôme fermée", "Écrite par", "4 personnes")
    await omar.taps("Approuver")
    omar.sees(f"Merci, l’actualité {ref} est approuvée.")
    await anne.user.wait_for("Votre actualité a été relue et approuvée.")
    assert all("🚧" not in reader.screen for reader in readers.values())  # a minute to undo
    await time_passes(bot, time, timedelta(seconds=61))
    for language, reader in readers.items():
        await reader.user.wait_for(ARRIVES[language])
    await anne.user.wait_for("Votre actualité est partie.")
    anne.sees("▓▓▓▓▓▓▓▓▓▓ 100 %")
    await anne.taps("Corriger")
    await anne.taps("Le texte")
    await anne.taps("Terminé")
    for said in ("passer", "Mardi seulement.", "passer", "passer", "passer", "passer"):
        await anne.says(said)
    await anne.taps("Oui")
    await anne.user.wait_for("C’est corrigé.")
    bot.app.postman.wake()
    await until(bot, lambda: all("Mardi seulement." in readers[language].screen for language in ("fr", "en")))
    assert "Segunda e terça, sem carros." in readers["pt"].screen
    await anne.says(f"/start ni_{ref}")
    await anne.taps("Retirer")
    await anne.taps("Oui")
    bot.app.postman.wake()
    await until(bot, lambda: all("Mardi seulement." not in reader.screen for reader in readers.values()))
    assert state_of(bot, ref) is State.RECALLED


async def test_undone_in_the_first_minute_nobody_gets_it(
    bot: WholeBot, anne: TelegramPerson, omar: TelegramPerson, readers: dict[str, TelegramPerson], time: Time
) -> None:
    ref = await writes(anne)
    bot.app.postman.wake()
    await omar.user.wait_for("Peut-elle partir ?")
    await omar.taps("Approuver")
    await anne.user.wait_for("Votre actualité a été relue et approuvée.")
    await time_passes(bot, time, timedelta(seconds=50))
    await anne.taps("Annuler l’envoi")
    anne.sees("C’est annulé : rien n’est parti.")
    await time_passes(bot, time, timedelta(minutes=5))
    await bot.settled()
    assert state_of(bot, ref) is State.WITHDRAWN
    assert all("🚧" not in reader.screen for reader in readers.values())


async def test_written_in_a_browser_without_scripts(tmp_path: Path, new_database: str, town: Path, time: Time) -> None:
    async with a_whole_bot(tmp_path / "web", new_database, town, "web", time) as bot:
        anne = bot.person()
        await anne.says("/aide")
        await bot.app.desk.run(lambda work: give_role(work, only_resident(work), Role.CONSEILLER, "Anne Martin", [1]))
        await anne.says("/diffuser")
        await anne.taps("Travaux et circulation")
        await anne.taps("Continuer")
        await anne.says("Rue du Dôme fermée")
        await anne.says("Lundi et mardi, sans voitures.")
        await anne.sends(make_photo("barrier"))
        await anne.says("Une barrière en travers de la rue")
        await anne.says("valombre")
        anne.sees("Il manque le début : une adresse commence par https://.")
        await anne.says("https://parvis.example/dome")
        await anne.taps("Non")
        await anne.taps("7 jours après l’envoi")
        await anne.taps("Passer")
        anne.sees("🚧 Rue du Dôme fermée", "Voilà ce que verront vos lecteurs.")
        await anne.taps("Oui, choisir quand")
        await anne.taps("Régulièrement")
        await anne.taps("mercredi")
        await anne.taps("chaque mercredi")
        await anne.says("18h30")
        await anne.taps("Envoyer le même texte")
        anne.sees("Première fois : mercredi 25 novembre 2026, 18:30. Puis chaque mercredi, 18:30.")
        await anne.taps("C’est bien")
        await anne.taps("Arrêter la série")
        anne.sees("La série est arrêtée.")


def only_resident(work: Work) -> int:
    return int(work.connection.execute(select(resident.c.id)).scalar_one())
