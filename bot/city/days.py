"""Working days, public holidays and quiet hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from holidays import country_holidays

from bot.city.office import QuietHours

ONE_DAY = timedelta(days=1)
ONE_MINUTE = timedelta(minutes=1)
FIVE_DAYS = 120
"""In hours: no row of holidays with a Sunday is longer."""


class Days:
    """The calendar of a country (ISO 3166-1) or of one part of it, whose holidays may differ."""

    def __init__(self, country: str, part: str | None = None) -> None:
        """Raises NotImplementedError when the country or its part is unknown."""
        self._holidays = country_holidays(country, subdiv=part)
        self._counted = lru_cache(maxsize=1024)(self._count)  # a promise is worded at every turn of a conversation
        self._ended = lru_cache(maxsize=64)(self._end_of_quiet)  # all turns of a group ask about the same instant

    def is_off(self, day: date) -> bool:
        return day.weekday() >= 5 or day in self._holidays

    def after(self, day: date, number: int) -> date:
        """The `number`th working day after `day`; `day` itself for 0. Raises ValueError for a negative number."""
        if number < 0:
            raise ValueError(f"A delay cannot be {number} working days; give 0 or more.")
        return self._counted(day, number)

    def _count(self, day: date, number: int) -> date:
        for _ in range(number):
            day += ONE_DAY
            while self.is_off(day):
                day += ONE_DAY
        return day

    def quiet_until(self, instant: datetime, hours: QuietHours, zone: ZoneInfo) -> datetime | None:
        """The first instant (UTC) from `instant` on that is not quiet; None when `instant` itself is not.

        Hours are read on the town's clock: a night in which the clock changes is an hour longer or shorter, and an
        end that comes twice in autumn is passed twice.
        """
        return self._ended(instant, hours, zone)

    def _end_of_quiet(self, instant: datetime, hours: QuietHours, zone: ZoneInfo) -> datetime | None:
        moment = instant.astimezone(zone)
        if not self._is_quiet(moment, hours):
            return None
        while self._is_quiet(moment, hours):
            moment = self._next_change(moment, hours, zone)
        return moment.astimezone(UTC)

    def decent_before(self, instant: datetime, hours: QuietHours, zone: ZoneInfo) -> datetime:
        """`instant` (UTC), or the last whole hour before it that is not quiet: time remains to write before the quiet
        begins. `instant` again where no hour of the five days before it is decent."""
        if not self._is_quiet(instant.astimezone(zone), hours):
            return instant.astimezone(UTC)
        hour = instant.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC)
        back = (hour - timedelta(hours=number) for number in range(FIVE_DAYS + 1))
        return next((one for one in back if not self._is_quiet(one.astimezone(zone), hours)), instant.astimezone(UTC))

    def quiet_from(self, instant: datetime, hours: QuietHours, zone: ZoneInfo) -> datetime | None:
        """When (UTC) quiet begins next: `instant` itself when it is quiet; None when none begins within a year."""
        moment = instant.astimezone(zone)
        if self._is_quiet(moment, hours):
            return instant.astimezone(UTC)
        for later in range(366):
            day = moment.date() + later * ONE_DAY
            for wall in (time(0), hours.start):
                begins = datetime.combine(day, wall, zone).astimezone(UTC)
                if begins > instant and self._is_quiet(begins.astimezone(zone), hours):
                    return begins
        return None

    def _is_quiet(self, moment: datetime, hours: QuietHours) -> bool:
        off = hours.days_off and (moment.weekday() == 6 or moment.date() in self._holidays)
        return off or hours.cover(moment.time())

    def _next_change(self, moment: datetime, hours: QuietHours, zone: ZoneInfo) -> datetime:
        """A later moment, no later than the end of this quiet."""
        wall = moment.replace(tzinfo=None)
        midnight = datetime.combine(wall.date() + ONE_DAY, time(0))
        end = datetime.combine(wall.date(), hours.end)
        until = end if hours.cover(wall.time()) and end > wall else midnight
        start = moment.astimezone(UTC)
        there = (start + (until - wall)).astimezone(zone)
        if there.utcoffset() == moment.utcoffset():
            return there
        # The clock changes on the way, twice a year: every minute is looked at.
        start = start.replace(second=0, microsecond=0)
        minutes = (start + timedelta(minutes=at) for at in range(1, int((there - start) / ONE_MINUTE) + 1))
        return next((one for at in minutes if not self._is_quiet(one := at.astimezone(zone), hours)), there)
