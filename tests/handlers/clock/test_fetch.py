"""Getting a feed from a site that may be slow, heavy, lost, or up to no good."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web

from bot.news.entries import HEAVIEST, FeedTrouble
from handlers.clock import fetch as room
from handlers.clock.fetch import fetch, is_public

FEED = b"<feed/>"


async def _plain(request: web.Request) -> web.Response:
    if request.headers.get("If-None-Match") == '"1"' or "If-Modified-Since" in request.headers:
        return web.Response(status=304)
    headers = {"ETag": '"1"', "Last-Modified": "Mon, 23 Nov 2026 09:00:00 GMT"}
    return web.Response(body=FEED, content_type="application/rss+xml", charset="utf-8", headers=headers)


async def _packed(_request: web.Request) -> web.Response:
    return web.Response(body=gzip.compress(FEED), headers={"Content-Encoding": "gzip"})


async def _bomb(_request: web.Request) -> web.Response:
    return web.Response(body=gzip.compress(bytes(HEAVIEST + 1)), headers={"Content-Encoding": "gzip"})


async def _oddly_packed(_request: web.Request) -> web.Response:
    return web.Response(body=b"..", headers={"Content-Encoding": "br"})


async def _heavy(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse()
    await answer.prepare(request)
    for _chunk in range(HEAVIEST // 65_536 + 2):
        await answer.write(bytes(65_536))
    return answer


async def _slow(_request: web.Request) -> web.Response:
    await asyncio.sleep(30)
    return web.Response(body=FEED)


async def _missing(_request: web.Request) -> web.Response:
    return web.Response(status=404)


def _to(address: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": address})

    return answer


@pytest.fixture(scope="module")
async def site() -> AsyncIterator[str]:
    application = web.Application()
    for path, answer in {
        "/feed": _plain,
        "/packed": _packed,
        "/bomb": _bomb,
        "/odd": _oddly_packed,
        "/heavy": _heavy,
        "/slow": _slow,
        "/missing": _missing,
        "/moved": _to("/feed"),
        "/round": _to("/round"),
        "/file": _to("file:///etc/passwd"),
        "/inside": _to("http://localhost:1/admin"),
        "/metadata": _to("http://169.254.169.254/latest"),
    }.items():
        application.router.add_get(path, answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_a_feed_is_fetched_with_what_tells_its_next_change(site: str) -> None:
    found = await fetch(f"{site}/feed")
    assert found is not None
    assert (found.content, found.content_type) == (FEED, "application/rss+xml; charset=utf-8")
    assert await fetch(f"{site}/feed", etag=found.etag) is None
    assert await fetch(f"{site}/feed", modified=found.modified) is None
    assert await fetch(f"{site}/feed", etag='"0"') is not None


async def test_a_feed_that_moved_is_followed(site: str) -> None:
    found = await fetch(f"{site}/moved")
    assert found is not None
    assert (found.content, found.address) == (FEED, f"{site}/feed")


async def test_a_feed_packed_against_our_wish_is_unpacked(site: str) -> None:
    found = await fetch(f"{site}/packed")
    assert found is not None
    assert found.content == FEED


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/missing", "127.0.0.1 answers 404"),
        ("/heavy", "heavier than 2 MB"),
        ("/bomb", "heavier than 2 MB"),
        ("/odd", "packed in a way we do not know"),
        ("/round", "from one address to another without end"),
        ("/file", "Only http:// and https:// addresses are read, not “file:”"),
        ("/inside", "an address of a private network"),
        ("/metadata", "169.254.169.254, which is an address of a private network"),
    ],
)
async def test_what_cannot_be_had_is_said_in_a_sentence(site: str, path: str, why: str) -> None:
    with pytest.raises(FeedTrouble, match=why):
        await fetch(site + path)


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "file:/etc/passwd", "ftp://x.example/feed", "gopher://x", "data:text/xml,x"]
)
async def test_only_the_web_is_read(address: str) -> None:
    with pytest.raises(FeedTrouble, match="Only http:// and https://"):
        await fetch(address)


async def test_a_site_that_keeps_us_waiting_is_left(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "PATIENCE", 0.2)
    with pytest.raises(FeedTrouble, match="did not answer within"):
        await fetch(f"{site}/slow")


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1/", "http://nowhere.invalid/", "http://[::1", "http://x:99999/"]
)
async def test_a_site_that_is_not_there_is_said_in_a_sentence(address: str) -> None:
    with pytest.raises(FeedTrouble):
        await fetch(address)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("10.0.0.1", False),
        ("169.254.169.254", False),
        ("2606:4700::1", True),
        ("fd00::1", False),
        ("::1", False),
        ("::ffff:10.0.0.1", False),
        ("::10.0.0.1", False),
        ("64:ff9b::a00:1", False),  # NAT64 of 10.0.0.1
        ("64:ff9b::5db8:d70e", True),  # and of 93.184.215.14
        ("64:ff9b:1::5db8:d70e", False),
        ("2002:a00:1::", False),  # 6to4 of 10.0.0.1
        ("2002:5db8:d70e::", True),
        ("2001:0:a00:1::", False),
    ],
)
def test_an_address_is_as_public_as_the_one_it_carries(address: str, public: bool) -> None:
    assert is_public(address) is public
