"""The clock reads the town's feeds, each at its own rhythm; a bad one keeps no other from being read."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import select

from bot.city.model import City, Feed
from bot.news.apart import PATIENCE, read_apart
from bot.news.entries import FeedTrouble, Read, read_feed
from bot.news.feeds import MOST_AT_ONCE
from bot.news.model import Item
from bot.news.store import news_item
from bot.storage.work import Desk, Work
from handlers.clock.feeds import Feeds
from handlers.clock.fetch import Fetched
from tests.kit.clock import Time

MINUTE = timedelta(minutes=1)
WORKS = Feed(url="https://gpso.example/rss", name="GPSO", topic="works", every=60 * MINUTE)
FAIRS = Feed(url="https://fetes.example/rss", name="Fêtes", topic="fairs", every=5 * MINUTE)


class Web:
    """Sites that answer what they are told to; what was asked is kept."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes | Exception | None] = {}
        self.asked: list[tuple[str, str, str]] = []

    def publishes(self, feed: Feed, *titles: str) -> None:
        items = "".join(
            f"<item><title>{title}</title><guid>{title}</guid><pubDate>Mon, 23 Nov 2026 08:00:00 GMT</pubDate></item>"
            for title in titles
        )
        self.answers[feed.url] = f'<rss version="2.0"><channel><title>t</title>{items}</channel></rss>'.encode()

    async def get(self, address: str, etag: str, modified: str) -> Fetched | None:
        self.asked.append((address, etag, modified))
        answer = self.answers[address]
        if isinstance(answer, Exception):
            raise answer
        if answer is None or etag == f'"{hash(answer)}"':
            return None
        return Fetched(answer, "application/rss+xml", address, f'"{hash(answer)}"', "lately")


async def here(raw: bytes, *, content_type: str, address: str) -> Read:
    """Without a process of its own: these feeds are the test's."""
    return read_feed(raw, content_type=content_type, address=address)


@pytest.fixture
def web() -> Web:
    return Web()


@pytest.fixture
def town(valombre: City) -> City:
    return replace(valombre, news=msgspec.structs.replace(valombre.news, feeds=(WORKS, FAIRS)))


@pytest.fixture
def feeds(desk: Desk, town: City, web: Web) -> Feeds:
    return Feeds(desk, town, get=web.get, read=here)


def titles(desk: Desk) -> list[str]:
    with desk.reading() as work:
        return list(work.connection.scalars(select(news_item.c.author_name).order_by(news_item.c.id)))


async def test_each_feed_is_read_at_its_own_rhythm(feeds: Feeds, web: Web, time: Time) -> None:
    web.publishes(WORKS, "un")
    web.publishes(FAIRS, "deux")
    for _minute in range(61):
        await feeds.read_due()
        time.advance(MINUTE)
    asked = [address for address, _etag, _modified in web.asked]
    assert (asked.count(WORKS.url), asked.count(FAIRS.url)) == (2, 13)


async def test_a_feed_that_did_not_change_is_not_read_again(feeds: Feeds, web: Web, time: Time) -> None:
    web.publishes(WORKS, "un")
    web.answers[FAIRS.url] = None
    (first,) = await feeds.read_due()
    assert len(first.held) == 1
    time.advance(60 * MINUTE)
    assert await feeds.read_due() == []
    assert web.asked[2][1:] == (web.asked[2][1], "lately")
    web.publishes(WORKS, "un", "deux")
    time.advance(60 * MINUTE)
    (third,) = await feeds.read_due()
    assert ([item.texts["fr"].title for item in third.held], third.known) == (["deux"], 1)


async def test_what_was_left_is_taken_though_the_feed_did_not_change(
    feeds: Feeds, web: Web, time: Time, desk: Desk
) -> None:
    web.publishes(WORKS, *(f"n{at}" for at in range(MOST_AT_ONCE + 2)))
    web.answers[FAIRS.url] = None
    await feeds.read_due()
    time.advance(60 * MINUTE)
    await feeds.read_due()
    assert len(titles(desk)) == MOST_AT_ONCE + 2


async def test_a_bad_feed_is_said_in_the_log_and_keeps_no_other(
    feeds: Feeds, web: Web, time: Time, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    web.answers[WORKS.url] = FeedTrouble("gpso.example answers 500 instead of the feed.")
    web.publishes(FAIRS, "deux")
    with caplog.at_level(logging.WARNING):
        await feeds.read_due()
    assert titles(desk) == ["Fêtes"]
    assert "“GPSO”: gpso.example answers 500" in caplog.text
    web.answers[WORKS.url] = b"<html>no feed any more</html>"
    time.advance(60 * MINUTE)
    with caplog.at_level(logging.WARNING):
        await feeds.read_due()
    assert "neither RSS nor Atom" in caplog.text
    web.publishes(WORKS, "un")
    time.advance(60 * MINUTE)
    await feeds.read_due()
    assert titles(desk) == ["Fêtes", "GPSO"]


async def test_a_feed_that_hangs_its_reader_is_said_in_the_log_and_keeps_no_other(
    desk: Desk, town: City, web: Web, caplog: pytest.LogCaptureFixture
) -> None:
    async def impatient(raw: bytes, *, content_type: str, address: str) -> Read:
        patience = 0.2 if address == WORKS.url else PATIENCE
        return await read_apart(raw, content_type=content_type, address=address, patience=patience)

    web.answers[WORKS.url] = b"<rss version='2.0'><channel><title>" + b"<" * 2_000_000
    web.publishes(FAIRS, "deux")
    with caplog.at_level(logging.WARNING):
        await Feeds(desk, town, get=web.get, read=impatient).read_due()
    assert titles(desk) == ["Fêtes"]
    assert "“GPSO”: Reading the feed took more than 0.2 seconds: it was given up. Read again in 1:00:00." in caplog.text


async def test_a_fault_of_ours_with_one_feed_keeps_no_other(
    desk: Desk, town: City, web: Web, caplog: pytest.LogCaptureFixture
) -> None:
    def announce(_work: Work, items: Sequence[Item]) -> None:
        if items[0].author_name == "GPSO":
            raise RuntimeError("a fault, for the test")

    web.publishes(WORKS, "un")
    web.publishes(FAIRS, "deux")
    await Feeds(desk, town, get=web.get, announce=announce, read=here).read_due()
    assert titles(desk) == ["Fêtes"], "and nothing of the other is half there"
    assert "“GPSO” could not be taken in" in caplog.text


async def test_only_the_process_that_sends_reads_feeds(desk: Desk, town: City, web: Web) -> None:
    assert await Feeds(desk, town, get=web.get, on_duty=lambda: False).read_due() == []
    assert web.asked == []


async def test_whoever_may_approve_is_told_once_a_reading(desk: Desk, town: City, web: Web) -> None:
    told: list[list[str]] = []

    def announce(_work: Work, items: Sequence[Item]) -> None:
        told.append(sorted(item.texts["fr"].title for item in items))

    web.publishes(WORKS, "un", "deux")
    web.answers[FAIRS.url] = None
    await Feeds(desk, town, get=web.get, announce=announce, read=here).read_due()
    assert told == [["deux", "un"]]
