"""Ticks: drafts to remind of or to forget, keeping no longer than said, and whatever the roof wants looked at."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.storage.work import Desk, Work
from flows.engine import store
from flows.engine.incoming import Incoming
from flows.engine.reception import Closed, Reception
from handlers.clock.feeds import Feeds

log = logging.getLogger(__name__)

DRAFTS_EVERY = timedelta(seconds=20)
UPKEEP_EVERY = timedelta(minutes=15)
FEEDS_EVERY = timedelta(minutes=1)

MOST_ROUNDS = 1000
"""Of one kind of tick in a row: the next tick goes on."""

Tick = Callable[[Work], int]
"""Does some of what is due, one small transaction of it; gives how much it did, 0 when nothing is left."""

MUCH = 1000
"""A job of upkeep that forgot this much is done again at once, in a transaction of its own: replies pass in between."""

Upkeep = Callable[[Work], int]
"""Forgets what is no longer needed, or some of it; gives the number of things forgotten."""

Ticks = Mapping[str, tuple[timedelta, Tick]]
"""By name: how often, and what is looked at, in one transaction; it gives the number of things done."""


class _Patient(AsyncIOExecutor):  # type: ignore[misc]  # APScheduler has no types
    def shutdown(self, wait: bool = True) -> None:
        """Ticks under way go on: `Clock.ended` waits for them. APScheduler would cancel them, and log faults."""


class Clock:
    """Two processes ticking do no harm: what a tick finds is taken through the reception, heard once."""

    def __init__(
        self,
        desk: Desk,
        reception: Reception,
        upkeep: dict[str, Upkeep],
        ticks: Ticks | None = None,
        feeds: Feeds | None = None,
    ) -> None:
        self._desk = desk
        self._reception = reception
        self._upkeep = upkeep
        self._ticks = ticks or {}
        self._feeds = feeds
        self._under_way: set[asyncio.Task[object]] = set()
        self._stopping = False
        self._scheduler = AsyncIOScheduler(
            timezone="UTC",
            executors={"default": _Patient()},
            # A tick that comes late still comes: APScheduler drops it after one second unless told otherwise.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self.ticked_at: datetime | None = None

    def start(self) -> None:
        self._stopping = False
        self._add(self.look_at_drafts, DRAFTS_EVERY)
        self._add(self.keep_up, UPKEEP_EVERY)
        for name, (every, _job) in self._ticks.items():
            self._add(partial(self.tick, name), every, name)
        if self._feeds:
            self._add(self._feeds.read_due, FEEDS_EVERY)
        self._scheduler.start()

    def _add(self, job: Callable[[], Awaitable[object]], every: timedelta, name: str = "") -> None:
        trigger = IntervalTrigger(seconds=int(every.total_seconds()))
        name = name or getattr(job, "__name__", "")
        self._scheduler.add_job(partial(self._do, job, name), trigger, name=name)

    async def _do(self, job: Callable[[], Awaitable[object]], name: str) -> None:
        """One tick. It may be interrupted at any place: what it wrote is written, the rest is found by the next one."""
        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        try:
            await job()
        except asyncio.CancelledError:
            log.info("The clock: %s is interrupted; the next tick goes on.", name)
        finally:
            self._under_way.discard(task)

    def stop(self) -> None:
        """No tick begins any more, and those under way end soon: see `ended`."""
        self._stopping = True
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def ended(self) -> None:
        """To be awaited after `stop`. Cancelled, it interrupts the ticks that are still under way."""
        try:
            while self._under_way:
                await asyncio.wait(self._under_way)
        finally:
            for task in self._under_way:
                task.cancel()

    async def look_at_drafts(self) -> int:
        """Remind people of drafts begun a day ago and forget those that waited too long; gives how many."""
        self.ticked_at = self._desk.clock()
        expired = await self._desk.run(lambda work: store.due(work, nudge=False))
        nudged = await self._desk.run(lambda work: store.due(work, nudge=True))
        for due in expired:
            await self._call("expired", due)
        gone = {due.address for due in expired}
        for due in nudged:
            if due.address not in gone:
                await self._call("nudge", due)
        return len(expired) + len(nudged)

    async def _call(self, kind: str, due: store.Due) -> None:
        try:
            await self._reception.take(
                Incoming(
                    channel=due.channel,
                    key=f"{kind}:{due.address}:{due.version}",
                    sender=due.external,
                    kind="nudge" if kind == "nudge" else "expired",
                    payload=str(due.version),
                    at=self._desk.clock(),
                )
            )
        except Closed:
            log.info("The clock ticked while Parvis was stopping.")

    async def do_what_is_due(self) -> dict[str, int]:
        """Every tick at once; gives how much each did."""
        return {name: await self.tick(name) for name in self._ticks}

    async def tick(self, name: str) -> int:
        """Do what the tick `name` does, round after round until nothing is left; gives how much. Others take their
        turns between two rounds. A failure is told in the log: the next tick tries again."""
        done = 0
        try:
            for _round in range(MOST_ROUNDS):
                if self._stopping or not (count := await self._desk.run(self._ticks[name][1], patient=True)):
                    break
                done += count
        except Exception:
            log.exception("The clock: %s failed and will be tried again.", name)
        return done

    async def keep_up(self) -> dict[str, int]:
        """Forget what is no longer needed, in small transactions, subject after subject; gives how much, by subject.

        One that fails is told in the log and tried again at the next tick: the others do not wait for it.
        """
        done = {}
        for name, job in self._upkeep.items():
            if self._stopping:
                break
            try:
                done[name] = last = await self._desk.run(job, patient=True)
                while last >= MUCH and not self._stopping:
                    last = await self._desk.run(job, patient=True)
                    done[name] += last
            except Exception:
                log.exception("Upkeep: %s failed and will be tried again.", name)
                continue
            if done[name]:
                log.info("Upkeep: %s, %d done.", name, done[name])
        return done
