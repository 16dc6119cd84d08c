"""Previews: kept for a day, found by a token of which only the hash is written down."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from sqlalchemy import select

from bot.delivery.model import Button, Message
from bot.delivery.previews import KEPT, Reading, find, forget_old, keep, preview
from bot.people.store import meet
from bot.storage.work import Desk
from tests.kit.clock import Time

READINGS = [
    Reading("fr", Message(title="Rue fermée", pictures=("a" * 64,), buttons=((Button("Moins", "l.nl_AC-1"),),))),
    Reading("ar", Message(title="شارع مغلق", direction="rtl", language="ar")),
]


def test_a_preview_is_found_as_it_was_kept(desk: Desk, time: Time) -> None:
    with desk.work() as work:
        token = keep(work, None, READINGS)
        found = find(work, token)
    assert found is not None
    assert (list(found.readings), found.until) == (READINGS, time.now() + KEPT)
    assert found.pictures == {"a" * 64}


def test_the_token_is_long_and_only_its_hash_is_written_down(desk: Desk) -> None:
    with desk.work() as work:
        token = keep(work, None, READINGS)
        other = keep(work, None, READINGS[:1])
        rows = work.connection.execute(select(preview)).all()
    assert (len(token), token == other) == (43, False)
    assert sha256(token.encode()).hexdigest() in {row.token_hash for row in rows}
    assert all(token not in str(row) for row in rows)


def test_the_same_author_gets_the_same_token_for_the_same_words_only(desk: Desk, time: Time) -> None:
    with desk.work() as work:
        anne, omar = (person.id for person in meet(work, [("kit", "anne", "fr"), ("kit", "omar", "fr")]))
        first = keep(work, anne, READINGS)
        assert keep(work, anne, READINGS) == first
        assert len({first, keep(work, omar, READINGS), keep(work, None, READINGS), keep(work, anne, [])}) == 4
    time.advance(KEPT)
    with desk.work() as work:
        assert keep(work, anne, READINGS) != first


def test_after_a_day_it_is_not_found_and_then_forgotten(desk: Desk, time: Time) -> None:
    with desk.work() as work:
        token = keep(work, None, READINGS)
    time.advance(KEPT - timedelta(seconds=1))
    with desk.work() as work:
        assert find(work, token)
        assert forget_old(work) == 0
    time.advance(timedelta(seconds=1))
    with desk.work() as work:
        assert find(work, token) is None
        assert forget_old(work) == 1
        assert work.connection.execute(select(preview.c.id)).first() is None


def test_other_tokens_find_nothing(desk: Desk) -> None:
    with desk.work() as work:
        token = keep(work, None, READINGS)
        hashed = sha256(token.encode()).hexdigest()
        for wrong in ("", "x" * 43, token[:-1], token + "A", hashed, token.swapcase()):
            assert find(work, wrong) is None
