"""Once it is sent: undone in the first minute, followed in one message, paused, stopped, corrected, taken away."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from bot.delivery import spreading
from bot.delivery.broadcast import Act, Broadcast, broadcast
from bot.delivery.broadcast import State as Run
from bot.delivery.broadcasts import of_ref
from bot.delivery.forgetting import Forgetting
from bot.news.model import State
from bot.news.store import news_answer
from bot.news.within_reach import carrying_what_stands
from bot.people.staff import Role
from bot.storage.work import Work
from flows.news_broadcast import NewsKind
from flows.news_progress import slot, tell_progress
from tests.kit.clock import Time
from tests.kit.newsroom import TITLE, WORDS, acts, item_of, runs, runs_of, sends
from tests.kit.residents import House, Resident
from tests.kit.staff import a_member, a_reader, number_of, take_roles

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def anne(house: House) -> Resident:
    return await a_member(house, quartiers=[1])


@pytest.fixture
async def readers(house: House) -> list[Resident]:
    return [await a_reader(house, ["works"], [1]) for _reader in range(2)]


async def ticks(house: House) -> int:
    city, page = house.stage.city, house.stage.page
    written = await house.desk.run(lambda work: tell_progress(work, city, page))
    await house.carry_due()
    return written


def facts(person: Resident) -> dict[str, str]:
    return {fact.name: fact.value for fact in person.messages[-1].facts}


# Undo


async def test_within_the_first_minute_nothing_leaves(
    house: House, anne: Resident, readers: list[Resident], time: Time
) -> None:
    ref = await sends(anne)
    time.advance(MINUTE - timedelta(seconds=1))
    await anne.taps("Annuler l’envoi")
    assert "C’est annulé : rien n’est parti. Votre texte est gardé." in anne.screen
    assert (item_of(house, ref).state, runs_of(house, ref)) == (State.WITHDRAWN, [("send", "stopped")])
    await anne.taps("Modifier et envoyer")
    assert f"🚧 {TITLE}\n{WORDS}" in anne.screen
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    assert runs_of(house, ref) == [("send", "stopped"), ("send", "planned")]


async def test_after_it_there_is_nothing_to_undo(
    house: House, anne: Resident, readers: list[Resident], time: Time
) -> None:
    ref = await sends(anne)
    time.advance(MINUTE)
    await anne.taps("Annuler l’envoi")
    assert "Trop tard pour annuler : elle est partie." in anne.screen
    assert item_of(house, ref).state is State.PLANNED


async def test_once_it_has_begun_elsewhere_nothing_is_undone(
    house: House, anne: Resident, readers: list[Resident]
) -> None:
    ref = await sends(anne)
    await runs(house, ref, readers, sent=1)  # another process, whose clock is ahead of ours
    await anne.taps("Annuler l’envoi")
    assert "Trop tard pour annuler : elle est partie." in anne.screen
    assert item_of(house, ref).state is State.PLANNED
    assert runs_of(house, ref) == [("send", "running")]


async def test_what_has_not_left_is_taken_back_rather_than_held(
    house: House, anne: Resident, readers: list[Resident], time: Time
) -> None:
    ref = await sends(anne)
    await anne.presses(f"l.np_{ref}")
    assert "Elle n’est pas encore partie : annulez l’envoi" in anne.screen
    assert runs_of(house, ref) == [("send", "planned")]
    await anne.taps("Annuler l’envoi")
    assert "C’est annulé : rien n’est parti." in anne.screen


# Progress


async def test_one_message_follows_it_and_changes_in_place(
    house: House, anne: Resident, readers: list[Resident], time: Time
) -> None:
    ref = await sends(anne)
    await house.carry_due()
    time.advance(MINUTE)
    assert await ticks(house) == 0  # nothing runs yet
    await runs(house, ref, readers, sent=1)
    assert await ticks(house) == 1
    assert anne.messages[-1].slot == slot(ref)
    assert not anne.messages[-1].anew
    assert anne.messages[-1].text == "▓▓▓▓▓░░░░░ 50 %"
    assert facts(anne)["Envoyées"] == facts(anne)["Restent"] == "1"
    assert await ticks(house) == 0  # nothing has changed
    await runs(house, ref, readers, sent=2)
    assert await ticks(house) == 1
    assert anne.messages[-1].text == "▓▓▓▓▓▓▓▓▓▓ 100 %"


async def test_whoever_has_no_role_any_more_is_told_nothing(
    house: House, anne: Resident, readers: list[Resident], time: Time
) -> None:
    ref = await sends(anne)
    await house.carry_due()
    time.advance(MINUTE)
    await runs(house, ref, readers, sent=1)
    await house.desk.run(lambda work: take_roles(work, number_of(work, anne.external)))
    assert await ticks(house) == 0
    before = len(anne.messages)
    await told(house, ref, Run.DONE)
    await house.tick()
    assert len(anne.messages) == before


async def test_figures_wait_until_the_last_ones_have_arrived(
    house: House, anne: Resident, readers: list[Resident], time: Time
) -> None:
    ref = await sends(anne)
    await house.carry_due()
    time.advance(MINUTE)
    await runs(house, ref, readers, sent=1)
    city, page = house.stage.city, house.stage.page
    assert await house.desk.run(lambda work: tell_progress(work, city, page)) == 1
    await runs(house, ref, readers, sent=2)
    assert await house.desk.run(lambda work: tell_progress(work, city, page)) == 0


async def test_paused_resumed_stopped(house: House, anne: Resident, readers: list[Resident], time: Time) -> None:
    ref = await sends(anne)
    time.advance(MINUTE)
    await runs(house, ref, readers, sent=1)
    await anne.presses(f"l.ni_{ref}")
    await anne.taps("Pause")
    assert facts(anne)["État"] == "⏸️ En pause"
    await anne.presses(f"l.np_{ref}")
    assert "C’est déjà fait" in anne.screen
    await anne.taps("Reprendre")
    assert facts(anne)["État"] == "📤 Envoi en cours"
    await anne.taps("Arrêter")
    assert "Arrêter l’envoi pour de bon ?" in anne.screen
    await anne.taps("Non")
    assert runs_of(house, ref) == [("send", "running")]
    await anne.presses(f"l.nx_{ref}")
    await anne.taps("Oui")
    assert "C’est arrêté. Elle reste sur la page publique ; pour l’enlever : Retirer." in anne.screen
    assert runs_of(house, ref) == [("send", "stopped")]
    await anne.presses(f"l.nv_{ref}")
    assert "L’envoi est déjà terminé." in anne.screen
    assert acts(house, ref)[2:] == ["news.pause", "refused", "news.resume", "news.stop", "refused"]


async def told(house: House, ref: str, state: Run, act: Act = Act.SEND) -> None:
    kind = NewsKind(house.stage.city, house.stage.page)

    def tell(work: Work) -> None:
        one = of_ref(work, "news", ref)[0]
        kind.told(work, _as(one, state, act))

    await house.desk.run(tell)
    await house.carry_due()


def _as(one: Broadcast, state: Run, act: Act) -> Broadcast:
    return Broadcast(
        one.id, one.kind, one.ref, act, one.of, one.lane, state, one.starts_at, one.expires_at,
        one.cursor, one.spread_at, one.began_at, one.ended_at, one.because,
    )  # fmt: skip


async def test_the_author_is_called_when_it_ends_or_stops_by_itself(
    house: House, anne: Resident, readers: list[Resident], time: Time
) -> None:
    ref = await sends(anne)
    time.advance(MINUTE)
    await runs(house, ref, readers, sent=1)
    await told(house, ref, Run.RUNNING)
    assert not anne.messages[-1].anew
    await runs(house, ref, readers, sent=1, state=Run.PAUSED)
    await told(house, ref, Run.PAUSED)
    assert "s’est mis en pause de lui-même" in anne.messages[-1].text
    assert anne.messages[-1].anew
    await runs(house, ref, readers, sent=2, state=Run.DONE)
    await told(house, ref, Run.DONE)
    assert anne.messages[-1].text == "Votre actualité est partie.\n\n▓▓▓▓▓▓▓▓▓▓ 100 %"


async def test_the_author_hears_that_it_ended_before_anything_left(
    house: House, anne: Resident, readers: list[Resident], time: Time
) -> None:
    ref = await sends(anne)
    expires_at = item_of(house, ref).expires_at
    assert expires_at is not None
    time.advance(expires_at - time.now())
    await told(house, ref, Run.DONE)
    time.advance(timedelta(days=1))  # past the quiet hours
    await house.carry_due()
    assert anne.messages[-1].text == "Votre actualité n’est pas partie : sa date de fin est passée avant."


# Correct and recall


async def left(house: House, author: Resident, readers: list[Resident], time: Time) -> str:
    ref = await sends(author)
    time.advance(MINUTE)
    await runs(house, ref, readers, sent=len(readers), state=Run.DONE)
    await author.presses(f"l.ni_{ref}")
    return ref


async def test_a_correction_changes_what_was_sent(
    house: House, anne: Resident, readers: list[Resident], time: Time
) -> None:
    ref = await left(house, anne, readers, time)
    await anne.taps("Corriger")
    assert "Que faut-il corriger ?" in anne.screen
    await anne.taps("Le texte")
    await anne.taps("Terminé")
    assert f"« {TITLE} »" in anne.screen
    await anne.says("passer")
    await anne.says("Mardi seulement, la rue est fermée.")
    assert "Mardi seulement, la rue est fermée." in anne.screen
    assert "Corrigé le lundi 23 novembre." in anne.screen
    await anne.taps("Oui")
    assert "C’est corrigé." in anne.screen
    item = item_of(house, ref)
    assert (item.texts["fr"].title, item.rev, item.corrected_at) == (TITLE, 2, time.now())
    assert item.texts["fr"].words == "Mardi seulement, la rue est fermée."
    assert runs_of(house, ref) == [("send", "done"), ("edit", "planned")]
    await anne.taps("Corriger")
    await anne.taps("Le texte")
    await anne.taps("Terminé")
    await anne.says("Rue de la Forge rouverte")
    await anne.says("passer")
    await anne.taps("Oui")
    assert runs_of(house, ref) == [("send", "done"), ("edit", "stopped"), ("edit", "planned")]


async def test_a_correction_of_nothing_and_one_too_early_are_said(
    house: House, anne: Resident, readers: list[Resident], time: Time
) -> None:
    ref = await sends(anne)
    await anne.presses(f"l.nc_{ref}")
    assert "Elle n’est pas encore partie" in anne.screen
    time.advance(MINUTE)
    await anne.presses(f"l.nc_{ref}")
    await anne.taps("Le texte")
    await anne.taps("Terminé")
    await anne.says("passer")
    await anne.says("passer")
    assert "Rien n’a changé." in anne.screen
    assert item_of(house, ref).rev == 1


async def test_whoever_approved_learns_of_a_correction(
    house: House, anne: Resident, readers: list[Resident], time: Time
) -> None:
    omar = await a_member(house, Role.MODERATOR, "Omar Benali")
    await a_reader(house, ["works"], [1])  # the third: a second person reads it
    ref = await sends(anne)
    await house.tick()
    await omar.taps("Approuver")
    time.advance(MINUTE)
    await anne.presses(f"l.nc_{ref}")
    await anne.taps("Le texte")
    await anne.taps("Terminé")
    await anne.says("passer")
    await anne.says("Mercredi aussi.")
    await anne.taps("Oui")
    await house.tick()
    assert f"L’actualité {ref}, que vous avez relue, vient d’être corrigée : la voici." in omar.screen
    assert "Mercredi aussi." in [message.text for message in omar.messages]
    assert omar.button("Retirer").data == f"l.nt_{ref}"
    await omar.presses(f"l.nt_{ref}")  # who may approve may take away
    await omar.taps("Oui")
    assert item_of(house, ref).state is State.RECALLED


async def test_a_correction_in_the_night_is_read_at_once_by_somebody_else(
    house: House, anne: Resident, readers: list[Resident], time: Time
) -> None:
    omar = await a_member(house, Role.MODERATOR, "Omar Benali")
    ines = await a_member(house, Role.ADMIN, "Inès Roy")
    await a_reader(house, ["works"], [1])
    ref = await sends(anne)
    await house.tick()
    await omar.taps("Approuver")
    await house.tick()
    time.advance(timedelta(hours=13))
    await omar.presses(f"l.nc_{ref}")  # they may, and nobody would read it after them
    await omar.taps("Le texte")
    await omar.taps("Terminé")
    await omar.says("passer")
    await omar.says("Mercredi aussi.")
    await omar.taps("Oui")
    await house.carry_due()
    for person in (ines, anne):
        shown, told = person.messages[-2:]
        assert (shown.text, told.text) == ("Mercredi aussi.", f"L’actualité {ref} vient d’être corrigée : la voici.")
    await house.desk.run(lambda work: take_roles(work, number_of(work, omar.external)))
    await anne.presses(f"l.nc_{ref}")
    await anne.taps("Le texte")
    await anne.taps("Terminé")
    await anne.says("passer")
    await anne.says("Jeudi aussi.")
    await anne.taps("Oui")
    await house.carry_due()
    assert "Jeudi aussi." in ines.messages[-2].text
    assert "Jeudi aussi." not in [message.text for message in omar.messages]


async def test_recalled_it_is_taken_away(house: House, anne: Resident, readers: list[Resident], time: Time) -> None:
    ref = await sends(anne)
    await anne.presses(f"l.nt_{ref}")
    await anne.taps("Oui")
    assert "Elle n’est pas encore partie" in anne.screen
    time.advance(MINUTE)
    await runs(house, ref, readers, sent=1)
    await anne.presses(f"l.nt_{ref}")
    assert "Retirer cette actualité ?" in anne.screen
    await anne.taps("Oui")
    assert item_of(house, ref).state is State.RECALLED
    assert runs_of(house, ref) == [("send", "stopped"), ("delete", "planned")]
    assert facts(anne)["État"] == "🚫 Retrait des messages déjà reçus"
    await anne.presses(f"l.nt_{ref}")
    await anne.taps("Oui")
    assert "C’est déjà fait" in anne.screen


async def test_its_end_may_be_changed(house: House, anne: Resident, readers: list[Resident], time: Time) -> None:
    ref = await sends(anne)
    await anne.taps("Changer sa fin")
    await anne.says("23/11/2026 9h")
    assert "Ce moment est déjà passé" in anne.screen
    await anne.says("demain 12h")
    end = item_of(house, ref).expires_at
    assert end is not None
    assert end.isoformat() == "2026-11-24T11:00:00+00:00"
    with house.desk.reading() as work:
        assert [one.expires_at for one in of_ref(work, "news", ref)] == [end]


# Results


@pytest.mark.parametrize(("answers", "shown"), [(0, "0"), (1, "moins de 5"), (4, "moins de 5"), (5, "5")])
async def test_few_answers_point_at_nobody(
    house: House, anne: Resident, readers: list[Resident], time: Time, answers: int, shown: str
) -> None:
    ref = await left(house, anne, readers, time)
    people = [house.resident() for _answer in range(answers)]
    for one in people:
        await one.says("/aide")
    number = item_of(house, ref).id

    def answer(work: Work) -> None:
        for one in people:
            who = number_of(work, one.external)
            work.connection.execute(
                insert(news_answer).values(item_id=number, resident_id=who, answer="less", at=work.now)
            )

    await house.desk.run(answer)
    await anne.taps("Résultats")
    assert facts(anne)["« Moins de ce sujet »"] == shown
    assert facts(anne)["« Ne plus recevoir »"] == "0"
    assert (facts(anne)["Reçues"], facts(anne)["kit"]) == ("2", "moins de 5")


# The words as delivery asks for them


async def test_readers_of_a_language_share_one_message_until_the_words_change(
    house: House, anne: Resident, readers: list[Resident], time: Time
) -> None:
    ref = await left(house, anne, readers, time)
    kind = NewsKind(house.stage.city, house.stage.page)
    with house.desk.reading() as work:
        (one,) = of_ref(work, "news", ref)
        first = kind.worded(work, one, "fr", 1)
        assert kind.worded(work, one, "fr", 2) is first
        assert (first.title, first.text) == (f"🚧 {TITLE}", WORDS)
        english = kind.worded(work, one, "en", 3)
        assert (english.language, english.text) == ("en", WORDS)
    with house.desk.reading() as work:
        assert kind.worded(work, one, "fr", 1) is first
    await anne.taps("Corriger")
    await anne.taps("Le texte")
    await anne.taps("Terminé")
    await anne.says("passer")
    await anne.says("Mardi seulement.")
    await anne.taps("Oui")
    with house.desk.reading() as work:
        assert kind.worded(work, one, "fr", 1).text == "Mardi seulement."
    await anne.presses(f"l.nt_{ref}")
    await anne.taps("Oui")
    with house.desk.reading() as work:
        assert kind.worded(work, one, "fr", 1).text == "Cette actualité a été retirée."


# Long after


async def a_month_later(house: House, time: Time) -> None:
    """Everything is over, and upkeep has passed."""

    def ends(work: Work) -> None:
        over = {"state": Run.DONE.value, "ended_at": work.now}
        work.connection.execute(update(broadcast).where(broadcast.c.ended_at.is_(None)).values(**over))

    await house.desk.run(ends)
    time.advance(timedelta(days=31))
    job = Forgetting(timedelta(days=30), carrying_what_stands)
    await house.desk.run(job.forget)


async def until_for_good(author: Resident, ref: str) -> None:
    await author.presses(f"l.ne_{ref}")
    await author.says("31/12/2027 12h")
    assert "C’est noté." in author.screen


async def test_after_a_month_what_stands_is_still_corrected_and_taken_away(
    house: House, anne: Resident, readers: list[Resident], time: Time
) -> None:
    ref = await left(house, anne, readers, time)
    await until_for_good(anne, ref)
    await a_month_later(house, time)
    await anne.presses(f"l.nc_{ref}")
    await anne.taps("Le texte")
    await anne.taps("Terminé")
    await anne.says("passer")
    await anne.says("Mardi seulement.")
    assert "Les messages déjà reçus changent aussi." in anne.screen
    await anne.taps("Oui")
    assert "restent tels quels" not in anne.screen
    assert await told_of_change(house, ref) == len(readers)
    await anne.presses(f"l.nt_{ref}")
    await anne.taps("Oui")
    assert "Le retrait commence." in anne.screen
    assert await told_of_change(house, ref) == len(readers)


async def test_after_a_month_nobody_is_told_that_messages_change_when_they_do_not(
    house: House, anne: Resident, readers: list[Resident], time: Time
) -> None:
    ref = await left(house, anne, readers, time)
    await a_month_later(house, time)  # its end has come meanwhile
    stay = "2 messages reçus il y a longtemps restent tels quels : on ne peut plus les changer."
    await anne.presses(f"l.nc_{ref}")
    await anne.taps("Le texte")
    await anne.taps("Terminé")
    await anne.says("passer")
    await anne.says("Mardi seulement.")
    assert "Corriger la page publique ?" in anne.screen
    assert stay in anne.screen
    await anne.taps("Oui")
    assert "C’est corrigé sur la page publique." in anne.screen
    assert stay in anne.screen
    await anne.presses(f"l.nt_{ref}")
    assert "Retirer cette actualité de la page publique ?" in anne.screen
    await anne.taps("Oui")
    assert "C’est retiré de la page publique." in anne.screen
    assert stay in anne.screen
    assert await told_of_change(house, ref) == 0


async def told_of_change(house: House, ref: str) -> int:
    """How many messages the newest correction or recall changes."""

    def spread(work: Work) -> int:
        return spreading.spread(work, of_ref(work, "news", ref)[-1], NewsKind(house.stage.city, house.stage.page))

    return await house.desk.run(spread)
