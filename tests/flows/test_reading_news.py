"""Reading the news of one's quartier, asking for them, changing one's mind, stopping: on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import TypeVar

import pytest

from bot.delivery.model import Lane, Message
from bot.delivery.store import Draft, write
from bot.news.choose import choices_of
from bot.news.model import Choices, Item, Rhythm, State
from bot.people.store import person_at
from bot.storage.work import Work
from flows.news_cards import card
from tests.kit import news as kit
from tests.kit.clock import Time
from tests.kit.residents import House, Resident

T = TypeVar("T")
TOWN_HALL = (46.507, 7.41)
ON_THE_LIMIT = (46.51, 7.42)
ALL = ("alert", "fairs", "works")


async def told(house: House, call: Callable[[Work], T]) -> T:
    return await house.desk.run(call)


async def chosen(resident: Resident) -> Choices | None:
    return await told(resident.house, lambda work: choices_of(work, kit.resident_number(work, resident.external)))


async def subscribe(resident: Resident, *, rhythm: str = "Tout de suite") -> None:
    await resident.says("/actus")
    await resident.taps("Recevoir : je dis où j’habite")
    await resident.shares(*TOWN_HALL)
    await resident.taps("Terminé")
    await resident.taps(rhythm)
    assert "C’est noté." in resident.screen


# A newcomer


async def test_a_newcomer_is_told_exactly_what_will_come_after_five_touches(resident: Resident) -> None:
    await resident.says("bonjour")
    await resident.taps("📰 Actualités de mon quartier")
    await resident.taps("Recevoir : je dis où j’habite")
    await resident.shares(*TOWN_HALL)
    assert "Tous sont cochés" in resident.screen
    assert "[☑ 🚧 Travaux]" in resident.screen
    await resident.taps("Terminé")
    await resident.taps("Tout de suite")
    screen = resident.screen
    assert "Quartiers : Le Bourg et toute la ville" in screen
    assert "Sujets : 🚧 Travaux, 🎪 Fêtes et foires, ⚠️ Alertes" in screen
    assert "Quand : tout de suite, une à une" in screen
    assert "Au plus : Travaux : 2 par semaine" in screen
    assert "Heures calmes : rien entre 22:30 et 07:00, sauf les alertes" in screen
    assert "/stop arrête tous mes messages" in screen
    wish = await chosen(resident)
    assert wish == Choices(wish.resident_id, quartiers=(1,), topics=ALL)


async def test_a_quartier_may_be_named_or_found_by_an_address(house: House) -> None:
    by_name, by_address = house.resident(), house.resident()
    for resident in (by_name, by_address):
        await resident.says("/actus")
        await resident.taps("Recevoir : je dis où j’habite")
    await by_name.says("la scierie")
    await by_address.says("rue de la Forge")
    for resident, number in ((by_name, 2), (by_address, 1)):
        assert "Tous sont cochés" in resident.screen
        await resident.taps("Terminé")
        await resident.taps("Tout de suite")
        wish = await chosen(resident)
        assert wish is not None
        assert wish.quartiers == (number,)


async def test_near_a_limit_both_sides_are_proposed(resident: Resident) -> None:
    await resident.says("/actus")
    await resident.taps("Recevoir : je dis où j’habite")
    await resident.shares(*ON_THE_LIMIT)
    assert "[☑ Le Bourg]" in resident.screen
    assert "[☑ La Scierie]" in resident.screen
    await resident.taps("☑ Le Bourg")
    await resident.taps("Terminé")
    await resident.taps("Terminé")
    await resident.taps("Tout de suite")
    wish = await chosen(resident)
    assert wish is not None
    assert wish.quartiers == (2,)


async def test_an_unknown_address_asks_for_the_quartier(resident: Resident) -> None:
    await resident.says("/actus")
    await resident.taps("Recevoir : je dis où j’habite")
    await resident.says("derrière le vieux moulin rouge")
    await resident.taps("Garder « derrière le vieux moulin rouge »")
    assert "Dans quel quartier est-ce ?" in resident.screen
    await resident.says("1, 3")
    await resident.taps("Terminé")
    await resident.taps("Tout de suite")
    assert "Quartiers : Le Bourg, Les Alpages et toute la ville" in resident.screen


async def test_quartiers_and_topics_are_chosen_in_lists(resident: Resident) -> None:
    await resident.says("/actus")
    await resident.taps("Recevoir : je choisis dans la liste")
    await resident.taps("La Scierie")
    await resident.taps("Les Alpages")
    await resident.taps("Terminé")
    await resident.taps("☑ 🎪 Fêtes et foires")
    await resident.taps("Terminé")
    await resident.taps("Chaque semaine, vendredi à 18:00")
    assert (
        "Quand : un résumé par semaine, vendredi à 18:00 ; le prochain : vendredi 27 novembre à 18:00"
        in resident.screen
    )
    assert "les alertes tout de suite" in resident.screen
    wish = await chosen(resident)
    assert wish is not None
    assert (wish.quartiers, wish.topics, wish.rhythm) == ((2, 3), ("alert", "works"), Rhythm.WEEKLY)
    due = await told(resident.house, lambda work: kit.digest_at(work, resident.external))
    assert due == datetime(2026, 11, 27, 17, tzinfo=UTC)


async def test_without_any_quartier_the_news_of_the_whole_town_come(resident: Resident) -> None:
    await resident.says("/actus")
    await resident.taps("Recevoir : je choisis dans la liste")
    await resident.says("passer")
    await resident.taps("Terminé")
    await resident.taps("Chaque jour à 18:00")
    assert "Quartiers : toute la ville" in resident.screen


async def test_a_digest_comes_at_an_hour_of_one_s_own(resident: Resident) -> None:
    await resident.says("/actus")
    await resident.taps("Recevoir : je dis où j’habite")
    await resident.shares(*TOWN_HALL)
    await resident.taps("Terminé")
    await resident.taps("Chaque jour, à une autre heure")
    assert "[06:00]" not in resident.screen  # the town's quiet hours
    await resident.says("7h")
    assert "un résumé par jour, à 07:00 ; le prochain : mardi 24 novembre à 07:00" in resident.screen


async def test_asking_for_news_is_asking_to_be_written_to(resident: Resident) -> None:
    await resident.says("/stop")
    await subscribe(resident)
    assert "de nouveau, quand un de vos signalements avance" in resident.screen
    at = resident.house.posted[-1].address
    person = await told(resident.house, lambda work: person_at(work, at))
    assert person is not None
    assert person.pushes


# Reading


async def test_whoever_gets_no_news_reads_them_too(resident: Resident) -> None:
    await told(resident.house, lambda work: kit.an_item(work, "Foire aux fromages", quartiers=[3]))
    await resident.says("/actus")
    await resident.taps("Lire les dernières")
    await resident.taps("🎪 Foire aux fromages")
    assert "Du lundi au vendredi." in resident.screen
    assert "Anne Martin, conseillère de quartier, le lundi 23 novembre" in resident.screen
    assert "Moins de ce sujet" not in resident.screen
    await resident.taps("Recevoir les prochaines")
    assert "les recevoir, ou lire les dernières" in resident.screen


async def test_the_latest_are_those_of_one_s_own_quartiers_and_topics(resident: Resident, time: Time) -> None:
    await subscribe(resident)

    def write_some(work: Work) -> None:
        kit.an_item(work, "Du Bourg", quartiers=[1, 2])
        kit.an_item(work, "De la ville")
        kit.an_item(work, "Des Alpages", quartiers=[3])
        kit.an_item(work, "Passée", expires_at=work.now - timedelta(minutes=1))
        kit.an_item(work, "Retirée", state=State.RECALLED)
        kit.an_item(work, "À venir", starts_at=work.now + timedelta(minutes=1))

    await told(resident.house, write_some)
    await resident.says("actualites")
    titles = [row[0].label for row in resident.messages[-1].buttons]
    assert titles == ["🎪 De la ville", "🎪 Du Bourg", "Toutes les actualités", "Changer mes choix"]
    await resident.taps("🎪 Du Bourg")
    assert "[Moins de ce sujet] [Ne plus recevoir]" in resident.screen


async def test_an_item_that_has_not_left_cannot_be_read(resident: Resident) -> None:
    item = await told(
        resident.house, lambda work: kit.an_item(work, "Secret", starts_at=work.now + timedelta(minutes=1))
    )
    for data in (f"l.nz_{item.ref}", f"l.nl_{item.ref}", "l.nz_", "l.nl_AC-XXXXXX", "l.nk_weekly_", "l.nk_"):
        await resident.presses(data)
        assert "Cette actualité n’est plus là." in resident.screen
        assert "Secret" not in resident.screen


async def test_a_recalled_item_says_so(resident: Resident) -> None:
    item = await told(resident.house, lambda work: kit.an_item(work, state=State.RECALLED))
    await resident.presses(f"l.nz_{item.ref}")
    assert "Cette actualité a été retirée." in resident.screen


# Less of this, stop


@pytest.fixture
async def works(house: House) -> list[Item]:
    return await told(house, lambda work: [kit.an_item(work, f"Travaux {n}", topic="works") for n in range(2)])


async def test_less_of_a_topic_then_none_of_it_then_undone(resident: Resident, works: list[Item]) -> None:
    await subscribe(resident)
    await resident.presses(f"l.nl_{works[0].ref}")
    assert "sur « 🚧 Travaux », une actualité par semaine au plus" in resident.screen
    await resident.presses(f"l.nl_{works[0].ref}")  # a second touch of the same button
    assert "C’est déjà noté" in resident.screen
    wish = await chosen(resident)
    assert wish is not None
    assert wish.less == ("works",)
    await resident.presses(f"l.nl_{works[1].ref}")
    assert "plus rien sur « 🚧 Travaux »" in resident.screen
    assert await told(resident.house, kit.answers) == ["less", "less"]
    removed = await chosen(resident)
    assert removed is not None
    assert removed.topics == ("alert", "fairs")
    await resident.taps("Annuler ce choix")
    assert "« 🚧 Travaux » revient comme avant" in resident.screen
    back = await chosen(resident)
    assert back == wish
    await resident.presses(f"l.nk_weekly_{works[0].ref}")
    wide = await chosen(resident)
    assert wide is not None
    assert (wide.topics, wide.less) == (ALL, ())
    assert await told(resident.house, kit.answers) == []


async def test_less_of_alerts_is_none_of_them(resident: Resident) -> None:
    """They come at once and without limit: « one a week » would promise what is not so."""
    await subscribe(resident)
    alerts = await told(resident.house, lambda work: [kit.an_item(work, f"A {n}", topic="alert") for n in range(2)])
    await resident.presses(f"l.nl_{alerts[0].ref}")
    assert "Une alerte ne se limite pas : vous ne recevrez plus rien sur « ⚠️ Alertes »." in resident.screen
    wish = await chosen(resident)
    assert wish is not None
    assert wish.topics == ("fairs", "works")
    assert resident.button("Annuler ce choix").style == "main"
    await resident.taps("Annuler ce choix")
    assert "« ⚠️ Alertes » revient comme avant" in resident.screen
    back = await chosen(resident)
    assert back is not None
    assert (back.topics, back.less) == (ALL, ())


async def test_only_what_was_asked_for_is_undone(resident: Resident, works: list[Item]) -> None:
    await subscribe(resident)
    await change(resident, "Mes sujets")
    await resident.taps("☑ 🚧 Travaux")
    await resident.taps("Terminé")
    for done in ("weekly", "removed"):
        await resident.presses(f"l.nk_{done}_{works[0].ref}")
        assert "Il n’y a rien à annuler." in resident.screen
        wish = await chosen(resident)
        assert wish is not None
        assert wish.topics == ("alert", "fairs")


async def test_what_has_not_left_is_neither_named_nor_answered(resident: Resident) -> None:
    await subscribe(resident)
    later = resident.house.time.now() + timedelta(hours=1)
    item = await told(resident.house, lambda work: kit.an_item(work, "Secret", topic="works", starts_at=later))
    await resident.presses(f"l.nk_weekly_{item.ref}")
    assert "Cette actualité n’est plus là." in resident.screen
    await resident.presses(f"l.ns_{item.ref}")
    assert "vous ne recevrez plus d’actualités" in resident.screen
    assert await told(resident.house, kit.answers) == []


async def test_less_of_what_one_does_not_get(resident: Resident, works: list[Item]) -> None:
    await resident.presses(f"l.nl_{works[0].ref}")
    assert "Vous ne recevez déjà rien sur « 🚧 Travaux »" in resident.screen
    assert await told(resident.house, kit.answers) == []


async def test_one_touch_stops_all_news_and_the_letters_on_their_way(
    resident: Resident, house: House, works: list[Item]
) -> None:
    await subscribe(resident)
    other = house.resident()
    await subscribe(other)
    await told(house, lambda work: [kit.a_letter(work, works[0], one.external) for one in (resident, other)])
    await resident.presses(f"l.ns_{works[1].ref}")
    assert "vous ne recevrez plus d’actualités" in resident.screen
    assert await chosen(resident) is None
    states = await told(house, lambda work: kit.states_of_letters(work, works[0]))
    assert states[0] != "queued"
    assert states[1] == "queued"
    assert await told(house, kit.answers) == ["stop"]
    await resident.presses(f"l.ns_{works[1].ref}")
    assert "Vous ne recevez déjà plus d’actualités." in resident.screen
    await resident.taps("Recevoir de nouveau")
    assert "les recevoir, ou lire les dernières" in resident.screen


async def test_stopping_news_leaves_the_follow_up_of_reports(resident: Resident, house: House) -> None:
    await subscribe(resident)
    at = house.posted[-1].address
    reminder = Draft(at, Message(text="Du nouveau"), Lane.STATUS, house.time.now() + timedelta(hours=1))
    await told(house, lambda work: write(work, [reminder]))
    await resident.presses("l.ns_")
    house.time.advance(timedelta(hours=2))
    await house.tick()
    assert "Du nouveau" in resident.screen


@pytest.mark.parametrize("way", ["/stop", "Ne plus m’écrire"])
async def test_stop_cancels_everything_unasked_that_waits(resident: Resident, house: House, way: str) -> None:
    await subscribe(resident)
    item = await told(house, kit.an_item)
    at = house.posted[-1].address
    reminder = Draft(at, Message(text="Du nouveau"), Lane.STATUS, house.time.now() + timedelta(hours=1))
    await told(house, lambda work: (write(work, [reminder]), kit.a_letter(work, item, resident.external)))
    if way == "/stop":
        await resident.says(way)
    else:
        await resident.says("/reglages")
        await resident.taps(way)
    assert "Je ne vous écrirai plus que pour vous répondre." in resident.screen
    assert await chosen(resident) is None
    assert await told(house, lambda work: kit.states_of_letters(work, item)) != ["queued"]
    house.time.advance(timedelta(hours=2))
    await house.tick()
    assert "Du nouveau" not in resident.screen


@pytest.mark.parametrize(
    "before",
    [
        ["/signaler"],
        ["/signaler", "passer", "derrière le vieux moulin rouge"],
        ["/actus"],
        ["/actus", "1"],
        ["/reglages", "3"],
        ["/signaler", "passer", "/actus", "2", "/reglages"],
        ["trois mots ici"],
        ["/langue", "/actus", "/stop"],
    ],
)
async def test_stop_is_heard_whatever_is_under_way_and_the_talk_goes_on(resident: Resident, before: list[str]) -> None:
    await subscribe(resident)
    for words in before:
        await resident.says(words)
    open_before = [(talk.flow, talk.waiting) for talk in resident.conversation.talks]
    await resident.says("/stop")
    assert "Je ne vous écrirai plus que pour vous répondre." in resident.screen
    assert await chosen(resident) is None
    person = await told(resident.house, lambda work: person_at(work, resident.house.posted[-1].address))
    assert person is not None
    assert not person.pushes
    assert [(talk.flow, talk.waiting) for talk in resident.conversation.talks] == open_before
    if open_before:
        assert "Reprenons où nous en étions." in resident.screen


@pytest.mark.parametrize("words", ["STOP", "stop.", "/stop@parvis_bot"])
async def test_stop_typed_alone_at_a_question_is_no_answer(resident: Resident, words: str) -> None:
    await subscribe(resident)
    await resident.says("/signaler")
    await resident.says("passer")
    await resident.says(words)
    assert "Je ne vous écrirai plus que pour vous répondre." in resident.screen
    assert "Où est-ce ?" in resident.screen
    assert await chosen(resident) is None


async def test_stop_pushes_out_no_talk_however_many_wait(resident: Resident) -> None:
    for words in ("/signaler", "passer", "/actus", "1", "/reglages", "/langue"):
        await resident.says(words)
    waiting = [talk.flow for talk in resident.conversation.talks]
    assert len(waiting) == 4
    await resident.says("/stop")
    assert [talk.flow for talk in resident.conversation.talks] == waiting


async def test_whoever_blocks_and_comes_back_is_not_subscribed_any_more(resident: Resident) -> None:
    await subscribe(resident)
    await resident.leaves()
    assert await chosen(resident) is None
    await resident.comes_back()
    await resident.says("/actus")
    assert "les recevoir, ou lire les dernières" in resident.screen
    assert await chosen(resident) is None


# Changing one's choices


async def change(resident: Resident, what: str) -> None:
    await resident.says("/actus")
    await resident.taps("Changer mes choix")
    await resident.taps(what)


async def test_quartiers_are_added_by_a_place_and_taken_away_in_the_list(resident: Resident) -> None:
    await subscribe(resident)
    await change(resident, "Mes quartiers")
    await resident.taps("Ajouter celui d’un endroit")
    await resident.says("Les Alpages")
    await resident.taps("Non : garder « Les Alpages »")  # a path has nearly the same name
    assert "Quartiers : Le Bourg, Les Alpages et toute la ville" in resident.screen
    await change(resident, "Mes quartiers")
    await resident.taps("Cocher dans la liste")
    assert "[☑ Les Alpages]" in resident.screen
    await resident.taps("☑ Le Bourg")
    await resident.taps("Terminé")
    assert "Quartiers : Les Alpages et toute la ville" in resident.screen


async def test_less_stays_where_it_was_said_when_topics_change(resident: Resident, works: list[Item]) -> None:
    await subscribe(resident)
    await resident.presses(f"l.nl_{works[0].ref}")
    await change(resident, "Mes sujets")
    await resident.taps("☑ ⚠️ Alertes")
    await resident.taps("Terminé")
    wish = await chosen(resident)
    assert wish is not None
    assert (wish.topics, wish.less) == (("fairs", "works"), ("works",))


async def test_rhythm_and_hour_move_the_next_digest(resident: Resident) -> None:
    await subscribe(resident)
    assert await told(resident.house, lambda work: kit.digest_at(work, resident.external)) is None
    await change(resident, "Tout de suite, ou en résumé")
    await resident.taps("Chaque semaine, vendredi à 18:00")
    await change(resident, "L’heure du résumé")
    await resident.taps("mardi")
    await resident.taps("08:00")
    due = await told(resident.house, lambda work: kit.digest_at(work, resident.external))
    assert due == datetime(2026, 11, 24, 7, tzinfo=UTC)
    await change(resident, "Tout de suite, ou en résumé")
    await resident.taps("Tout de suite")
    assert await told(resident.house, lambda work: kit.digest_at(work, resident.external)) is None


async def test_quiet_hours_of_one_s_own_move_the_digest(resident: Resident) -> None:
    await subscribe(resident, rhythm="Chaque jour à 18:00")
    await change(resident, "Mes heures calmes")
    await resident.taps("Mes heures à moi")
    await resident.taps("17:00")
    await resident.taps("20:00")
    assert "Heures calmes : rien entre 17:00 et 20:00, sauf les alertes" in resident.screen
    assert "le prochain : lundi 23 novembre à 20:00" in resident.screen
    wish = await chosen(resident)
    assert wish is not None
    assert (wish.quiet_start, wish.quiet_end) == (time(17), time(20))
    await change(resident, "Mes heures calmes")
    await resident.taps("Comme la ville : 22:30 à 07:00")
    assert "Heures calmes : rien entre 22:30 et 07:00" in resident.screen


async def test_no_quiet_hours_says_first_what_it_means(resident: Resident) -> None:
    await subscribe(resident)
    await change(resident, "Mes heures calmes")
    await resident.taps("Aucune")
    assert "à toute heure, même la nuit" in resident.screen
    await resident.taps("Non")
    assert "Rien n’est changé." in resident.screen
    assert "Heures calmes : rien entre 22:30 et 07:00" in resident.screen
    await change(resident, "Mes heures calmes")
    await resident.taps("Aucune")
    await resident.taps("Oui")
    assert "Heures calmes : aucune : une actualité peut venir à toute heure" in resident.screen


async def test_everything_stops_from_the_choices_too(resident: Resident) -> None:
    await subscribe(resident)
    await change(resident, "Ne plus rien recevoir")
    assert "vous ne recevrez plus d’actualités" in resident.screen
    assert await chosen(resident) is None


async def test_the_settings_lead_to_the_choices(resident: Resident) -> None:
    await resident.says("/reglages")
    await resident.taps("Mes actualités")
    await resident.taps("Recevoir les actualités")
    assert "les recevoir, ou lire les dernières" in resident.screen
    await resident.says("/annuler")
    await subscribe(resident)
    await resident.says("/reglages")
    await resident.taps("Mes actualités")
    await resident.taps("Changer mes choix")
    assert "Que voulez-vous changer ?" in resident.screen
    assert "Quartiers : Le Bourg et toute la ville" in resident.screen


async def test_choices_changed_after_stopping_elsewhere_say_that_nothing_comes(resident: Resident) -> None:
    await subscribe(resident)
    await change(resident, "Mes sujets")
    await resident.presses("l.ns_")
    await resident.taps("Terminé")
    assert "Vous ne recevez pas d’actualités pour le moment." in resident.screen
    assert await chosen(resident) is None


async def test_an_ended_item_says_so(house: House, resident: Resident) -> None:
    await resident.says("/aide")
    days_ago = [house.time.now() - timedelta(days=days) for days in (9, 8)]
    old = await house.desk.run(
        lambda work: kit.an_item(work, "Coupure d’eau demain", starts_at=days_ago[0], expires_at=days_ago[1])
    )
    await resident.presses(f"l.nz_{old.ref}")
    assert "Cette actualité est passée depuis le 15 novembre 2026." in resident.screen
    new = await house.desk.run(lambda work: kit.an_item(work, expires_at=work.now + timedelta(days=1)))
    await resident.presses(f"l.nz_{new.ref}")
    assert "passée" not in resident.screen


async def test_a_text_in_two_languages_does_not_pretend_to_be_in_one(house: House) -> None:
    one = await house.desk.run(lambda work: kit.an_item(work, "Rue fermée"))
    both = await house.desk.run(lambda work: kit.an_item(work, "Rue fermée", english="Street closed"))

    city, page = house.stage.city, house.stage.page
    only, several, own = (
        card(item, city, page, language=code).note for item, code in ((one, "es"), (both, "es"), (both, "en"))
    )
    assert only.startswith("Ce texte n’existe qu’en français.")
    assert several.startswith("Vous lisez ce texte en français.")
    assert "texte" not in own
