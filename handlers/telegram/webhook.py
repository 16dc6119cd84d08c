"""The address to which Telegram delivers: the smallest ASGI application that keeps its promises."""

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from flows.engine.reception import Closed

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PATH = "/telegram/webhook"
SECRET_HEADER = b"x-telegram-bot-api-secret-token"

LARGEST = 1 << 20
"""Bytes of one update; real ones have a few thousand."""

LONGEST = 25.0
"""Seconds to commit an update. Telegram waits for about a minute; after ours it delivers again."""


def secret_of(token: str) -> str:
    """A secret for the webhook that needs no place to be kept and changes with the token."""
    return hmac.new(token.encode(), b"parvis telegram webhook", hashlib.sha256).hexdigest()


class TooLarge(Exception):
    """The body is larger than any update."""


class Gone(Exception):
    """Whoever was sending the body has hung up."""


class Webhook:
    """Answers 200 only once the update is committed, kept or set aside, and 503 when it must be delivered again.

    Telegram then retries at once, after 2 s, 4 s and so on, and holds back the later updates of the same chat.
    """

    def __init__(self, take: Callable[[bytes], Awaitable[None]], secret: str) -> None:
        self._take = take
        self._secret = secret.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError("Telegram's webhook speaks HTTP only.")
        try:
            status = await self._status(scope, receive)
        except Gone:
            return
        headers = [(b"content-length", b"0"), *([(b"allow", b"POST")] if status == 405 else [])]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def _status(self, scope: Scope, receive: Receive) -> int:
        if scope["method"] != "POST":
            return 405
        headers = dict(scope["headers"])  # ASGI gives names in lower case
        if not hmac.compare_digest(headers.get(SECRET_HEADER, b""), self._secret):
            return 403
        try:
            raw = await _body(headers, receive)
        except TooLarge:
            return 413
        return await self._taken(raw)

    async def _taken(self, raw: bytes) -> int:
        try:
            async with asyncio.timeout(LONGEST):
                await self._take(raw)
        except Closed:
            return 503
        except Exception as failure:
            log.error("An update could not be kept (%s); Telegram delivers it again.", type(failure).__name__)
            return 503
        return 200


async def _body(headers: MutableMapping[bytes, bytes], receive: Receive) -> bytes:
    """Raises TooLarge before reading more than is allowed."""
    announced = headers.get(b"content-length", b"0")
    if not announced.isdigit() or int(announced) > LARGEST:
        raise TooLarge
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        body += message.get("body", b"")
        if len(body) > LARGEST:
            raise TooLarge
        if not message.get("more_body", False):
            return bytes(body)
