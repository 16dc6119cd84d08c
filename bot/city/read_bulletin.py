"""What city.toml says of the town's news. A town may leave it all out: then it has no news."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from bot.city.bulletin import Bulletin, Feed, Topic
from bot.city.read_matters import keys_once, read_key
from bot.city.read_table import Table

LONGEST_UNDO = 600
"""Seconds; news that waits longer than this before it leaves is better given an hour."""


def read_bulletin(table: Table, languages: Sequence[str], quartiers: Collection[int]) -> Bulletin:
    news = table.maybe_table("news")
    if news is None:
        return Bulletin()
    topic_tables = news.tables("topic")
    topics = tuple(_topic(one, languages) for one in topic_tables)
    keys_once(topic_tables)
    feed_tables = news.maybe_tables("feed")
    feeds = tuple(_feed(one, {topic.key: topic for topic in topics}, quartiers) for one in feed_tables)
    undo = news.maybe_whole("undo")
    if undo is not None and undo > LONGEST_UNDO:
        news.wrong("undo", f"“undo” is {undo} seconds: give {LONGEST_UNDO} or less.")
    read = Bulletin(
        topics=topics,
        feeds=feeds,
        review_from=news.maybe_whole("review_from"),
        undo=timedelta(seconds=60 if undo is None else undo),
    )
    for one in (*topic_tables, *feed_tables, news):
        one.close()
    return read


def _topic(table: Table, languages: Sequence[str]) -> Topic:
    return Topic(
        key=read_key(table),
        icon=table.text("icon"),
        name=table.words("name", languages),
        weekly_cap=table.maybe_whole("weekly_cap", least=1),
        urgent=table.truth("urgent", default=False),
    )


def _feed(table: Table, topics: Mapping[str, Topic], quartiers: Collection[int]) -> Feed:
    url, topic = table.text("url"), table.text("topic")
    if url and not url.startswith(("http://", "https://")):
        table.wrong("url", f"The address of a feed starts with https://, not as “{url}”.")
    if topic and topic not in topics:
        table.wrong("topic", f"The topic “{topic}” does not exist: use one of {', '.join(sorted(topics))}.")
    trusted = table.truth("trusted", default=False)
    if trusted and topic in topics and topics[topic].urgent:
        table.wrong(
            "trusted", f"The topic “{topic}” is urgent and wakes people up: what a feed says of it waits for approval."
        )
    chosen = table.wholes("quartiers")
    for number in chosen:
        if number not in quartiers:
            table.wrong("quartiers", f"There is no quartier {number}: use the numbers of quartiers.geojson.")
    return Feed(
        url=url,
        name=table.text("name"),
        topic=topic,
        quartiers=chosen,
        trusted=trusted,
        every=timedelta(minutes=table.maybe_whole("every", least=5) or 60),
    )
