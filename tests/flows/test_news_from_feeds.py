"""What comes from another site's feed is shown to whoever may approve it, and leaves only once somebody did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.city.model import City, Feed
from bot.news.entries import Entry, Read
from bot.news.feeds import Taken, take
from bot.news.model import Item, State
from bot.people.staff import Role
from bot.storage.work import Work
from flows.news_feeds import ask_about_entries, end_of_entries
from tests.kit.newsroom import item_of, runs_of
from tests.kit.residents import House
from tests.kit.staff import a_member, a_reader

FEED = Feed(url="https://canton.example/rss", name="Canton", topic="works", quartiers=(2,))


def entry(at: int, title: str, published: datetime) -> Entry:
    return Entry(f"{at:064d}", f"{at:063d}t", title, "Jusqu’au printemps.", "https://canton.example/col", published)


async def brings(house: House, city: City, *titles: str, first: int = 0) -> list[str]:
    """A reading of the feed with these new entries, the oldest first; gives the references they were filed under."""
    at = house.time.now()
    entries = tuple(
        entry(first + number, title, at - timedelta(minutes=len(titles) - number))
        for number, title in enumerate(titles)
    )

    def job(work: Work) -> Taken:
        def announce(work: Work, items: Sequence[Item]) -> None:
            ask_about_entries(work, city, items)

        return take(work, city, FEED, Read("Canton", "fr", entries), announce)

    taken = await house.desk.run(job)
    await house.carry_due()
    return [item.ref for item in taken.held]


async def arrives(house: House, city: City) -> str:
    (ref,) = await brings(house, city, "Route du col fermée")
    return ref


async def test_an_entry_is_approved_by_somebody_who_may_and_then_leaves(house: House, valombre: City) -> None:
    omar = await a_member(house, Role.MODERATOR, "Omar Haddad")
    other = await a_member(house, Role.CONSEILLER, "Anne Martin", (1,))
    await a_reader(house, ["works"], [2])
    ref = await arrives(house, valombre)
    assert "Route du col fermée" not in other.screen
    assert "attend votre relecture" in omar.screen
    assert "Canton" in omar.screen
    assert item_of(house, ref).state is State.REVIEW
    assert runs_of(house, ref) == []
    await omar.taps("La lire")
    assert "Jusqu’au printemps." in omar.screen
    await omar.taps("Approuver")
    item = item_of(house, ref)
    assert (item.state, item.approver_name) == (State.PLANNED, "Omar Haddad")
    assert runs_of(house, ref) == [("send", "planned")]


async def test_an_entry_that_is_refused_never_leaves(house: House, valombre: City) -> None:
    omar = await a_member(house, Role.MODERATOR, "Omar Haddad")
    ref = await arrives(house, valombre)
    await omar.taps("La lire")
    await omar.taps("Renvoyer avec une remarque")
    await omar.says("Déjà dit la semaine dernière.")
    item = item_of(house, ref)
    assert (item.state, item.remark) == (State.WITHDRAWN, "Déjà dit la semaine dernière.")
    assert runs_of(house, ref) == []


async def test_a_reading_that_brings_many_is_one_message(house: House, valombre: City) -> None:
    omar = await a_member(house, Role.MODERATOR, "Omar Haddad")
    said = len(omar.messages)
    await brings(house, valombre, *(f"Nouvelle {at}" for at in range(8)))
    assert len(omar.messages) == said + 1
    assert "8 actualités de Canton attendent votre relecture :" in omar.screen
    assert "• Nouvelle 7" in omar.screen
    assert "… et 3 autres." in omar.screen


async def test_readings_of_a_night_are_one_message_in_the_morning(house: House, valombre: City) -> None:
    omar = await a_member(house, Role.MODERATOR, "Omar Haddad")
    house.time.advance(timedelta(hours=14))  # midnight in Valombre
    said = len(omar.messages)
    for at in range(3):
        await brings(house, valombre, f"Nouvelle {at}", first=at)
        house.time.advance(timedelta(hours=1))
    assert len(omar.messages) == said
    house.time.advance(timedelta(hours=7))
    await house.carry_due()
    assert len(omar.messages) == said + 1
    assert "3 actualités de Canton attendent" in omar.screen


async def test_all_that_is_held_is_reached_page_after_page(house: House, valombre: City) -> None:
    omar = await a_member(house, Role.MODERATOR, "Omar Haddad")
    refs: list[str] = []
    for at in range(0, 30, 10):
        refs += await brings(house, valombre, *(f"Nouvelle {one:02d}" for one in range(at, at + 10)), first=at)
    await omar.says("/diffuser")
    assert "Nouvelle 20" in omar.screen
    assert "Nouvelle 19" not in omar.screen
    await omar.taps("Voir les autres à relire")
    assert "Nouvelle 19" in omar.screen
    await omar.taps("Voir les suivantes")
    await omar.taps(f"👀 Nouvelle 00 · {refs[0]}")
    await omar.taps("Approuver")
    assert item_of(house, refs[0]).state is State.PLANNED


async def test_the_message_opens_the_list(house: House, valombre: City) -> None:
    omar = await a_member(house, Role.MODERATOR, "Omar Haddad")
    refs = await brings(house, valombre, "Une", "Deux")
    await omar.taps("Les relire")
    await omar.taps(f"👀 Deux · {refs[1]}")
    await omar.taps("Approuver")
    assert [item_of(house, ref).state for ref in refs] == [State.REVIEW, State.PLANNED]


async def test_the_list_says_when_nothing_is_left(house: House, valombre: City) -> None:
    omar = await a_member(house, Role.MODERATOR, "Omar Haddad")
    olga = await a_member(house, Role.MODERATOR, "Olga Petit")
    refs = await brings(house, valombre, "Une", "Deux")
    for ref in refs:
        await omar.says(f"/start ni_{ref}")
        await omar.taps("Approuver")
    await olga.taps("Les relire")
    assert "Plus rien n’attend votre relecture." in olga.screen


async def test_what_nobody_approved_ends_and_whoever_has_it_open_sees_it(house: House, valombre: City) -> None:
    omar = await a_member(house, Role.MODERATOR, "Omar Haddad")
    ref = await arrives(house, valombre)
    await omar.taps("La lire")
    assert await house.desk.run(end_of_entries) == 0
    house.time.advance(timedelta(days=14))
    assert await house.desk.run(end_of_entries) == 1
    await house.carry_due()
    assert item_of(house, ref).state is State.WITHDRAWN
    assert f"La relecture de l’actualité {ref} est faite." in omar.screen
    await omar.taps("Approuver")
    assert item_of(house, ref).state is State.WITHDRAWN
    assert runs_of(house, ref) == []
