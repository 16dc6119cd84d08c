"""How fast the bot may send, and how fast it did.

The figures of Telegram's FAQ: about 30 messages a second in all, one a second in one chat with a small burst
tolerated, 20 a minute in a group. The real limits are unspecified and vary; these are the published ones.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from .refusal import too_many


@dataclass(slots=True)
class Window:
    """At most `most` sends in any sliding period of `seconds`."""

    most: int
    seconds: float
    sent: deque[float] = field(default_factory=deque)

    def wait(self, now: float, count: int) -> float:
        while self.sent and self.sent[0] <= now - self.seconds:
            self.sent.popleft()
        over = len(self.sent) + count - self.most
        if over <= 0 or not self.sent:
            return 0.0
        return self.sent[min(over, len(self.sent)) - 1] + self.seconds - now


@dataclass(slots=True)
class Bucket:
    """`burst` sends at once, then one each `seconds`."""

    burst: int
    seconds: float
    full_at: float = -math.inf

    def wait(self, now: float, count: int) -> float:
        used = max(0.0, self.full_at - now) / self.seconds
        over = used + min(count, self.burst) - self.burst
        return over * self.seconds if over > 1e-9 else 0.0

    def take(self, now: float, count: int) -> None:
        self.full_at = max(self.full_at, now) + count * self.seconds


@dataclass(slots=True)
class Rates:
    """Off by default; the meter always runs."""

    monotonic: Callable[[], float]
    on: bool = False
    per_second: int = 30
    chat_burst: int = 3
    chat_seconds: float = 1.0
    group_per_minute: int = 20
    accepted: int = 0
    refused: int = 0
    highest_in_a_second: int = 0
    _last_second: deque[float] = field(default_factory=deque)
    _overall: Window | None = None
    _chats: dict[int, Bucket] = field(default_factory=dict)
    _groups: dict[int, Window] = field(default_factory=dict)

    def reset(self) -> None:
        """Start counting anew."""
        self.accepted = self.refused = self.highest_in_a_second = 0
        self._last_second.clear()

    def check(self, chat: int, count: int) -> None:
        """Raise a 429 when these messages may not be sent now."""
        if not self.on:
            return
        now = self.monotonic()
        wait = max(self._wait_overall(now, count), self._wait_in_chat(now, chat, count))
        if wait > 0:
            self.refused += 1
            raise too_many(max(1, math.ceil(wait)))

    def count(self, chat: int, count: int) -> None:
        """These messages were accepted."""
        now = self.monotonic()
        self.accepted += count
        last = self._last_second
        while last and last[0] <= now - 1:
            last.popleft()
        last.extend([now] * count)
        self.highest_in_a_second = max(self.highest_in_a_second, len(last))
        if self.on:
            self._take(now, chat, count)

    def _take(self, now: float, chat: int, count: int) -> None:
        if self._overall is not None:
            self._overall.sent.extend([now] * count)
        if chat in self._chats:
            self._chats[chat].take(now, count)
        if chat in self._groups:
            self._groups[chat].sent.extend([now] * count)

    def _wait_overall(self, now: float, count: int) -> float:
        if self._overall is None or self._overall.most != self.per_second:
            self._overall = Window(self.per_second, 1.0)
        return self._overall.wait(now, count)

    def _wait_in_chat(self, now: float, chat: int, count: int) -> float:
        if chat > 0:
            bucket = self._chats.get(chat)
            if bucket is None:
                bucket = self._chats[chat] = Bucket(self.chat_burst, self.chat_seconds)
            return bucket.wait(now, count)
        window = self._groups.get(chat)
        if window is None:
            window = self._groups[chat] = Window(self.group_per_minute, 60.0)
        return window.wait(now, count)
