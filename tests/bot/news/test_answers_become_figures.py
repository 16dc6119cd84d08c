"""Who answered « less » or « stop » to which item is forgotten after a season; how many did stays."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, insert, select

from bot.news.fold import fold_answers
from bot.news.model import Item
from bot.news.results import results_of
from bot.news.store import news_answer
from bot.people.store import meet
from bot.storage.work import Desk
from tests.kit.clock import Time
from tests.kit.news_items import put_item

DAY = timedelta(days=1)


@pytest.fixture
def item(desk: Desk, time: Time) -> Item:
    with desk.work() as work:
        return put_item(work, starts_at=time.now())


def answers(desk: Desk, item: Item, at: datetime, *said: str) -> None:
    """Each from somebody else."""
    with desk.work() as work:
        people = meet(work, [("web", f"{at.isoformat()}-{number}", "fr") for number in range(len(said))])
        rows = [
            {"item_id": item.id, "resident_id": person.id, "answer": answer, "at": at}
            for person, answer in zip(people, said, strict=True)
        ]
        work.connection.execute(insert(news_answer), rows)


def fold(desk: Desk) -> int:
    with desk.work() as work:
        return fold_answers(work)


def known(desk: Desk) -> int:
    """Rows that say who answered."""
    with desk.reading() as work:
        return work.connection.execute(select(func.count()).select_from(news_answer)).scalar_one()


def results(desk: Desk, item: Item) -> dict[str, int]:
    with desk.reading() as work:
        return results_of(work, item).answers


def test_until_then_everything_stays(desk: Desk, time: Time, item: Item) -> None:
    answers(desk, item, time.now(), "less", "less", "stop")
    time.advance(90 * DAY - timedelta(seconds=1))
    assert (fold(desk), known(desk), results(desk, item)) == (0, 3, {"less": 2, "stop": 1})


def test_then_the_figures_are_the_same_and_nobody_is_known(desk: Desk, time: Time, item: Item) -> None:
    answers(desk, item, time.now(), "less", "less", "stop")
    answers(desk, item, time.now() + 89 * DAY, "less")
    time.advance(90 * DAY)
    assert (fold(desk), known(desk), results(desk, item)) == (4, 0, {"less": 3, "stop": 1})
    assert (fold(desk), results(desk, item)) == (0, {"less": 3, "stop": 1})


def test_a_later_answer_is_not_counted_since_it_may_be_the_second_of_somebody(
    desk: Desk, time: Time, item: Item
) -> None:
    answers(desk, item, time.now(), "less")
    time.advance(90 * DAY)
    fold(desk)
    answers(desk, item, time.now(), "less")
    assert (fold(desk), known(desk), results(desk, item)) == (0, 1, {"less": 1})
    time.advance(90 * DAY)
    assert (fold(desk), known(desk), results(desk, item)) == (1, 0, {"less": 1})


def test_many_items_are_done_a_few_at_a_time(desk: Desk, time: Time) -> None:
    with desk.work() as work:
        some = [put_item(work, starts_at=time.now() - at * DAY) for at in range(3)]
    for minutes, one in enumerate(some):
        answers(desk, one, time.now() + timedelta(minutes=minutes), "stop")
    time.advance(91 * DAY)
    with desk.work() as work:
        assert [fold_answers(work, most=2), fold_answers(work, most=2), fold_answers(work, most=2)] == [2, 1, 0]
    assert [results(desk, one) for one in some] == [{"stop": 1}] * 3
