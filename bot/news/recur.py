"""The rule of what comes back: « every first Monday at 18:30 », on the town's clock whatever the season."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.city.model import City
from bot.news.model import Recurrence

ASKED_BEFORE = timedelta(hours=24)
"""How long before it leaves, at least, an occurrence becomes an item of its own, so that its author can write it or
stop it: at the last decent moment before that."""

ONE_DAY = timedelta(days=1)


def next_occurrence(rule: Recurrence, after: datetime, zone: ZoneInfo) -> datetime:
    """The first occurrence (UTC) strictly after `after`.

    An hour that does not exist that night is the one an hour later; of an hour that comes twice, the first.
    """
    day = after.astimezone(zone).date() - ONE_DAY  # the hour that is put off may fall on the day after
    while True:
        day = _day_on_or_after(rule, day)
        found = datetime.combine(day, rule.at, zone).astimezone(UTC)
        if found > after:
            return found
        day += ONE_DAY


def asked_at(city: City, occurrence: datetime) -> datetime:
    """When (UTC) the author is asked for the words of an occurrence, or sees it planned: never in quiet hours, which
    would keep the question from them until it leaves."""
    return city.decent_before(occurrence - ASKED_BEFORE)


def asked_about(rule: Recurrence, asked: datetime, zone: ZoneInfo) -> datetime:
    """The occurrence (UTC) that was asked about at `asked`."""
    return next_occurrence(rule, asked + ASKED_BEFORE - timedelta(seconds=1), zone)


def _day_on_or_after(rule: Recurrence, day: date) -> date:
    if rule.nth is None:
        return day + timedelta(days=(rule.weekday - day.weekday()) % 7)
    found = _in_month(rule, day.year, day.month)
    if found < day:
        found = _in_month(rule, day.year + day.month // 12, day.month % 12 + 1)
    return found


def _in_month(rule: Recurrence, year: int, month: int) -> date:
    """The rule's day in a month; there are at least four of each weekday, so that it always exists."""
    assert rule.nth is not None
    if rule.nth > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(rule.weekday - first.weekday()) % 7 + 7 * (rule.nth - 1))
    last = date(year + month // 12, month % 12 + 1, 1) - ONE_DAY
    return last - timedelta(days=(last.weekday() - rule.weekday) % 7)


def moved(instant: datetime, since: datetime, to: datetime, zone: ZoneInfo) -> datetime:
    """`instant` as many days later on the town's clock as `to` is after `since`: the same hour, in any season."""
    days = to.astimezone(zone).date() - since.astimezone(zone).date()
    local = instant.astimezone(zone)
    return datetime.combine(local.date() + days, local.time(), zone).astimezone(UTC)
