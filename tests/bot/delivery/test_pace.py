"""In no sliding second more than the limit, as the platform counts; the lower lane first; refusals slow everything."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.model import Lane, Throttled, Withdrawn
from bot.delivery.pace import A_MOMENT, IN_A_MOMENT, STILL, Gate
from bot.delivery.window import FASTER_EVERY, SAMPLES, Window
from tests.kit.properties import tried


def most_in_a_second(instants: list[float]) -> int:
    instants, first, most = sorted(instants), 0, 0
    for last, at in enumerate(instants):
        while at - instants[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


class Sent:
    """A call on its way: when the platform counts it, and when we hear of it."""

    def __init__(self, at: float, there: float, back: float) -> None:
        self.counted, self.answered = at + there, at + there + back


@tried(150)
@given(
    limit=st.integers(4, 40),
    share=st.floats(0.5, 1.0),
    slower=st.lists(st.tuples(st.floats(0.0, 0.4), st.floats(0.0, 0.4)), min_size=1, max_size=4),
    asks=st.lists(
        st.tuples(st.booleans(), st.integers(1, 3), st.sampled_from([0.0] * 6 + [0.001, 0.2, 1.5])),
        min_size=100,
        max_size=300,
    ),
)
def test_in_no_second_of_the_platform_more_than_the_limit(
    limit: int, share: float, slower: list[tuple[float, float]], asks: list[tuple[bool, int, float]]
) -> None:
    """Whatever is asked, and however much slower than the quickest calls are, on the way there or back."""
    ways = [(0.02, 0.03), *((0.02 + there, 0.03 + back) for there, back in slower)]
    window = Window(limit, max(1, limit * share))
    now, under_way, counted, bulk_counted = 0.0, [], [], []
    for number, (bulk, wanted, pause) in enumerate(asks):
        count = min(wanted, limit)
        now += pause
        while True:
            while under_way and under_way[0][0] <= now:
                at, _number, slot = heapq.heappop(under_way)
                window.done(slot, at, answered=True)
            slot = window.take(now, count, bulk=bulk)
            if slot is not None:
                break
            later = min(window.next_at(now, bulk=bulk), under_way[0][0] if under_way else float("inf"))
            assert later > now - 1e-9
            now = max(later, now + 1e-6)
        sent = Sent(now, *ways[number % len(ways)])
        heapq.heappush(under_way, (sent.answered, number, slot))
        counted += [sent.counted] * count
        if bulk:
            bulk_counted += [sent.counted] * count
    assert most_in_a_second(counted) <= max(limit, 1)
    assert most_in_a_second(bulk_counted) <= max(int(max(1, limit * share)), 3)  # an album goes as a whole


def run(window: Window, seconds: float, *, bulk: bool = True, latency: float = 0.05) -> list[float]:
    """As many as may leave in this time, each answered after `latency`."""
    now, sent, under_way = 0.0, [], []
    while now < seconds:
        while under_way and under_way[0][0] <= now:
            at, slot = under_way.pop(0)
            window.done(slot, at, answered=True)
        slot = window.take(now, 1, bulk=bulk)
        if slot is None:
            later = min(window.next_at(now, bulk=bulk), under_way[0][0] if under_way else float("inf"))
            now = max(later, now + 1e-6)
            continue
        sent.append(now)
        under_way.append((now + latency, slot))
    return sent


@pytest.mark.parametrize("limit", [1, 25, 30, 1000])
def test_almost_all_of_the_limit_is_used(limit: int) -> None:
    assert len(run(Window(limit, limit), 20.0)) >= 0.98 * 20 * limit


def test_broadcasts_leave_places_for_replies_and_are_spread_over_the_second() -> None:
    sent = run(Window(30, 25), 10.0)
    assert most_in_a_second(sent) == 25
    gaps = [after - before for before, after in pairwise(sent[50:])]
    assert max(gaps) < 0.2
    window = Window(30, 25)
    for _letter in range(25):
        window.take(0.0, 1, bulk=True)
    assert [window.take(0.0, 1, bulk=False) is not None for _reply in range(6)].count(True) >= 5


def test_after_a_stall_it_catches_up_a_little_and_after_a_silence_it_starts_slowly() -> None:
    window = Window(30, 30)
    instants = (0.0, 0.5, 10.0)  # half a second of stall, then nothing to send for long
    taken = [sum(window.take(now, 1, bulk=True) is not None for _ask in range(60)) for now in instants]
    assert taken[0] == taken[2] == 1
    assert 5 <= taken[1] <= 10


def test_refused_it_closes_slows_by_a_fifth_and_comes_back_in_two_minutes() -> None:
    window = Window(30, 25)
    window.refused(100.0, 10.0)
    window.refused(100.2, 5.0)  # one that was on its way
    assert window.take(109.9, 1, bulk=False) is None
    assert window.rate_now(109.9) == 0.0
    assert window.rate_now(110.0) == 24.0
    assert window.rate_now(110.0 + FASTER_EVERY) == 25.0
    assert window.rate_now(110.0 + 4 * FASTER_EVERY) == 30.0
    for again in range(40):
        window.refused(1000.0 + 20 * again, 10.0)
    assert window.rate_now(1790.0 + 1) == 3.0


def test_the_quickest_answer_is_not_believed_before_there_are_several() -> None:
    window = Window(10, 10)
    slot = window.take(0.0, 1, bulk=False)
    assert slot is not None
    window.done(slot, 0.5, answered=True)
    assert window.next_at(0.5, bulk=False) > 1.5
    assert SAMPLES > 1


class Loom:
    """A clock, and callbacks that come when it is moved."""

    def __init__(self) -> None:
        self.now = 0.0
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    def clock(self) -> float:
        return self.now

    def later(self, seconds: float, call: Callable[[], None]) -> Loom:
        self._count += 1
        heapq.heappush(self._later, (self.now + seconds, self._count, call))
        return self

    def cancel(self) -> None:
        """A call that comes too often does no harm."""

    async def advance(self, seconds: float) -> None:
        until = self.now + seconds
        while self._later and self._later[0][0] <= until:
            self.now = max(self.now, self._later[0][0])
            heapq.heappop(self._later)[2]()
            await asyncio.sleep(0)
        self.now = until
        for _turn in range(5):
            await asyncio.sleep(0)


async def test_the_lower_lane_enters_first() -> None:
    loom, entered = Loom(), []
    gate = Gate(2, 2, clock=loom.clock, later=loom.later)

    async def send(lane: Lane, name: str) -> None:
        async with gate.turn(lane):
            entered.append(name)

    asked = [
        (Lane.NEWS, "a"),
        (Lane.NEWS, "b"),
        (Lane.EDIT, "c"),
        (Lane.NEWS, "d"),
        (Lane.URGENT, "e"),
        (Lane.REPLY, "f"),
    ]
    tasks = [asyncio.create_task(send(lane, name)) for lane, name in asked]
    await loom.advance(0.0)
    await loom.advance(20.0)
    await asyncio.gather(*tasks)
    assert entered[0] == "a"
    assert [name for name in entered if name in "bcdef"][-2:] == ["d", "c"]
    assert entered.index("f") < entered.index("e") < entered.index("b")


async def test_while_a_turn_is_taken_only_replies_leave() -> None:
    """But where turns never cease, the rest goes on."""
    loom, turns_since = Loom(), 0.0
    gate = Gate(1000, 1000, clock=loom.clock, later=loom.later)
    gate.give_way(lambda: loom.now - turns_since)
    await loom.advance(STILL / 4)
    news = asyncio.create_task(gate.enter(Lane.NEWS, 1))
    await loom.advance(STILL / 4)
    await asyncio.wait_for(gate.enter(Lane.REPLY, 1), 1)
    assert not news.done()
    await loom.advance(STILL)
    assert news.done()

    turns_since = loom.now
    await loom.advance(STILL / 4)
    status = asyncio.create_task(gate.enter(Lane.STATUS, 1))
    await loom.advance(STILL / 4)
    assert not status.done()
    gate.give_way(lambda: 0.0)
    await loom.advance(2 * A_MOMENT)
    assert status.done()


async def test_letters_that_were_late_do_not_all_leave_at_once() -> None:
    loom = Loom()
    gate = Gate(1000, 1000, clock=loom.clock, later=loom.later)
    await gate.enter(Lane.NEWS, 1)
    await loom.advance(0.2)
    late = [asyncio.create_task(gate.enter(Lane.NEWS, 1)) for _letter in range(50)]
    for moments in range(5):
        await loom.advance(0.0)
        assert sum(each.done() for each in late) <= IN_A_MOMENT * (moments + 1)
        await asyncio.wait_for(gate.enter(Lane.REPLY, 1), 1)
        await loom.advance(A_MOMENT)
    await loom.advance(50 * A_MOMENT)
    assert all(each.done() for each in late)


async def test_whoever_waits_when_the_platform_refuses_is_told_to_wait() -> None:
    loom = Loom()
    gate = Gate(1, 1, clock=loom.clock, later=loom.later)

    async def send() -> None:
        async with gate.turn(Lane.NEWS):
            pass

    await send()
    waiting = asyncio.create_task(send())
    await loom.advance(0.0)
    gate.refused(timedelta(seconds=7))
    with pytest.raises(Throttled) as told:
        await waiting
    assert told.value.wait == timedelta(seconds=7)
    with pytest.raises(Throttled):
        await send()
    assert (gate.refusals, gate.rate) == (1, 0.0)
    await loom.advance(7.0)
    await send()


async def test_a_letter_that_does_not_leave_gives_its_place_to_the_next() -> None:
    loom = Loom()
    gate = Gate(1, 1, clock=loom.clock, later=loom.later)
    with pytest.raises(Withdrawn):
        async with gate.turn(Lane.REPLY):
            raise Withdrawn
    async with gate.turn(Lane.REPLY):
        pass
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(gate.enter(Lane.REPLY, 1), 0.01)


async def test_a_broadcast_has_in_hand_what_leaves_in_a_quarter_of_a_second_and_what_is_under_way() -> None:
    assert Gate(30, 25).ahead == 9
    assert Gate(1000, 833).ahead == 251
