"""A kind of broadcast for the tests: to everybody, unless a test says otherwise."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select

from bot.delivery import broadcasts
from bot.delivery.broadcast import Broadcast, Nobody, State, Verdict, tally
from bot.delivery.model import Lane, Message
from bot.delivery.outbox import letter
from bot.delivery.postman import Postman
from bot.delivery.tally import WRITTEN, Figures, outcome_of
from bot.people.store import address, meet
from bot.storage.work import Desk, Result, Work
from tests.kit.clock import Time
from tests.kit.pigeon import Pigeon
from tests.kit.waiting import PATIENCE, until

KIND = "kit"


class Everybody:
    """A Kind. `verdicts` are by external address; `told` keeps the states its author heard of."""

    def __init__(self) -> None:
        self.verdicts: dict[str, Verdict] = {}
        self.words = "Bonjour"
        self.told_of: list[tuple[State, str]] = []
        self.judged = 0
        self._made: dict[tuple[str, str], Message] = {}

    def audience(self, work: Work, one: Broadcast, after: int, most: int) -> Select[tuple[int, int, str]] | Nobody:
        """The last heard of the good addresses of each; theirs is the only one, in most tests."""
        return (
            select(
                address.c.resident_id, func.max(address.c.id).label("id"), func.max(address.c.channel).label("channel")
            )
            .where(address.c.resident_id > after, address.c.gone_because.is_(None))
            .group_by(address.c.resident_id)
            .order_by(address.c.resident_id)
            .limit(most)
        )

    def judge(self, work: Work, one: Broadcast, addresses: Sequence[int]) -> Mapping[int, Verdict]:
        self.judged += len(addresses)
        if not self.verdicts:
            return {}
        query = select(address.c.id, address.c.external).where(address.c.id.in_(addresses))
        found = work.connection.execute(query).all()
        return {number: self.verdicts[external] for number, external in found if external in self.verdicts}

    def worded(self, work: Work, one: Broadcast, language: str, address: int) -> Message:
        key = language, self.words
        if key not in self._made:
            self._made[key] = Message(text=self.words, slot=f"{KIND}:{one.ref}", language=language)
        return self._made[key]

    def told(self, work: Work, one: Broadcast) -> None:
        self.told_of.append((one.state, one.because))


class Office:
    """A postman who knows one kind of broadcast, and people to write to."""

    def __init__(self, desk: Desk, time: Time, pigeon: Pigeon) -> None:
        self.desk, self.time, self.pigeon = desk, time, pigeon
        self.kind = Everybody()
        self.lost: list[int] = []
        self.postman = self.new_postman()

    def new_postman(self) -> Postman:
        self.postman = Postman(
            self.desk,
            [self.pigeon],
            kinds={KIND: self.kind},
            on_gone=lambda _work, residents: self.lost.extend(residents),
        )
        return self.postman

    async def people(self, count: int) -> list[str]:
        """Externals of so many newcomers, in order."""
        names = [f"p{at:05d}" for at in range(count)]
        await self.desk.run(lambda work: meet(work, [(self.pigeon.name, name, "fr") for name in names]))
        return names

    async def plan(self, ref: str = "un", *, lane: Lane = Lane.NEWS, **values: Any) -> int:
        values.setdefault("starts_at", self.time.now())
        one = await self.run(lambda work: broadcasts.plan(work, kind=KIND, ref=ref, lane=lane, **values))
        return one.id

    async def run(self, call: Callable[[Work], Result]) -> Result:
        return await self.desk.run(call)

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        working = asyncio.create_task(self.postman.run())
        try:
            yield
        finally:
            self.postman.stop()
            await asyncio.wait_for(working, PATIENCE)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for something that the postman does."""

        async def holds() -> bool:
            if not (held := true()):
                await self.desk.run(lambda _work: None)  # behind whatever the writing thread had begun
            return held

        await until(holds, "what the postman was to do")

    async def settle(self) -> None:
        """The postman has looked, and has nothing in hand."""
        for _twice in range(2):  # one round may have begun before whatever it is to see
            seen = self.postman.counters.rounds
            self.postman.wake()
            await self.until(lambda seen=seen: self.postman.counters.rounds > seen and self.postman.idle)  # type: ignore[misc]

    async def rounds(self, count: int) -> None:
        """So many rounds go by, whether the database answers or not."""
        last = self.postman.counters.rounds + count

        def gone_by() -> bool:
            self.postman.wake()
            return self.postman.counters.rounds >= last

        await until(gone_by, f"{count} rounds")

    async def until_ended(self, number: int) -> None:
        await self.until(lambda: self.one(number).ended_at is not None)

    def one(self, number: int) -> Broadcast:
        with self.desk.reading() as work:
            found = broadcasts.by_id(work, number)
        assert found is not None
        return found

    def figures(self, number: int) -> Figures:
        with self.desk.reading() as work:
            return broadcasts.figures(work, number)

    def states(self, number: int) -> dict[str, int]:
        with self.desk.reading() as work:
            rows = work.connection.execute(
                select(letter.c.state, func.count()).where(letter.c.broadcast_id == number).group_by(letter.c.state)
            )
            return {row[0]: row[1] for row in rows}

    def assert_counted(self, number: int) -> Figures:
        """The figures say what the letters say."""
        with self.desk.reading() as work:
            rows = work.connection.execute(
                select(letter.c.state, letter.c.error).where(letter.c.broadcast_id == number)
            ).all()
            tallies = work.connection.execute(
                select(tally.c.outcome, func.sum(tally.c["count"]))
                .where(tally.c.broadcast_id == number)
                .group_by(tally.c.outcome)
            )
            counted = {row[0]: row[1] for row in tallies}
        found: dict[str, int] = {WRITTEN: len(rows)} if rows else {}
        for state, error in rows:
            if outcome := outcome_of(state, error):
                found[outcome.value] = found.get(outcome.value, 0) + 1
        assert {key: count for key, count in counted.items() if count} == found
        return self.figures(number)
