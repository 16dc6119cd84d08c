"""What the operator brings in from outside: a feed of news, once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

from bot.city.folder import find
from bot.city.load import load
from bot.city.model import City, Feed
from bot.news.apart import read_apart
from bot.news.entries import HEAVIEST, FeedTrouble, Read
from bot.news.feeds import Taken, known_feed, take
from bot.news.wakes import is_urgent
from bot.settings import Settings
from bot.start import utc_now
from bot.storage.database import open_database
from bot.storage.migrate import migrate
from bot.storage.work import Desk
from flows.news_feeds import ask_about_entries
from handlers.clock.fetch import fetch

WITHOUT = "Leave --trusted out, or choose another topic."


def import_news(
    settings: Settings,
    address: str,
    topic: str = "",
    quartiers: tuple[int, ...] = (),
    *,
    trusted: bool = False,
) -> Taken:
    """Take in the new entries of the feed at `address`, or in the file of that name. A feed that the town lists brings
    its topic and quartiers with it. Raises FeedTrouble, and CityMistakes for a town that cannot be read."""
    city = load(find(settings.city))
    listed = known_feed(city, address)
    topic = topic or (listed.topic if listed else "")
    quartiers = quartiers or (listed.quartiers if listed else ())
    trusted = trusted or (listed is not None and listed.trusted)
    _check(city, topic, quartiers)
    if trusted and is_urgent(city, topic):
        raise FeedTrouble(f"The topic “{topic}” is urgent and wakes people up: its news wait for approval. {WITHOUT}")
    read, name = _read(address)
    feed = Feed(
        url=address if "://" in address else Path(address).name,
        name=listed.name if listed else read.title[:80] or name,
        topic=topic,
        quartiers=quartiers,
        trusted=trusted,
    )

    engine = open_database(settings.database)
    migrate(engine)
    desk = Desk(engine, utc_now)
    try:
        with desk.work() as work:
            return take(work, city, feed, read, lambda work, items: ask_about_entries(work, city, items))
    finally:
        desk.close()


def _check(city: City, topic: str, quartiers: tuple[int, ...]) -> None:
    known = ", ".join(one.key for one in city.news.topics)
    if not known:
        raise FeedTrouble("This town has no news: give it topics in its city.toml, under [news].")
    if city.news.topic(topic) is None:
        wrong = f"there is no topic “{topic}”" if topic else "the town does not list this feed"
        raise FeedTrouble(f"Say what it is about, since {wrong}: --topic with one of {known}.")
    for number in quartiers:
        if city.quartier(number) is None:
            numbers = ", ".join(str(one.number) for one in city.quartiers)
            raise FeedTrouble(f"There is no quartier {number}: use one of {numbers}.")


def _read(address: str) -> tuple[Read, str]:
    """The feed, and what to call it when it has no title."""
    if "://" in address or address.startswith("file:"):
        fetched = asyncio.run(fetch(address))
        assert fetched is not None  # nothing was asked that could be « not changed »
        apart = read_apart(fetched.content, content_type=fetched.content_type, address=fetched.address)
        return asyncio.run(apart), urlsplit(address).hostname or address
    path = Path(address)
    try:
        with path.open("rb") as file:
            content = file.read(HEAVIEST + 1)
    except OSError as fault:
        raise FeedTrouble(f"The file {address} cannot be read: {fault.strerror}.") from fault
    if len(content) > HEAVIEST:
        raise FeedTrouble(f"The feed is heavier than {HEAVIEST // 1024**2} MB.")
    return asyncio.run(read_apart(content)), path.stem
