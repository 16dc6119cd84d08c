"""The words of a town: its places, its quartiers, what may be reported, and who answers for it.

Everything here is data read from a town's folder by `bot.city.load`; nothing here names a real town.
Other rooms import these names from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.city.alarms import Alarms
from bot.city.bulletin import Bulletin, Feed, Topic
from bot.city.days import Days
from bot.city.elsewhere import Elsewhere
from bot.city.gazetteer import Gazetteer
from bot.city.ground import Ground
from bot.city.matter import Alarm, Body, Category, Family, UnknownCategory, Words, in_language
from bot.city.mistake import Mistake
from bot.city.office import Contacts, Emergency, Privacy, QuietHours, Retention, Tiles
from bot.city.place import Bounds, Located, Neighbour, Place, Quartier
from bot.city.proposals import Proposals

__all__ = [
    "Alarm",
    "Body",
    "Bounds",
    "Bulletin",
    "Category",
    "City",
    "Contacts",
    "Emergency",
    "Family",
    "Feed",
    "Located",
    "Mistake",
    "Neighbour",
    "Place",
    "Privacy",
    "Quartier",
    "QuietHours",
    "Retention",
    "Tiles",
    "Topic",
    "UnknownCategory",
    "Words",
    "in_language",
]


@dataclass(frozen=True, slots=True, eq=False)
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
    news: Bulletin
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
    elsewhere: Elsewhere = field(repr=False, compare=False)
    alarms: Alarms = field(repr=False, compare=False)
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

    def other_town(self, typed: str) -> str | None:
        """The other town that a typed address names itself; empty when only its postcode is of elsewhere."""
        return self.elsewhere.town_of(typed)

    def describe(self, place: Place) -> str:
        """The place's own label, else the known place nearest within 120 m, else nothing."""
        return place.label or self.gazetteer.nearest_name(place)

    def propose(
        self, words: str, language: str, place: Place | None = None, recent: Sequence[str] = (), most: int = 5
    ) -> list[Category]:
        """Categories that typed words may mean, most likely first. `recent`: keys, the latest first."""
        kinds = self.gazetteer.kinds_near(place) if place else frozenset()
        return self.proposals.propose(words, language, kinds, recent, most)

    def danger(self, words: str) -> Category | None:
        """What danger typed words tell of, in any of the town's languages; None when they tell of none."""
        return self.alarms.hear(words)

    def working_days_after(self, day: date, number: int) -> date:
        return self.days.after(day, number)

    def is_day_off(self, day: date) -> bool:
        """Saturday, Sunday or public holiday."""
        return self.days.is_off(day)

    def quiet_until(self, instant: datetime) -> datetime | None:
        """When (UTC) the quiet hours that hold at `instant` end; None when one may write now."""
        return self.days.quiet_until(instant, self.quiet_hours, self.zone)

    def decent_before(self, instant: datetime) -> datetime:
        """The last moment (UTC) up to `instant` at which one may write, the whole hour where `instant` is quiet."""
        return self.days.decent_before(instant, self.quiet_hours, self.zone)

    def quiet_from(self, instant: datetime) -> datetime | None:
        """When (UTC) the next quiet hours begin, `instant` itself when it is quiet; None when there are none."""
        return self.days.quiet_from(instant, self.quiet_hours, self.zone)

    def outlines_geojson(self) -> dict[str, Any]:
        """The town and its quartiers, simplified, for the web map."""
        return self.ground.outlines_geojson(self.name, self.quartiers_official)
