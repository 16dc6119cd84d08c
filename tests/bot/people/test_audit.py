"""What staff did is written down for good: the database itself refuses to change it, or to lose it within a year."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, insert, text, update
from sqlalchemy.exc import DBAPIError

from bot.city.model import City
from bot.people.audit import MOST_REFUSALS, acts, audit, forget_acts, note_act, note_refusal
from bot.pictures.keep import Pictures
from bot.storage.database import open_database
from bot.storage.migrate import migrate
from bot.storage.work import Desk, Work
from bot.upkeep import upkeep
from tests.kit.clock import Time

DAY = timedelta(days=1)
LONG_AGO = datetime(2019, 3, 1, 9, 0, tzinfo=UTC)
FAR_AHEAD = datetime(2099, 3, 1, 9, 0, tzinfo=UTC)
"""For the database's own clock too, by which it refuses, whenever these tests are run."""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def migrated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database made by the migrations, as in the town."""
    address = f"sqlite:///{tmp_path / 'm.db'}"
    engine = open_database(address if request.param == "sqlite" else request.getfixturevalue("blank_postgres"))
    migrate(engine)
    yield engine
    engine.dispose()


def forbidden(desk: Desk, deed: Callable[[Work], object]) -> str:
    """What the database says to it."""
    with pytest.raises(DBAPIError) as refusal, desk.work() as work:
        deed(work)
    return str(refusal.value.orig)


def stands(engine: Engine) -> None:
    """Every way to change or lose a row is refused."""
    desk = Desk(engine, Time(FAR_AHEAD).now)
    with desk.work() as work:
        note_act(work, 7, "news.approve", "AC-7K3FQ2")
        (noted,) = acts(work)
    again = {"id": noted.id, "at": desk.clock(), "who": 8, "act": "x", "about": "", "detail": "{}"}
    assert "only ever added" in forbidden(desk, lambda work: work.connection.execute(update(audit).values(who=8)))
    assert "for a year" in forbidden(desk, lambda work: work.connection.execute(delete(audit)))
    assert forbidden(desk, lambda work: work.connection.execute(insert(audit).values(again)))
    if desk.engine.dialect.name == "sqlite":
        replacing = insert(audit).prefix_with("OR REPLACE").values(again)
        assert "only ever added" in forbidden(desk, lambda work: work.connection.execute(replacing))
    else:
        assert "only ever added" in forbidden(desk, lambda work: work.connection.execute(text("TRUNCATE audit")))
    with desk.reading() as work:
        assert acts(work) == [noted]


def test_rows_are_only_ever_added(desk: Desk) -> None:
    stands(desk.engine)


def test_rows_are_only_ever_added_where_migrations_made_the_table(migrated: Engine) -> None:
    stands(migrated)


def test_what_is_old_enough_goes_when_the_town_says(desk: Desk, valombre: City, tmp_path: Path) -> None:
    time = Time(LONG_AGO)
    old = Desk(desk.engine, time.now)
    job = upkeep(valombre, Pictures(tmp_path / "photos"))["audit"]

    def forgotten() -> int:
        with old.work() as work:
            return job(work)

    with old.work() as work:
        note_act(work, 7, "news.approve", "AC-7K3FQ2")
    time.advance(1825 * DAY)
    assert forgotten() == 0
    time.advance(timedelta(minutes=1))
    assert forgotten() == 1


def test_less_than_a_year_is_never_forgotten_whatever_is_asked(desk: Desk) -> None:
    time = Time(LONG_AGO)
    old = Desk(desk.engine, time.now)
    with old.work() as work:
        note_act(work, 7, "news.approve")
    time.advance(360 * DAY)
    with old.work() as work:
        assert forget_acts(work, work.now) == 0


def test_the_newest_acts_are_read_first_about_one_thing_or_since_a_day(desk: Desk, time: Time) -> None:
    for about in ("AC-1", "AC-2", "AC-1"):
        with desk.work() as work:
            note_act(work, None, "news.plan", about, people=12)
        time.advance(DAY)
    with desk.reading() as work:
        assert [one.about for one in acts(work)] == ["AC-1", "AC-2", "AC-1"]
        assert len(acts(work, about="AC-1")) == 2
        assert [one.about for one in acts(work, since=time.now() - 2 * DAY)] == ["AC-1", "AC-2"]
        assert len(acts(work, most=1)) == 1
        assert acts(work)[0].detail == '{"people":12}'


def test_whoever_presses_forged_buttons_all_day_fills_no_table(desk: Desk, time: Time) -> None:
    with desk.work() as work:
        for _press in range(MOST_REFUSALS + 5):
            note_refusal(work, 7, "team")
        note_refusal(work, 8, "team")
        assert len(acts(work)) == MOST_REFUSALS + 1
    time.advance(timedelta(hours=1))
    with desk.work() as work:
        note_refusal(work, 7, "team")
        assert len(acts(work)) == MOST_REFUSALS + 2
