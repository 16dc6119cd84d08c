"""A conseiller writes to a quartier, sees what readers will see, and chooses when it leaves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.delivery.broadcast import broadcast
from bot.delivery.broadcasts import of_ref
from bot.delivery.model import Lane
from bot.news.model import State
from bot.news.store import news_item
from bot.people.staff import Role
from tests.kit.clock import MONDAY_MORNING, Time
from tests.kit.newsroom import TITLE, WORDS, acts, item_of, ref_on, runs_of, says_what, sends, writes
from tests.kit.residents import House, Resident
from tests.kit.staff import a_member, a_reader, number_of, take_roles

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def anne(house: House) -> Resident:
    return await a_member(house, quartiers=[1])


# Whom it is for


async def test_a_conseiller_of_one_quartier_is_not_asked_which(anne: Resident) -> None:
    await anne.says("/diffuser")
    assert "Sur quel sujet ?" in anne.screen


async def test_a_conseiller_is_offered_their_own_quartiers_only(house: House) -> None:
    member = await a_member(house, quartiers=[1, 3])
    await member.says("/start")
    await member.taps("Écrire aux habitants")
    assert "Le Bourg" in member.screen
    assert "Les Alpages" in member.screen
    assert "La Scierie" not in member.screen
    assert "Toute la ville" not in member.screen
    await member.says("1, 2")
    await says_what(member)
    await member.taps("Oui, choisir quand")
    await member.taps("Maintenant")
    assert item_of(house, ref_on(member)).quartiers == (1, 3)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MODERATOR, Role.AGENT])
async def test_others_may_write_to_the_whole_town(house: House, role: Role) -> None:
    member = await a_member(house, role, unit="Service technique")
    await member.says("/diffuser")
    await member.taps("Toute la ville")
    await says_what(member)
    assert "Public : toute la ville" in member.screen
    assert "Anne Martin, Service technique, le lundi 23 novembre" in member.screen


async def test_a_resident_is_told_that_it_is_for_the_staff(house: House, resident: Resident) -> None:
    await resident.says("/diffuser")
    assert "C’est réservé à l’équipe de la ville" in resident.screen
    assert "Écrire aux habitants" not in resident.screen
    assert acts(house, "staff-news") == ["refused"]


async def test_a_role_taken_away_in_the_middle_ends_the_talk(house: House, anne: Resident) -> None:
    await writes(anne)
    await house.desk.run(lambda work: take_roles(work, number_of(work, anne.external)))
    await anne.taps("Oui, choisir quand")
    assert "C’est réservé à l’équipe de la ville" in anne.screen


async def test_how_many_it_concerns_is_told_at_once(house: House, anne: Resident) -> None:
    await a_reader(house, ["works"], [1])
    await a_reader(house, ["works"], [1], rhythm="daily")
    await a_reader(house, ["works"], [2])
    await a_reader(house, ["fairs"], [1])
    await anne.says("/diffuser")
    await anne.taps("Travaux")
    assert "Cela concerne 2 personnes : 1 tout de suite, 1 dans leur résumé." in anne.screen


async def test_an_audience_of_nobody_is_said_and_there_is_a_way_on(house: House, anne: Resident) -> None:
    await anne.says("/diffuser")
    await anne.taps("Fêtes et foires")
    assert "Personne ne reçoit encore ce sujet (Le Bourg)" in anne.screen
    await anne.taps("Retour")
    await anne.taps("Travaux")
    await anne.taps("Continuer")
    assert "Le titre ?" in anne.screen


# What it says


async def test_the_preview_is_the_card_that_readers_get(house: House, anne: Resident) -> None:
    await a_reader(house, ["works"], [1])
    await writes(anne)
    card = anne.news[0]
    assert card.title == f"🚧 {TITLE}"
    assert card.text == WORDS
    assert card.note == "Anne Martin, conseil de quartier Le Bourg, le lundi 23 novembre"
    assert card.slot == ""
    labels = [[button.label for button in row] for row in card.buttons]
    assert labels == [["Voir la page"], ["Moins de ce sujet", "Ne plus recevoir"]]
    assert "Lecteurs : 1 personne" in anne.screen
    assert "Durée de l’envoi : 1 minute" in anne.screen


async def test_an_answer_is_changed_at_the_review(anne: Resident) -> None:
    await writes(anne)
    await anne.taps("Changer une réponse")
    await anne.taps("Titre")
    await anne.says("Rue de la Forge rouverte")
    assert anne.news[0].title == "🚧 Rue de la Forge rouverte"
    assert anne.news[0].text == WORDS


async def test_photos_and_an_event_are_part_of_it(house: House, anne: Resident) -> None:
    await a_reader(house, ["fairs"], [1])
    await anne.says("/diffuser")
    await anne.taps("Fêtes et foires")
    await anne.says("Fête du tilleul")
    await anne.says("Venez avec un plat à partager.")
    await anne.sends("one", "two")
    await anne.says("Le tilleul de la place")
    await anne.says("https://valombre.example/tilleul")
    await anne.taps("Oui")
    await anne.says("samedi 18h")
    await anne.says("place du Tilleul")
    assert anne.messages[-1].buttons[0][0].label == "Le soir de l’événement"
    await anne.taps("Le soir de l’événement")
    await anne.taps("Passer")
    card = anne.news[0]
    assert (card.pictures, card.alternative) == (("one", "two"), "Le tilleul de la place")
    assert [(fact.name, fact.value) for fact in card.facts] == [
        ("Quand", "samedi 28 novembre 2026, 18:00"),
        ("Où", "place du Tilleul"),
    ]
    assert card.buttons[0][0].link == "https://valombre.example/tilleul"
    assert "Fin : samedi 28 novembre 2026, 23:59" in anne.screen


async def test_sent_to_me_is_the_real_message(house: House, anne: Resident) -> None:
    await a_reader(house, ["works"], [1])
    await writes(anne)
    await anne.taps("Oui, choisir quand")
    await anne.taps("Me l’envoyer d’abord")
    assert anne.news[0].title == f"🚧 {TITLE}"
    assert "Quand l’envoyer ?" in anne.screen
    assert "[Me l’envoyer d’abord]" not in anne.screen
    await anne.taps("Maintenant")
    assert "C’est noté." in anne.screen


LINKS = [
    ("valombre.example/forge", "Il manque le début"),
    ("https://valombre", "ne peut pas s’ouvrir"),
    ("https://valombre.example/la forge", "Une adresse n’a pas d’espace"),
    ("javascript://valombre.example/%0aalert(1)", "Il manque le début"),
    ("https://127.0.0.1/", "ne peut pas s’ouvrir"),
    ("https://moi:secret@valombre.example/", "ne peut pas s’ouvrir"),
    ("https://valombre.example:port/", "ne peut pas s’ouvrir"),
    ("https://valombre.example/" + "x" * 500, "trop longue"),
]


@pytest.mark.parametrize(("typed", "said"), LINKS)
async def test_a_broken_link_is_said_and_nothing_is_lost(house: House, anne: Resident, typed: str, said: str) -> None:
    await a_reader(house, ["works"], [1])
    await anne.says("/diffuser")
    await anne.taps("Travaux")
    for words in (TITLE, WORDS, "passer", typed):
        await anne.says(words)
    assert said in anne.screen
    assert anne.answers["words"] == WORDS
    await anne.says("https://valombre.example/forge")
    assert "Est-ce un événement" in anne.screen


async def test_words_too_long_are_said_and_nothing_is_lost(house: House, anne: Resident) -> None:
    await a_reader(house, ["works"], [1])
    await anne.says("/diffuser")
    await anne.taps("Travaux")
    await anne.says("x" * 81)
    assert "C’est un peu long : 81 caractères sur 80 au plus" in anne.screen
    await anne.says(TITLE)
    await anne.says("x" * 3001)
    assert "C’est un peu long : 3001 caractères sur 3000 au plus" in anne.screen
    assert anne.answers["title"] == TITLE
    await anne.says("x" * 3000)
    assert "Des photos ?" in anne.screen


async def test_an_event_in_the_past_is_said(house: House, anne: Resident) -> None:
    await a_reader(house, ["works"], [1])
    await anne.says("/diffuser")
    await anne.taps("Travaux")
    for words in (TITLE, WORDS, "passer", "passer", "oui", "22/11/2026 18h"):
        await anne.says(words)
    assert "Ce moment est déjà passé" in anne.screen


async def test_what_is_typed_waits_for_two_weeks(house: House, anne: Resident, time: Time) -> None:
    await a_reader(house, ["works"], [1])
    await writes(anne)
    time.advance(timedelta(days=13))
    await house.tick()
    assert anne.answers["words"] == WORDS
    await anne.taps("Oui, choisir quand")
    assert "Quand l’envoyer ?" in anne.screen


# When it leaves


async def test_sent_now_it_leaves_in_a_minute(house: House, anne: Resident) -> None:
    await a_reader(house, ["works"], [1])
    ref = await sends(anne)
    assert "Vous pouvez annuler tant qu’elle n’est pas partie." in anne.screen
    item = item_of(house, ref)
    assert (item.state, item.starts_at) == (State.PLANNED, MONDAY_MORNING + MINUTE)
    with house.desk.reading() as work:
        (one,) = of_ref(work, "news", ref)
    assert (one.lane, one.starts_at) == (Lane.NEWS, MONDAY_MORNING + MINUTE)
    assert one.expires_at == item.expires_at == MONDAY_MORNING + MINUTE + timedelta(days=7)
    assert acts(house, ref) == ["news.file", "news.plan"]


async def test_a_chosen_moment(house: House, anne: Resident) -> None:
    await a_reader(house, ["works"], [1])
    await writes(anne)
    await anne.taps("Oui, choisir quand")
    await anne.taps("À un moment choisi")
    await anne.says("hier 18h")
    assert "Je n’ai pas reconnu le jour" in anne.screen
    await anne.says("23/11/2026 9h")
    assert "Ce moment est déjà passé" in anne.screen
    await anne.says("demain 18h30")
    assert "Va partir : mardi 24 novembre 2026, 18:30" in anne.screen
    assert item_of(house, ref_on(anne)).starts_at == datetime(2026, 11, 24, 17, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("28/03/2027 à 2h30", "Cette heure n’existe pas"),
        ("demain 2h30", "Rien ne part entre 2 h et 3 h"),
        ("31/10/2027 à 2h15", "Rien ne part entre 2 h et 3 h"),
    ],
)
async def test_nothing_leaves_in_the_hour_of_the_change(house: House, anne: Resident, typed: str, said: str) -> None:
    await a_reader(house, ["works"], [1])
    await writes(anne)
    await anne.taps("Oui, choisir quand")
    await anne.taps("À un moment choisi")
    await anne.says(typed)
    assert said in anne.screen
    assert anne.answers["words"] == WORDS
    await anne.says("demain 9h")
    assert "C’est noté." in anne.screen


async def test_quiet_hours_put_it_off_and_it_is_said(house: House, anne: Resident) -> None:
    await a_reader(house, ["works"], [1])
    await writes(anne)
    await anne.taps("Oui, choisir quand")
    await anne.taps("À un moment choisi")
    await anne.says("demain 23h")
    assert "Ce sont les heures calmes. Elle partira mercredi 25 novembre 2026, 07:00." in anne.screen
    await anne.taps("C’est bien")
    assert item_of(house, ref_on(anne)).starts_at == datetime(2026, 11, 25, 6, tzinfo=UTC)


async def test_what_is_urgent_may_wake_people_up_when_its_author_says_so(
    house: House, anne: Resident, time: Time
) -> None:
    time.advance(timedelta(hours=16, minutes=30))  # 2:30 at night, in the town
    await a_reader(house, ["alert"], [1])
    await writes(anne, "Alertes")
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    assert "les téléphones sonneront" in anne.screen
    await anne.taps("Oui, réveiller les gens")
    await anne.taps("Oui, l’envoyer sans relecture")  # there is nobody else in this team
    ref = ref_on(anne)
    assert item_of(house, ref).starts_at == time.now() + MINUTE
    with house.desk.reading() as work:
        assert [one.lane for one in of_ref(work, "news", ref)] == [Lane.URGENT]


async def test_what_is_urgent_may_wait_for_the_morning(house: House, anne: Resident, time: Time) -> None:
    time.advance(timedelta(hours=16, minutes=30))
    await a_reader(house, ["alert"], [1])
    await writes(anne, "Alertes")
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    await anne.taps("Non, attendre mardi 24 novembre 2026, 07:00")
    assert item_of(house, ref_on(anne)).starts_at == datetime(2026, 11, 24, 6, tzinfo=UTC)


async def test_it_never_leaves_after_its_end(house: House, anne: Resident) -> None:
    await a_reader(house, ["works"], [1])
    await anne.says("/diffuser")
    await anne.taps("Travaux")
    for said in (TITLE, WORDS, "passer", "passer", "non", "À une autre date", "demain 23h30", "passer"):
        await anne.says(said)
    await anne.taps("Oui, choisir quand")
    await anne.taps("À un moment choisi")
    await anne.says("25/11/2026 9h")
    assert "C’est trop tard : choisissez un moment avant mardi 24 novembre 2026, 23:30." in anne.screen
    await anne.says("demain 23h")  # in quiet hours: the morning after is past the end
    await anne.taps("C’est bien")
    assert "après sa date de fin" in anne.screen
    await anne.taps("Repousser sa fin au soir de ce jour-là")
    item = item_of(house, ref_on(anne))
    assert item.expires_at == datetime(2026, 11, 25, 22, 59, tzinfo=UTC)


async def test_an_event_that_will_be_over_is_said(house: House, anne: Resident) -> None:
    await a_reader(house, ["fairs"], [1])
    await anne.says("/diffuser")
    await anne.taps("Fêtes et foires")
    for said in (TITLE, WORDS, "passer", "passer", "oui", "demain 10h", "passer", "le soir de l’événement", "passer"):
        await anne.says(said)
    await anne.taps("Oui, choisir quand")
    await anne.taps("À un moment choisi")
    await anne.says("demain 18h")
    assert "L’événement sera déjà passé" in anne.screen
    await anne.taps("Retour")
    await anne.says("demain 8h")
    assert "C’est noté." in anne.screen


async def test_given_up_nothing_leaves(house: House, anne: Resident) -> None:
    await a_reader(house, ["works"], [1])
    await writes(anne)
    await anne.taps("Oui, choisir quand")
    await anne.taps("Abandonner")
    assert "C’est abandonné : rien n’est parti." in anne.screen
    with house.desk.reading() as work:
        assert work.connection.execute(select(broadcast)).all() == []
        assert work.connection.execute(select(news_item)).all() == []


async def test_every_first_monday_asked_again(house: House, anne: Resident) -> None:
    await a_reader(house, ["works"], [1])
    await writes(anne)
    await anne.taps("Oui, choisir quand")
    await anne.taps("Régulièrement")
    await anne.taps("lundi")
    await anne.taps("chaque premier lundi du mois")
    await anne.says("2h30")
    assert "Rien ne part entre 2 h et 3 h" in anne.screen
    await anne.says("18h30")
    await anne.taps("Me demander un nouveau texte, au plus tard la veille")
    assert "Première fois : lundi 7 décembre 2026, 18:30. Puis chaque premier lundi du mois, 18:30." in anne.screen
    await anne.taps("C’est bien")
    ref = ref_on(anne)
    item = item_of(house, ref)
    assert item.next_at == datetime(2026, 12, 6, 17, 30, tzinfo=UTC)
    assert (item.state, item.starts_at, runs_of(house, ref)) == (State.PLANNED, None, [])
    await anne.taps("Arrêter la série")
    assert "La série est arrêtée." in anne.screen
    assert item_of(house, ref).next_at is None


async def test_a_second_item_is_written_beside_the_first(house: House, anne: Resident) -> None:
    await a_reader(house, ["works"], [1])
    ref = await sends(anne)
    await anne.says("/diffuser")
    assert f"📣 {TITLE} · {ref}" in anne.screen
    await anne.taps(ref)
    assert "Va partir" in anne.screen
    await anne.says("/diffuser")
    await anne.taps("Nouvelle actualité")
    await says_what(anne)
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    assert ref_on(anne) != ref
