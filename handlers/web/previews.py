"""What is not sent yet, as readers of every channel and language will see it: a page for whoever has its address.

The address is the only key. Nothing here is listed, indexed, cached, or told to another site.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.delivery.channel import Channel
from bot.delivery.look import Look
from bot.delivery.previews import PATH, Preview, Reading, find
from bot.pictures.keep import Pictures
from bot.storage.work import Desk, Work
from flows.engine.moments import in_words
from flows.engine.wording import speaking
from flows.news_page import named as language_called
from flows.news_words import channel_name, language_name
from flows.signs.web import no_preview
from handlers.web.pages import Pages
from handlers.web.photos import file_of, named

Result = TypeVar("Result")

PRIVATE = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",  # the address is a secret; there is no form here whose origin it would hide
}

_TOKEN = re.compile(r"[0-9A-Za-z_-]{43}", re.ASCII)


class Seen(NamedTuple):
    """What one channel's readers of one language see."""

    channel: str
    name: str
    look: Look


class Section(NamedTuple):
    """One language. Its name is written in it; `direction` is that of the name."""

    language: str
    name: str
    direction: str
    reading: Reading
    seen: tuple[Seen, ...]


def preview_pages(desk: Desk, pictures: Pictures, channels: Sequence[Channel], pages: Pages) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    async def look(job: Callable[[Work], Result]) -> Result:
        def once() -> Result:
            with desk.reading() as work:
                return job(work)

        return await asyncio.to_thread(once)

    async def found(token: str) -> Preview | None:
        return await look(lambda work: find(work, token)) if _TOKEN.fullmatch(token) else None

    @router.api_route(PATH + "{token}", methods=["GET", "HEAD"])
    async def page(request: Request, token: str) -> Response:
        language = pages.language(request)
        preview = await found(token)
        if preview is None:
            with speaking(language):
                trouble = no_preview()
            return _private(pages.render(request, "trouble.html", language, status=404, trouble=trouble))
        photos = f"{PATH}{token}/photos"
        with speaking(language):
            names = {channel.name: _capital(channel_name(channel.name)) for channel in channels}
            until = in_words(preview.until, pages.city.zone)
        sections = [await _section(reading, channels, names, photos) for reading in preview.readings]
        return _private(pages.render(request, "preview.html", language, sections=sections, photos=photos, until=until))

    @router.api_route(PATH + "{token}/photos/{name}", methods=["GET", "HEAD"])
    async def photo(token: str, name: str) -> Response:
        key, longest = named(name)
        preview = await found(token)
        if preview is None or key not in preview.pictures:
            raise HTTPException(404)
        return _private(await file_of(pictures, key, longest, PRIVATE["Cache-Control"]))

    return router


async def _section(reading: Reading, channels: Sequence[Channel], names: dict[str, str], photos: str) -> Section:
    seen = [Seen(one.name, names[one.name], await one.look(reading.message, photos)) for one in channels]
    spoken = language_called(reading.language)
    return Section(reading.language, language_name(reading.language), spoken.direction or "ltr", reading, tuple(seen))


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _private(response: Response) -> Response:
    response.headers.update(PRIVATE)
    return response
