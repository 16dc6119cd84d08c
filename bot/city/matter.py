"""What may be reported, in the words of every language, and who answers for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import msgspec

Words: TypeAlias = Mapping[str, str]
"""One text in several languages: language code -> text."""


def in_language(words: Words, language: str, fallback: str = "") -> str:
    """The text in `language`, else in its parent ("pt-BR" -> "pt"), else in `fallback`, else in any language."""
    for wanted in (language, language.partition("-")[0], fallback):
        if text := words.get(wanted):
            return text
    return next(iter(words.values()), "")


class UnknownCategory(KeyError):
    """A category key the town does not have, for instance one kept in a draft from before a change of list."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key

    def __str__(self) -> str:
        return f"The town has no category “{self.key}”; show the list of categories again."


class Body(msgspec.Struct, frozen=True):
    """Who is responsible: the town, a department, a network company."""

    key: str
    name: Words
    sentence: Words
    phone: str | None = None
    link: str | None = None


class Family(msgspec.Struct, frozen=True):
    """A first choice of subject, short enough for a phone's screen."""

    key: str
    icon: str
    name: Words
    urgent: bool = False
    """True: immediate danger; its categories are proposed before all others."""


class Alarm(msgspec.Struct, frozen=True):
    """What people say in this danger, in each language. A star stands for a few words or none: "smell * gas"."""

    words: Mapping[str, tuple[str, ...]]
    alone: Mapping[str, tuple[str, ...]] = {}
    """Words that tell of it only when nothing else was said: « feu »."""
    unless: Mapping[str, tuple[str, ...]] = {}
    """What sounds like it and is none: « feu rouge »."""


class Category(msgspec.Struct, frozen=True):
    """What a report may be about."""

    key: str
    family: str
    name: Words
    body: str
    delay_days: int | None
    """Working days promised; None when nothing is promised."""
    radius: float
    """Metres within which an open report of this category may be the same problem."""
    stop: Words | None = None
    """Kind words that end the conversation: an emergency, or a matter that is not for us."""
    words: Mapping[str, tuple[str, ...]] = {}
    photo_hint: Words | None = None
    alarm: Alarm | None = None
    near: tuple[str, ...] = ()
    """Kinds of known places close to which this category is a little more likely."""
