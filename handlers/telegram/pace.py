"""How fast the bot sends, so that Telegram never has to slow it down."""

import asyncio
import time
from collections.abc import Awaitable, Callable

MOST_CHATS = 10_000


class Bucket:
    """`burst` sends at once, then `rate` a second. It books ahead: whoever asks next waits behind."""

    def __init__(self, rate: float, burst: int) -> None:
        self._seconds = 1 / rate
        self._ahead = burst * self._seconds
        self.booked_until = 0.0

    def book(self, now: float, count: int) -> float:
        """Take `count` places and give the seconds to wait for them."""
        self.booked_until = max(self.booked_until, now) + count * self._seconds
        return max(0.0, self.booked_until - now - self._ahead)


class Pace:
    """At most `overall` messages a second to everybody and `in_one_chat` to one person, after a short burst.

    Telegram's FAQ: about 30 a second in all, one a second in a chat with short bursts tolerated; the true limits
    are not told and vary. None means unlimited. `clock` and `wait` are in seconds.
    """

    def __init__(
        self,
        overall: float | None = 25.0,
        in_one_chat: float | None = 1.0,
        *,
        burst: int = 3,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._all = Bucket(overall, 5) if overall else None
        self._rate = in_one_chat
        self._burst = burst
        self._chats: dict[int, Bucket] = {}
        self._clock = clock
        self._wait = wait

    async def turn(self, chat: int, count: int = 1) -> None:
        """Return when `count` messages may go to this chat."""
        now = self._clock()
        wait = self._all.book(now, count) if self._all else 0.0
        if self._rate:
            wait = max(wait, self._bucket(chat, self._rate, now).book(now, count))
        if wait > 0:
            await self._wait(wait)

    def _bucket(self, chat: int, rate: float, now: float) -> Bucket:
        bucket = self._chats.get(chat)
        if bucket is None:
            if len(self._chats) >= MOST_CHATS:
                self._chats = {key: other for key, other in self._chats.items() if other.booked_until > now}
            bucket = self._chats[chat] = Bucket(rate, self._burst)
        return bucket
