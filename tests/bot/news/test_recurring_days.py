"""« Every first Monday at 18:30 »: the right day and the right hour on the town's clock, in any season."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.news.model import Recurrence
from bot.news.recur import moved, next_occurrence
from tests.kit.properties import tried

PARIS = ZoneInfo("Europe/Paris")
ZONES = [PARIS, ZoneInfo("America/Sao_Paulo"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Kathmandu"), UTC]
RULES = st.builds(
    Recurrence,
    weekday=st.integers(0, 6),
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    nth=st.sampled_from([None, 1, 2, 3, 4, -1]),
)
START = datetime(2020, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(0, 20 * 366 * 86_400).map(lambda seconds: START + timedelta(seconds=seconds))


def is_day_of(rule: Recurrence, day: date) -> bool:
    if day.weekday() != rule.weekday:
        return False
    if rule.nth is None:
        return True
    if rule.nth > 0:
        return (day.day - 1) // 7 + 1 == rule.nth
    return (day + timedelta(days=7)).month != day.month


def one_day_after_another(rule: Recurrence, after: datetime, zone: ZoneInfo) -> datetime:
    """The same, without a thought."""
    day = after.astimezone(zone).date() - timedelta(days=2)
    while True:
        found = datetime(day.year, day.month, day.day, rule.at.hour, rule.at.minute, tzinfo=zone).astimezone(UTC)
        if is_day_of(rule, day) and found > after:
            return found
        day += timedelta(days=1)


@given(rule=RULES, after=INSTANTS, zone=st.sampled_from(ZONES))
@tried(400)
def test_it_is_the_day_found_by_looking_at_every_day(rule: Recurrence, after: datetime, zone: ZoneInfo) -> None:
    assert next_occurrence(rule, after, zone) == one_day_after_another(rule, after, zone)


@given(rule=RULES, after=INSTANTS)
@tried(100)
def test_the_next_is_later_and_none_is_left_out(rule: Recurrence, after: datetime) -> None:
    first = next_occurrence(rule, after, PARIS)
    assert first > after
    assert next_occurrence(rule, first - timedelta(seconds=1), PARIS) == first
    gap = next_occurrence(rule, first, PARIS) - first
    longest = timedelta(days=8 if rule.nth is None else 36)
    assert timedelta(days=6, hours=22) <= gap <= longest


KNOWN = [
    (Recurrence(0, time(18, 30), 1), datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 12, 7, 17, 30, tzinfo=UTC)),
    (Recurrence(0, time(18, 30), 1), datetime(2026, 12, 8, tzinfo=UTC), datetime(2027, 1, 4, 17, 30, tzinfo=UTC)),
    (Recurrence(6, time(9), -1), datetime(2027, 3, 1, tzinfo=UTC), datetime(2027, 3, 28, 7, tzinfo=UTC)),  # summer time
    (Recurrence(6, time(9), -1), datetime(2027, 10, 1, tzinfo=UTC), datetime(2027, 10, 31, 8, tzinfo=UTC)),  # and back
    (Recurrence(6, time(2, 30)), datetime(2027, 3, 27, tzinfo=UTC), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),  # 3:30
    (Recurrence(6, time(2, 30)), datetime(2027, 10, 30, tzinfo=UTC), datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
]


@pytest.mark.parametrize(("rule", "after", "expected"), KNOWN)
def test_days_known_from_the_calendar(rule: Recurrence, after: datetime, expected: datetime) -> None:
    assert next_occurrence(rule, after, PARIS) == expected


def test_what_moves_along_keeps_its_hour_on_the_clock() -> None:
    event, first = datetime(2027, 3, 2, 17, tzinfo=UTC), datetime(2027, 3, 1, 8, tzinfo=UTC)
    assert moved(event, first, datetime(2027, 4, 5, 7, tzinfo=UTC), PARIS) == datetime(2027, 4, 6, 16, tzinfo=UTC)
