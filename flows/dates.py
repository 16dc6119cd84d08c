"""Days and hours in words, in the town's time and the language being spoken."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_timedelta

from flows.engine.wording import current


def day_in_words(day: date) -> str:
    """« jeudi 26 novembre »"""
    return format_date(day, "EEEE d MMMM", locale=current().locale)


def full_day_in_words(moment: datetime, zone: ZoneInfo) -> str:
    """« 23 novembre 2026 »"""
    return format_date(moment.astimezone(zone).date(), "long", locale=current().locale)


def age_in_words(since: datetime, now: datetime) -> str:
    """« il y a 3 jours »; anything younger than a minute counts as a minute."""
    age = max(now - since, timedelta(minutes=1))
    return format_timedelta(-age, add_direction=True, locale=current().locale)
