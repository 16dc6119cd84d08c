"""Which reports somebody who works on them is shown, and in which order."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.city.model import City, Place
from bot.people.store import meet
from bot.reports import store
from bot.reports.file import file_report
from bot.reports.listing import Wanted, list_reports
from bot.reports.model import Report, State
from bot.reports.move import move_report
from bot.storage.work import Desk
from tests.kit.clock import Time

HERE = Place(46.507, 7.41, 12.0, "devant la maison communale")


@pytest.fixture
def file(desk: Desk, valombre: City) -> Callable[..., Report]:
    numbers = itertools.count()

    def filed(category: str = "footbridge", quartier: int = 1, pictures: tuple[str, ...] = ()) -> Report:
        with desk.work() as work:
            (who,) = meet(work, [("kit", f"reporter-{next(numbers)}", "fr")])
            found = valombre.category(category)
            return file_report(work, who.id, valombre, found, HERE, quartier, "cassé", pictures)

    return filed


@pytest.fixture
def refs(desk: Desk) -> Callable[..., list[str]]:
    def listed(**wanted: object) -> list[str]:
        with desk.reading() as work:
            return [one.ref for one in list_reports(work, Wanted(**wanted))]  # type: ignore[arg-type]

    return listed


def test_the_one_that_waits_longest_comes_first(
    file: Callable[..., Report], refs: Callable[..., list[str]], time: Time
) -> None:
    filed = []
    for _day in range(3):
        filed.append(file().ref)
        time.advance(timedelta(days=1))
    assert refs() == filed
    assert refs(since=time.now() - timedelta(days=1, hours=1)) == filed[2:]


def test_what_is_closed_waits_no_more(desk: Desk, file: Callable[..., Report], refs: Callable[..., list[str]]) -> None:
    closed, still = file(), file()
    with desk.work() as work:
        move_report(work, closed.ref, State.DONE)
    assert refs() == [closed.ref, still.ref]
    assert refs(only_open=True) == [still.ref]


def test_late_is_what_should_have_been_answered_before_today(
    desk: Desk, file: Callable[..., Report], refs: Callable[..., list[str]]
) -> None:
    one, done = file(), file()
    assert one.promised_on is not None
    with desk.work() as work:
        move_report(work, done.ref, State.DONE)
    assert refs(late_on=one.promised_on) == []  # it may still come today
    assert refs(late_on=one.promised_on + timedelta(days=1)) == [one.ref]


def test_they_can_be_asked_for_by_quartier_and_by_who_is_responsible(
    file: Callable[..., Report], refs: Callable[..., list[str]]
) -> None:
    here, there = file(quartier=1), file(quartier=2)
    assert refs(quartier=2) == [there.ref]
    assert refs(body=here.body, quartier=1) == [here.ref]
    assert refs(body="nobody") == []


def test_a_long_list_has_all_its_photos(
    monkeypatch: pytest.MonkeyPatch, desk: Desk, file: Callable[..., Report]
) -> None:
    monkeypatch.setattr(store, "AT_ONCE", 2)
    filed = [file(pictures=(f"{at}",)) for at in range(5)]
    with desk.reading() as work:
        assert list_reports(work, Wanted()) == filed
