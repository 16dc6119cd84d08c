"""How a piece of news is shown on a page that stays: dates have their year, and nothing depends on who reads."""

import re
from collections.abc import Mapping
from datetime import datetime
from gettext import NullTranslations
from urllib.parse import urlencode

import msgspec
from babel import UnknownLocaleError

from bot.city.model import City
from bot.news.model import Item, State
from bot.news.plain import one_line, shortened
from flows.dates import full_day_in_words
from flows.engine.moments import in_words
from flows.engine.wording import Language, _, current, languages
from flows.news_cards import speaker, topic_names
from flows.news_words import language_in_words

EXCERPT = 220
"""Characters of an item's words in the list."""


class Filters(msgspec.Struct, frozen=True):
    """What the list is narrowed to."""

    quartier: int | None = None
    topic: str = ""
    past: bool = False

    def query(self, language: str, **more: str) -> str:
        """The address's question mark and what follows, with these filters; `more` replaces or adds."""
        asked: Mapping[str, str] = {
            "quartier": "" if self.quartier is None else str(self.quartier),
            "sujet": self.topic,
            "passees": "oui" if self.past else "",
            "langue": language,
        }
        return "?" + urlencode({name: value for name, value in {**asked, **more}.items() if value})


class Moment(msgspec.Struct, frozen=True):
    """An instant for machines and for people."""

    iso: str
    words: str


class Shown(msgspec.Struct, frozen=True):
    """An item in the list. `language` and `direction` are those of its own text."""

    ref: str
    title: str
    excerpt: str
    topic: str
    where: str
    day: Moment
    event: Moment | None
    language: str
    direction: str
    picture: str
    alternative: str


class Whole(msgspec.Struct, frozen=True):
    """An item on its page. A recalled one has neither title nor words nor pictures."""

    ref: str
    title: str
    paragraphs: tuple[str, ...]
    topic: str
    quartiers: tuple[str, ...]
    speaker: str
    day: Moment
    language: str
    direction: str
    only_in: str  # the name of its language, when it is not the reader's
    others: tuple[tuple[str, str], ...]  # code and name of the other languages it was given in
    event: Moment | None = None
    place: str = ""
    link: str = ""
    pictures: tuple[str, ...] = ()
    alternative: str = ""
    corrected: Moment | None = None
    recalled: Moment | None = None
    expired: Moment | None = None


def shown(item: Item, city: City, language: str) -> Shown:
    """`item` for the list, in the language being spoken where it has it."""
    code, text = item.text_for(language)
    spoken = named(code)
    return Shown(
        ref=item.ref,
        title=text.title or _("Actualité"),
        excerpt=shortened(one_line(text.words), EXCERPT),
        topic=topic_names(city, item.topics, current().code),
        where=where(item, city),
        day=_day(item.starts_at or item.created_at, city),
        event=_hour(item.event_at, city),
        language=code,
        direction=spoken.direction or "ltr",
        picture=item.pictures[0] if item.pictures else "",
        alternative=item.alternative,
    )


def whole(item: Item, city: City, language: str, now: datetime) -> Whole:
    """`item` for its own page. `language` may be one that only the author's text is in."""
    code, text = item.text_for(language)
    spoken = named(code)
    recalled = item.state is State.RECALLED
    return Whole(
        ref=item.ref,
        title=_("Actualité retirée") if recalled else text.title or _("Actualité"),
        paragraphs=() if recalled else paragraphs(text.words),
        topic=topic_names(city, item.topics, current().code),
        quartiers=quartiers(item, city),
        speaker=speaker(item),
        day=_day(item.starts_at or item.created_at, city),
        language=current().code if recalled else code,
        direction=(current() if recalled else spoken).direction or "ltr",
        only_in="" if recalled or _same(code, language) else language_in_words(code),
        others=() if recalled else tuple((one, named(one).name) for one in sorted(item.texts) if one != code),
        event=None if recalled else _hour(item.event_at, city),
        place="" if recalled else item.event_place,
        link=item.link if not recalled and item.link.startswith(("https://", "http://")) else "",
        pictures=() if recalled else item.pictures,
        alternative=item.alternative,
        corrected=_day(item.corrected_at, city) if item.corrected_at and not recalled else None,
        recalled=_day(item.recalled_at or now, city) if recalled else None,
        expired=_day(item.expires_at, city) if item.expires_at and item.expires_at <= now and not recalled else None,
    )


def where(item: Item, city: City) -> str:
    return ", ".join(quartiers(item, city))


def quartiers(item: Item, city: City) -> tuple[str, ...]:
    """The names of those it is for; « Toute la ville » when it is for all."""
    names = tuple(found.name for number in item.quartiers if (found := city.quartier(number)))
    return names or (_("Toute la ville"),)


def paragraphs(words: str) -> tuple[str, ...]:
    """Blank lines part paragraphs; a single new line stays one inside its paragraph."""
    return tuple(part for one in re.split(r"\n\s*\n", words) if (part := one.strip()))


def named(code: str) -> Language:
    """A language we may have no catalogue for: an author writes in any."""
    known = languages().get(code)
    if known:
        return known
    try:
        return Language(code, NullTranslations())
    except (UnknownLocaleError, ValueError):
        return current()


def _same(one: str, other: str) -> bool:
    return one.partition("-")[0] == other.partition("-")[0]


def _day(moment: datetime, city: City) -> Moment:
    return Moment(moment.astimezone(city.zone).date().isoformat(), full_day_in_words(moment, city.zone))


def _hour(moment: datetime | None, city: City) -> Moment | None:
    if moment is None:
        return None
    local = moment.astimezone(city.zone)
    return Moment(local.isoformat(timespec="minutes"), in_words(moment, city.zone))
