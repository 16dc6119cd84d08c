"""What every answer carries, what no request may exceed, and who may send a form to us."""

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import URL, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PHOTOS_AT_ONCE = 6
HEAVIEST_PHOTOS = 64 * 1024 * 1024
"""Bytes of one sending of photos; a single one may weigh what bot.pictures accepts."""

HEAVIEST = 256 * 1024
"""Bytes of any other request: a message of 4,000 characters in a form is 36 kB at the very most."""


class TooHeavy(Exception):
    """The body of the request is larger than we take."""


class FromElsewhere(Exception):
    """A form that another site made the browser send."""


def same_origin(request: Request, public_url: str) -> None:
    """Raises FromElsewhere unless one of our own pages sent this request.

    Every browser in use says where a form comes from, in one of three headers; a program that says nothing has no
    business with a dialogue.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise FromElsewhere
    ours = {request.headers.get("host", ""), urlsplit(public_url).netloc}
    said = request.headers.get("origin") or request.headers.get("referer")
    if said is not None:
        if urlsplit(said).netloc not in ours - {""}:
            raise FromElsewhere
    elif "sec-fetch-site" not in request.headers:
        raise FromElsewhere


def policy(tiles: Iterable[str]) -> str:
    """The Content-Security-Policy. `tiles`: addresses of map backgrounds, which are pictures from another host."""
    hosts = {f"{parts.scheme}://{parts.netloc.replace('{s}', '*')}" for parts in map(urlsplit, tiles) if parts.netloc}
    rules = {
        "default-src": "'self'",
        "img-src": " ".join(["'self'", "data:", "blob:", *sorted(hosts)]),
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


class Shield:
    """Around the whole site: headers on the way out, weight on the way in."""

    def __init__(self, site: ASGIApp, *, tiles: Iterable[str] = (), heavier: Mapping[str, int] | None = None) -> None:
        self._site = site
        self._heavier = heavier or {}
        self._headers = {
            "Content-Security-Policy": policy(tiles),
            # Not "no-referrer": browsers would then call the origin of our own forms "null".
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=(), usb=()",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._site(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if "location" in headers:
                    headers["location"] = _from_here(headers["location"], URL(scope=scope).netloc)
            await send(message)

        most = self._heavier.get(scope["path"], HEAVIEST)
        await self._site(scope, _weighed(receive, most), answer)


def _from_here(location: str, us: str) -> str:
    """Where a redirection leads, without the name the request gave us: anybody may write that, and a proxy may keep
    the answer for others."""
    parts = urlsplit(location)
    return parts._replace(scheme="", netloc="").geturl() if us and parts.netloc == us else location


def _weighed(receive: Receive, most: int) -> Receive:
    """`receive`, that raises TooHeavy once more than `most` bytes came, after it has read as much again.

    Most browsers read the answer only when they have sent everything: hanging up at once would show a broken
    connection instead of our words.
    """
    taken = 0

    async def read() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken <= most:
            return message
        while message["type"] == "http.request" and message.get("more_body") and taken <= 2 * most:
            message = await receive()
            taken += len(message.get("body", b""))
        raise TooHeavy

    return read
