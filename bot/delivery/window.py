"""Never more than the limit in any second, as the platform counts it: the arithmetic of it.

The platform counts a message at some instant between our asking and its answer, and that instant wanders: it is busy,
or we are. So a place is taken from the asking on, and is free again one second after the answer, less the quickest way
there and back seen lately. However much slower the network becomes at times, the platform then never counts more than
the limit in a second; what that costs is the share of a second by which answers come later than the quickest.
"""

import heapq
import math

CATCH_UP = 0.25
"""Seconds of places that were not used and may still be, after a stall."""

LONGEST_STALL = 1.0
"""Seconds; after more than that, nobody had anything to send, and starts slowly."""

CLOSER = 0.9
"""Letters of broadcasts follow each other a tenth closer than evenly: else each small delay would be lost for good."""

GUARD = 0.0005
"""Seconds added to each second, for clocks that differ."""

QUICKEST_OVER = 60.0
"""Seconds after which the quickest answer begins to be looked for anew."""

BELIEVED = 0.95
"""Of the quickest answer: the quickest way there and the quickest way back were seldom those of one message."""

SAMPLES = 20
"""Answers before the quickest of them is believed; and no fewer than a second of them. The first calls are slow: they
open their connections."""

SLOWER = 0.8
FASTER = 0.05
FASTER_EVERY = 30.0
"""After « too many requests » the pace is a fifth lower; every 30 seconds without another a twentieth of the full pace
comes back: a refusal is made up for in two minutes."""

SLOWEST = 0.1
"""Of the full pace."""


class Slot:
    """Places taken for one call."""

    __slots__ = ("at", "bulk", "count")

    def __init__(self, at: float, count: int, *, bulk: bool) -> None:
        self.at, self.count, self.bulk = at, count, bulk


class Window:
    """The arithmetic alone: no waiting, no clock of its own. Times are seconds of a clock that never steps back.

    `limit` places a second, of which bulk may have `bulk`; bulk is spread evenly over the second.
    """

    def __init__(self, limit: float, bulk: float) -> None:
        self.limit, self.bulk = limit, bulk
        self.share = 1.0  # of the full pace
        self.closed_until = -math.inf
        self.round_trip = 0.05  # seconds for an answer, lately
        self._taken = self._taken_by_bulk = 0
        self._coming: list[tuple[float, int, bool]] = []  # places whose second is running: free from then on
        self._next_bulk = -math.inf
        self._was_full = False  # bulk had to wait for a place, which is no stall of ours to be made up for
        self._eased_at = -math.inf
        self._quickest = (math.inf, math.inf)  # of this look and of the one before
        self._looked_at = -math.inf
        self._answers = 0

    def take(self, now: float, count: int, *, bulk: bool) -> Slot | None:
        """Places for a call that is made at once, or None when it has to wait: see `next_at`."""
        self._settle(now)
        if now < self.closed_until or not self._has_room(now, count, bulk=bulk):
            return None
        self._taken += count
        if bulk:
            self._taken_by_bulk += count
            credit = 0.0 if self._was_full or now - self._next_bulk > LONGEST_STALL else CATCH_UP
            self._next_bulk = max(self._next_bulk, now - credit) + count * CLOSER / self._rate(self.bulk)
            self._was_full = False
        return Slot(now, count, bulk=bulk)

    def next_at(self, now: float, *, bulk: bool) -> float:
        """When to ask again, if nothing is answered before; infinity when only an answer helps."""
        at = self._coming[0][0] if self._coming else math.inf
        if bulk and self._next_bulk > now:
            at = min(at, self._next_bulk)
        return max(at, self.closed_until)

    def done(self, slot: Slot, now: float, *, answered: bool) -> None:
        """The call has ended; only a proper answer (`answered`) teaches the way there and back. The place is free one
        second after the call may have been counted: now less the quickest way, or now where that is not known."""
        if answered:
            self._learn(now, now - slot.at)
        quickest = BELIEVED * min(self._quickest) if self._answers >= max(SAMPLES, self.limit) else 0.0
        counted = max(slot.at, now - quickest) if quickest < math.inf else now
        heapq.heappush(self._coming, (counted + 1.0 + GUARD, slot.count, slot.bulk))

    def unused(self, slot: Slot) -> None:
        """The call was not made: the places are free at once."""
        self._free(slot.count, bulk=slot.bulk)

    def refused(self, now: float, wait: float) -> None:
        """Too many requests: nothing for `wait` seconds. Calls refused while the way is closed already lower nothing
        more: they left before we knew."""
        if now >= self.closed_until:
            self._ease(now)
            self.share = max(SLOWEST, self.share * SLOWER)
            self._eased_at = now + wait
        self.closed_until = max(self.closed_until, now + wait)

    def rate_now(self, now: float) -> float:
        """Messages a second at this instant."""
        self._ease(now)
        return 0.0 if now < self.closed_until else self._rate(self.limit)

    @property
    def bulk_rate(self) -> float:
        return self._rate(self.bulk)

    def _rate(self, full: float) -> float:
        return max(1.0, math.floor(full * self.share + 1e-9))

    def _has_room(self, now: float, count: int, *, bulk: bool) -> bool:
        if self._taken and self._taken + count > self._rate(self.limit):
            return False
        if not bulk:
            return True
        if self._taken_by_bulk and self._taken_by_bulk + count > self._rate(self.bulk):
            self._was_full = True
            return False
        return now >= self._next_bulk

    def _settle(self, now: float) -> None:
        while self._coming and self._coming[0][0] <= now:
            _at, count, bulk = heapq.heappop(self._coming)
            self._free(count, bulk=bulk)
        self._ease(now)

    def _free(self, count: int, *, bulk: bool) -> None:
        self._taken -= count
        if bulk:
            self._taken_by_bulk -= count

    def _ease(self, now: float) -> None:
        if self.share < 1.0 and now - self._eased_at >= FASTER_EVERY:
            steps = math.floor((now - self._eased_at) / FASTER_EVERY)
            self.share = min(1.0, self.share + steps * FASTER)
            self._eased_at += steps * FASTER_EVERY

    def _learn(self, now: float, took: float) -> None:
        self.round_trip += (took - self.round_trip) / 16
        self._answers += 1
        if now - self._looked_at > QUICKEST_OVER:
            self._looked_at = now
            self._quickest = (took, self._quickest[0])
        else:
            self._quickest = (min(took, self._quickest[0]), self._quickest[1])
