"""The front page, and the two addresses by which a supervisor knows that the site is alive and ready."""

import asyncio
from collections.abc import Collection

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.delivery.store import waiting
from bot.storage.work import Work
from handlers.web.hall import Hall

LONGEST_WAIT = 30.0
"""Seconds a reply may wait before we call ourselves not ready: something is stuck between us and a channel."""

PATIENCE = 5.0
"""Seconds the database has to answer."""


def landing(hall: Hall) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.api_route("/", methods=["GET", "HEAD"])
    async def front(request: Request) -> Response:
        response = hall.pages.render(request, "landing.html", telegram=hall.stage.bot_links.get("telegram", ""))
        response.headers["Cache-Control"] = "no-cache"
        return response

    @router.api_route("/healthz", methods=["GET", "HEAD"])
    async def alive() -> Response:
        return JSONResponse({"alive": True}, headers={"Cache-Control": "no-store"})

    @router.api_route("/readyz", methods=["GET", "HEAD"])
    async def ready() -> Response:
        try:
            async with asyncio.timeout(PATIENCE):
                waited = await hall.look(lambda work: _waited(work, hall.served))
        except Exception as fault:  # whatever it is, the supervisor must be told rather than the visitor
            return JSONResponse({"ready": False, "database": type(fault).__name__}, status_code=503)
        told = {"ready": waited < LONGEST_WAIT, "database": "answers", "oldest_reply_seconds": round(waited, 1)}
        return JSONResponse(told, status_code=200 if told["ready"] else 503, headers={"Cache-Control": "no-store"})

    return router


def _waited(work: Work, served: Collection[str]) -> float:
    """Seconds since the oldest reply that can leave should have."""
    oldest = waiting(work, served).oldest_reply
    return max(0.0, (work.now - oldest).total_seconds()) if oldest else 0.0
