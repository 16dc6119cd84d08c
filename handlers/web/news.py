"""The news as pages: the latest ones for all, and one page an item, where anybody can check that it is genuine.

An expired item keeps its page, which says so: what was received can be checked later too. The list leaves it out, and
offers the expired ones apart. A recalled item keeps its address, without its words. What has not left is nowhere.
"""

import asyncio
import re
from collections.abc import Callable
from typing import TypeVar

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.news.public import Wanted, public_item, public_items
from bot.storage.work import Desk, Work
from flows.engine.scene import Stage
from flows.engine.wording import speaking
from flows.news_page import Filters, shown, whole
from handlers.web.atom import feed_address, feeds
from handlers.web.pages import Pages

Result = TypeVar("Result")

FOLLOW = "actus"
"""What the link to the bot carries: it opens the flow in which news are chosen."""

_REF = re.compile(r"[A-Z0-9]{1,4}-[A-Z0-9]{4,12}")


def news_pages(desk: Desk, stage: Stage, pages: Pages) -> APIRouter:
    """Nothing at all for a town without news."""
    router = APIRouter(include_in_schema=False)
    if not stage.city.news.topics:
        return router

    async def look(job: Callable[[Work], Result]) -> Result:
        def once() -> Result:
            with desk.reading() as work:
                return job(work)

        return await asyncio.to_thread(once)

    @router.api_route("/actualites", methods=["GET", "HEAD"])
    async def listed(request: Request) -> Response:
        filters = _filters(request, stage)
        wanted = Wanted(filters.quartier, filters.topic, filters.past)
        asked = request.query_params.get("apres", "")
        after = asked if _REF.fullmatch(asked) else ""
        found = await look(lambda work: public_items(work, wanted, after))
        language = pages.language(request)
        with speaking(language):
            news = [shown(item, stage.city, language) for item in found.items]
        return _fresh(
            pages.render(
                request,
                "news.html",
                language,
                news=news,
                older=found.older,
                filters=filters,
                feed=feed_address(filters.quartier),
                follow=_follow(stage, language),
            )
        )

    router.include_router(feeds(stage, pages, look))

    @router.api_route("/actualites/{typed}", methods=["GET", "HEAD"])
    async def one(request: Request, typed: str) -> Response:
        ref = typed.strip().upper()
        if not _REF.fullmatch(ref):
            raise HTTPException(404)
        if ref != typed:
            return RedirectResponse(
                request.url.replace(path=f"/actualites/{ref}", scheme="", netloc=""), status_code=308
            )
        item = await look(lambda work: public_item(work, ref))
        if item is None:
            raise HTTPException(404)
        language = pages.language(request)
        with speaking(language):
            asked = request.query_params.get("langue", "")
            page = whole(item, stage.city, asked if asked in item.texts else language, desk.clock())
        feed = feed_address(item.quartiers[0] if len(item.quartiers) == 1 else None)
        follow = _follow(stage, language)
        return _fresh(pages.render(request, "news_item.html", language, item=page, feed=feed, follow=follow))

    return router


def _filters(request: Request, stage: Stage) -> Filters:
    """What the address asks for; anything unknown is as if it were not there."""
    asked = request.query_params
    number = asked.get("quartier", "")
    quartier = stage.city.quartier(int(number)) if number.isascii() and number.isdecimal() and len(number) < 5 else None
    topic = stage.city.news.topic(asked.get("sujet", ""))
    return Filters(
        quartier=quartier.number if quartier else None, topic=topic.key if topic else "", past="passees" in asked
    )


def _follow(stage: Stage, language: str) -> dict[str, str]:
    """Where one chooses what to receive: the address of the bot, if there is one, and that of our own chat."""
    telegram = stage.bot_links.get("telegram", "")
    return {
        "telegram": f"{telegram}?start={FOLLOW}" if telegram else "",
        "chat": f"/chat?langue={language}&start={FOLLOW}",
    }


def _fresh(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-cache"
    return response
