"""The public page of a report: what the problem is, roughly where, who is responsible, what became of it.

Neither the photo nor the words of whoever reported it are shown here (docs/decisions/0003).
"""

import asyncio
import math

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.city.model import City, Place
from bot.reports.model import Event, Report, clean_ref
from bot.reports.store import by_ref, history
from bot.storage.work import Desk
from flows.engine.scene import Stage
from flows.engine.wording import speaking
from flows.report_cards import category_name, public_facts, steps
from flows.signs.web import not_found
from handlers.web.pages import Pages


def report_pages(desk: Desk, stage: Stage, pages: Pages) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    plan = Plan(stage.city)

    def look(ref: str) -> tuple[Report, list[Event]] | None:
        with desk.reading() as work:
            found = by_ref(work, ref)
            return (found, history(work, found.id)) if found else None

    @router.api_route("/signalements/{typed}", methods=["GET", "HEAD"])
    async def shown(request: Request, typed: str) -> Response:
        ref = clean_ref(typed, stage.city.prefix)
        if ref and ref != typed:
            return RedirectResponse(
                request.url.replace(path=f"/signalements/{ref}", scheme="", netloc=""), status_code=308
            )
        found = await asyncio.to_thread(look, ref) if ref else None
        language = pages.language(request)
        if found is None:
            with speaking(language):
                trouble = not_found()
            return pages.render(request, "trouble.html", language, status=404, trouble=trouble)
        report, events = found
        with speaking(language):
            problem = category_name(stage.city, report.category, language)
            facts, life = public_facts(report, stage.city), steps(events, stage.city)
        link = stage.bot_links.get("telegram", "")
        return pages.render(
            request,
            "report.html",
            language,
            report=report,
            problem=problem,
            facts=facts,
            steps=life,
            plan=plan,
            point=plan.point(report.place),
            follow=f"{link}?start=r_{report.ref}" if link else "",
        )

    return router


class Point(msgspec.Struct, frozen=True):
    """On the plan, in its own units."""

    x: float
    y: float


class Plan:
    """The town's outlines as lines to draw, north up, 400 units wide: a map that asks nobody anything."""

    WIDTH = 400.0

    def __init__(self, city: City) -> None:
        self._bounds = city.bounds
        self._scale = self.WIDTH / max(1e-9, (city.bounds.east - city.bounds.west) * _narrowing(city))
        self._narrowing = _narrowing(city)
        self.height = round((city.bounds.north - city.bounds.south) * self._scale, 1)
        self.width = self.WIDTH
        features = city.outlines_geojson()["features"]
        drawn = [(one["properties"], self._path(one["geometry"])) for one in features]
        self.town = [path for about, path in drawn if about["role"] == "town"]
        self.quartiers = {about["number"]: path for about, path in drawn if about["role"] == "quartier"}

    def point(self, place: Place) -> Point | None:
        if place.latitude is None or place.longitude is None:
            return None
        return self._at(place.longitude, place.latitude)

    def _at(self, longitude: float, latitude: float) -> Point:
        return Point(
            round((longitude - self._bounds.west) * self._narrowing * self._scale, 1),
            round((self._bounds.north - latitude) * self._scale, 1),
        )

    def _path(self, geometry: dict[str, object]) -> str:
        polygons = geometry["coordinates"]
        assert isinstance(polygons, list | tuple)
        rings = polygons if geometry["type"] == "Polygon" else [ring for polygon in polygons for ring in polygon]
        return " ".join(
            "M" + " L".join(f"{at.x} {at.y}" for at in (self._at(point[0], point[1]) for point in ring)) + " Z"
            for ring in rings
        )


def _narrowing(city: City) -> float:
    """How much shorter a degree of longitude is than one of latitude, here."""
    return math.cos(math.radians(city.centre[0]))
