"""Two processes on one PostgreSQL, as while a new version takes over from the old one."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.conftest import VALOMBRE
from tests.kit.clock import Time
from tests.kit.telegram import BotApiServer
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
