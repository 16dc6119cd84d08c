"""Photos, for those who may see them: the people of the dialogue they belong to, or everybody once they are public."""

import asyncio
import re

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from bot.pictures.keep import Pictures
from bot.storage.work import Work
from handlers.web import store
from handlers.web.hall import Hall

SMALLER = (320, 960)
"""Pixels of the longer side of what may be asked for instead of the whole photo: a thumbnail, a page's width."""

_NAME = re.compile(rf"([0-9a-f]{{64}})(?:-({'|'.join(map(str, SMALLER))}))?\.jpg")


def photos(hall: Hall) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.api_route("/photos/{name}", methods=["GET", "HEAD"])
    async def photo(name: str, request: Request) -> Response:
        key, longest = named(name)
        session = hall.sessions.read(request)
        if not await hall.look(lambda work: _may_see(hall, work, key, session)):
            raise HTTPException(404)  # not 403: whether a photo exists is nobody else's business either
        return await file_of(hall.pictures, key, longest, "private, max-age=86400")

    return router


def named(name: str) -> tuple[str, int]:
    """The key of a photo and the size asked for, 0 for the whole; raises HTTPException for any other name."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise HTTPException(404)
    return found[1], int(found[2] or 0)


async def file_of(pictures: Pictures, key: str, longest: int, caching: str) -> Response:
    """Raises HTTPException for a photo that is not kept."""
    try:
        path = pictures.path(key)
        if longest:
            path = await asyncio.to_thread(pictures.thumbnail, key, longest)
    except FileNotFoundError as gone:
        raise HTTPException(404) from gone
    if not path.exists():
        raise HTTPException(404)
    return FileResponse(path, media_type="image/jpeg", headers={"Cache-Control": caching})


def _may_see(hall: Hall, work: Work, key: str, session: str | None) -> bool:
    visitor = store.visitor(work, session) if session else None
    address_id = visitor.address if visitor else None
    return any(may_see(work, key, address_id) for may_see in hall.may_see)
