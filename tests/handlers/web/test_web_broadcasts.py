"""A broadcast on the web: shown on the page that is open, kept for the next visit, put right where it stands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.delivery import broadcasts
from bot.delivery.broadcast import Act
from bot.delivery.model import Lane
from bot.delivery.postman import Postman
from tests.handlers.web.house import House
from tests.handlers.web.test_web_listening import browser, listening
from tests.kit.broadcasts import KIND, Everybody
from tests.kit.waiting import until


@pytest.fixture
def kind() -> Everybody:
    return Everybody()


@pytest.fixture
async def town(tmp_path: Path, kind: Everybody) -> AsyncIterator[House]:
    house = House(tmp_path)
    house.postman = Postman(house.desk, [house.channel], kinds={KIND: kind})
    async with house.open(serving=True) as one:
        yield one


async def send(house: House, act: Act = Act.SEND, of: int | None = None) -> int:
    lane = Lane.NEWS if act is Act.SEND else Lane.EDIT
    one = await house.desk.run(
        lambda work: broadcasts.plan(work, kind=KIND, ref="un", lane=lane, starts_at=work.now, act=act, of=of)
    )

    async def ended() -> bool:
        found = await house.desk.run(lambda work: broadcasts.by_id(work, one.id))
        return found is not None and found.ended_at is not None

    await until(ended, "the broadcast to end")
    return one.id


async def test_it_is_shown_on_the_open_page_and_kept_for_the_next_visit(town: House, kind: Everybody) -> None:
    kind.words = "La rue est fermée"
    async with browser(town) as client:
        await client.post("/chat/say", data={"text": "start"})
        await town.quiet()
        async with listening(client) as stream:
            for _both in range(2):
                await stream.entry()
            await send(town)
            shown = await stream.entry()
            assert "La rue est fermée" in shown["html"]
            assert shown["slot"] == f"{KIND}:un"
        page = (await client.get("/chat", headers={"Accept": "text/html"})).text
        assert page.count("La rue est fermée") == 1


async def test_corrected_and_recalled_it_changes_where_it_stands(town: House, kind: Everybody) -> None:
    kind.words = "La rue est fermée"
    async with browser(town) as client:
        await client.post("/chat/say", data={"text": "start"})
        await town.quiet()
        number = await send(town)
        kind.words = "La rue est ouverte"
        await send(town, Act.EDIT, number)
        page = (await client.get("/chat", headers={"Accept": "text/html"})).text
        assert ("La rue est fermée" in page, page.count("La rue est ouverte")) == (False, 1)
        kind.words = "Retirée par son auteur"
        async with listening(client) as stream:
            for _before in range(4):
                await stream.entry()
            await send(town, Act.DELETE, number)
            assert "Retirée par son auteur" in (await stream.entry())["html"]
        page = (await client.get("/chat", headers={"Accept": "text/html"})).text
        assert ("La rue est ouverte" in page, page.count("Retirée par son auteur")) == (False, 1)
