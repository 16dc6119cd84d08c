"""The words of a town: its places, its quartiers, what may be reported, and who answers for it.

Everything here is data read from a town's folder by `bot.city.load`; nothing here names a real town.
Coordinates are WGS 84 degrees, distances metres, delays working days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

import msgspec
from shapely.geometry.base import BaseGeometry

if TYPE_CHECKING:  # the instruments know the nouns; the nouns only carry the instruments
    from bot.city.days import Days
    from bot.city.gazetteer import Gazetteer
    from bot.city.ground import Ground
    from bot.city.proposals import Proposals

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


class Place(msgspec.Struct, frozen=True):
    """Somewhere a resident points at. Latitude and longitude both None: only a typed address is known."""

    latitude: float | None
    longitude: float | None
    accuracy: float | None = None
    """Radius in metres, as the telephone gives it."""
    label: str = ""
    """What was typed, the name of a venue, or a known place."""


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
    near: tuple[str, ...] = ()
    """Kinds of known places close to which this category is a little more likely."""


@dataclass(frozen=True, slots=True)
class Quartier:
    number: int
    name: str
    aliases: tuple[str, ...]
    shape: BaseGeometry = field(compare=False, repr=False)
    """In degrees; distances are asked of `City.locate`."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    name: str
    shape: BaseGeometry = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Located:
    """Where a place is, and how sure we may be of it."""

    inside: bool
    quartier: Quartier | None
    """None outside the town, and whenever `candidates` must be asked."""
    candidates: tuple[Quartier, ...] = ()
    """Empty when the quartier is certain; else two or more, likeliest first: ask, never guess."""
    neighbour: str | None = None
    """The neighbouring town the point is in, when we have its outline."""
    near: bool = False
    """Outside, but by less than the outline's own uncertainty: ask rather than refuse."""


class QuietHours(msgspec.Struct, frozen=True):
    """Local hours in which nothing unasked is sent; they may pass midnight. Equal hours: never quiet."""

    start: time
    end: time
    days_off: bool = False
    """True: Sundays and public holidays are quiet all day."""

    def cover(self, moment: time) -> bool:
        if self.start <= self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end


class Contacts(msgspec.Struct, frozen=True):
    town_hall: str
    address: str
    phone: str
    link: str | None = None


class Emergency(msgspec.Struct, frozen=True):
    number: str
    name: Words


class Retention(msgspec.Struct, frozen=True):
    """How long things about a person are kept, in days."""

    drafts: int
    closed_reports: int
    """After a report is closed, its link to the person who made it is erased."""
    messages: int
    inactive_residents: int


class Privacy(msgspec.Struct, frozen=True):
    controller: str
    postal: str
    retention: Retention
    email: str | None = None


class Tiles(msgspec.Struct, frozen=True):
    """A map background; a town has none until its operator chooses one, since each choice sends readers to a third."""

    url: str
    attribution: str


class Bounds(NamedTuple):
    """Degrees."""

    south: float
    west: float
    north: float
    east: float


class Mistake(NamedTuple):
    """Something to mend in a town's folder. `line` counts from 1; 0 means the whole file."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}" if self.line else f"{self.file}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class City:
    slug: str
    name: str
    area: str
    """Department and region, as written on an envelope."""
    zone: ZoneInfo
    languages: tuple[str, ...]
    """The first is the source language: every text exists in it."""
    prefix: str
    """Starts the number of every report: "BB" gives BB-1024."""
    population: int
    quiet_hours: QuietHours
    holidays: str
    """Country code, ISO 3166-1."""
    bodies: tuple[Body, ...]
    families: tuple[Family, ...]
    categories: tuple[Category, ...]
    quartiers: tuple[Quartier, ...]
    neighbours: tuple[Neighbour, ...]
    contacts: Contacts
    emergencies: tuple[Emergency, ...]
    privacy: Privacy
    welcome: Words | None
    tiles: Tiles | None
    centre: tuple[float, float]
    """Latitude, longitude."""
    bounds: Bounds
    limit_uncertainty: float
    """Metres: closer than this to an internal limit, the quartier is asked."""
    quartiers_official: bool
    untranslated: tuple[Mistake, ...]
    ground: Ground = field(repr=False, compare=False)
    gazetteer: Gazetteer = field(repr=False, compare=False)
    proposals: Proposals = field(repr=False, compare=False)
    days: Days = field(repr=False, compare=False)

    @property
    def source(self) -> str:
        return self.languages[0]

    def say(self, words: Words, language: str) -> str:
        return in_language(words, language, self.source)

    def category(self, key: str) -> Category:
        """Raises UnknownCategory."""
        for category in self.categories:
            if category.key == key:
                return category
        raise UnknownCategory(key)

    def categories_of(self, family: str) -> tuple[Category, ...]:
        return tuple(category for category in self.categories if category.family == family)

    def family(self, key: str) -> Family:
        """Raises KeyError; a loaded category's family always exists."""
        return {family.key: family for family in self.families}[key]

    def body(self, key: str) -> Body:
        """Raises KeyError; a loaded category's body always exists."""
        return {body.key: body for body in self.bodies}[key]

    def quartier(self, number: int) -> Quartier | None:
        return next((quartier for quartier in self.quartiers if quartier.number == number), None)

    def quartier_named(self, text: str) -> Quartier | None:
        """The quartier called `text`, by name, alias or number, blind to accents, case and dashes."""
        return self.gazetteer.quartier_named(text, self.quartiers)

    def locate(self, place: Place) -> Located:
        return self.ground.locate(place)

    def find_places(self, text: str, most: int = 5) -> list[Place]:
        """Known places a typed address may mean, best first; empty when nothing is near enough."""
        return self.gazetteer.find(text, most)

    def describe(self, place: Place) -> str:
        """The place's own label, else the known place nearest within 120 m, else nothing."""
        return place.label or self.gazetteer.nearest_name(place)

    def propose(
        self, words: str, language: str, place: Place | None = None, recent: Sequence[str] = (), most: int = 5
    ) -> list[Category]:
        """Categories that typed words may mean, most likely first. `recent`: keys, the latest first."""
        kinds = self.gazetteer.kinds_near(place) if place else frozenset()
        return self.proposals.propose(words, language, kinds, recent, most)

    def working_days_after(self, day: date, number: int) -> date:
        return self.days.after(day, number)

    def is_day_off(self, day: date) -> bool:
        """Saturday, Sunday or public holiday."""
        return self.days.is_off(day)

    def quiet_until(self, instant: datetime) -> datetime | None:
        """When (UTC) the quiet hours that hold at `instant` end; None when one may write now."""
        return self.days.quiet_until(instant, self.quiet_hours, self.zone)

    def outlines_geojson(self) -> dict[str, Any]:
        """The town and its quartiers, simplified, for the web map."""
        return self.ground.outlines_geojson(self.name, self.quartiers_official)
