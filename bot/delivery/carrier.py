"""Carries one letter of a broadcast, and says what became of it."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from bot.delivery.broadcast import Act, Broadcast, Settled
from bot.delivery.channel import Channel
from bot.delivery.counters import Counters
from bot.delivery.hands import Hands, Held
from bot.delivery.model import (
    BULK_RETRY_AFTER,
    Gone,
    Impossible,
    Message,
    Moved,
    NothingToEdit,
    Refusal,
    Throttled,
    Unreachable,
    Withdrawn,
)
from bot.delivery.rounds import Note
from bot.delivery.trouble import Closed, Rest, Streak

log = logging.getLogger(__name__)


class Carrier:
    def __init__(
        self,
        channels: Mapping[str, Channel],
        hands: Hands,
        *,
        closed: Closed,
        counters: Counters,
        clock: Callable[[], datetime],
    ) -> None:
        self._channels, self._hands, self._closed = channels, hands, closed
        self._counters, self._clock = counters, clock
        self._rests = {name: Rest() for name in channels}
        self._streaks: dict[int, Streak] = {}
        self.pausing: dict[int, tuple[Broadcast, str]] = {}  # because of what, until that is written down

    def room(self, name: str) -> int:
        """How many letters a channel may have in hand now."""
        if self._closed.until(name):
            return 0
        pace = self._channels[name].pace
        return self._rests[name].room(self._clock(), pace.ahead if pace else self._channels[name].concurrency)

    def may_leave(self, held: Held) -> bool:
        until = held.letter.expires_at
        if until is not None and until <= self._clock():
            return False
        return self._hands.may_leave(held)

    def refused_in_a_row(self, number: int) -> list[int]:
        """Letters of a broadcast that pauses, which are to be tried again."""
        return self._streaks[number].letters if number in self._streaks else []

    def taken_up(self, number: int) -> None:
        """Letters of it leave again: what was refused before it paused counts no more."""
        streak = self._streaks.get(number)
        if streak and streak.is_enough and number not in self.pausing:
            del self._streaks[number]

    async def carry(self, held: Held) -> Note:
        """What became of it. Raises nothing but CancelledError."""
        letter, channel = held.letter, self._channels[held.letter.channel]
        rest = self._rests[channel.name]
        try:
            external = await self._deliver(held, channel)
        except Withdrawn:
            return noted(held)
        except Throttled as refusal:
            return noted(held, due=self._closed.close(channel.name, refusal.wait))
        except Unreachable as refusal:
            rest.failed(self._clock())
            return self._not_reached(held, str(refusal))
        except Moved as refusal:
            return noted(held, moved_to=refusal.external)
        except NothingToEdit:
            rest.answered()
            return noted(held, Settled.CANCELLED, error="not there any more")
        except Gone as refusal:
            rest.answered()
            self._streak(held, str(refusal), again=False)
            return noted(held, Settled.GONE, error=str(refusal))
        except Impossible as refusal:
            rest.answered()
            log.error("A letter of a broadcast was refused for good: %s", refusal)
            return self._refused(held, str(refusal))
        except Exception as fault:
            log.exception("A letter of a broadcast could not be carried.")
            return self._refused(held, f"{type(fault).__name__}: {fault}")
        rest.answered()
        self._streaks.pop(held.broadcast.id, None)
        words = letter.message if channel.keeps_words else None
        return noted(held, Settled.SENT, external=external, words=words)

    async def _deliver(self, held: Held, channel: Channel) -> str:
        letter = msgspec.structs.replace(held.letter, may_go=lambda: self.may_leave(held))
        try:
            if held.broadcast.act is Act.DELETE:
                return await channel.take_away(letter)
            return await channel.deliver(letter)
        except Refusal as refusal:
            held.partly = refusal.partly
            raise

    def _not_reached(self, held: Held, reason: str) -> Note:
        if held.letter.attempts >= len(BULK_RETRY_AFTER):
            self._counters.fail(reason)
            return noted(held, Settled.FAILED, error=reason)
        self._counters.retried += 1
        due = self._clock() + BULK_RETRY_AFTER[held.letter.attempts]
        return noted(held, due=due, counted=True)

    def _refused(self, held: Held, reason: str) -> Note:
        if self._streak(held, reason, again=True):
            return noted(held)
        self._counters.fail(reason)
        return noted(held, Settled.FAILED, error=reason)

    def _streak(self, held: Held, reason: str, *, again: bool) -> bool:
        """Gives whether the broadcast pauses because of this one, or does already."""
        number = held.broadcast.id
        streak = self._streaks.setdefault(number, Streak())
        if not streak.refused(reason, held.letter.id if again else None):
            return False
        if not streak.told:
            streak.told = True
            self.pausing[number] = (held.broadcast, reason)
            self._hands.call_back(lambda one: one.broadcast.id == number)
            self._hands.rung()
        return True


def noted(
    held: Held,
    settled: Settled | None = None,
    *,
    external: str = "",
    words: Message | None = None,
    error: str = "",
    due: datetime | None = None,
    counted: bool = False,
    moved_to: str = "",
) -> Note:
    return Note(
        letter=held.letter,
        broadcast=held.broadcast,
        settled=settled,
        external=external,
        words=words,
        error=error,
        due=due,
        counted=counted,
        moved_to=moved_to,
        partly=held.partly,
    )
