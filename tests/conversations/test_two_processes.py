"""Two processes on one PostgreSQL, as while a new version takes over from the old one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from time import monotonic

import httpx
import pytest
from sqlalchemy import func, select, text

from bot.app import World
from bot.delivery import broadcasts, hands
from bot.delivery.broadcast import Never
from bot.delivery.broadcasts import cancel_pushes, consent_changed, plan
from bot.delivery.model import Lane, Message
from bot.delivery.outbox import letter
from bot.delivery.store import Draft, write
from bot.people.forget import forget
from bot.people.model import Person
from bot.people.store import meet
from bot.storage import bell
from bot.storage.work import Work
from handlers.telegram.pace import Pace
from tests.conftest import VALOMBRE
from tests.kit.broadcasts import KIND, Everybody
from tests.kit.clock import Time
from tests.kit.telegram import BotApiServer, TelegramUser
from tests.kit.whole import TelegramPerson, WholeBot

pytestmark = pytest.mark.postgres


async def test_one_sends_for_both_and_the_other_takes_over(tmp_path: Path, blank_postgres: str, time: Time) -> None:
    async with BotApiServer() as telegram:
        old, new = (WholeBot(tmp_path / "data", blank_postgres, VALOMBRE, "webhook", time) for _process in range(2))
        old.telegram = new.telegram = telegram
        await old.open()
        try:
            resident = TelegramPerson(old, telegram)
            await resident.says("/signaler")
            await new.open()  # from now on Telegram delivers to this one
            assert old.app.postman.on_duty
            assert not new.app.postman.on_duty
            resident.user.says("passer")
            await resident.user.wait_for("Où est-ce ?")
            assert new.app.reception.taken == 1
            assert new.app.postman.sent == 0
        finally:
            await old.close()
        try:
            resident.user.shares_place(46.5072, 7.4104)
            await resident.user.wait_for("De quoi s’agit-il ?")
            assert new.app.postman.on_duty
            await new.settled()
            assert new.app.postman.sent == 1
        finally:
            await new.close()


async def test_a_page_is_answered_by_the_process_that_does_not_serve_it(
    tmp_path: Path, blank_postgres: str, time: Time
) -> None:
    sends, serves = (WholeBot(tmp_path / "data", blank_postgres, VALOMBRE, "web", time) for _process in range(2))
    await sends.open()
    await serves.open()
    headers = {"Origin": serves.address, "Accept": "application/json", "Accept-Language": "fr"}
    try:
        async with httpx.AsyncClient(base_url=serves.address, headers=headers, timeout=20) as browser:
            await browser.get("/chat")
            async with browser.stream("GET", "/chat/events") as events:
                await browser.post("/chat/say", data={"text": "/aide", "key": "premier-1"})
                async for line in events.aiter_lines():
                    if line.startswith("data: ") and "vous pouvez taper" in line:
                        break
        assert (sends.app.postman.sent, serves.app.postman.sent) == (1, 0)
    finally:
        await serves.close()
        await sends.close()


class Pair:
    """Two processes. What one has in hand does not leave while time stands still: its only place is taken."""

    def __init__(self, folder: Path, database: str, telegram: BotApiServer, time: Time) -> None:
        self.stands_still = True
        self.kind = Everybody()
        self.sends, self.decides = (WholeBot(folder, database, VALOMBRE, "webhook", time) for _process in range(2))
        for bot in (self.sends, self.decides):
            bot.telegram = telegram
            bot.world = World(pace=Pace(1, None, clock=self.seconds), kinds={KIND: self.kind})
        self.user: TelegramUser = telegram.user(known=True)
        self.me: Person

    def seconds(self) -> float:
        return 100.0 if self.stands_still else 1000.0 + monotonic()

    async def open(self) -> None:
        await self.sends.open()
        await self.decides.open()
        self.decides.app.desk.on_erased.clear()
        known = [("telegram", str(self.user.id), "fr")]
        (self.me,) = await self.sends.app.desk.run(lambda work: meet(work, known))
        gate = self.sends.world.pace.gate if self.sends.world.pace else None
        assert gate is not None
        self.taken = gate.turn(Lane.REPLY)
        await self.taken.__aenter__()

    def let_go(self) -> None:
        """What is in hand may leave."""
        if self.stands_still:
            self.taken.leave(None)
            self.stands_still = False

    async def close(self) -> None:
        self.let_go()
        await self.decides.close()
        await self.sends.close()

    async def decided(self, decide: Callable[[Work], object]) -> None:
        """By the process that does not send. What it does once that is committed does not reach the other's memory,
        which here is the same."""

        def job(work: Work) -> None:
            decide(work)
            work.after.clear()

        await self.decides.app.desk.run(job)

    async def pushes(self) -> None:
        """A letter of a broadcast and a digest, both in hand."""
        now = self.sends.time.now()
        draft = Draft(self.me.address, Message(text="La semaine"), Lane.NEWS, expires_at=now + timedelta(days=1))

        def job(work: Work) -> None:
            plan(work, kind=KIND, ref="un", lane=Lane.NEWS, starts_at=now)
            write(work, [draft])

        await self.sends.app.desk.run(job)
        self.sends.app.postman.wake()
        await self.until(lambda: self.count("sending") == 2)

    def count(self, *states: str) -> int:
        with self.sends.app.desk.reading() as work:
            counted = select(func.count()).select_from(letter).where(letter.c.state.in_(states))
            return work.connection.scalar(counted) or 0

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not true():
                await asyncio.sleep(0.005)


@pytest.fixture
async def pair(tmp_path: Path, blank_postgres: str, time: Time) -> AsyncIterator[Pair]:
    async with BotApiServer() as telegram:
        pair = Pair(tmp_path / "data", blank_postgres, telegram, time)
        try:
            await pair.open()
            yield pair
        finally:
            with contextlib.suppress(AttributeError):
                await pair.close()


async def test_what_is_stopped_elsewhere_is_called_back_at_once(pair: Pair) -> None:
    await pair.pushes()
    (one,) = await pair.decides.app.desk.run(lambda work: broadcasts.of_ref(work, KIND, "un"))
    await pair.decided(lambda work: broadcasts.stop(work, one.id))
    await pair.until(lambda: pair.count("dropped") == 1)
    pair.let_go()
    await pair.user.wait_for("La semaine")
    assert len(pair.user.bot_messages) == 1


async def test_whoever_unsubscribes_elsewhere_gets_nothing_more(pair: Pair) -> None:
    await pair.pushes()
    pair.kind.verdicts[str(pair.user.id)] = Never("unsubscribed")

    def unsubscribe(work: Work) -> None:
        consent_changed(work, pair.me.id)
        cancel_pushes(work, pair.me.id)

    await pair.decided(unsubscribe)
    await pair.until(lambda: pair.count("dropped") == 2)
    pair.let_go()
    await pair.sends.settled()
    assert pair.user.bot_messages == []


async def test_whoever_is_erased_elsewhere_gets_nothing_more(pair: Pair) -> None:
    await pair.pushes()
    await pair.decided(lambda work: forget(work, pair.me.id))
    await pair.until(lambda: not len(pair.sends.app.postman._bulk.hands))
    pair.let_go()
    await pair.sends.settled()
    assert pair.user.bot_messages == []


async def test_what_was_decided_while_nobody_heard_is_looked_at_afterwards(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bell, "AGAIN_AFTER", 0.01)
    await pair.pushes()
    (one,) = await pair.decides.app.desk.run(lambda work: broadcasts.of_ref(work, KIND, "un"))

    def decide(work: Work) -> None:
        """Without a sound."""
        monkeypatch.setattr(hands, "ring", lambda *_: None)
        broadcasts.stop(work, one.id)
        listens = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' "
        work.connection.execute(text(listens + "AND datname = current_database()"))

    await pair.decided(decide)
    await pair.until(lambda: pair.count("dropped") == 1)
