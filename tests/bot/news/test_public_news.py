"""What anybody may read of the news, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.news.model import Item, State
from bot.news.public import Wanted, changed_at, feed_items, public_item, public_items, shows_picture
from bot.storage.work import Desk, Work
from tests.kit.clock import MONDAY_MORNING, Time
from tests.kit.news_items import put_item

HOUR = timedelta(hours=1)


def put(desk: Desk, **values: Any) -> Item:
    with desk.work() as work:
        return put_item(work, **values)


def titles(desk: Desk, wanted: Wanted) -> set[str]:
    with desk.reading() as work:
        return {item.texts["fr"].title for item in public_items(work, wanted).items}


def test_quartiers_are_told_apart_whatever_their_number(desk: Desk) -> None:
    for numbers in ((), (1,), (2,), (1, 2), (11,), (3, 11, 1), (21, 12)):
        put(desk, quartiers=numbers, title=str(numbers))
    assert titles(desk, Wanted()) == {"()", "(1,)", "(2,)", "(1, 2)", "(11,)", "(3, 11, 1)", "(21, 12)"}
    assert titles(desk, Wanted(quartier=1)) == {"()", "(1,)", "(1, 2)", "(3, 11, 1)"}
    assert titles(desk, Wanted(quartier=11)) == {"()", "(11,)", "(3, 11, 1)"}
    assert titles(desk, Wanted(quartier=12)) == {"()", "(21, 12)"}


def test_what_expires_at_this_very_instant_has_expired(desk: Desk, time: Time) -> None:
    put(desk, title="bref", expires_at=time.now() + HOUR)
    assert titles(desk, Wanted()) == {"bref"}
    assert titles(desk, Wanted(expired=True)) == set()
    time.advance(HOUR)
    assert titles(desk, Wanted()) == set()
    assert titles(desk, Wanted(expired=True)) == {"bref"}


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("starts_at", [None, MONDAY_MORNING, MONDAY_MORNING + timedelta(microseconds=1)], ids=str)
def test_the_database_and_the_model_agree_on_what_is_public(
    desk: Desk, state: State, starts_at: datetime | None
) -> None:
    item = put(desk, state=state, starts_at=starts_at, pictures=("d" * 64,))
    with desk.reading() as work:
        assert [one.ref for one in feed_items(work)] == [item.ref] * item.is_public(work.now)
        assert (public_item(work, item.ref) is not None) == item.is_public(work.now)
        assert shows_picture(work, "d" * 64) == (item.is_public(work.now) and state is State.PLANNED)
        assert not shows_picture(work, "d" * 63 + "e")


def test_a_feed_changes_when_something_leaves_is_corrected_recalled_or_expires(desk: Desk, time: Time) -> None:
    start = time.now()

    def when(quartier: int | None = None) -> datetime | None:
        def look(work: Work) -> datetime | None:
            return changed_at(work, quartier)

        with desk.reading() as work:
            return look(work)

    assert when() is None
    put(desk, starts_at=start + HOUR, quartiers=(2,), expires_at=start + 5 * HOUR)
    put(desk, starts_at=start, quartiers=(1,), corrected_at=start + 2 * HOUR)
    put(desk, starts_at=start, quartiers=(1,), state=State.RECALLED, recalled_at=start + 3 * HOUR)
    put(desk, starts_at=start + 4 * HOUR, state=State.DRAFT)
    seen = []
    for _hour in range(6):
        seen.append((when(), when(2)))
        time.advance(HOUR)
    hours = [(now - start) // HOUR if now else None for now, _quartier in seen]
    assert hours == [0, 1, 2, 3, 3, 5]
    assert [(now - start) // HOUR if now else None for _all, now in seen] == [None, 1, 1, 1, 1, 5]


def test_what_comes_after_an_unknown_item_is_the_beginning(desk: Desk) -> None:
    item = put(desk)
    draft = put(desk, state=State.DRAFT, starts_at=None)
    with desk.reading() as work:
        for after in ("AC-NOWHERE", draft.ref):
            assert [one.ref for one in public_items(work, Wanted(), after).items] == [item.ref]
        assert public_items(work, Wanted(), item.ref).items == ()
