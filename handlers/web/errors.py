"""When something is refused or breaks: one page, or one sentence for the page's script, with what to do next."""

import logging
from collections.abc import Callable

import msgspec
from fastapi import FastAPI
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.pictures.model import PicturesUnwritable
from flows.engine.reception import Closed
from flows.engine.wording import speaking
from flows.signs import web as words
from flows.signs.web import Trouble
from handlers.web.limits import TooFast
from handlers.web.pages import Pages
from handlers.web.shield import FromElsewhere, TooHeavy

log = logging.getLogger(__name__)

OUT_OF_ORDER = (Closed, OperationalError, InterfaceError, PicturesUnwritable)
"""What passes by itself, or once the operator has acted: worth sending again."""

COME_BACK = 30
"""Seconds after which to send again what could not be taken."""


class Misunderstood(Exception):
    """A form that lacks something; `trouble` words it once the language is known."""

    def __init__(self, trouble: Callable[[], Trouble] = words.misunderstood) -> None:
        super().__init__(trouble.__name__)
        self.trouble = trouble


class _Refused(msgspec.Struct, frozen=True):
    """A status, its words, and the seconds after which trying again makes sense."""

    status: int
    trouble: Callable[[], Trouble]
    wait: float = 0.0


_BY_STATUS: dict[int, Callable[[], Trouble]] = {
    403: words.from_elsewhere,
    404: words.not_found,
    405: words.not_found,
    413: words.too_heavy,
    503: words.out_of_order,
}


def wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


def answer_errors(app: FastAPI, pages: Pages) -> None:
    """Give `app` its words for everything that can go wrong."""

    async def answer(request: Request, fault: Exception) -> Response:
        return _told(pages, request, _refused(fault))

    for kind in (HTTPException, TooFast, TooHeavy, FromElsewhere, Misunderstood, *OUT_OF_ORDER, Exception):
        app.add_exception_handler(kind, answer)


def _refused(fault: Exception) -> _Refused:
    if isinstance(fault, HTTPException):
        return _Refused(fault.status_code, _BY_STATUS.get(fault.status_code, words.misunderstood))
    if isinstance(fault, TooFast):
        wait = fault.wait
        return _Refused(429, lambda: words.too_fast(wait), wait)
    if isinstance(fault, TooHeavy):
        return _Refused(413, words.too_heavy)
    if isinstance(fault, FromElsewhere):
        return _Refused(403, words.from_elsewhere)
    if isinstance(fault, Misunderstood):
        return _Refused(422, fault.trouble)
    if isinstance(fault, OUT_OF_ORDER):
        log.error("A request could not be served: %s", fault)
        return _Refused(503, words.out_of_order, COME_BACK)
    return _Refused(500, words.broken)  # the server logs what it was


def _told(pages: Pages, request: Request, refused: _Refused) -> Response:
    language = pages.language(request)
    with speaking(language):
        trouble = refused.trouble()
    response: Response
    if wants_json(request):
        response = JSONResponse({"error": trouble.sentence}, status_code=refused.status)
    else:
        response = pages.render(request, "trouble.html", language, status=refused.status, trouble=trouble)
    if refused.wait:
        response.headers["Retry-After"] = str(max(1, round(refused.wait)))
    response.headers["Cache-Control"] = "no-store"
    return response
