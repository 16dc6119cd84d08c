"""What a town decides about its news: the topics people choose from, who must approve, the feeds it listens to."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from bot.city.matter import Words


class Topic(msgspec.Struct, frozen=True):
    """What a piece of news is about. Residents choose topics; each person gets at most `weekly_cap` items a week of
    one, None meaning no limit. `urgent` news passes quiet hours and every cap."""

    key: str
    icon: str
    name: Words
    weekly_cap: int | None = None
    urgent: bool = False


class Feed(msgspec.Struct, frozen=True):
    """An outside RSS or Atom feed that the town lists. What it brings waits for approval unless it is `trusted`."""

    url: str
    name: str
    topic: str
    quartiers: tuple[int, ...] = ()
    """Empty: the whole town."""
    trusted: bool = False
    every: timedelta = timedelta(hours=1)


class Bulletin(msgspec.Struct, frozen=True):
    topics: tuple[Topic, ...] = ()
    feeds: tuple[Feed, ...] = ()
    review_from: int | None = None
    """From how many people on a second member of staff must approve; 0: always, None: never."""
    undo: timedelta = timedelta(seconds=60)
    """How long the author may take back what was just sent."""

    def topic(self, key: str) -> Topic | None:
        return next((topic for topic in self.topics if topic.key == key), None)

    def needs_review(self, people: int) -> bool:
        return self.review_from is not None and people >= self.review_from
