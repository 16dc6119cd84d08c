"""Numbers of rows grow, and never come twice, one by one or in blocks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.storage import tables
from bot.storage.tables import MOST_IDENTITIES, new_identities, new_identity
from tests.kit.properties import tried


@tried(60)
@given(st.lists(st.one_of(st.none(), st.integers(1, MOST_IDENTITIES)), min_size=1, max_size=60))
def test_numbers_grow_whatever_is_asked_for(asked: list[int | None]) -> None:
    last = new_identity()
    for count in asked:
        first = new_identity() if count is None else new_identities(count)
        assert first > last
        last = first + (count or 1) - 1


def test_a_block_stays_within_its_process_and_its_millisecond() -> None:
    process = (new_identity() >> 12) & 0x3FF
    first = new_identities(MOST_IDENTITIES)
    last = first + MOST_IDENTITIES - 1
    assert (first >> 12, first & 0xFFF, last & 0xFFF) == (last >> 12, 0, 0xFFF)
    following = new_identity()
    assert ((first >> 12) & 0x3FF, (following >> 12) & 0x3FF) == (process, process)
    assert following > last


def test_when_the_clock_steps_back_numbers_still_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    before = new_identities(MOST_IDENTITIES) + MOST_IDENTITIES - 1
    monkeypatch.setattr(tables, "_milliseconds", lambda: 0)
    found = [new_identity() for _ in range(5000)]
    assert found == sorted(set(found))
    assert found[0] > before
    assert len({(number >> 12) & 0x3FF for number in found}) == 1


@pytest.mark.parametrize("count", [0, MOST_IDENTITIES + 1])
def test_a_block_of_any_other_size_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="block"):
        new_identities(count)
