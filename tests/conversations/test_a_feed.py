"""An outside feed that the town lists: read by the clock, held, and shown to nobody before somebody approves."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from aiohttp import web

from bot.news.model import Item, State
from bot.news.store import items
from handlers.clock import clock
from tests.kit.clock import Time
from tests.kit.waiting import until
from tests.kit.whole import WholeBot, a_whole_bot

VALOMBRE = Path(__file__).parents[1] / "towns" / "valombre"
FEED = """<rss version="2.0"><channel><title>Canton</title><item><title>Route du col fermée</title><guid>1</guid>
<link>https://canton.example/col</link><pubDate>Mon, 23 Nov 2026 08:00:00 GMT</pubDate>
<description>&lt;p&gt;Jusqu’au &lt;b&gt;printemps&lt;/b&gt;.&lt;/p&gt;</description></item></channel></rss>"""


@pytest.fixture
async def canton() -> AsyncIterator[str]:
    """Another site."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text=FEED, content_type="application/rss+xml")

    application = web.Application()
    application.router.add_get("/rss", answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
def town(tmp_path: Path, canton: str) -> Path:
    folder = tmp_path / "town"
    shutil.copytree(VALOMBRE, folder)
    listed = f'[[news.feed]]\nurl = "{canton}/rss"\nname = "Canton"\ntopic = "works"\n\n'
    source = (folder / "city.toml").read_text(encoding="utf-8")
    (folder / "city.toml").write_text(source.replace("[[emergency]]", f"{listed}[[emergency]]", 1), encoding="utf-8")
    return folder


async def test_a_listed_feed_is_read_by_the_clock_and_held(
    tmp_path: Path, blank_database: str, town: Path, canton: str, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "FEEDS_EVERY", timedelta(seconds=1))
    async with a_whole_bot(tmp_path / "data", blank_database, town, "web", time) as bot:
        await until(lambda: bool(filed(bot)), "what the feed says")
        (item,) = filed(bot)
        assert item.state is State.REVIEW
        assert (item.author_name, item.texts["fr"].title) == ("Canton", "Route du col fermée")
        assert (item.texts["fr"].words, item.link) == ("Jusqu’au printemps.", "https://canton.example/col")
        async with httpx.AsyncClient(base_url=bot.address) as visitor:
            assert (await visitor.get(f"/actualites/{item.ref}")).status_code == 404
            assert "Route du col" not in (await visitor.get("/actualites")).text
            assert "parvis_news_awaiting_approval 1.0" in (await visitor.get("/metrics")).text


def filed(bot: WholeBot) -> list[Item]:
    with bot.app.desk.reading() as work:
        return items(work)
