"""What comes from another site's feed is shown to whoever may approve it, and leaves only once somebody did."""

from __future__ import annotations

from bot.city.model import City, Feed
from bot.news.entries import Entry, Read
from bot.news.feeds import Taken, take
from bot.news.model import Item, State
from bot.people.staff import Role
from bot.storage.work import Work
from flows.news_review import ask_review
from tests.kit.newsroom import item_of, runs_of
from tests.kit.residents import House
from tests.kit.staff import a_member, a_reader

FEED = Feed(url="https://canton.example/rss", name="Canton", topic="works", quartiers=(2,))


async def arrives(house: House, city: City) -> str:
    """A new entry of the feed; gives the reference it was filed under."""
    entry = Entry(
        "0" * 64, "Route du col fermée", "Jusqu’au printemps.", "https://canton.example/col", house.time.now()
    )

    def job(work: Work) -> Taken:
        def announce(work: Work, item: Item) -> None:
            ask_review(work, city, house.stage.page, item)

        return take(work, city, FEED, Read("Canton", "fr", (entry,)), announce)

    taken = await house.desk.run(job)
    await house.carry_due()
    return taken.held[0].ref


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
    await omar.taps("Approuver")
    item = item_of(house, ref)
    assert (item.state, item.approver_name) == (State.PLANNED, "Omar Haddad")
    assert runs_of(house, ref) == [("send", "planned")]


async def test_an_entry_that_is_refused_never_leaves(house: House, valombre: City) -> None:
    omar = await a_member(house, Role.MODERATOR, "Omar Haddad")
    ref = await arrives(house, valombre)
    await omar.taps("Renvoyer avec une remarque")
    await omar.says("Déjà dit la semaine dernière.")
    item = item_of(house, ref)
    assert (item.state, item.remark) == (State.WITHDRAWN, "Déjà dit la semaine dernière.")
    assert runs_of(house, ref) == []
