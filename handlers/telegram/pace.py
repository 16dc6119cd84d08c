"""How fast the bot sends, so that Telegram never has to slow it down. The figures are those of Telegram's FAQ."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from types import TracebackType
from typing import Self

from bot.delivery.model import Lane, Refusal, Withdrawn
from bot.delivery.pace import Gate, Turn

FREE = 30
"""Messages a second to everybody; beyond it the town pays (`allow_paid_broadcast`, up to 1000)."""

FOR_BULK = 25 / 30
"""The share of them that broadcasts and reminders may take; the rest is kept for replies."""

GROUP_EVERY, GROUP_BURST = 4.0, 4
"""In a group 20 a minute: four at once, then one every four seconds, is 19 in any minute."""

MARGIN = 0.05
"""Seconds of distance to the limit of one chat: two messages do not take the same time to get there."""

MOST_CHATS = 4_000
"""Remembered; those who may get a message at once are forgotten then."""


class Bucket:
    """`burst` sends at once, then `rate` a second. It books ahead: whoever asks next waits behind."""

    __slots__ = ("_ahead", "_seconds", "booked_until")

    def __init__(self, rate: float, burst: int) -> None:
        self._seconds = 1 / rate
        self._ahead = burst * self._seconds
        self.booked_until = 0.0

    def book(self, now: float, count: int) -> float:
        """Take `count` places and give the seconds to wait for them."""
        self.booked_until = max(self.booked_until, now) + count * self._seconds
        wait = self.booked_until - now - self._ahead
        return wait + MARGIN if wait > 1e-9 else 0.0


class Pace:
    """At most `overall` messages a second to everybody and `in_one_chat` to one person, after a short burst.

    Telegram's FAQ: about 30 a second in all, one a second in a chat with short bursts tolerated, 20 a minute in a
    group; the true limits are not told and vary. None means unlimited. `clock` and `wait` are in seconds.
    """

    def __init__(
        self,
        overall: float | None = FREE,
        in_one_chat: float | None = 1.0,
        *,
        bulk: float | None = None,
        burst: int = 3,
        gate: Gate | None = None,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        if gate is None and overall:
            gate = Gate(overall, bulk or max(1.0, overall * FOR_BULK), clock=clock)
        self.gate = gate
        self.is_paid = overall is not None and overall > FREE
        self._free = Gate(FREE, FREE * FOR_BULK, clock=clock) if self.is_paid else None
        self._rate = in_one_chat
        self._burst = burst
        self._chats: dict[int, Bucket] = {}
        self._clock = clock
        self._wait = wait

    def turn(self, chat: int, count: int = 1, lane: Lane = Lane.REPLY, *, paid: bool = False) -> "ChatTurn":
        """`async with pace.turn(…):` around the call that sends `count` messages to this chat, or changes one there.
        Only what is `paid` for may go beyond what is free: nobody pays for replies, and edits and deletions cannot be
        paid for, in whatever lane they leave."""
        return ChatTurn(self, chat, count, lane, paid=paid)

    def tidying(self, lane: Lane) -> "ChatTurn":
        """Around a call that puts in order what was just sent or read. The chat has had its turn; replies go first."""
        return ChatTurn(self, None, 1, _begun(lane), paid=False)

    def refused(self, wait: timedelta) -> None:
        """« Too many requests »."""
        for gate in (self.gate, self._free):
            if gate is not None:
                gate.refused(wait)

    def give_way(self, awaited_for: Callable[[], float]) -> None:
        """See `Gate.give_way`."""
        for gate in (self.gate, self._free):
            if gate is not None:
                gate.give_way(awaited_for)

    def gates(self, *, paid: bool) -> list[Gate]:
        """Those that a call passes, one after the other. What is free counts with all the rest too."""
        return [gate for gate in (None if paid else self._free, self.gate) if gate is not None]

    async def chat_is_ready(self, chat: int, count: int) -> None:
        if self._rate:
            now = self._clock()
            wait = self._bucket(chat, self._rate, now).book(now, count)
            if wait > 0:
                await self._wait(wait)

    def _bucket(self, chat: int, rate: float, now: float) -> Bucket:
        bucket = self._chats.get(chat)
        if bucket is None:
            if len(self._chats) >= MOST_CHATS:
                self._chats = {key: other for key, other in self._chats.items() if other.booked_until > now}
            bucket = Bucket(rate, self._burst) if chat > 0 else Bucket(1 / GROUP_EVERY, GROUP_BURST)
            self._chats[chat] = bucket
        return bucket


class ChatTurn:
    """Waits for the chat first, then for everybody's turn, lower lanes first."""

    __slots__ = ("_chat", "_count", "_lane", "_pace", "_paid", "_turns")

    def __init__(self, pace: Pace, chat: int | None, count: int, lane: Lane, *, paid: bool) -> None:
        self._pace, self._chat, self._count, self._lane, self._paid = pace, chat, count, lane, paid
        self._turns: list[Turn] = []

    async def __aenter__(self) -> Self:
        if self._chat is not None:
            await self._pace.chat_is_ready(self._chat, self._count)
        await self._enter()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave(fault)

    async def again(self, *, answered: bool = True) -> None:
        """The call has ended, and another one follows that needs places of its own. What has begun is finished before
        anything begins in the lanes of those who wait for nothing. Raises Throttled."""
        self._leave(None if answered else Refusal())
        self._lane = _begun(self._lane)
        await self._enter()

    async def _enter(self) -> None:
        try:
            for gate in self._pace.gates(paid=self._paid):
                turn = gate.turn(self._lane, self._count)
                await turn.__aenter__()
                self._turns.append(turn)
        except BaseException:
            self._leave(Withdrawn())  # not called after all
            raise

    def _leave(self, fault: BaseException | None) -> None:
        while self._turns:
            self._turns.pop().leave(fault)


def _begun(lane: Lane) -> Lane:
    """Behind replies, before all else: else it would wait at the gate as long as news are under way."""
    return min(lane, Lane.URGENT)
