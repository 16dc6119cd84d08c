"""When news may reach somebody: their quiet hours, the hour of their digest. Wall-clock time of the town."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

import msgspec

from bot.city.model import City, QuietHours
from bot.news.model import Choices, Rhythm

NIGHT = time(2)
AFTER_NIGHT = time(3)
"""Nothing is timed between 2 and 3: that hour is missing one night a year, and comes twice in another."""

DEFAULT_HOUR = time(18)

_DAYS_BACK, _DAYS_AHEAD = 8, 22
"""A digest that a day off holds up comes days after its own; and every weekday has come three times in three weeks."""


def quiet_hours(wish: Choices, city: City) -> QuietHours:
    """A person's own, or else the town's. Their own hold every day alike."""
    if wish.quiet_start is None or wish.quiet_end is None:
        return city.quiet_hours
    return QuietHours(wish.quiet_start, wish.quiet_end)


def _times_of(wish: Choices) -> Choices:
    """What many people have in common: the same hours are reckoned once."""
    return msgspec.structs.replace(wish, resident_id=0, quartiers=(), topics=(), less=())


def quiet_until(wish: Choices, instant: datetime, city: City) -> datetime | None:
    """When (UTC) this person may be written to; None: now."""
    return _quiet_until(_times_of(wish), instant, city)


@lru_cache(maxsize=1024)
def _quiet_until(wish: Choices, instant: datetime, city: City) -> datetime | None:
    return city.days.quiet_until(instant, quiet_hours(wish, city), city.zone)


def next_digest(wish: Choices, after: datetime, city: City) -> datetime | None:
    """The next digest (UTC) later than `after`; None for those who read at once.

    It comes at their hour, or when the quiet hours that hold then end. A daily one that would come on another day
    than its own is left out when a later day has its own, so that no day has two.
    """
    return None if wish.rhythm is Rhythm.AT_ONCE else _next_digest(_times_of(wish), after, city)


@lru_cache(maxsize=1024)
def _next_digest(wish: Choices, after: datetime, city: City) -> datetime | None:
    today = after.astimezone(city.zone).date()
    held_up: datetime | None = None
    for ahead in range(-_DAYS_BACK, _DAYS_AHEAD):
        day = today + timedelta(days=ahead)
        if wish.rhythm is Rhythm.WEEKLY and day.weekday() != wish.weekday:
            continue
        moment = _of_day(wish, day, city)
        if moment is None or moment <= after:
            continue
        if wish.rhythm is Rhythm.WEEKLY or moment.astimezone(city.zone).date() == day:
            return moment
        held_up = held_up or moment
    return held_up


def _of_day(wish: Choices, day: date, city: City) -> datetime | None:
    """When the digest of `day` may come; None when there is no moment that is neither quiet nor of the night."""
    wanted = by_day(datetime.combine(day, wish.hour, city.zone), city)
    moment = by_day(quiet_until(wish, wanted, city) or wanted, city)
    return None if quiet_until(wish, moment, city) else moment


def by_day(moment: datetime, city: City) -> datetime:
    """The same instant in UTC, or 3 o'clock when it is between 2 and 3 at night."""
    local = moment.astimezone(city.zone)
    if is_night(local, city):
        local = datetime.combine(local.date(), AFTER_NIGHT, city.zone)
    return local.astimezone(UTC)


def is_night(instant: datetime, city: City) -> bool:
    return NIGHT <= instant.astimezone(city.zone).time() < AFTER_NIGHT


def decent_hours(hours: QuietHours) -> list[time]:
    """The whole hours at which a digest may come."""
    whole = [time(hour) for hour in range(24) if time(hour) != NIGHT]
    return [one for one in whole if not hours.cover(one)] or [DEFAULT_HOUR]


def usual_hour(hours: QuietHours) -> time:
    """The hour proposed: the evening's, or the last decent one."""
    decent = decent_hours(hours)
    return DEFAULT_HOUR if DEFAULT_HOUR in decent else decent[-1]
