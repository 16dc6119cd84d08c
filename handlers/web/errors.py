"""When something is refused or breaks: one page, or one sentence for the page's script, with what to do next."""

import logging
from collections.abc import Awaitable, Callable

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

Answer = Callable[[Request, Exception], Awaitable[Response]]


class Misunderstood(Exception):
    """A form that lacks something; `trouble` words it once the language is known."""

    def __init__(self, trouble: Callable[[], Trouble] = words.misunderstood) -> None:
        super().__init__(trouble.__name__)
        self.trouble = trouble


def wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


_BY_STATUS: dict[int, Callable[[], Trouble]] = {
    403: words.from_elsewhere,
    404: words.not_found,
    405: words.not_found,
    413: words.too_heavy,
    503: words.out_of_order,
}


def answer_errors(app: FastAPI, pages: Pages) -> None:
    """Give `app` its words for everything that can go wrong."""

    def told(request: Request, status: int, trouble: Callable[[], Trouble], **headers: str) -> Response:
        language = pages.language(request)
        with speaking(language):
            worded = trouble()
        response: Response
        if wants_json(request):
            response = JSONResponse({"error": worded.sentence}, status_code=status)
        else:
            response = pages.render(request, "trouble.html", language, status=status, trouble=worded)
        response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
        response.headers["Cache-Control"] = "no-store"
        return response

    async def refused(request: Request, fault: Exception) -> Response:
        assert isinstance(fault, HTTPException)
        return told(request, fault.status_code, _BY_STATUS.get(fault.status_code, words.misunderstood))

    async def too_fast(request: Request, fault: Exception) -> Response:
        assert isinstance(fault, TooFast)
        wait = fault.wait
        return told(request, 429, lambda: words.too_fast(wait), Retry_After=str(max(1, round(wait))))

    async def misunderstood(request: Request, fault: Exception) -> Response:
        assert isinstance(fault, Misunderstood)
        return told(request, 422, fault.trouble)

    async def out_of_order(request: Request, fault: Exception) -> Response:
        log.error("A request could not be served: %s", fault)
        return told(request, 503, words.out_of_order, Retry_After="30")

    async def broken(request: Request, _fault: Exception) -> Response:
        return told(request, 500, words.broken)

    async def too_heavy(request: Request, _fault: Exception) -> Response:
        return told(request, 413, words.too_heavy)

    async def from_elsewhere(request: Request, _fault: Exception) -> Response:
        return told(request, 403, words.from_elsewhere)

    handlers: dict[type[Exception], Answer] = {
        HTTPException: refused,
        TooFast: too_fast,
        TooHeavy: too_heavy,
        FromElsewhere: from_elsewhere,
        Misunderstood: misunderstood,
        Closed: out_of_order,
        OperationalError: out_of_order,
        InterfaceError: out_of_order,
        PicturesUnwritable: out_of_order,
        Exception: broken,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
