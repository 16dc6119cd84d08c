"""How much one session, and one network address, may ask for. Kept in memory: a restart forgives everybody."""

import ipaddress
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

What = Literal["message", "photo", "session", "stream"]
Whose = Literal["session", "network"]


@dataclass(frozen=True)
class Pace:
    """`burst` at once, then one more every `every` seconds."""

    burst: float
    every: float


# A network address may be that of a school, a library or a mobile operator's gateway with dozens of residents behind.
PACES: Mapping[tuple[What, Whose], Pace] = {
    ("message", "session"): Pace(30, 2.0),
    ("message", "network"): Pace(300, 0.25),
    ("photo", "session"): Pace(24, 90.0),
    ("photo", "network"): Pace(200, 10.0),
    ("session", "network"): Pace(120, 10.0),
    ("stream", "session"): Pace(30, 2.0),
    ("stream", "network"): Pace(300, 0.25),
}

MOST_BUCKETS = 50_000


class TooFast(Exception):
    """Asked for too much; `wait` is the number of seconds after which the same would be granted."""

    def __init__(self, what: What, wait: float) -> None:
        super().__init__(f"too many of “{what}”, {wait:.0f} s to wait")
        self.what: What = what
        self.wait = wait


class Limits:
    """Token buckets. `clock` gives seconds that never go back."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        paces: Mapping[tuple[What, Whose], Pace] = PACES,
    ) -> None:
        self._clock = clock
        self._paces = paces
        self._buckets: dict[tuple[What, Whose, str], tuple[float, float]] = {}  # tokens left, and when that was

    def take(self, what: What, *, session: str = "", network: str = "", count: int = 1) -> None:
        """Take `count` from the buckets of both, or raise TooFast and take nothing."""
        now = self._clock()
        wanted: list[tuple[tuple[What, Whose, str], float]] = []
        sides: tuple[tuple[Whose, str], ...] = (("session", session), ("network", network))
        for whose, who in sides:
            pace = self._paces.get((what, whose))
            if pace is None or not who:
                continue
            left = self._left((what, whose, who), pace, now)
            if left < count:
                raise TooFast(what, (min(count, pace.burst) - left) * pace.every)
            wanted.append(((what, whose, who), left - count))
        for key, left in wanted:
            self._buckets[key] = (left, now)
        if len(self._buckets) > MOST_BUCKETS:
            self._drop_full(now)

    @property
    def size(self) -> int:
        """Buckets in memory."""
        return len(self._buckets)

    def _left(self, key: tuple[What, Whose, str], pace: Pace, now: float) -> float:
        tokens, since = self._buckets.get(key, (pace.burst, now))
        return min(pace.burst, tokens + (now - since) / pace.every)

    def _drop_full(self, now: float) -> None:
        """Buckets that are full again say nothing; if that is not enough, the older half goes too."""
        for key in list(self._buckets):
            pace = self._paces[key[0], key[1]]
            if self._left(key, pace, now) >= pace.burst:
                del self._buckets[key]
        if len(self._buckets) > MOST_BUCKETS:
            oldest = sorted(self._buckets, key=lambda key: self._buckets[key][1])
            for key in oldest[: MOST_BUCKETS // 2]:
                del self._buckets[key]


def network_of(host: str) -> str:
    """What counts as one network address: an IPv4 address, or the /64 that a provider gives to one home."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
