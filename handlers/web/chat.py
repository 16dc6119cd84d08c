"""The chat page: seen whole at any time, listened to while it is open, and usable with plain forms."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from bot.city.model import Place
from bot.storage.work import Work
from flows.engine.wording import speaking
from flows.signs import web as words
from handlers.web import dialogue, hearing, listening, store
from handlers.web.dialogue import Entry
from handlers.web.errors import wants_json
from handlers.web.hall import Guest, Hall
from handlers.web.hearing import Outcome
from handlers.web.shield import PHOTOS_AT_ONCE

Hears = Callable[[Hall, Guest, FormData], Awaitable[Outcome]]


def chat(hall: Hall) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/chat")
    async def page(request: Request) -> Response:
        guest = hall.guest(request)
        visitor, entries = await hall.look(lambda work: seen(hall, work, guest.session))
        language = visitor.language if visitor and visitor.language else guest.language
        response = await _page(hall, request, language, entries)
        hall.sessions.write(response, guest.session)
        response.headers["Cache-Control"] = "no-store"
        return response

    @router.get("/chat/history")
    async def history(request: Request) -> Response:
        session, language = hall.sessions.read(request) or "", hall.pages.language(request)
        _visitor, entries = await hall.look(lambda work: seen(hall, work, session))
        shown = [listening.wire(hall, language, entry) for entry in dialogue.collapse(entries)]
        return _private(JSONResponse({"entries": shown, "after": _last(entries)}))

    @router.get("/chat/events")
    async def events(request: Request, after: str = "") -> Response:
        if hall.sessions.read(request) is None:
            return Response(status_code=204)  # tells EventSource not to come back
        guest = hall.guest(request)
        hall.limits.take("stream", session=guest.session, network=guest.network)
        since = request.headers.get("last-event-id", "") or after
        stream: AsyncIterator[str] = listening.listen(hall, guest, int(since) if since.isdecimal() else 0)
        # "X-Accel-Buffering": nginx would otherwise hold events back until it has a few kilobytes.
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)

    outlines = msgspec.json.encode(hall.stage.city.outlines_geojson())

    @router.get("/chat/map.geojson")
    async def outline() -> Response:
        return Response(outlines, media_type="application/geo+json", headers={"Cache-Control": "public, max-age=86400"})

    @router.get("/chat/spot")
    async def spot(request: Request) -> Response:
        place = hearing.place_in(request.query_params)
        with speaking(hall.pages.language(request)):
            return _private(JSONResponse(asdict(_spot(hall, place))))

    for name, hears in _HEARS.items():
        router.add_api_route(f"/chat/{name}", _post(hall, hears), methods=["POST"], name=name)
    return router


_LINK = re.compile(r"[\w-]{1,64}", re.ASCII)
"""What a link may carry; the same as Telegram's deep links."""

_HEARS: dict[str, Hears] = {
    "say": hearing.say,
    "tap": hearing.tap,
    "place": hearing.place,
    "photos": hearing.photos,
}


def _post(hall: Hall, hears: Hears) -> Callable[[Request], Awaitable[Response]]:
    async def post(request: Request) -> Response:
        guest = hall.sender(request)
        form = await hearing.fields(request)
        try:
            outcome = await hears(hall, guest, form)
        finally:
            await form.close()
        response = _answer(hall, request, guest, outcome)
        if guest.new:
            hall.sessions.write(response, guest.session)
        return response

    return post


def _answer(hall: Hall, request: Request, guest: Guest, outcome: Outcome) -> Response:
    if not wants_json(request):
        return RedirectResponse(f"/chat?langue={guest.language}#dernier", status_code=303)
    line = listening.wire(hall, guest.language, dialogue.of_line(outcome.line)) if outcome.line else None
    return _private(JSONResponse({"entry": line, "toast": outcome.toast}))


def seen(hall: Hall, work: Work, session: str) -> tuple[store.Visitor | None, list[Entry]]:
    """Who has this session, and everything said, nothing brought together yet."""
    visitor = store.visitor(work, session)
    if visitor is None:
        return None, []
    return visitor, dialogue.read(work, visitor.address, work.now - hall.kept_for)


async def _page(hall: Hall, request: Request, language: str, entries: Sequence[Entry]) -> Response:
    shown = dialogue.collapse(entries)
    open_question = dialogue.open_question(shown)
    with speaking(language):
        texts = words.for_the_script()
    values: dict[str, Any] = {
        "bubbles": [listening.drawn(hall, language, entry, live=entry.id == open_question) for entry in shown],
        "opening": _opening(hall, request, entries),
        "after": _last(entries),
        "words": texts,
        "map": _map(hall),
        "photos_at_once": PHOTOS_AT_ONCE,
    }
    return hall.pages.render(request, "chat.html", language, **values)


def _opening(hall: Hall, request: Request, entries: Sequence[Entry]) -> dict[str, str] | None:
    """What the page says by itself: hello the first time, or what a link to the chat asks for (`?start=`).

    The mark stays the same for ten minutes, so that two tabs opened together greet once.
    """
    link = request.query_params.get("start", "")
    link = link if _LINK.fullmatch(link) else ""
    if entries and not link:
        return None
    tens = int(hall.desk.clock().timestamp()) // 600
    return {"key": f"{hearing.OPENING}{tens}-{link}"[:40], "text": f"/start {link}".strip()}


@dataclass(frozen=True)
class _Spot:
    """Where the pin is, in words."""

    words: str
    inside: bool


def _spot(hall: Hall, place: Place) -> _Spot:
    city = hall.stage.city
    located = city.locate(place)
    if not (located.inside or located.near):
        return _Spot(words.pin_outside(city.name), inside=False)
    return _Spot(words.pin_inside(located.quartier.name if located.quartier else "", city.describe(place)), inside=True)


def _map(hall: Hall) -> dict[str, Any]:
    """What the map panel needs to know of the town."""
    city = hall.stage.city
    tiles = {"url": city.tiles.url, "attribution": city.tiles.attribution} if city.tiles and city.tiles.url else None
    return {"centre": city.centre, "bounds": city.bounds, "tiles": tiles}


def _last(entries: Sequence[Entry]) -> str:
    """Where listening goes on from: the instant of the newest entry, in microseconds since 1970."""
    return str(dialogue.moment(entries[-1].at)) if entries else "0"


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


