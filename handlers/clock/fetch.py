"""Getting a file from another site, with bounds on everything: how long, how heavy, how many detours, to whom."""

from __future__ import annotations

import asyncio
import ipaddress
import zlib
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import msgspec

from bot.news.entries import HEAVIEST, FeedTrouble

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

PATIENCE = 20.0
"""Seconds for the whole of it."""

MOST_DETOURS = 5
_DETOURS = frozenset((301, 302, 303, 307, 308))
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are an address of IPv4."""

LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")
"""RFC 8215: for translation within a network, to wherever that network says."""

COMPATIBLE = ipaddress.IPv6Network("::/96")
"""RFC 4291, 2.5.5.1: given up, and still understood by some."""

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class Fetched(msgspec.Struct, frozen=True):
    content: bytes
    content_type: str
    address: str  # where it was found in the end
    etag: str = ""
    modified: str = ""


async def fetch(address: str, etag: str = "", modified: str = "") -> Fetched | None:
    """None when it did not change since it had this `etag`, or since `modified`. Raises FeedTrouble."""
    import aiohttp  # half a second and 30 MB that a town without feeds does without

    asked = {"Accept": "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.1"}
    asked |= {"Accept-Encoding": "identity", "User-Agent": "Parvis"}
    if etag:
        asked["If-None-Match"] = etag
    if modified:
        asked["If-Modified-Since"] = modified
    try:
        async with (
            asyncio.timeout(PATIENCE),
            aiohttp.ClientSession(headers=asked, auto_decompress=False, trust_env=True) as session,
        ):
            return await _follow(session, address)
    except TimeoutError as late:
        raise FeedTrouble(f"{_host(address)} did not answer within {PATIENCE:.0f} seconds.") from late
    except (aiohttp.ClientError, OSError, ValueError) as fault:
        raise FeedTrouble(f"{_host(address)} cannot be reached ({type(fault).__name__}).") from fault


async def _follow(session: ClientSession, address: str) -> Fetched | None:
    at = address
    for _detour in range(MOST_DETOURS + 1):
        if urlsplit(at).scheme not in ("http", "https"):
            raise FeedTrouble(f"Only http:// and https:// addresses are read, not “{urlsplit(at).scheme}:”.")
        if at != address and _host(at) != _host(address):
            await _must_be_public(_host(at))
        async with session.get(at, allow_redirects=False) as answer:
            if answer.status == 304:
                return None
            if answer.status in _DETOURS and "location" in answer.headers:
                at = urljoin(at, answer.headers["location"])
                continue
            if answer.status != 200:
                raise FeedTrouble(f"{_host(at)} answers {answer.status} instead of the feed.")
            return Fetched(
                content=_unpacked(await _read(answer), answer.headers.get("content-encoding", "")),
                content_type=answer.headers.get("content-type", ""),
                address=at,
                etag=answer.headers.get("etag", "")[:200],
                modified=answer.headers.get("last-modified", "")[:100],
            )
    raise FeedTrouble(f"{_host(address)} sends us from one address to another without end.")


async def _read(answer: ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in answer.content.iter_chunked(65_536):
        content += chunk
        if len(content) > HEAVIEST:
            raise FeedTrouble(f"The feed is heavier than {HEAVIEST // 1024**2} MB.")
    return bytes(content)


def _unpacked(content: bytes, encoding: str) -> bytes:
    """Some servers pack what they were asked not to."""
    if encoding in ("", "identity"):
        return content
    try:
        unpacking = zlib.decompressobj(_GZIP_OR_ZLIB)
        plain = unpacking.decompress(content, HEAVIEST)
    except zlib.error as fault:
        raise FeedTrouble(f"The feed is packed in a way we do not know ({encoding[:20]}).") from fault
    if unpacking.unconsumed_tail:
        raise FeedTrouble(f"The feed is heavier than {HEAVIEST // 1024**2} MB.")
    return plain


async def _must_be_public(host: str) -> None:
    """The operator chose the address of the feed; whoever runs that site must not choose one inside the town's own
    network. Who answers for a name may change between this look and the call: what is fetched is only ever read as a
    feed."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None)
    if not all(is_public(str(one[4][0]).partition("%")[0]) for one in found):
        raise FeedTrouble(f"The feed leads to {host}, which is an address of a private network.")


def is_public(address: str) -> bool:
    """An address of IPv6 that stands for one of IPv4 is as public as that one: a gateway leads there."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv4Address):
        return found.is_global
    if found in LOCAL_NAT64:
        return False
    carried = found.ipv4_mapped or found.sixtofour
    if found in NAT64 or found in COMPATIBLE:
        carried = ipaddress.IPv4Address(found.packed[-4:])
    return carried.is_global if carried else found.is_global


def _host(address: str) -> str:
    """For a sentence: an address may hold a password."""
    try:
        return urlsplit(address).hostname or "That address"
    except ValueError:
        return "That address"
