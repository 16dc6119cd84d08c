"""The words of the news: an item, the texts it has, the states it goes through, what a resident chose."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, time
from enum import StrEnum

import msgspec

MOST_PICTURES = 4
MOST_WORDS = 3000
"""Characters: with who speaks, the date and the buttons, an item stays one message everywhere (Telegram: 4096)."""

REF_LENGTH = 6


class State(StrEnum):
    """Of an item. Once `planned` it has a broadcast, whose own state says how far it got."""

    DRAFT = "draft"  # a recurring item that awaits its words, or one that came from a feed and was not looked at
    REVIEW = "review"  # waits for a second member of staff
    SENT_BACK = "sent_back"  # with a remark
    PLANNED = "planned"
    WITHDRAWN = "withdrawn"  # taken back before anything left, or refused
    RECALLED = "recalled"


class Rhythm(StrEnum):
    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"


class Text(msgspec.Struct, frozen=True):
    """What an item says in one language."""

    title: str
    words: str


class Recurrence(msgspec.Struct, frozen=True):
    """Wall-clock time in the town's zone. `nth` 1 to 4, or -1 for the last: « every first Monday »; None: each week."""

    weekday: int  # Monday is 0
    at: time
    nth: int | None = None
    asks: bool = True  # words are asked for each time; otherwise the same are sent again


class Details(msgspec.Struct, frozen=True):
    """What stands around the words of an item, and may be wrong as they may."""

    alternative: str
    link: str
    event_at: datetime | None
    event_place: str
    expires_at: datetime | None


class Item(msgspec.Struct, frozen=True):
    """A piece of news. No quartier means the whole town. All instants are in UTC. It may be `also` about other topics
    than its first one, in which it counts for the weekly caps, and which says whether it is urgent."""

    id: int
    ref: str  # "AC-7K3FQ2"
    state: State
    topic: str
    quartiers: tuple[int, ...]
    author_id: int | None  # a resident's number; None when they were erased, or for a feed
    author_name: str
    author_role: str
    language: str  # the one it was written in
    texts: Mapping[str, Text]
    pictures: tuple[str, ...]
    alternative: str  # what the pictures show
    link: str
    event_at: datetime | None
    event_place: str
    expires_at: datetime | None
    created_at: datetime
    starts_at: datetime | None  # when it leaves, or left
    approver_name: str = ""
    remark: str = ""
    broadcast_id: int | None = None
    rev: int = 1
    corrected_at: datetime | None = None
    recalled_at: datetime | None = None
    recurrence: Recurrence | None = None
    next_at: datetime | None = None
    feed: str = ""  # the address of the feed it came from
    template_id: int | None = None  # the recurring item it was made from
    also: tuple[str, ...] = ()

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.topic, *self.also)

    @property
    def details(self) -> Details:
        return Details(self.alternative, self.link, self.event_at, self.event_place, self.expires_at)

    def topic_for(self, chosen: Collection[str]) -> str | None:
        """For which of its topics somebody who chose these gets it: the first of its own. None: for none."""
        return next((topic for topic in self.topics if topic in chosen), None)

    def text_for(self, language: str) -> tuple[str, Text]:
        """The text for a reader, and the language it is in: theirs if the author gave it, else that of the author."""
        for code in (language, language.partition("-")[0], self.language):
            if text := self.texts.get(code):
                return code, text
        return next(iter(self.texts.items()))

    def is_public(self, now: datetime) -> bool:
        """Whether its page may be read: it has left, and was not taken back before."""
        gone = self.state in (State.PLANNED, State.RECALLED)
        return gone and self.starts_at is not None and self.starts_at <= now

    def is_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now


class Choices(msgspec.Struct, frozen=True):
    """What a resident wants of the news. Nobody gets any who has not asked for it."""

    resident_id: int
    rhythm: Rhythm = Rhythm.AT_ONCE
    hour: time = time(18)  # of the digest, in the town's time
    weekday: int = 4  # of the weekly digest; Monday is 0
    quiet_start: time | None = None  # None: the town's quiet hours
    quiet_end: time | None = None
    quartiers: tuple[int, ...] = ()
    topics: tuple[str, ...] = ()
    less: tuple[str, ...] = ()  # topics of which one item a week is enough
