"""The web side of a peer: one Starlette route on uvicorn, with uvloop and httptools."""

import argparse
import asyncio
import hmac
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from benchmarks.updates import PATH, SECRET

Take = Callable[[Request], Awaitable[None]]


def api_given() -> str:
    """Where letters are sent; empty when they stop at the point where the HTTP client would take over."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--api", default="", help="address of a Bot API server")
    api: str = parser.parse_args().api
    return api


def serve(take: Take, running: AbstractAsyncContextManager[object], filed: Callable[[], int]) -> None:
    """Serves until it is terminated. Prints `ready PORT` once updates may come.

    `take` handles one update to its end before the 200 is sent. `filed` counts the reports: the runner checks
    that the conversations it played have really been held.
    """
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        async with running:
            print("ready", listening.getsockname()[1], flush=True)
            yield

    async def webhook(request: Request) -> Response:
        if not hmac.compare_digest(request.headers.get("X-Telegram-Bot-Api-Secret-Token", ""), SECRET):
            return Response(status_code=403)
        await take(request)
        return Response()

    async def count(_: Request) -> Response:
        return PlainTextResponse(str(filed()))

    routes = [Route(PATH, webhook, methods=["POST"]), Route("/filed", count)]
    config = uvicorn.Config(
        Starlette(routes=routes, lifespan=life),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(uvicorn.Server(config).serve(sockets=[listening]))
