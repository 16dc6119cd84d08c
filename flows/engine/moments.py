"""A day and an hour as people type them: « demain 18h », « 12/03 à 9h30 », « vendredi 14:00 », « 2027-03-12 18:30 »."""

import functools
import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, get_day_names, get_month_names

from flows.engine.wording import Language, current, fold, in_every_language, languages, mark

_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_SLASHED = re.compile(r"\b(\d{1,2})(?:/(\d{1,2})|\.(0?[1-9]|1[0-2]))(?:[/.](\d{2,4}))?\b")
"""With a point, the second number must be a month: « 18.30 » is an hour."""
_NAMED = re.compile(r"\b(\d{1,2})(?:er|st|nd|rd|th|º)?\s+(?:de\s+)?([^\W\d_]{3,})\.?(?:\s+(?:de\s+)?(\d{4}))?\b")
_TWELVE = re.compile(r"\b(\d{1,2})(?:\s*[:h.]\s*(\d{2}))?\s*([ap])\.?\s?m\b", re.IGNORECASE)
_HOUR = re.compile(r"\b(\d{1,2})(?:(?:\s*:\s*|\.)(\d{2})|\s*h(?:eures?|oras?)?\s*(\d{2})?)\b", re.IGNORECASE)

TODAY = mark("aujourd’hui")
TOMORROW = mark("demain")

_IN_THE_MORNING = re.compile(r"\b(?:por|de|en) la manana\b")
"""Folded. Spanish has one word for tomorrow and for the morning: « mañana a las 10:00 de la mañana »."""
_AFTER_NOON = re.compile(
    r"\b(?:(?:de|por|en) la (?:tarde|noche)|[dn]?a (?:tarde|noite)|soir|apres midi|afternoon|evening|مساء)\b"
)
"""Folded. « Más tarde » is none of them."""


class NotAMoment(Exception):
    """What was typed is no day and hour. `kind` says what is wrong: "day", "hour", or "gap" (there is no such hour)."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def read_moment(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The instant meant by `text` in `zone`. A day without year is the next such day. Raises NotAMoment.

    In the autumn night that has the same hour twice, the first is meant; in spring the missing hour is refused.
    """
    twelve = _TWELVE.search(text)  # first: « 6.30 pm » is no day of a month
    day, rest = _day(_without(twelve) if twelve else text, now.astimezone(zone).date())
    if day is None:
        raise NotAMoment("day")
    hour = _half_day_hour(twelve) if twelve else _hour(rest)
    if hour is None:
        raise NotAMoment("hour")
    moment = datetime(day.year, day.month, day.day, *hour, tzinfo=zone)
    try:
        there_and_back = moment.astimezone(ZoneInfo("UTC")).astimezone(zone).replace(fold=0)
    except OverflowError as wrong:  # the first or the last day of all
        raise NotAMoment("day") from wrong
    if there_and_back != moment:
        raise NotAMoment("gap")
    return moment


def read_hour(text: str) -> time:
    """The hour of the day meant by `text`. Raises NotAMoment ("hour")."""
    twelve = _TWELVE.search(text)
    hour = _half_day_hour(twelve) if twelve else _hour(text)
    if hour is None:
        raise NotAMoment("hour")
    return time(*hour)


def is_at_the_change(hour: time) -> bool:
    """Between two and three at night: once a year this hour does not exist, once a year it comes twice."""
    return hour.hour == 2


def _half_day_hour(found: re.Match[str]) -> tuple[int, int] | None:
    hour, after_noon = int(found[1]), found[3].lower() == "p"
    if after_noon and hour < 12:
        hour += 12
    elif hour == 12 and not after_noon:
        hour = 0
    return _clock(hour, int(found[2] or 0))


def _hour(text: str) -> tuple[int, int] | None:
    found = _HOUR.search(text)
    if not found:
        return None
    hour = int(found[1])
    if 0 < hour < 12 and _AFTER_NOON.search(fold(text)):
        hour += 12
    return _clock(hour, int(found[2] or found[3] or 0))


def _clock(hour: int, minute: int) -> tuple[int, int] | None:
    return (hour, minute) if hour < 24 and minute < 60 else None


def _day(text: str, today: date) -> tuple[date | None, str]:
    """The day, and what is left of the text once a written date is taken out, to look for the hour in."""
    if found := _ISO.search(text):
        return _valid(int(found[1]), int(found[2]), int(found[3])), _without(found)
    if found := _SLASHED.search(text):
        return _next(int(found[1]), int(found[2] or found[3]), found[4], today), _without(found)
    for found in _NAMED.finditer(text):
        if month := _month(fold(found[2])):
            return _next(int(found[1]), month, found[3], today), _without(found)
    return _day_by_name(fold(text), today), text


def _day_by_name(words: str, today: date) -> date | None:
    """`words` are folded. Weekdays come before tomorrow, whose Spanish name is also the morning's."""
    words = f" {_IN_THE_MORNING.sub(' ', words)} "
    if any(f" {name} " in words for name in in_every_language(TODAY)):
        return today
    for language in _spoken_first():
        for name, number in _weekdays(language.locale, language is current()):
            if f" {name} " in words:
                return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    if any(f" {name} " in words for name in in_every_language(TOMORROW)):
        return today + timedelta(days=1)
    return None


def _without(found: re.Match[str]) -> str:
    return f"{found.string[: found.start()]} {found.string[found.end() :]}"


def _spoken_first() -> Iterator[Language]:
    yield current()
    yield from languages().values()


def _month(name: str) -> int | None:
    return next((found for one in _spoken_first() if (found := _months(one.locale).get(name))), None)


@functools.cache
def _months(locale: Locale) -> dict[str, int]:
    widths = (get_month_names(width, locale=locale) for width in ("wide", "abbreviated"))
    return {fold(name): int(number) for names in widths for number, name in names.items()}


@functools.cache
def _weekdays(locale: Locale, short: bool) -> tuple[tuple[str, int], ...]:
    """Folded names, Monday is 0. `short` adds the first words of longer names: in Portuguese « sexta-feira » is
    « sexta » too, which to others is no day but a rank."""
    whole = [(fold(name), int(number)) for number, name in get_day_names("wide", locale=locale).items()]
    return (*whole, *((name.split()[0], number) for name, number in whole if short))


def _next(day: int, month: int, year: str | None, today: date) -> date | None:
    if year:
        return _valid(int(year) + (2000 if len(year) == 2 else 0), month, day)
    this_year = _valid(today.year, month, day)
    return this_year if this_year and this_year >= today else _valid(today.year + 1, month, day)


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def in_french(words: str, day: date, locale: Locale) -> str:
    """CLDR writes « 1 décembre »; the first of a month is « 1er décembre »."""
    first = locale.language == "fr" and day.day == 1
    return re.sub(r"\b1(?= [^\W\d])", "1er", words, count=1) if first else words


def in_words(moment: datetime, zone: ZoneInfo) -> str:
    """The moment as people read it, in the town's time and the language being spoken."""
    locale = current().formats
    date_there = moment.astimezone(zone).date()
    day = in_french(format_date(date_there, "full", locale=locale), date_there, locale)
    hour = format_skeleton("Hm", moment, tzinfo=zone, locale=locale)
    return str(locale.datetime_formats["medium"]).format(hour, day)
