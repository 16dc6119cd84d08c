"""Delays in working days, and the hours in which nothing unasked is sent."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.city.days import Days
from bot.city.model import City, QuietHours

DAYS = Days("FR")
PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("day", "number", "due"),
    [
        (date(2026, 11, 23), 0, date(2026, 11, 23)),
        (date(2026, 11, 23), 5, date(2026, 11, 30)),
        (date(2026, 11, 21), 1, date(2026, 11, 23)),  # a Saturday
        (date(2026, 12, 24), 1, date(2026, 12, 28)),  # Christmas is a Friday
        (date(2026, 12, 31), 1, date(2027, 1, 4)),
        (date(2027, 3, 26), 1, date(2027, 3, 30)),  # Easter Monday
        (date(2027, 5, 5), 2, date(2027, 5, 10)),  # Ascension on the 6th, then the weekend of 8 May
        (date(2026, 7, 13), 1, date(2026, 7, 15)),
        (date(2026, 11, 10), 1, date(2026, 11, 12)),
    ],
)
def test_a_delay_skips_weekends_and_public_holidays(boulogne: City, day: date, number: int, due: date) -> None:
    assert boulogne.working_days_after(day, number) == due


def test_each_town_has_the_holidays_of_its_country_and_part(boulogne: City, valombre: City) -> None:
    corpus_christi = date(2026, 6, 4)
    assert valombre.is_day_off(corpus_christi)
    assert not boulogne.is_day_off(corpus_christi)
    assert boulogne.is_day_off(date(2026, 7, 14))
    assert not valombre.is_day_off(date(2026, 7, 14))


def test_a_negative_delay_is_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="give 0 or more"):
        DAYS.after(date(2026, 11, 23), -1)


@given(some.dates(date(2024, 1, 1), date(2030, 12, 31)), some.integers(1, 30))
def test_a_due_day_is_worked_and_exactly_that_many_worked_days_away(day: date, number: int) -> None:
    due = DAYS.after(day, number)
    worked = [one for one in range(day.toordinal() + 1, due.toordinal() + 1) if not DAYS.is_off(date.fromordinal(one))]
    assert len(worked) == number
    assert worked[-1] == due.toordinal()


def test_a_quiet_evening_ends_the_next_worked_morning(boulogne: City) -> None:
    saturday_night = datetime(2026, 11, 21, 22, 0, tzinfo=PARIS)
    assert boulogne.quiet_until(saturday_night) == datetime(2026, 11, 23, 8, 0, tzinfo=PARIS)
    christmas_eve = datetime(2026, 12, 24, 23, 0, tzinfo=PARIS)
    assert boulogne.quiet_until(christmas_eve) == datetime(2026, 12, 26, 8, 0, tzinfo=PARIS)


def test_by_day_one_may_write(boulogne: City) -> None:
    assert boulogne.quiet_until(datetime(2026, 11, 23, 12, 0, tzinfo=UTC)) is None
    assert boulogne.quiet_until(datetime(2026, 11, 23, 7, 0, tzinfo=UTC)) is None  # 8:00 in the town
    assert boulogne.quiet_until(datetime(2026, 11, 23, 6, 59, tzinfo=UTC)) == datetime(2026, 11, 23, 7, tzinfo=UTC)


def test_a_town_may_write_on_sundays(valombre: City) -> None:
    sunday_noon = datetime(2026, 11, 22, 12, 0, tzinfo=ZoneInfo("Europe/Zurich"))
    assert valombre.quiet_until(sunday_noon) is None


def test_a_night_in_which_the_clock_changes_ends_at_the_town_s_hour() -> None:
    hours = QuietHours(time(22), time(7))
    before_spring = datetime(2027, 3, 27, 23, 0, tzinfo=PARIS)
    assert DAYS.quiet_until(before_spring, hours, PARIS) == datetime(2027, 3, 28, 5, 0, tzinfo=UTC)


def test_equal_hours_are_never_quiet() -> None:
    noon = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert DAYS.quiet_until(noon, QuietHours(time(0), time(0)), PARIS) is None


@given(some.integers(0, 2 * 365 * 24 * 60))
def test_after_the_quiet_hours_one_may_write(minutes: int) -> None:
    instant = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    hours = QuietHours(time(21), time(8), days_off=True)
    until = DAYS.quiet_until(instant, hours, PARIS)
    if until is not None:
        assert until > instant
        assert DAYS.quiet_until(until, hours, PARIS) is None


CLOCK_CHANGES = [datetime(2027, 3, 28, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)]
"""In Paris: the hour from 2 to 3 is missing, then comes twice."""


@given(
    some.sampled_from(CLOCK_CHANGES),
    some.integers(-2000, 2000),
    some.integers(0, 47),
    some.integers(0, 47),
    some.booleans(),
)
def test_quiet_hours_end_at_the_first_minute_that_is_not_quiet(
    change: datetime, minutes: int, start: int, end: int, days_off: bool
) -> None:
    """Around the nights in which the clock changes, whatever the hours, to the half hour."""
    hours = QuietHours(time(start // 2, start % 2 * 30), time(end // 2, end % 2 * 30), days_off)

    def quiet(at: datetime) -> bool:
        local = at.astimezone(PARIS)
        off = local.weekday() == 6 or (local.weekday() < 5 and DAYS.is_off(local.date()))  # Easter Monday
        return hours.cover(local.time()) or (days_off and off)

    instant = change + timedelta(minutes=minutes)
    found = DAYS.quiet_until(instant, hours, PARIS)
    if not quiet(instant):
        assert found is None
        return
    first = instant
    while quiet(first):
        first += timedelta(minutes=1)
    assert found == first


def test_hours_that_end_in_the_missing_hour_end_when_the_clock_jumps() -> None:
    hours = QuietHours(time(22), time(2, 30))
    spring = datetime(2027, 3, 28, 0, 15, tzinfo=UTC)
    assert DAYS.quiet_until(spring, hours, PARIS) == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)


def test_hours_that_end_in_the_doubled_hour_end_twice() -> None:
    hours = QuietHours(time(22), time(2, 30))
    first, second = datetime(2026, 10, 25, 0, 10, tzinfo=UTC), datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    assert DAYS.quiet_until(first, hours, PARIS) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert DAYS.quiet_until(second, hours, PARIS) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_the_last_decent_moment_before_a_quiet_one(boulogne: City, valombre: City) -> None:
    monday_noon = datetime(2026, 11, 23, 12, 34, tzinfo=PARIS)
    assert boulogne.decent_before(monday_noon) == monday_noon
    sunday = datetime(2026, 11, 22, 8, 30, tzinfo=PARIS)
    assert boulogne.decent_before(sunday) == datetime(2026, 11, 21, 20, 0, tzinfo=PARIS)
    the_day_after_christmas = datetime(2026, 12, 26, 7, 0, tzinfo=PARIS)
    assert boulogne.decent_before(the_day_after_christmas) == datetime(2026, 12, 24, 20, 0, tzinfo=PARIS)
    assert valombre.decent_before(sunday) == sunday  # no quiet days there


def test_where_every_hour_is_quiet_there_is_no_better_one() -> None:
    hours = QuietHours(time(0), time(23, 59, 59), days_off=True)
    night = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
    assert DAYS.decent_before(night, hours, PARIS) == night


def test_when_the_next_quiet_begins(boulogne: City) -> None:
    assert boulogne.quiet_from(datetime(2026, 11, 23, 12, 0, tzinfo=PARIS)) == datetime(2026, 11, 23, 21, tzinfo=PARIS)
    night = datetime(2026, 11, 23, 22, 0, tzinfo=PARIS)
    assert boulogne.quiet_from(night) == night
    assert DAYS.quiet_from(night, QuietHours(time(0), time(0)), PARIS) is None
    sunday = datetime(2026, 11, 22, 0, 0, tzinfo=PARIS)
    assert DAYS.quiet_from(sunday - timedelta(hours=9), QuietHours(time(0), time(0), days_off=True), PARIS) == sunday
