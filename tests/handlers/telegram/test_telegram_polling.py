"""Fetching updates: through conflicts, cuts and unreadable numbers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from aiohttp import web

from handlers.telegram.polling import following
from tests.handlers.telegram.rig import House
from tests.handlers.telegram.test_telegram_intake import NOT_UTF_8
from tests.kit.telegram import BotApiServer, TelegramUser


@pytest.mark.parametrize(
    ("offset", "numbers", "then"),
    [
        (0, [5, 6, 7], 8),
        (8, [], 8),
        (0, [None, 7], 8),
        (0, [5, None, None], 8),
        (0, [5, None, 9, None], 11),
        (8, [None], 9),
        (0, [None], 0),
        (900, [3], 4),
    ],
)
def test_the_offset_moves_past_what_was_seen_and_never_past_what_was_not(
    offset: int, numbers: list[int | None], then: int
) -> None:
    assert following(offset, numbers) == then


class Nameless:
    """A Bot API whose updates carry no number that can be read, until one does; it gives them as Telegram would."""

    def __init__(self, updates: list[tuple[int, str]]) -> None:
        self.updates = updates
        self.offsets: list[int] = []
        self.done = asyncio.Event()
        self.over = asyncio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        method = request.path.rpartition("/")[2]
        if method != "getUpdates":
            me = {"id": 1, "is_bot": True, "first_name": "P", "username": "p_bot", "name": "", "description": ""}
            result: object = True if method in ("deleteWebhook",) else me
            return web.json_response({"ok": True, "result": result})
        asked = await request.json()
        offset = asked.get("offset", 0)
        self.offsets.append(offset)
        self.updates = [(number, raw) for number, raw in self.updates if number >= offset]
        if not self.updates:
            self.done.set()
            if asked.get("timeout"):  # a long poll; here it lasts until the test ends
                await self.over.wait()
        raws = ",".join(raw for _number, raw in self.updates)
        return web.Response(body=f'{{"ok":true,"result":[{raws}]}}'.encode(errors="surrogateescape"))


@contextlib.asynccontextmanager
async def served(nameless: Nameless) -> AsyncIterator[str]:
    runner = web.ServerRunner(web.Server(nameless.answer))  # type: ignore[arg-type]
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}"
    nameless.over.set()
    await runner.cleanup()


async def test_a_lone_update_without_a_number_neither_blocks_nor_spins(telegram: BotApiServer, tmp_path: Path) -> None:
    nameless = Nameless([(50, '{"update_id": 50}'), (51, '{"update_id": "?"}'), (52, '{"nothing": 1}'), (53, "7")])
    async with served(nameless) as api, House(telegram, tmp_path, api=api) as house:
        await asyncio.wait_for(nameless.done.wait(), 5)
        assert await house.set_aside() == 3
    assert nameless.offsets[0] == 0
    assert 54 in nameless.offsets
    assert len(nameless.offsets) < 10


async def test_an_update_whose_bytes_are_not_utf_8_is_set_aside_and_passed(
    telegram: BotApiServer, tmp_path: Path
) -> None:
    nameless = Nameless([(800_000_000, NOT_UTF_8.decode(errors="surrogateescape"))])
    async with served(nameless) as api, House(telegram, tmp_path, api=api) as house:
        await asyncio.wait_for(nameless.done.wait(), 5)
        assert "UnicodeDecodeError" in (await house.causes())[0]
    assert 800_000_001 in nameless.offsets


async def test_the_bot_goes_on_when_telegram_fails_for_a_while(
    telegram: BotApiServer, house: House, camille: TelegramUser, caplog: pytest.LogCaptureFixture
) -> None:
    camille.says("/mots")
    await camille.wait_for("Quels mots ?")
    for code, drop in ((502, ""), (500, "before"), (429, "")):
        telegram.fault("getUpdates", code, drop=drop, retry_after=0)  # type: ignore[arg-type]
    camille.says("toujours là")
    await camille.wait_for("Vous avez dit : toujours là")
    camille.says("/mots")
    camille.says("encore")
    await camille.wait_for("Vous avez dit : encore")


async def test_another_program_with_the_same_token_is_named_in_the_log_and_outlived(
    telegram: BotApiServer, house: House, camille: TelegramUser, caplog: pytest.LogCaptureFixture
) -> None:
    camille.says("/mots")
    await camille.wait_for("Quels mots ?")
    telegram.fault("getUpdates", 409)
    camille.says("je suis là")
    await camille.wait_for("Vous avez dit : je suis là")
    camille.says("/mots")
    await camille.wait_for("Quels mots ?")
    assert "Another program fetches this bot's updates" in caplog.text


async def test_a_webhook_left_by_somebody_is_removed_without_losing_what_waits(
    telegram: BotApiServer, tmp_path: Path, camille: TelegramUser
) -> None:
    telegram.webhook.set({"url": "https://elsewhere.example/hook"})
    camille.says("/mots")
    async with House(telegram, tmp_path):
        await camille.wait_for("Quels mots ?")


async def test_a_webhook_set_while_we_poll_is_removed(
    telegram: BotApiServer, house: House, camille: TelegramUser
) -> None:
    camille.says("/mots")
    await camille.wait_for("Quels mots ?")
    telegram.webhook.set({"url": "https://elsewhere.example/hook"})
    telegram.fault("getUpdates", 409, description="Conflict: can't use getUpdates method while webhook is active")
    telegram.updates.bell.ring()
    camille.says("bonjour")
    await camille.wait_for("Vous avez dit : bonjour")


async def test_only_the_kinds_we_read_are_asked_for(
    telegram: BotApiServer, house: House, camille: TelegramUser
) -> None:
    camille.says("/mots")
    await camille.wait_for("Quels mots ?")
    asked = telegram.calls_of("getUpdates")[0].parameters
    assert asked["allowed_updates"] == ["message", "edited_message", "callback_query", "my_chat_member"]
    assert asked["timeout"] == 30


async def test_closing_does_not_wait_for_the_long_poll_and_confirms_what_was_taken(
    telegram: BotApiServer, tmp_path: Path, camille: TelegramUser
) -> None:
    async with House(telegram, tmp_path):
        camille.says("/mots")
        await camille.wait_for("Quels mots ?")
    assert telegram.updates.count == 0


async def test_a_network_that_is_down_at_the_start_is_no_reason_to_stop(
    telegram: BotApiServer, tmp_path: Path, camille: TelegramUser
) -> None:
    telegram.fault("getMe", drop="before", times=3)
    async with House(telegram, tmp_path) as house:
        camille.says("/mots")
        await camille.wait_for("Quels mots ?")
        assert house.stage.bot_links == {"telegram": "https://t.me/parvis_test_bot"}


def test_updates_are_decoded_one_by_one() -> None:
    batch = msgspec.json.decode(b'[{"update_id":1},{"update_id":"x"}]', type=list[msgspec.Raw])
    assert [bytes(raw) for raw in batch] == [b'{"update_id":1}', b'{"update_id":"x"}']
