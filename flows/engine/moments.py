"""A day and an hour as people type them: « demain 18h », « 12/03 à 9h30 », « vendredi 14:00 », « 2027-03-12 18:30 »."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, get_day_names, get_month_names

from flows.engine.wording import current, fold, in_every_language, mark

_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_SLASHED = re.compile(r"\b(\d{1,2})[/.](\d{1,2})(?:[/.](\d{2,4}))?\b")
_NAMED = re.compile(r"\b(\d{1,2})(?:er|st|nd|rd|th|º)?\s+(?:de\s+)?([^\W\d_]{3,})\.?(?:\s+(?:de\s+)?(\d{4}))?\b")
_HOUR = re.compile(r"\b(\d{1,2})\s*(?:h|:|H)\s*(\d{2})?\b|\b(\d{1,2})\s*(am|pm)\b", re.IGNORECASE)

TODAY = mark("aujourd’hui")
TOMORROW = mark("demain")


class NotAMoment(Exception):
    """What was typed is no day and hour. `kind` says what is wrong: "day", "hour", or "gap" (there is no such hour)."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def read_moment(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The instant meant by `text` in `zone`. A day without year is the next such day. Raises NotAMoment.

    In the autumn night that has the same hour twice, the first is meant; in spring the missing hour is refused.
    """
    today = now.astimezone(zone).date()
    rest = _ISO.sub(" ", text)
    day = _day(text, today)
    if day is None:
        raise NotAMoment("day")
    hour = _hour(_SLASHED.sub(" ", rest))
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


def _hour(text: str) -> tuple[int, int] | None:
    found = _HOUR.search(text)
    if not found:
        return None
    if found[3]:
        hour, minute = int(found[3]) % 12 + (12 if found[4].lower() == "pm" else 0), 0
    else:
        hour, minute = int(found[1]), int(found[2] or 0)
    return (hour, minute) if hour < 24 and minute < 60 else None


def _day(text: str, today: date) -> date | None:
    words = set(fold(text).split()) | {fold(text)}
    for offset, name in ((0, TODAY), (1, TOMORROW)):
        if any(meant in fold(text) if " " in meant else meant in words for meant in in_every_language(name)):
            return today + timedelta(days=offset)
    if found := _ISO.search(text):
        return _valid(int(found[1]), int(found[2]), int(found[3]))
    if found := _SLASHED.search(text):
        return _next(int(found[1]), int(found[2]), found[3], today)
    if (found := _NAMED.search(text)) and (month := _month(found[2])):
        return _next(int(found[1]), month, found[3], today)
    return _weekday(words, today)


def _month(word: str) -> int | None:
    for width in ("wide", "abbreviated"):
        for number, name in get_month_names(width, locale=current().locale).items():
            if fold(name) == fold(word):
                return int(number)
    return None


def _weekday(words: set[str], today: date) -> date | None:
    for number, name in get_day_names("wide", locale=current().locale).items():
        if fold(name) in words:
            return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    return None


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


def in_words(moment: datetime, zone: ZoneInfo) -> str:
    """The moment as people read it, in the town's time and the language being spoken."""
    local = moment.astimezone(zone)
    return format_datetime(local, "EEEE d MMMM y, HH:mm", tzinfo=zone, locale=current().locale)
