"""The chat page: seen whole at any time, listened to while it is open, and usable with plain forms."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from bot.city.model import City, Place
from bot.storage.heard import was_heard
from bot.storage.work import Work
from flows.engine.wording import speaking
from flows.signs import web as words
from handlers.web import dialogue, hearing, listening, store
from handlers.web.dialogue import Entry
from handlers.web.errors import Misunderstood, wants_json
from handlers.web.hall import Guest, Hall
from handlers.web.hearing import Outcome
from handlers.web.shield import PHOTOS_AT_ONCE

Hears = Callable[[Hall, Guest, FormData], Awaitable[Outcome]]


class ChatRoom:
    """The addresses under /chat."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self._outlines = msgspec.json.encode(_drawn(hall.stage.city))

    def router(self) -> APIRouter:
        router = APIRouter(include_in_schema=False)
        looks: dict[str, Callable[[Request], Awaitable[Response]]] = {
            "": self.page,
            "/history": self.history,
            "/events": self.events,
            "/map.geojson": self.outlines,
            "/spot": self.spot,
        }
        for path, look in looks.items():
            router.add_api_route(f"/chat{path}", look, methods=["GET", "HEAD"] if not path else ["GET"])
        for name, hears in _HEARS.items():
            router.add_api_route(f"/chat/{name}", _post(self.hall, hears), methods=["POST"])
        return router

    async def page(self, request: Request) -> Response:
        hall = self.hall
        if "nouveau" in request.query_params and hall.sessions.read(request) is None:
            raise Misunderstood(words.no_cookie)
        guest = hall.guest(request)
        visitor, entries = await hall.look(lambda work: seen(hall, work, guest.session))
        language = visitor.language if visitor and visitor.language else guest.language
        opening = _opening(hall, request, entries)
        if opening and visitor is None:
            opening = await hall.look(partial(_anew, opening, guest.session))
        response = _page(hall, request, language, entries, opening)
        hall.sessions.write(response, guest.session)
        return _private(response)

    async def history(self, request: Request) -> Response:
        hall = self.hall
        session, language = hall.sessions.read(request) or "", hall.pages.language(request)
        _visitor, entries = await hall.look(lambda work: seen(hall, work, session))
        shown = [listening.wire(hall, language, entry) for entry in dialogue.collapse(entries)]
        return _private(JSONResponse({"entries": shown, "after": _last(entries)}))

    async def events(self, request: Request) -> Response:
        """What is new since `?after=`, or since the event that the browser says it saw last."""
        hall = self.hall
        if hall.sessions.read(request) is None:
            return Response(status_code=204)  # tells EventSource not to come back
        guest = hall.guest(request)
        hall.limits.take("stream", session=guest.session, network=guest.network)
        after = request.headers.get("last-event-id", "") or request.query_params.get("after", "")
        since = int(after) if after.isascii() and after.isdecimal() and len(after) < 18 else 0
        # "X-Accel-Buffering": nginx would otherwise hold events back until it has a few kilobytes.
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        stream = listening.listen(hall, guest, since)
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)

    async def outlines(self, _request: Request) -> Response:
        headers = {"Cache-Control": "public, max-age=86400"}
        return Response(self._outlines, media_type="application/geo+json", headers=headers)

    async def spot(self, request: Request) -> Response:
        """Where the pin is, in words."""
        place = hearing.place_in(request.query_params)
        city = self.hall.stage.city
        with speaking(self.hall.pages.language(request)):
            told = _where(city, place)
        located = city.locate(place)
        return _private(JSONResponse({"words": told, "inside": located.inside or located.near}))


_LINK = re.compile(r"[\w-]{1,64}", re.ASCII)
"""What a link may carry; the same as Telegram's deep links."""

_HEARS: dict[str, Hears] = {
    "say": hearing.say,
    "tap": hearing.tap,
    "place": hearing.place,
    "photos": hearing.photos,
    "language": hearing.language,
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
        new = "&nouveau=1" if guest.new else ""  # the page will see whether the cookie was kept
        erased = "&efface=1" if outcome.erased else ""  # nothing is left to show that it is done
        return RedirectResponse(f"/chat?langue={guest.language}{new}{erased}#dernier", status_code=303)
    line = listening.wire(hall, guest.language, dialogue.of_line(outcome.line)) if outcome.line else None
    return _private(JSONResponse({"entry": line, "toast": outcome.toast, "reload": guest.new}))


def seen(hall: Hall, work: Work, session: str) -> tuple[store.Visitor | None, list[Entry]]:
    """Who has this session, and everything said, nothing brought together yet."""
    visitor = store.visitor(work, session)
    if visitor is None:
        return None, []
    return visitor, dialogue.read(work, visitor.address, work.now - hall.kept_for)


def _page(
    hall: Hall, request: Request, language: str, entries: Sequence[Entry], opening: dict[str, str] | None
) -> Response:
    shown = dialogue.collapse(entries)
    open_question = dialogue.open_question(shown)
    with speaking(language):
        texts = words.for_the_script()
    values: dict[str, Any] = {
        "bubbles": [listening.drawn(hall, language, entry, live=entry.id == open_question) for entry in shown],
        "opening": opening,
        "erased": not entries and "efface" in request.query_params,
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
    mark = hashlib.blake2s(f"{tens} {link}".encode(), digest_size=10).hexdigest()  # a mark has no "_", a link may
    return {"key": f"{hearing.OPENING}{mark}", "text": f"/start {link}".strip()}


def _anew(opening: dict[str, str], session: str, work: Work) -> dict[str, str]:
    """The same for somebody of whom nothing is known: who was greeted already had everything erased since then, and
    beginning again is not a second sending."""
    marks = [opening["key"], *(f"{opening['key']}-{number}" for number in range(2, 10))]
    fresh = [mark for mark in marks if not was_heard(work, store.CHANNEL, hearing.unlinkable(f"{session}.{mark}"))]
    if store.visitor(work, session):  # who was greeted since we looked: what was heard is theirs, and nothing is erased
        return opening
    return opening | {"key": fresh[0] if fresh else opening["key"]}


def _map(hall: Hall) -> dict[str, Any]:
    """What the map panel needs to know of the town."""
    city = hall.stage.city
    tiles = {"url": city.tiles.url, "attribution": city.tiles.attribution} if city.tiles and city.tiles.url else None
    return {"centre": city.centre, "bounds": city.bounds, "tiles": tiles}


def _where(city: City, place: Place) -> str:
    located = city.locate(place)
    if not (located.inside or located.near):
        return words.pin_outside(city.name)
    quartier = located.quartier.name if located.quartier else ""
    near, known = city.describe(place), city.gazetteer.nearest(place)
    if near or known is None:
        return words.pin_inside(quartier, near)
    return words.pin_at(known[1], known[0], quartier)


def _drawn(city: City) -> dict[str, Any]:
    """The town, its quartiers and its known places, as the map draws them."""
    drawn = city.outlines_geojson()
    places = [
        {
            "type": "Feature",
            "properties": {"role": "place", "name": place.label},
            "geometry": {"type": "Point", "coordinates": [place.longitude, place.latitude]},
        }
        for place in city.gazetteer.points
    ]
    return drawn | {"features": [*drawn["features"], *places]}


def _last(entries: Sequence[Entry]) -> str:
    """Where listening goes on from: the instant of the newest entry, in microseconds since 1970."""
    return str(dialogue.moment(entries[-1].at)) if entries else "0"


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
