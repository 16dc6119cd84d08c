"""What becomes of the entries of an outside feed: filed once, held for approval, or sent when the feed is trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime

import msgspec
import pytest
from sqlalchemy import func, select

from bot.city.model import City, Feed
from bot.delivery.broadcast import broadcast
from bot.delivery.model import Lane
from bot.news.entries import Entry, Read, read_feed
from bot.news.feeds import MOST_AT_ONCE, Taken, known_feed, take, withdraw_ended
from bot.news.model import Item, State
from bot.news.store import item_by_ref, news_item
from bot.people.staff import audit
from bot.storage.work import Desk, Work
from tests.kit.clock import Time

DAY = timedelta(days=1)
FEED = Feed(url="https://gpso.example/rss", name="GPSO", topic="works", quartiers=(2,))
TRUSTED = msgspec.structs.replace(FEED, trusted=True)


def entry(name: str, published: datetime | None) -> Entry:
    return Entry(
        key=name.ljust(64, "0"),
        twin=name.ljust(64, "1"),
        title=name,
        words=f"Mots de {name}",
        link="https://gpso.example/1",
        published=published,
    )


def reading(*entries: Entry, language: str = "") -> Read:
    return Read("GPSO", language, entries)


def taken(desk: Desk, city: City, read: Read, feed: Feed = FEED) -> Taken:
    with desk.work() as work:
        return take(work, city, feed, read)


def count(desk: Desk) -> int:
    with desk.reading() as work:
        return work.connection.execute(select(func.count()).select_from(news_item)).scalar_one()


def test_a_new_entry_waits_for_approval(desk: Desk, valombre: City, time: Time) -> None:
    announced: list[Item] = []

    def announce(_work: Work, items: Sequence[Item]) -> None:
        announced.extend(items)

    with desk.work() as work:
        done = take(work, valombre, FEED, reading(entry("Collecte", time.now())), announce)
    (item,) = done.held
    assert announced == [item]
    assert item.state is State.REVIEW
    assert (item.topic, item.quartiers, item.author_name, item.author_id) == ("works", (2,), "GPSO", None)
    assert (item.language, item.texts["fr"].title, item.link) == ("fr", "Collecte", "https://gpso.example/1")
    assert not item.is_public(time.now() + 30 * DAY)
    with desk.reading() as work:
        assert work.connection.execute(select(func.count()).select_from(broadcast)).scalar_one() == 0


def test_an_entry_is_taken_once_however_often_its_feed_is_read(desk: Desk, valombre: City, time: Time) -> None:
    read = reading(entry("Collecte", time.now()))
    assert len(taken(desk, valombre, read).held) == 1
    again = taken(desk, valombre, read)
    assert (again.held, again.known) == ((), 1)
    assert count(desk) == 1


@pytest.mark.parametrize(("before", "after"), [("http", "https"), ("https", "http")])
def test_a_feed_that_moves_to_https_brings_its_entries_only_once(
    desk: Desk, valombre: City, time: Time, before: str, after: str
) -> None:
    def read(scheme: str) -> Read:
        link = f"<link>{scheme}://gpso.example/1</link><pubDate>{format_datetime(time.now())}</pubDate>"
        item = f"<item><title>Collecte</title>{link}<guid>{scheme}://gpso.example/?p=1</guid></item>"
        return read_feed(f"<rss version='2.0'><channel><title>t</title>{item}</channel></rss>".encode())

    feed = msgspec.structs.replace(FEED, url=f"{before}://gpso.example/rss")
    moved = msgspec.structs.replace(FEED, url=f"{after}://gpso.example/rss")
    assert len(taken(desk, valombre, read(before), feed).held) == 1
    again = taken(desk, valombre, read(after), moved)
    assert (again.held, again.known) == ((), 1)
    assert count(desk) == 1


def test_the_same_entry_of_another_feed_is_another(desk: Desk, valombre: City, time: Time) -> None:
    read = reading(entry("1", time.now()))
    taken(desk, valombre, read)
    taken(desk, valombre, read, msgspec.structs.replace(FEED, url="https://other.example/rss"))
    assert count(desk) == 2


def test_what_is_urgent_waits_for_approval_even_from_a_trusted_feed(desk: Desk, valombre: City, time: Time) -> None:
    feed = msgspec.structs.replace(TRUSTED, topic="alert")
    done = taken(desk, valombre, reading(entry("Avalanche", time.now())), feed)
    assert ([item.state for item in done.held], done.planned) == ([State.REVIEW], ())


def test_an_entry_of_a_trusted_feed_leaves_by_itself(desk: Desk, valombre: City, time: Time) -> None:
    (item,) = taken(desk, valombre, reading(entry("Collecte", time.now())), TRUSTED).planned
    assert item.state is State.PLANNED
    with desk.reading() as work:
        row = work.connection.execute(select(broadcast).where(broadcast.c.id == item.broadcast_id)).one()
    assert (row.kind, row.ref, row.state, row.lane) == ("news", item.ref, "planned", int(Lane.NEWS))
    assert row.starts_at == item.starts_at == time.now() + valombre.news.undo


def test_an_entry_of_a_trusted_feed_waits_for_a_decent_hour(desk: Desk, valombre: City, time: Time) -> None:
    time.advance(timedelta(hours=14))  # midnight in Valombre, where nobody is written to before seven
    (item,) = taken(desk, valombre, reading(entry("Collecte", time.now())), TRUSTED).planned
    assert item.starts_at is not None
    assert item.starts_at.astimezone(valombre.zone).hour == 7


def test_archives_do_not_come_up(desk: Desk, valombre: City, time: Time) -> None:
    now = time.now()
    read = reading(entry("vieux", now - 8 * DAY), entry("limite", now - 7 * DAY), entry("frais", now - 6 * DAY))
    done = taken(desk, valombre, read, TRUSTED)
    assert [item.texts["fr"].title for item in done.planned] == ["frais"]
    assert done.old == 2
    assert taken(desk, valombre, read, TRUSTED).planned == ()


def test_what_had_no_date_at_the_first_reading_never_comes_up(desk: Desk, valombre: City, time: Time) -> None:
    there = [entry(f"archive {at}", None) for at in range(3)]
    first = taken(desk, valombre, reading(*there), TRUSTED)
    assert (first.held, first.planned) == ((), ())
    done = taken(desk, valombre, reading(*there, entry("nouveau", None)), TRUSTED)
    assert [item.texts["fr"].title for item in done.held] == ["nouveau"], "held, though the feed is trusted"
    assert (done.planned, done.known) == ((), 3)


def test_a_flood_comes_little_by_little_the_oldest_first_and_none_is_lost(
    desk: Desk, valombre: City, time: Time
) -> None:
    many = [entry(f"{at:02d}", time.now() - timedelta(hours=at)) for at in range(MOST_AT_ONCE * 2 + 3)]
    seen: list[str] = []
    for left in (MOST_AT_ONCE + 3, 3, 0):
        done = taken(desk, valombre, reading(*many))
        assert done.left == left
        seen += [item.texts["fr"].title for item in done.held]
    assert seen == sorted((one.title for one in many), reverse=True)


@pytest.mark.parametrize(("said", "kept"), [("de-ch", "de"), ("de", "de"), ("it", "fr"), ("", "fr")])
def test_an_item_is_in_the_language_its_feed_says_when_the_town_has_it(
    desk: Desk, valombre: City, time: Time, said: str, kept: str
) -> None:
    (item,) = taken(desk, valombre, reading(entry("1", time.now()), language=said)).held
    assert (item.language, list(item.texts)) == (kept, [kept])


def test_a_listed_feed_is_known_by_its_address(valombre: City) -> None:
    town = replace(valombre, news=msgspec.structs.replace(valombre.news, feeds=(FEED,)))
    assert known_feed(town, FEED.url) == FEED
    assert known_feed(town, "https://elsewhere.example") is None


def test_who_wrote_it_is_the_feed_and_the_act_is_noted(desk: Desk, valombre: City, time: Time) -> None:
    (item,) = taken(desk, valombre, reading(entry("1", time.now()))).held
    with desk.reading() as work:
        acts = work.connection.execute(select(audit.c.act, audit.c.who).where(audit.c.about == item.ref)).all()
        assert item_by_ref(work, item.ref) == item
    assert [tuple(act) for act in acts] == [("news.file", None), ("news.hold", None)]


def test_what_is_held_ends_a_fortnight_after_its_publication(desk: Desk, valombre: City, time: Time) -> None:
    published = time.now() - 2 * DAY
    (item,) = taken(desk, valombre, reading(entry("1", published))).held
    assert item.expires_at == published + 14 * DAY
    (alone,) = taken(desk, valombre, reading(entry("2", published)), TRUSTED).planned
    assert alone.expires_at is None


def test_an_end_that_a_feed_gives_is_kept(desk: Desk, valombre: City, time: Time) -> None:
    soon, past = time.now() + DAY, time.now() - timedelta(hours=1)
    some = [msgspec.structs.replace(entry(name, time.now()), ends=ends) for name, ends in (("a", soon), ("b", past))]
    done = taken(desk, valombre, reading(*some))
    assert [(item.texts["fr"].title, item.expires_at) for item in done.held] == [("a", soon)]
    assert done.old == 1


def test_what_ended_before_anybody_approved_it_is_withdrawn_and_never_comes_again(
    desk: Desk, valombre: City, time: Time
) -> None:
    read = reading(entry("1", time.now()))
    taken(desk, valombre, read)
    time.advance(13 * DAY)
    with desk.work() as work:
        assert withdraw_ended(work) == []
    time.advance(DAY)
    with desk.work() as work:
        (gone,) = withdraw_ended(work)
        assert withdraw_ended(work) == []
    assert (gone.state, gone.remark) == (State.WITHDRAWN, "Nobody approved it before its end.")
    assert taken(desk, valombre, read).known == 1


def test_what_would_leave_after_its_own_end_does_not_leave(desk: Desk, valombre: City, time: Time) -> None:
    time.advance(timedelta(hours=14))  # midnight in Valombre, where nobody is written to before seven
    ended = msgspec.structs.replace(entry("1", time.now()), ends=time.now() + timedelta(hours=3))
    assert taken(desk, valombre, reading(ended), TRUSTED).planned == ()
    assert taken(desk, valombre, reading(ended), TRUSTED).known == 1
