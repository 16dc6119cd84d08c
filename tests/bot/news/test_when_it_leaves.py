"""When an item leaves: at a decent hour on the town's clock, never in the hour in which clocks change."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.city.model import City, QuietHours
from bot.news.hours import checked_departure, departure
from bot.news.moves import Refused
from tests.kit.properties import tried

MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="session")
def sleepless(valombre: City) -> City:
    """The same town, where one may write at any hour."""
    values = {field.name: getattr(valombre, field.name) for field in fields(valombre)}
    return City(**{**values, "quiet_hours": QuietHours(time(0), time(0))})


NIGHTS = [
    (datetime(2027, 3, 27, 22, tzinfo=UTC), datetime(2027, 3, 28, 5, tzinfo=UTC)),  # the shortest: seven comes sooner
    (datetime(2027, 10, 30, 21, tzinfo=UTC), datetime(2027, 10, 31, 6, tzinfo=UTC)),  # the longest
    (datetime(2026, 11, 23, 22, tzinfo=UTC), datetime(2026, 11, 24, 6, tzinfo=UTC)),
]


@pytest.mark.parametrize(("wish", "leaves"), NIGHTS)
def test_quiet_hours_end_on_the_town_s_clock(valombre: City, wish: datetime, leaves: datetime) -> None:
    now = wish - timedelta(hours=8)
    assert departure(valombre, "works", wish, now) == leaves
    assert departure(valombre, "alert", wish, now) == wish


def test_nothing_leaves_in_the_hour_of_the_change(sleepless: City) -> None:
    first = datetime(2027, 10, 31, 0, 10, tzinfo=UTC)  # 2:10 for the first time that night
    assert departure(sleepless, "works", None, first) == datetime(2027, 10, 31, 2, tzinfo=UTC)  # three o'clock
    assert departure(sleepless, "alert", None, first) == first + MINUTE


@given(st.integers(0, 2 * 366 * 24 * 60))
@tried(300)
def test_it_is_never_too_early_nor_at_a_bad_hour(valombre: City, sleepless: City, minutes: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    for city in (valombre, sleepless):
        leaves = departure(city, "works", None, now)
        assert leaves >= now + MINUTE
        assert leaves.astimezone(city.zone).hour != 2
        assert city.quiet_until(leaves) is None
        assert departure(city, "alert", None, now) == now + MINUTE


def test_it_never_leaves_after_its_end(valombre: City) -> None:
    now = datetime(2026, 11, 23, 22, tzinfo=UTC)  # in quiet hours, until six (UTC)
    end = datetime(2026, 11, 24, 6, tzinfo=UTC)
    with pytest.raises(Refused, match="expired"):
        checked_departure(valombre, "works", None, end, now)
    assert checked_departure(valombre, "works", None, end + MINUTE, now) == end
    assert checked_departure(valombre, "alert", None, end, now) == now + MINUTE
