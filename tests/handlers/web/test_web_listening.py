"""Server-sent events over a real connection: what is new, what was missed, several tabs, a restart."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.delivery.model import Message
from handlers.web.channel import MOST_OPEN
from handlers.web.limits import Limits, Pace
from tests.handlers.web.house import House


@asynccontextmanager
async def browser(house: House) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Origin": house.url, "Accept": "application/json", "Accept-Language": "fr"}
    async with httpx.AsyncClient(base_url=house.url, headers=headers, timeout=20) as client:
        await client.get("/chat")
        yield client


class Stream:
    """One tab's events, read one at a time."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.last = ""
        self._lines = answer.aiter_lines()

    async def entry(self) -> dict[str, Any]:
        async for line in self._lines:
            if line.startswith("id: "):
                self.last = line.removeprefix("id: ")
            if line.startswith("data: "):
                found: dict[str, Any] = json.loads(line.removeprefix("data: "))
                return found
        raise EOFError

    async def line(self) -> str:
        return await anext(self._lines)


@asynccontextmanager
async def listening(client: httpx.AsyncClient, **headers: str) -> AsyncIterator[Stream]:
    async with client.stream("GET", "/chat/events", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        stream = Stream(answer)
        assert (await stream.line()).startswith("retry: ")
        yield stream


async def test_an_open_page_is_told_what_both_sides_say(served: House) -> None:
    async with browser(served) as client, listening(client) as stream:
        await client.post("/chat/say", data={"text": "tour", "key": "premier-1"})
        found = [await stream.entry(), await stream.entry()]
        assert {entry["by"] for entry in found} == {"you", "parvis"}
        assert {entry["key"] for entry in found} == {"premier-1", ""}


async def test_every_tab_of_a_session_is_told_and_no_other(served: House) -> None:
    async with browser(served) as client, browser(served) as stranger:
        await client.post("/chat/say", data={"text": "tour"})
        async with listening(client) as one, listening(client) as two, listening(stranger) as other:
            for stream in (one, two):
                assert {(await stream.entry())["by"], (await stream.entry())["by"]} == {"you", "parvis"}
            await client.post("/chat/say", data={"text": "passer"})
            for stream in (one, two):
                assert {(await stream.entry())["by"], (await stream.entry())["by"]} == {"you", "parvis"}
            await stranger.post("/chat/say", data={"text": "pour moi"})
            heard = [await other.entry(), await other.entry()]
            assert all("photo du problème" not in entry["html"] for entry in heard)


async def test_a_page_that_comes_back_finds_what_it_missed(served: House) -> None:
    async with browser(served) as client:
        async with listening(client) as stream:
            await client.post("/chat/say", data={"text": "tour"})
            seen = {(await stream.entry())["id"], (await stream.entry())["id"]}
        await served.push(Message(text="Pendant votre absence."), served.session_of(client))
        await served.quiet()
        async with listening(client, **{"Last-Event-ID": stream.last}) as stream:
            missed = await stream.entry()
            while missed["id"] in seen:
                missed = await stream.entry()
            assert "Pendant votre absence." in missed["html"]


async def test_the_dialogue_goes_on_after_a_restart_of_the_server(tmp_path: Path) -> None:
    first = House(tmp_path)
    port = int(first.url.rpartition(":")[2])
    headers = {"Origin": first.url, "Accept": "application/json"}
    async with httpx.AsyncClient(base_url=first.url, headers=headers) as client:
        async with first.open(serving=True):
            await client.get("/chat")
            await client.post("/chat/say", data={"text": "tour"})
            async with listening(client) as stream:
                await stream.entry()
                first.channel.close()
                with pytest.raises(EOFError):
                    while True:
                        await stream.entry()
        async with House(tmp_path, port=port).open(serving=True):
            assert len((await client.get("/chat/history")).json()["entries"]) == 2
            async with listening(client, **{"Last-Event-ID": stream.last}) as stream:
                await client.post("/chat/say", data={"text": "passer", "key": "apres-le-redemarrage"})
                entries = [await stream.entry() for _ in range(4)]
                assert any("Où est-ce" in entry["html"] for entry in entries)


async def test_a_silent_stream_gives_a_sign_of_life(tmp_path: Path) -> None:
    restless = House(tmp_path, heartbeat=0.01)
    async with restless.open(serving=True) as house, browser(house) as client, listening(client) as stream:
        assert await stream.line() == ""
        assert (await stream.line()).startswith(":")


async def test_without_a_session_there_is_nothing_to_listen_to(served: House) -> None:
    async with httpx.AsyncClient(base_url=served.url) as client:
        assert (await client.get("/chat/events")).status_code == 204


async def test_a_page_that_leaves_is_forgotten(served: House) -> None:
    async with browser(served) as client:
        async with listening(client):
            assert served.channel.listening == 1
        await client.post("/chat/say", data={"text": "tour"})
        while served.channel.listening:
            await client.get("/healthz")
        assert served.channel.count(served.session_of(client)) == 0


async def test_too_many_streams_are_refused(tmp_path: Path) -> None:
    limits = Limits(lambda: 0.0, {("stream", "session"): Pace(1, 60.0)})
    async with House(tmp_path, limits=limits).open(serving=True) as house, browser(house) as client, listening(client):
        assert (await client.get("/chat/events")).status_code == 429


async def test_a_session_has_so_many_open_pages_and_the_oldest_makes_room(served: House) -> None:
    async with browser(served) as client, AsyncExitStack() as tabs:
        streams = [await tabs.enter_async_context(listening(client)) for _tab in range(MOST_OPEN + 1)]
        with pytest.raises(EOFError):
            await streams[0].entry()
        assert served.channel.count(served.session_of(client)) == MOST_OPEN
        await client.post("/chat/say", data={"text": "tour"})
        for stream in (streams[1], streams[-1]):
            assert {(await stream.entry())["by"], (await stream.entry())["by"]} == {"you", "parvis"}
