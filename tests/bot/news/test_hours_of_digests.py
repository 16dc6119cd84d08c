"""When the next digest comes, whatever was chosen, in every night of the year."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as some

from bot.city.model import City
from bot.news.digest_hours import next_digest, quiet_until, usual_hour
from bot.news.model import Choices, Rhythm

HOURS = some.integers(0, 23).map(time)
INSTANTS = some.integers(0, 2 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
NEAR_CHANGES = some.builds(
    lambda day, minutes: day + timedelta(minutes=minutes),
    some.sampled_from([datetime(2027, 3, 28, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)]),
    some.integers(-3000, 3000),
)
QUIET = some.one_of(
    some.none(), some.tuples(some.integers(0, 23), some.integers(0, 20)).map(lambda at: (at[0], (at[0] + at[1]) % 24))
)
WISHES = some.builds(
    lambda rhythm, hour, weekday, quiet: Choices(
        1,
        rhythm=rhythm,
        hour=hour,
        weekday=weekday,
        quiet_start=time(quiet[0]) if quiet else None,
        quiet_end=time(quiet[1]) if quiet else None,
    ),
    some.sampled_from([Rhythm.DAILY, Rhythm.WEEKLY]),
    HOURS,
    some.integers(0, 6),
    QUIET,
)


@given(WISHES, some.one_of(INSTANTS, NEAR_CHANGES))
def test_a_digest_comes_later_by_day_and_outside_quiet_hours(valombre: City, wish: Choices, after: datetime) -> None:
    found = next_digest(wish, after, valombre)
    assert found is not None
    assert found > after
    assert quiet_until(wish, found, valombre) is None
    assert found.astimezone(valombre.zone).hour != 2
    span = timedelta(days=1 if wish.rhythm is Rhythm.DAILY else 7)
    assert found - after <= span + timedelta(days=1, hours=1)


@given(WISHES, some.one_of(INSTANTS, NEAR_CHANGES))
def test_digests_follow_one_another_by_days_or_weeks(valombre: City, wish: Choices, after: datetime) -> None:
    """The town has no quiet days: each day, or each week, has exactly one, at the same hour of the clock."""
    found = [after]
    for _ in range(5):
        found.append(next_digest(wish, found[-1], valombre) or after)
    local = [one.astimezone(valombre.zone) for one in found[1:]]
    days = [(later.date() - earlier.date()).days for earlier, later in pairwise(local)]
    assert days == [1 if wish.rhythm is Rhythm.DAILY else 7] * 4
    assert len({one.time() for one in local}) == 1


@given(WISHES, INSTANTS)
def test_no_digest_is_skipped_between_two_looks(valombre: City, wish: Choices, after: datetime) -> None:
    """Asked at any moment before it comes, the next digest is the same."""
    found = next_digest(wish, after, valombre)
    assert found is not None
    assert next_digest(wish, after + (found - after) / 2, valombre) == found
    assert next_digest(wish, found - timedelta(seconds=1), valombre) == found


def test_those_who_read_at_once_have_no_digest(valombre: City) -> None:
    assert next_digest(Choices(1), datetime(2026, 11, 23, tzinfo=UTC), valombre) is None


def test_a_sunday_without_messages_has_no_digest_and_monday_one_only(boulogne: City) -> None:
    wish = Choices(1, rhythm=Rhythm.DAILY, hour=time(18))
    saturday = datetime(2026, 11, 28, 17, 30, tzinfo=UTC)
    monday = next_digest(wish, saturday, boulogne)
    assert monday == datetime(2026, 11, 30, 17, tzinfo=UTC)


def test_a_weekly_digest_of_a_public_holiday_comes_the_next_morning(boulogne: City) -> None:
    christmas = date(2026, 12, 25)
    wish = Choices(1, rhythm=Rhythm.WEEKLY, weekday=christmas.weekday())
    assert next_digest(wish, datetime(2026, 12, 24, 12, tzinfo=UTC), boulogne) == datetime(2026, 12, 26, 7, tzinfo=UTC)


def test_the_hour_proposed_is_the_evening_s(boulogne: City) -> None:
    assert usual_hour(boulogne.quiet_hours) == time(18)
