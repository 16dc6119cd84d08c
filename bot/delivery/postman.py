"""Sends what the outbox holds. Rows are the truth; what is in memory here can be lost at any moment without loss."""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from bot.delivery import claims, store
from bot.delivery.broadcast import Kind
from bot.delivery.bulk import Bulk
from bot.delivery.channel import Channel
from bot.delivery.counters import Counters
from bot.delivery.hands import letters_of_erased
from bot.delivery.model import Letter
from bot.delivery.rounds import OnGone
from bot.delivery.singles import Singles
from bot.delivery.trouble import Closed
from bot.storage.work import Desk, Work


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The postman at this instant, for whoever watches him."""

    on_duty: bool
    queued: dict[int, int]  # by lane
    oldest_reply: float  # seconds since the oldest reply that can leave should have
    pace: dict[str, float]  # messages a second now, by channel that has a pace
    in_hand: int
    counters: Counters


class Postman:
    """Carries letters to their channels: first lane first, in order for each address, never faster than allowed.

    Off duty nothing is taken from the outbox: another process sends, or nobody yet; see `bot.delivery.duty`.
    `kinds` says what is known of each kind of broadcast; one of another kind stays where it is. `on_gone` is told of
    residents who cannot be reached any more, `untrue` asked about single letters that are about to leave.
    """

    def __init__(
        self,
        desk: Desk,
        channels: Sequence[Channel],
        *,
        on_duty: bool = True,
        kinds: Mapping[str, Kind] | None = None,
        on_gone: OnGone = lambda _work, _residents: None,
        untrue: claims.Untrue = claims.all_true,
    ) -> None:
        self._desk = desk
        self.on_duty = on_duty
        self.counters = Counters()
        self._channels = {channel.name: channel for channel in channels}
        closed = Closed(desk.clock)
        desk.on_erased.append(letters_of_erased)
        self._bulk = Bulk(
            desk,
            self._channels,
            kinds or {},
            on_duty=lambda: self.on_duty,
            closed=closed,
            on_gone=on_gone,
            counters=self.counters,
        )
        self._singles = Singles(
            desk,
            self._channels,
            on_duty=lambda: self.on_duty,
            others=self._bulk.numbers,
            closed=closed,
            on_gone=on_gone,
            untrue=untrue,
            counters=self.counters,
        )

    def wake(self) -> None:
        """Look at the outbox now. From any thread."""
        self._singles.wake()
        self._bulk.wake()

    def hand(self, letters: Sequence[Letter]) -> None:
        """Letters that a turn has just committed, already leased to this process. From any thread."""
        self._singles.hand(letters)

    async def take_duty(self) -> None:
        """From now on this process sends and no other does: what others had under way is taken back."""
        ours = self._singles.numbers() + self._bulk.numbers()

        def job(work: Work) -> None:
            claims.take_back(work, ours)
            self.on_duty = True  # in the writing thread: turns from now on lease their replies to this process

        try:
            await self._desk.run(job)
        except BaseException:
            self.on_duty = False
            raise
        self.wake()

    def leave_duty(self) -> None:
        """Replies in hand are carried; nothing more is taken, and of broadcasts nothing more leaves."""
        self.on_duty = False
        self._bulk.call_back()

    async def run(self) -> None:
        """Serve until `stop`, then finish the replies in hand, and of broadcasts what is on the wire."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._bulk.run())
            tasks.create_task(self._singles.run())

    def stop_broadcasts(self) -> None:
        """Of broadcasts nothing more leaves; replies are still taken and carried, until `stop`."""
        self._bulk.stop()

    def stop(self) -> None:
        self._bulk.stop()
        self._singles.stop()

    @property
    def idle(self) -> bool:
        """Whether nothing is in hand and everything carried has been noted."""
        return self._singles.idle and self._bulk.idle

    @property
    def sent(self) -> int:
        return self.counters.sent

    def figures(self, work: Work) -> Standing:
        """Quick, however many letters wait."""
        waiting = store.waiting(work, self._channels)
        oldest = waiting.oldest_reply
        paces = {name: channel.pace for name, channel in self._channels.items()}
        self.counters.throttled = sum(pace.refusals for pace in paces.values() if pace)
        return Standing(
            on_duty=self.on_duty,
            queued=waiting.by_lane,
            oldest_reply=max(0.0, (work.now - oldest).total_seconds()) if oldest else 0.0,
            pace={name: pace.rate for name, pace in paces.items() if pace},
            in_hand=len(self._singles.numbers()) + len(self._bulk.numbers()),
            counters=self.counters,
        )
