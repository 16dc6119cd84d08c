"""The HTTP side: addresses, the token, latency, answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from .control import control
from .decoding import decode
from .dispatch import DroppedError
from .files import MOST_UPLOAD
from .refusal import RefusedError
from .world import Call

if TYPE_CHECKING:
    from .server import BotApiServer

MOST_BODY = MOST_UPLOAD + (2 << 20)


class Front:
    """Routes by hand: three kinds of address, thousands of calls a second."""

    def __init__(self, telegram: BotApiServer) -> None:
        self._telegram = telegram

    def server(self) -> web.Server:
        """A client that hangs up ends its long poll; what it had asked to send is done by then."""
        return web.Server(self._handle, request_factory=self._request, handler_cancellation=True)

    def _request(self, message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
        """Uploads are larger than the megabyte aiohttp allows by default."""
        loop = asyncio.get_running_loop()
        return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=MOST_BODY)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        start, _, rest = request.path.lstrip("/").partition("/")
        token = self._telegram.token
        if start == "bot" + token and rest:
            return await self._call(request, rest)
        if start == "file" and rest.startswith(f"bot{token}/"):
            return self._file(rest.partition("/")[2])
        if start == "sim":
            return await control(self._telegram, rest, request)
        if start.startswith("bot") or rest.startswith("bot"):
            return _refusal(RefusedError("Unauthorized", 401))
        return _refusal(RefusedError("Not Found", 404))

    async def _call(self, request: web.BaseRequest, method: str) -> web.StreamResponse:
        """The latency comes after the act, as when an answer is slow: who gives up waiting has sent all the same."""
        answer = await self._answer(request, method)
        if self._telegram.latency:
            await asyncio.sleep(self._telegram.latency)
        return answer

    async def _answer(self, request: web.BaseRequest, method: str) -> web.Response:
        call = Call(method, {}, {}, self._telegram.now())
        try:
            call.parameters, call.files = await decode(request)
            result = await self._telegram.answer(call)
        except RefusedError as refused:
            return _refusal(refused)
        except DroppedError:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        return web.Response(body=msgspec.json.encode({"ok": True, "result": result}), content_type="application/json")

    def _file(self, path: str) -> web.Response:
        stored = self._telegram.world.files.by_path.get(path)
        if stored is None:
            return _refusal(RefusedError("Not Found", 404))
        return web.Response(body=stored.content, content_type="application/octet-stream")


def _refusal(refused: RefusedError) -> web.Response:
    body = msgspec.json.encode(refused.body())
    return web.Response(body=body, status=refused.code, content_type="application/json")
