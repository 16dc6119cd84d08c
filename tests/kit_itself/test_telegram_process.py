"""The server in a process of its own, as benchmarks use it."""

from __future__ import annotations

import asyncio
import base64
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.kit.telegram import Json

ROOT = Path(__file__).parents[2]


class Remote:
    def __init__(self, address: str, token: str, session: ClientSession) -> None:
        self.address, self.token, self._session = address, token, session

    async def bot(self, method: str, **parameters: object) -> Json:
        async with self._session.post(f"{self.address}/bot{self.token}/{method}", json=parameters) as answer:
            return dict(await answer.json())

    async def sim(self, door: str, content: Json | None = None) -> Json:
        method = "GET" if content is None else "POST"
        async with self._session.request(method, f"{self.address}/sim/{door}", json=content) as answer:
            return dict(await answer.json())


@pytest.fixture(scope="module")
async def remote() -> AsyncIterator[Remote]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.kit.telegram", "--port", "0", "--light", stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert process.stdout
    words = (await process.stdout.readline()).decode().replace(",", "").split()
    async with ClientSession() as session:
        yield Remote(words[3], words[5], session)
    process.terminate()
    assert await process.wait() == 0


async def test_people_act_and_the_bot_answers(remote: Remote) -> None:
    made = await remote.sim("users", {"count": 3, "first": 501})
    assert made == {"ids": [501, 502, 503]}
    acts = [{"user": 501, "act": "says", "text": "Bonjour"}, {"user": 502, "act": "starts", "payload": "abc"}]
    ids = (await remote.sim("acts", {"acts": acts}))["updates"]
    received = (await remote.bot("getUpdates"))["result"]
    assert [update["update_id"] for update in received] == ids
    keyboard = {"inline_keyboard": [[{"text": "Oui", "callback_data": "y"}]]}
    await remote.bot("sendMessage", chat_id=501, text="Voulez-vous ?", reply_markup=keyboard)
    assert (await remote.sim("screen/501"))["screen"] == "Voulez-vous ?\n[Oui]"
    await remote.sim("act", {"user": 501, "act": "presses", "label": "Oui"})
    [tap] = (await remote.bot("getUpdates", offset=ids[-1] + 1))["result"]
    assert tap["callback_query"]["data"] == "y"


async def test_bytes_travel_in_base64(remote: Remote, jpeg: bytes) -> None:
    content = base64.b64encode(jpeg).decode()
    answer = await remote.sim("act", {"user": 501, "act": "sends_photo", "content": content})
    assert answer["updates"] > 0
    broken = await remote.sim("act", {"user": 501, "act": "sends_photo", "content": "pas du base64"})
    assert broken == {"error": "Bad Request: content must be base64"}


async def test_counters_and_log_tell_what_the_bot_did(remote: Remote) -> None:
    await remote.sim("forget", {})
    await remote.sim("fault", {"method": "sendMessage", "code": 429, "retry_after": 2})
    first = await remote.bot("sendMessage", chat_id=777, text="un")
    assert first["parameters"] == {"retry_after": 2}
    await remote.bot("sendMessage", chat_id=777, text="deux")
    counters = await remote.sim("counters")
    assert counters["calls"] == {"sendMessage 429": 1, "sendMessage 200": 1}
    assert (counters["sends_accepted"], counters["highest_in_a_second"]) == (1, 1)
    calls = (await remote.sim("calls?method=sendMessage&last=1"))["calls"]
    assert [call["parameters"]["text"] for call in calls] == ["deux"]


async def test_a_door_that_does_not_exist_says_so(remote: Remote) -> None:
    assert await remote.sim("nowhere") == {"error": "there is no GET /sim/nowhere"}
    assert "a person can't 'fly'" in (await remote.sim("act", {"user": 1, "act": "fly"}))["error"]
