"""Days and hours in words, in the town's time and the language being spoken."""

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_timedelta

from flows.engine.moments import in_french
from flows.engine.wording import current

_WIDEST = {"E": "EEEE", "c": "EEEE", "M": "MMMM", "L": "MMMM"}
"""Days and months in full, by the first letter of what CLDR writes for them."""


def day_in_words(day: date) -> str:
    """« jeudi 26 novembre »"""
    return _spelt_out(day, current().formats)


def full_day_in_words(moment: datetime, zone: ZoneInfo) -> str:
    """« 23 novembre 2026 »"""
    day, locale = moment.astimezone(zone).date(), current().formats
    return in_french(format_date(day, "long", locale=locale), day, locale)


def age_in_words(since: datetime, now: datetime) -> str:
    """« il y a 3 jours »; anything younger than a minute counts as a minute."""
    age = max(now - since, timedelta(minutes=1))
    return format_timedelta(-age, add_direction=True, locale=current().formats)


@lru_cache(maxsize=1024)
def _spelt_out(day: date, locale: Locale) -> str:
    return in_french(format_date(day, _day_and_month(locale), locale=locale), day, locale)


def _day_and_month(locale: Locale) -> str:
    """The language's order and small words for a day without its year, spelt out.

    CLDR has patterns for some widths only and wants their fields widened; Babel takes them as they are.
    """
    skeleton = next(one for one in ("MMMMEEEEd", "MMMMEd", "MMMEd") if one in locale.datetime_skeletons)
    pattern = locale.datetime_skeletons[skeleton].pattern
    return re.sub(r"'[^']*'|[Ec]+|[ML]+", lambda found: _WIDEST.get(found[0][0], found[0]), pattern)
