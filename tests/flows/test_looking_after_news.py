"""News that others wrote: found, paused and stopped by whoever may; and told to somebody when it pauses by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.delivery.broadcast import State as Run
from bot.delivery.broadcast import broadcast
from bot.delivery.broadcasts import of_ref
from bot.news.refs import typed_ref
from bot.people.staff import Role
from bot.storage.work import Work
from flows.news_broadcast import NewsKind
from flows.news_reasons import reason_in_words
from tests.kit import news
from tests.kit.clock import Time
from tests.kit.newsroom import TITLE, runs, runs_of, sends
from tests.kit.residents import House, Resident
from tests.kit.staff import a_member, a_reader, number_of, take_roles

TWO_MINUTES = timedelta(minutes=2)


@pytest.fixture
async def readers(house: House) -> list[Resident]:
    return [await a_reader(house, ["works"], [1]) for _reader in range(2)]


@pytest.fixture
async def anne(house: House, readers: list[Resident]) -> Resident:
    return await a_member(house, quartiers=[1])


@pytest.fixture
async def omar(house: House) -> Resident:
    return await a_member(house, Role.MODERATOR, "Omar Diallo")


async def on_its_way(house: House, author: Resident, readers: list[Resident]) -> str:
    ref = await sends(author)
    house.time.advance(TWO_MINUTES)
    await runs(house, ref, readers, sent=1)
    return ref


# Found


async def test_what_runs_is_found_by_whoever_may_stop_it(
    house: House, anne: Resident, omar: Resident, readers: list[Resident]
) -> None:
    ref = await on_its_way(house, anne, readers)
    await house.desk.run(lambda work: take_roles(work, number_of(work, anne.external)))
    await omar.says("/diffuser")
    await omar.taps(f"📣 {TITLE} · {ref}")
    await omar.taps("Arrêter")
    await omar.taps("Oui")
    assert runs_of(house, ref) == [("send", "stopped")]
    await omar.says("/diffuser")
    assert ref not in omar.screen  # nothing of it is on its way any more


async def test_what_is_planned_and_what_comes_back_are_too(house: House, anne: Resident, omar: Resident) -> None:
    planned = await sends(anne)
    await anne.says("/diffuser")
    await anne.taps("Nouvelle actualité")
    await anne.taps("Travaux")
    for said in ("Conseil de quartier", "Venez.", "passer", "passer", "Non", "7 jours après l’envoi", "passer"):
        await anne.says(said)
    await anne.taps("Oui, choisir quand")
    await anne.taps("Régulièrement")
    for said in ("lundi", "chaque lundi", "18h30", "Envoyer le même texte"):
        await anne.says(said)
    await anne.taps("C’est bien")
    await omar.says("/diffuser")
    assert f"📣 {TITLE} · {planned}" in omar.screen
    assert "🔁 Conseil de quartier · AC-" in omar.screen


async def test_who_may_not_act_on_it_does_not_see_it(house: House, anne: Resident, readers: list[Resident]) -> None:
    ref = await on_its_way(house, anne, readers)
    colleague = await a_member(house, Role.CONSEILLER, "Nina Roy", quartiers=[2])
    await colleague.says("/diffuser")
    assert ref not in colleague.screen
    await colleague.says("/annuler")
    await colleague.says(ref)
    assert "Je ne trouve pas cette actualité." in colleague.screen


@pytest.mark.parametrize("typed", ["{ref}", "/diffuser {ref}", "{bare}", "{small}"])
async def test_its_number_opens_it(
    house: House, anne: Resident, omar: Resident, readers: list[Resident], typed: str
) -> None:
    ref = await on_its_way(house, anne, readers)
    await omar.says(typed.format(ref=ref, bare=ref.replace("-", " "), small=ref.lower()))
    assert f"{TITLE} · {ref}" in omar.screen
    assert "[Pause]" in omar.screen


async def test_among_the_list_the_number_is_an_answer(house: House, anne: Resident) -> None:
    ref = await sends(anne)
    await anne.says("/diffuser")
    await anne.says(ref.lower())
    assert f"{TITLE} · {ref}" in anne.screen


async def test_to_residents_it_is_no_command(house: House, anne: Resident, resident: Resident) -> None:
    ref = await sends(anne)
    await resident.says(ref)
    assert "Je n’ai pas compris." in resident.screen


@pytest.mark.parametrize("words", ["actuelle", "AC", "AC-7K3", "un acte", "accueil", "AC-7K3FQ2 svp"])
def test_other_words_are_no_number(words: str) -> None:
    assert typed_ref(words) == ""


# Paused by itself


async def pauses(house: House, ref: str, because: str) -> None:
    kind = NewsKind(house.stage.city, house.stage.page)

    def tell(work: Work) -> None:
        values = {"state": Run.PAUSED.value, "began_at": work.now, "because": because}
        work.connection.execute(update(broadcast).where(broadcast.c.ref == ref).values(**values))
        kind.told(work, of_ref(work, "news", ref)[0])

    await house.desk.run(tell)
    await house.carry_due()


BAD_MARKUP = "Bad Request: can't parse entities: unsupported start tag"


async def test_its_author_is_told_why(house: House, anne: Resident, omar: Resident, readers: list[Resident]) -> None:
    ref = await on_its_way(house, anne, readers)
    before = len(omar.messages)
    await pauses(house, ref, BAD_MARKUP)
    card = anne.messages[-1]
    assert "L’envoi s’est mis en pause de lui-même. Regardez pourquoi, puis reprenez." in card.text
    assert ("Pourquoi", "la messagerie a refusé le texte") in [(fact.name, fact.value) for fact in card.facts]
    assert "entities" not in str(card)
    assert len(omar.messages) == before
    await anne.taps("Reprendre")
    assert "Pourquoi" not in anne.screen


async def test_of_what_a_feed_brought_those_who_may_approve_are_told(
    house: House, omar: Resident, readers: list[Resident]
) -> None:
    item = await house.desk.run(lambda work: news.an_item(work, "Fête du lac", topic="works"))
    await pauses(house, item.ref, "Bad Gateway")
    assert "L’envoi s’est mis en pause de lui-même." in omar.messages[-1].text
    assert ("Pourquoi", "la messagerie ne répondait pas") in [(one.name, one.value) for one in omar.messages[-1].facts]
    await omar.taps("Reprendre")
    assert runs_of(house, item.ref) == [("send", "running")]


@pytest.mark.parametrize("silent", ["no role any more", "no letters wished"])
async def test_so_they_are_when_its_author_cannot_be_called(
    house: House, anne: Resident, omar: Resident, readers: list[Resident], silent: str
) -> None:
    ref = await on_its_way(house, anne, readers)
    if silent == "no letters wished":
        await anne.says("/stop")
    else:
        await house.desk.run(lambda work: take_roles(work, number_of(work, anne.external)))
    before = len(anne.messages)
    await pauses(house, ref, BAD_MARKUP)
    assert "L’envoi s’est mis en pause de lui-même." in omar.messages[-1].text
    assert len(anne.messages) == before


async def test_a_pause_that_somebody_asked_for_needs_no_reason(
    house: House, anne: Resident, readers: list[Resident], time: Time
) -> None:
    ref = await on_its_way(house, anne, readers)
    await anne.presses(f"l.np_{ref}")
    assert "⏸️ En pause" in anne.screen
    assert "Pourquoi" not in anne.screen


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("Bad Request: wrong file identifier/HTTP URL specified", "la messagerie a refusé une photo"),
        ("Bad Request: BUTTON_URL_INVALID", "la messagerie a refusé un bouton ou un lien"),
        ("Unauthorized", "la messagerie ne reconnaît plus la ville"),
        ("not sent within 100 s", "la messagerie ne répondait pas"),
        ("KeyError: 'works'", "une erreur de notre côté, l’équipe technique la trouvera dans son journal"),
        ("Bad Request: something new", "la messagerie a refusé le message"),
    ],
)
def test_reasons_are_said_in_words(raw: str, words: str) -> None:
    assert reason_in_words(raw) == words
