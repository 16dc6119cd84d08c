"""Four eyes: what is for many is read by a second member of staff, who lets it go or sends it back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert

from bot.news.model import State
from bot.news.store import news_text
from bot.people.staff import Role
from bot.storage.work import Work
from flows.engine.wording import speaking
from flows.news_preview import previews
from tests.kit.clock import Time
from tests.kit.news import an_item
from tests.kit.newsroom import TITLE, WORDS, acts, item_of, ref_on, runs_of, says_what, sends, writes
from tests.kit.residents import House, Resident
from tests.kit.staff import a_member, a_reader, number_of, take_roles

NO_RIGHT = "Votre rôle ne permet pas d’agir sur ces quartiers."


@pytest.fixture
async def anne(house: House) -> Resident:
    for _reader in range(3):  # Valombre wants a second pair of eyes from three readers on
        await a_reader(house, ["works", "alert"], [1])
    return await a_member(house, quartiers=[1])


@pytest.fixture
async def omar(house: House) -> Resident:
    return await a_member(house, Role.MODERATOR, "Omar Benali", unit="Cabinet du maire")


async def test_what_is_for_many_waits_for_a_second_person(house: House, anne: Resident, omar: Resident) -> None:
    await writes(anne)
    assert "une deuxième personne relit avant l’envoi" in anne.screen
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    ref = ref_on(anne)
    assert "Une deuxième personne va la relire" in anne.screen
    assert (item_of(house, ref).state, runs_of(house, ref)) == (State.REVIEW, [])
    await house.tick()
    shown, asked = omar.messages[-2:]
    assert (shown.title, shown.text) == (f"🚧 {TITLE}", WORDS)
    assert "Peut-elle partir ?" in asked.text
    await omar.taps("Approuver")
    assert f"Merci, l’actualité {ref} est approuvée. Départ : lundi 23 novembre 2026, 10:01." in omar.screen
    item = item_of(house, ref)
    assert (item.state, item.approver_name) == (State.PLANNED, "Omar Benali")
    assert runs_of(house, ref) == [("send", "planned")]
    await house.tick()
    assert "Votre actualité a été relue et approuvée." in anne.messages[-1].text
    assert acts(house, ref) == ["news.file", "news.submit", "news.approve"]


async def test_the_first_to_answer_wins_and_the_others_are_told(house: House, anne: Resident, omar: Resident) -> None:
    ines = await a_member(house, Role.ADMIN, "Inès Roy")
    ref = await sends(anne)
    await house.tick()
    await omar.taps("Approuver")
    await house.tick()
    assert ines.messages[-1].text == f"La relecture de l’actualité {ref} est faite, par Omar Benali."
    assert ines.messages[-1].buttons == ()
    await ines.presses(f"l.nr_{ref}")
    assert "C’est déjà fait, par Omar Benali." in ines.screen
    await ines.presses(f"l.na_{ref}_1")
    assert "C’est déjà fait, par Omar Benali." in ines.screen
    assert runs_of(house, ref) == [("send", "planned")]


async def test_sent_back_it_is_changed_and_submitted_under_its_reference(
    house: House, anne: Resident, omar: Resident
) -> None:
    ref = await sends(anne)
    await house.tick()
    await omar.taps("Renvoyer avec une remarque")
    await omar.says("Dites aussi où passent les piétons.")
    assert "est renvoyée avec votre remarque" in omar.screen
    await house.tick()
    assert "Votre actualité vous revient avec une remarque." in anne.messages[-1].text
    assert ("Remarque", "Dites aussi où passent les piétons.") in [
        (fact.name, fact.value) for fact in anne.messages[-1].facts
    ]
    await anne.taps("Modifier et envoyer")
    assert "Remarque : Dites aussi où passent les piétons." in anne.screen
    assert f"🚧 {TITLE}\n{WORDS}" in anne.screen
    await anne.taps("Changer une réponse")
    await anne.taps("Texte")
    await anne.says("Les piétons passent par la place.")
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    item = item_of(house, ref)
    assert (item.state, item.rev, item.remark) == (State.REVIEW, 2, "")
    assert item.texts["fr"].words == "Les piétons passent par la place."
    await house.tick()
    await omar.taps("Approuver")
    assert item_of(house, ref).state is State.PLANNED


async def test_nobody_approves_their_own_words(house: House, omar: Resident, anne: Resident) -> None:
    await omar.says("/diffuser")
    await omar.taps("Toute la ville")
    for said in ("Travaux", TITLE, WORDS, "passer", "passer", "non", "7 jours après l’envoi", "passer"):
        await omar.says(said)
    await omar.taps("Oui, choisir quand")
    await omar.taps("Maintenant")
    ref = ref_on(omar)
    await omar.presses(f"l.na_{ref}_1")
    assert "une autre personne doit la relire" in omar.screen
    await omar.presses(f"l.nr_{ref}")
    assert "une autre personne doit la relire" in omar.screen
    await anne.presses(f"l.na_{ref}_1")  # a conseiller of one quartier, for the whole town
    assert NO_RIGHT in anne.screen
    assert item_of(house, ref).state is State.REVIEW
    assert acts(house, ref).count("refused") == 3


async def test_a_role_elsewhere_or_taken_away_lets_nothing_go(house: House, anne: Resident, omar: Resident) -> None:
    elsewhere = await a_member(house, name="Luc Favre", quartiers=[2])
    ref = await sends(anne)
    tried = ("na", "nr", "nu", "np", "nc", "nt", "nf", "ni", "nm", "nw")
    for button in tried:
        await elsewhere.presses(f"l.{button}_{ref}" + ("_1" if button == "na" else ""))
        assert (
            "Votre rôle ne permet pas" in elsewhere.screen
            or "pas la vôtre" in elsewhere.screen
            or ("Je ne trouve pas" in elsewhere.screen)
        )
    assert acts(house, ref).count("refused") == len(tried)
    await house.desk.run(lambda work: take_roles(work, number_of(work, omar.external)))
    await omar.presses(f"l.na_{ref}_1")
    assert "C’est réservé à l’équipe de la ville" in omar.screen
    await anne.presses("l.na_AC-222222_1")
    assert "Je ne trouve pas cette actualité" in anne.screen
    assert item_of(house, ref).state is State.REVIEW


async def test_when_nobody_else_may_approve_the_author_is_told_what_to_do(house: House, anne: Resident) -> None:
    ref = await sends(anne)
    assert "personne d’autre ne peut la relire" in anne.screen
    assert "Demandez à un administrateur" in anne.screen
    omar = await a_member(house, Role.MODERATOR, "Omar Benali")
    await omar.says("/diffuser")
    await omar.taps(f"👀 {TITLE} · {ref}")
    assert omar.news[0].title == f"🚧 {TITLE}"
    await omar.taps("Approuver")
    assert item_of(house, ref).state is State.PLANNED


async def test_a_review_is_asked_for_at_a_decent_hour(house: House, anne: Resident, omar: Resident, time: Time) -> None:
    time.advance(timedelta(hours=13))  # eleven at night
    await writes(anne)
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    await anne.taps("C’est bien")
    before = len(omar.messages)
    await house.tick()
    assert len(omar.messages) == before
    time.advance(timedelta(hours=9))
    await house.tick()
    await omar.taps("Approuver")
    assert item_of(house, ref_on(omar)).starts_at == time.now() + timedelta(minutes=1)


async def test_what_is_urgent_is_reviewed_at_once(house: House, anne: Resident, omar: Resident, time: Time) -> None:
    time.advance(timedelta(hours=13))
    await writes(anne, "Alertes")
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    await anne.taps("Oui, réveiller les gens")
    await house.tick()
    await omar.taps("Approuver")
    assert item_of(house, ref_on(omar)).starts_at == time.now() + timedelta(minutes=1)


async def alerts_at_night(author: Resident, time: Time) -> None:
    """For fewer readers than those from whom on a second person reads by day."""
    time.advance(timedelta(hours=13))
    await a_reader(author.house, ["alert"], [2])
    await author.says("/diffuser")
    await says_what(author, "Alertes")
    await author.taps("Oui, choisir quand")
    await author.taps("Maintenant")
    await author.taps("Oui, réveiller les gens")


async def test_what_wakes_people_up_is_read_by_a_second_person_however_few_they_are(
    house: House, omar: Resident, time: Time
) -> None:
    bea = await a_member(house, Role.CONSEILLER, "Béa Roux", quartiers=[2])
    await alerts_at_night(bea, time)
    ref = ref_on(bea)
    assert "Une deuxième personne va la relire" in bea.screen
    assert item_of(house, ref).state is State.REVIEW
    await house.tick()
    await omar.taps("Approuver")
    assert item_of(house, ref).starts_at == time.now() + timedelta(minutes=1)
    assert acts(house, ref) == ["news.file", "news.submit", "news.approve"]


async def test_when_nobody_else_can_be_asked_its_author_is_once_more_and_it_is_noted(
    house: House, omar: Resident, time: Time
) -> None:
    await omar.says("/stop")
    bea = await a_member(house, Role.CONSEILLER, "Béa Roux", quartiers=[2])
    await alerts_at_night(bea, time)
    assert "Personne d’autre ne peut la relire maintenant" in bea.screen
    await bea.taps("Oui, l’envoyer sans relecture")
    ref = ref_on(bea)
    assert (item_of(house, ref).state, item_of(house, ref).starts_at) == (
        State.PLANNED,
        time.now() + timedelta(minutes=1),
    )
    assert acts(house, ref) == ["news.file", "news.plan", "news.woke_alone"]


async def test_whoever_does_not_insist_waits_for_the_morning(house: House, time: Time) -> None:
    bea = await a_member(house, Role.CONSEILLER, "Béa Roux", quartiers=[2])
    await alerts_at_night(bea, time)
    await bea.taps("Non, attendre")
    ref = ref_on(bea)
    starts_at = item_of(house, ref).starts_at
    assert starts_at is not None
    assert starts_at > time.now() + timedelta(hours=5)
    assert acts(house, ref) == ["news.file", "news.plan"]


async def test_approved_after_its_end_it_stays_where_it_is(
    house: House, anne: Resident, omar: Resident, time: Time
) -> None:
    ref = await sends(anne)
    time.advance(timedelta(days=8))
    await house.tick()
    await omar.presses(f"l.na_{ref}_1")
    assert "Elle partirait après sa date de fin. Son auteur le sait maintenant." in omar.screen
    assert (item_of(house, ref).state, runs_of(house, ref)) == (State.REVIEW, [])
    await house.carry_due()
    told = "Votre actualité a été relue après sa date de fin : elle n’est pas partie. Changez sa fin."
    assert anne.messages[-1].text == told
    await omar.presses(f"l.na_{ref}_1")  # pressed again, it is told once
    await omar.taps("Renvoyer avec une remarque")
    await omar.says("Changez la date de fin.")
    await house.carry_due()
    assert [message.text for message in anne.messages].count(told) == 1
    await anne.taps("Modifier et envoyer")
    await anne.taps("7 jours après l’envoi")
    assert "Voilà ce que verront vos lecteurs" in anne.screen


async def test_what_a_feed_brought_too_long_ago_can_be_refused(house: House, omar: Resident, time: Time) -> None:
    held = await house.desk.run(
        lambda work: an_item(work, state=State.REVIEW, starts_at=time.now(), expires_at=time.now() + timedelta(days=1))
    )
    time.advance(timedelta(days=2))
    await omar.presses(f"l.na_{held.ref}_1")
    assert "Elle partirait après sa date de fin. Elle ne peut plus partir." in omar.screen
    await omar.taps("Renvoyer avec une remarque")
    await omar.says("Trop tard.")
    assert item_of(house, held.ref).state is State.WITHDRAWN


async def test_whoever_may_review_and_wants_no_messages_is_another_matter_than_nobody(
    house: House, anne: Resident, omar: Resident
) -> None:
    await omar.says("/stop")
    assert "Vous ne recevrez plus non plus les relectures" in omar.screen
    ref = await sends(anne)
    assert "Les personnes qui peuvent la relire ne reçoivent plus mes messages" in anne.screen
    assert "personne d’autre ne peut la relire" not in anne.screen
    await omar.says("/diffuser")
    assert ref in omar.screen


async def test_a_resident_who_wants_no_messages_hears_nothing_of_reviews(resident: Resident) -> None:
    await resident.says("/stop")
    assert "relectures" not in resident.screen


async def test_taken_back_before_it_was_read(house: House, anne: Resident, omar: Resident) -> None:
    ref = await sends(anne)
    await house.tick()
    await anne.taps("Annuler l’envoi")
    assert "C’est annulé : rien n’est parti." in anne.screen
    await house.tick()
    assert omar.messages[-1].text == f"La relecture de l’actualité {ref} est faite."
    await anne.taps("Modifier et envoyer")
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    assert item_of(house, ref).state is State.REVIEW


async def test_only_the_words_that_were_read_are_let_go(house: House, anne: Resident, omar: Resident) -> None:
    ref = await sends(anne)
    await house.tick()
    seen = omar.button("Approuver").data
    await anne.taps("Annuler l’envoi")
    await anne.taps("Modifier et envoyer")
    await anne.taps("Changer une réponse")
    await anne.taps("Texte")
    await anne.says("Les voitures sont interdites toute l’année.")
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    await omar.presses(seen)
    assert "Elle a changé depuis que vous l’avez lue." in omar.screen
    assert "Les voitures sont interdites toute l’année." in omar.screen
    assert item_of(house, ref).state is State.REVIEW
    await omar.taps("Approuver")
    assert item_of(house, ref).state is State.PLANNED
    assert acts(house, ref).count("news.approve") == 1


@pytest.mark.parametrize("end", ["_x", "_²", "_99999999999999999999", "_", ""])
async def test_a_button_without_the_number_of_the_words_approves_nothing(
    house: House, anne: Resident, omar: Resident, end: str
) -> None:
    ref = await sends(anne)
    await omar.presses(f"l.na_{ref}{end}")
    assert "Elle a changé depuis que vous l’avez lue." in omar.screen
    assert item_of(house, ref).state is State.REVIEW


@pytest.mark.parametrize("how", ["approved", "sent back", "withdrawn"])
async def test_nobody_is_asked_in_the_morning_about_what_was_settled_at_night(
    house: House, anne: Resident, omar: Resident, time: Time, how: str
) -> None:
    time.advance(timedelta(hours=13))
    await writes(anne)
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    await anne.taps("C’est bien")
    ref = ref_on(anne)
    ines = await a_member(house, Role.ADMIN, "Inès Roy")
    if how == "withdrawn":
        await anne.taps("Annuler l’envoi")
    elif how == "approved":
        await ines.presses(f"l.na_{ref}_1")
    else:
        await ines.presses(f"l.nr_{ref}")
        await ines.says("Dites aussi où passent les piétons.")
    before = len(omar.messages)
    time.advance(timedelta(hours=9))
    await house.tick()
    assert len(omar.messages) == before


async def test_what_was_changed_is_asked_about_once(house: House, anne: Resident, omar: Resident, time: Time) -> None:
    time.advance(timedelta(hours=13))
    await writes(anne)
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    await anne.taps("C’est bien")
    ref = ref_on(anne)
    await anne.taps("Annuler l’envoi")
    await anne.taps("Modifier et envoyer")
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    await anne.taps("C’est bien")
    before = len(omar.messages)
    time.advance(timedelta(hours=9))
    await house.tick()
    shown, asked = omar.messages[before:]
    assert shown.title == f"🚧 {TITLE}"
    assert asked.buttons[0][0].data == f"l.na_{ref}_2"


async def test_every_text_is_read_and_until_when_it_holds(house: House, anne: Resident) -> None:
    ines = await a_member(house, Role.MODERATOR, "Inès Roy")
    ref = await sends(anne)

    def adds(work: Work) -> None:
        number = item_of(house, ref).id
        for language, title in (("en", "Forge Street closed"), ("ar", "شارع مغلق"), ("tr", "Sokak kapalı")):
            row = {"item_id": number, "language": language, "title": title, "words": title}
            work.connection.execute(insert(news_text).values(row))

    await house.desk.run(adds)
    await ines.presses(f"l.ni_{ref}")
    *shown, asked = ines.news
    assert [one.title for one in shown] == [
        f"🚧 {TITLE}",
        "🚧 شارع مغلق",
        "🚧 Forge Street closed",
        "🚧 Sokak kapalı",
    ]
    assert [one.direction for one in shown] == ["", "rtl", "", ""]
    assert (asked.facts[-1].name, asked.facts[-1].value) == ("Fin", "lundi 30 novembre 2026, 10:01")
    with speaking("en"):
        assert previews(item_of(house, ref), house.stage.city, house.stage.page)[0].title == "🚧 Forge Street closed"


async def test_forged_buttons_all_day_long_fill_no_table(house: House, anne: Resident) -> None:
    for _press in range(30):
        await anne.presses("l.nu_AC-222222")
        assert "Je ne trouve pas cette actualité" in anne.screen
    assert len(acts(house, "AC-222222")) == 20


async def test_an_answer_at_night_is_told_in_the_morning(
    house: House, anne: Resident, omar: Resident, time: Time
) -> None:
    ref = await sends(anne)
    await house.tick()
    time.advance(timedelta(hours=13))
    await omar.presses(f"l.na_{ref}_1")
    assert "Départ : mardi 24 novembre 2026, 07:00." in omar.screen
    before = len(anne.messages)
    await house.tick()
    assert len(anne.messages) == before
    time.advance(timedelta(hours=8))
    await house.tick()
    assert "Votre actualité a été relue et approuvée." in anne.messages[-1].text


async def test_a_series_that_wakes_people_up_says_so_when_nobody_else_can_read_it(house: House) -> None:
    bea = await a_member(house, Role.CONSEILLER, "Béa Roux", quartiers=[2])
    await a_reader(house, ["alert"], [2])
    await writes(bea, "Alertes")
    await bea.taps("Oui, choisir quand")
    await bea.taps("Régulièrement")
    await bea.taps("lundi")
    await bea.taps("chaque premier lundi du mois")
    await bea.says("23h30")
    await bea.taps("Envoyer le même texte")
    assert "Elle réveillera les gens, et personne d’autre ne l’aura relue. Cela reste inscrit." in bea.screen
    await bea.taps("C’est bien")
    assert acts(house, ref_on(bea)) == ["news.file", "news.plan", "news.woke_alone"]
