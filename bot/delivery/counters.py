"""What the postman has counted since he began to serve, for whoever watches him."""

from collections import Counter

import msgspec

from bot.delivery.broadcast import Settled


class Counters(msgspec.Struct):
    """Plain numbers, of this process. `failed` is by kind of reason, which are few."""

    sent: int = 0
    throttled: int = 0  # times a platform said « too many requests »
    retried: int = 0
    rounds: int = 0  # looks at the broadcasts
    failed: Counter[str] = msgspec.field(default_factory=Counter)
    settled: Counter[Settled] = msgspec.field(default_factory=Counter)  # of broadcasts

    def settle(self, counted: Counter[Settled]) -> None:
        self.settled += counted
        self.sent += counted[Settled.SENT]

    def fail(self, reason: str) -> None:
        self.failed[kind_of(reason)] += 1


def kind_of(reason: str) -> str:
    """Refusals that differ in their figures only are of one kind."""
    words = "".join("#" if character.isdecimal() else character for character in reason)
    while "##" in words:
        words = words.replace("##", "#")
    return words[:80]
