"""The figures for the supervisor: what they say, who may read them, and that they say nothing about anybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.delivery.broadcast import Settled
from bot.delivery.broadcasts import plan
from bot.delivery.model import Lane, Message
from bot.delivery.store import Draft, write
from bot.figures import house_figures
from bot.news.model import State
from bot.storage.work import Work
from handlers.web.metrics import Figure, metrics
from handlers.web.store import settle
from tests.handlers.web.house import House
from tests.kit.news_items import put_item

TOKEN = "a-token-that-nobody-guesses"
SESSION = "0" * 32


def nothing(_work: Work) -> Iterable[Figure]:
    return [Figure("ready", "For the test.", {"": 1.0})]


def guarded(access: str) -> Callable[..., Any]:
    return lambda desk, _stage, _pages: metrics(desk, nothing, access)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    def figures(work: Work) -> Iterable[Figure]:
        return house_figures(house.postman, house.reception)(work)

    house = House(tmp_path, rooms=[lambda desk, _stage, _pages: metrics(desk, figures)])
    async with house.open() as one:
        yield one


async def read(house: House) -> dict[str, float]:
    """Each sample by its name and labels, as Prometheus understands them."""
    async with house.visitor() as visitor:
        answer = await visitor.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_the_figures_say_what_waits_and_for_how_long(house: House) -> None:
    def job(work: Work) -> None:
        address = settle(work, SESSION, "fr")
        later = work.now + timedelta(hours=1)
        write(work, [Draft(address, Message(text="bonjour"))], handed=True)  # in the hands of a process that died
        write(work, [Draft(address, Message(text="plus tard"), Lane.STATUS, due=later) for _letter in range(3)])
        plan(work, kind="news", ref="AC-222222", lane=Lane.NEWS, starts_at=later)
        put_item(work, state=State.REVIEW, starts_at=None)

    await house.desk.run(job)
    house.time.pass_by(timedelta(seconds=12))
    found = await read(house)
    lanes = {"reply": 1, "urgent": 0, "status": 3, "news": 0, "edit": 0}
    for lane, number in lanes.items():
        assert found[f"parvis_letters_waiting {lane}"] == number
    assert found["parvis_oldest_reply_seconds"] == 12
    assert [found[f"parvis_broadcasts {state}"] for state in ("planned", "running", "paused")] == [1, 0, 0]
    assert found["parvis_news_awaiting_approval"] == 1
    assert found["parvis_updates_set_aside"] == 0
    assert found["parvis_on_duty"] == 1
    assert found["parvis_process_resident_memory_bytes"] > 1_000_000


async def test_the_figures_count_what_was_taken_and_what_arrived(house: House) -> None:
    async with house.visitor() as visitor:
        for words in ("/start", "bonjour"):
            assert (await visitor.post("/chat/say", data={"text": words})).status_code == 200
        await visitor.post("/chat/say", data={"text": "panne"})  # fails, is set aside
    await house.quiet()
    found = await read(house)
    assert found["parvis_updates_taken_total"] == 3
    assert 1 <= found["parvis_groups_taken_total"] <= 3
    assert found["parvis_letters_sent_total"] == house.postman.sent >= 3
    assert found["parvis_updates_set_aside"] == 1


async def test_the_figures_say_nothing_about_anybody(house: House) -> None:
    async with house.visitor() as visitor:
        await visitor.post("/chat/say", data={"text": "Je suis Zébulon"})
        await house.quiet()
        text = (await visitor.get("/metrics")).text
        assert "Zébulon" not in text
        assert house.session_of(visitor) not in text


async def test_refusals_and_what_became_of_broadcasts_are_told_by_kind(house: House) -> None:
    counters = house.postman.counters
    counters.retried = 2
    counters.fail("refused: 400 in chat 123456")
    counters.fail("refused: 400 in chat 77")
    counters.settle(Counter({Settled.SENT: 3, Settled.GONE: 1}))
    found = await read(house)
    assert found["parvis_retried_total"] == 2
    assert found["parvis_throttled_total"] == 0
    assert found["parvis_letters_failed_total refused: # in chat #"] == 2
    assert found["parvis_broadcast_letters_total sent"] == 3
    assert found["parvis_broadcast_letters_total gone"] == 1


async def asks(folder: Path, access: str, client: str, headers: dict[str, str]) -> int:
    async with House(folder, rooms=[guarded(access)]).open() as house:
        transport = httpx.ASGITransport(house.site, client=(client, 4000))
        async with httpx.AsyncClient(transport=transport, base_url=house.url) as visitor:
            answer = await visitor.get(
                "/metrics", headers={name: value.encode("latin-1") for name, value in headers.items()}
            )
            assert ("parvis_ready 1.0" in answer.text) == (answer.status_code == 200)
            return answer.status_code


@pytest.mark.parametrize(
    ("access", "client", "headers", "status"),
    [
        ("", "127.0.0.1", {}, 200),
        ("", "::1", {}, 200),
        ("", "10.0.0.7", {}, 403),
        ("", "testclient", {}, 403),
        ("", "127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("", "127.0.0.1", {"Host": "localhost:8080"}, 200),
        ("", "127.0.0.1", {"Host": "[::1]:8080"}, 200),
        ("", "127.0.0.1", {"Host": "elsewhere.example:8080"}, 403),  # a page of theirs, whose name now leads here
        ("", "127.0.0.1", {"Forwarded": "for=203.0.113.9"}, 403),
        ("", "203.0.113.9", {"Authorization": f"Bearer {TOKEN}"}, 403),
        ("open", "203.0.113.9", {}, 200),
        (TOKEN, "203.0.113.9", {"Authorization": f"Bearer {TOKEN}"}, 200),
        (TOKEN, "203.0.113.9", {"Authorization": f"bearer  {TOKEN} "}, 200),
        (TOKEN, "203.0.113.9", {"Authorization": f"Basic {TOKEN}"}, 403),
        (TOKEN, "203.0.113.9", {"Authorization": f"Bearer {TOKEN[:-1]}"}, 403),
        (TOKEN, "127.0.0.1", {}, 403),
        (TOKEN, "127.0.0.1", {"Authorization": "Bearer é"}, 403),
    ],
)
async def test_only_those_who_may_read_the_figures(
    tmp_path: Path, access: str, client: str, headers: dict[str, str], status: int
) -> None:
    assert await asks(tmp_path, access, client, headers) == status
