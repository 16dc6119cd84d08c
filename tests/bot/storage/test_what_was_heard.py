"""Updates are known again when they are delivered again, and wait safely until they can be taken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Column, MetaData, Table, insert, select

from bot.storage.arrivals import arrivals, drop_arrivals, keep_arrival
from bot.storage.database import DatabaseUnusable, open_database
from bot.storage.heard import (
    HEARD_KEPT,
    SET_ASIDE_KEPT,
    count_set_aside,
    forget_old,
    forget_set_aside,
    hear,
    put_aside,
    set_aside,
)
from bot.storage.keys import house_secret
from bot.storage.tables import Instant, new_identity
from bot.storage.work import Desk
from tests.kit.clock import Time


def test_what_is_heard_a_second_time_is_nothing_new(desk: Desk) -> None:
    with desk.work() as work:
        assert hear(work, [("kit", "1"), ("kit", "2"), ("kit", "1")]) == {("kit", "1"), ("kit", "2")}
        assert hear(work, [("kit", "2"), ("other", "2"), ("kit", "3")]) == {("other", "2"), ("kit", "3")}
        assert hear(work, []) == set()


def test_what_was_heard_is_forgotten_when_no_second_delivery_can_come(desk: Desk, time: Time) -> None:
    with desk.work() as work:
        hear(work, [("kit", "1")])
        put_aside(work, "kit", "1", "a cause", "{}")
    time.advance(HEARD_KEPT + timedelta(seconds=1))
    with desk.work() as work:
        assert forget_old(work) == 1
        assert hear(work, [("kit", "1")]) == {("kit", "1")}
        assert count_set_aside(work) == 1
    time.advance(SET_ASIDE_KEPT)
    with desk.work() as work:
        assert forget_old(work) == 2
        assert count_set_aside(work) == 0


def test_whatever_was_in_an_update_it_can_be_set_aside(desk: Desk) -> None:
    with desk.work() as work:
        put_aside(work, "kit", "1", "a \0 cause", '{"text": "\0"}')
        assert work.connection.scalars(select(set_aside.c.cause)).one() == "a \ufffd cause"


def test_what_was_set_aside_of_somebody_is_dropped_with_them(desk: Desk) -> None:
    with desk.work() as work:
        put_aside(work, "kit", "1", "a cause", '{"from": {"id": 12}}', "12")
        put_aside(work, "kit", "2", "a cause", '{"from": {"id": 123}}', "123")
        put_aside(work, "kit", "3", "of an older version", '{"sender":"12","text":"…"}')
        put_aside(work, "other", "4", "a cause", "{}", "12")
        forget_set_aside(work, "kit", "12")
        assert set(work.connection.scalars(select(set_aside.c.key))) == {"2", "4"}


def test_an_update_is_kept_once_until_it_is_taken(desk: Desk) -> None:
    with desk.work() as work:
        first = keep_arrival(work, "kit", "1", "{}", "ana")
        assert first is not None
        assert keep_arrival(work, "kit", "1", "{}", "ana") is None
        assert keep_arrival(work, "other", "1", "{}", "ana") is not None
        assert keep_arrival(work, "kit", "2", "{}", "ana") is not None
        assert [one.key for one in arrivals(work, "kit")] == ["1", "2"]
        drop_arrivals(work, [("kit", "1")])
        assert [one.key for one in arrivals(work, "kit")] == ["2"]


def test_an_update_that_was_heard_is_not_kept_again(desk: Desk) -> None:
    with desk.work() as work:
        hear(work, [("kit", "1")])
        assert keep_arrival(work, "kit", "1", "{}", "ana") is None


def test_a_secret_is_made_once_and_shared(desk: Desk) -> None:
    with desk.work() as work:
        web = house_secret(work, "web")
        assert len(bytes.fromhex(web)) == 32
    with desk.work() as work:
        assert house_secret(work, "web") == web
        assert house_secret(work, "telegram") != web


def test_an_instant_comes_back_in_utc_whatever_its_zone(desk: Desk) -> None:
    metadata = MetaData()
    moments = Table("sample_moment", metadata, Column("at", Instant))
    told = datetime(2026, 7, 1, 12, 30, 15, 123456, tzinfo=timezone(timedelta(hours=2)))
    with desk.work() as work:
        metadata.create_all(work.connection)
        work.connection.execute(insert(moments).values(at=told))
        kept = work.connection.execute(select(moments.c.at)).scalar_one()
        metadata.drop_all(work.connection)
    assert kept == told
    assert kept.tzinfo == UTC


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Instant().process_bind_param(datetime(2026, 7, 1), open_database("sqlite://").dialect)  # noqa: DTZ001  # the point


def test_numbers_grow_and_never_repeat() -> None:
    numbers = [new_identity() for _ in range(20_000)]
    assert numbers == sorted(set(numbers))
    assert max(numbers) < 2**63


@pytest.mark.parametrize("wrong", ["nonsense", "mysql://a/b"])
def test_an_address_that_is_no_database_of_ours_is_explained(wrong: str) -> None:
    with pytest.raises(DatabaseUnusable, match=r"PostgreSQL|PARVIS_DATABASE_URL"):
        open_database(wrong)
