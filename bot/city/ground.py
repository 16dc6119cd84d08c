"""Where a point is: inside the town or not, in which quartier, and how sure that is.

Distances are computed on a local equirectangular projection centred on the town: the error stays below 0.1 %
over a town 20 km wide, far below the uncertainty of a telephone's position.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import shapely
from shapely import affinity
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from bot.city.place import Located, Neighbour, Place, Quartier

METRES_PER_DEGREE = math.radians(6_371_008.8)
"""Of latitude, on a sphere of the mean Earth radius (IUGG, 6 371 008.8 m)."""

DRAWN_WITHIN = 3.0
"""Metres a drawn outline may stray from the real one."""


class Projection:
    """Degrees to metres east and north of a centre."""

    def __init__(self, latitude: float, longitude: float) -> None:
        self.latitude = latitude
        self.longitude = longitude
        self.east = METRES_PER_DEGREE * math.cos(math.radians(latitude))

    def point(self, latitude: float, longitude: float) -> tuple[float, float]:
        return (longitude - self.longitude) * self.east, (latitude - self.latitude) * METRES_PER_DEGREE

    def shape(self, shape: BaseGeometry) -> BaseGeometry:
        moved = affinity.translate(shape, -self.longitude, -self.latitude)
        return affinity.scale(moved, self.east, METRES_PER_DEGREE, origin=(0, 0))


class Area:
    """A shape in metres, prepared, with its box at hand: most questions are answered by the box alone."""

    def __init__(self, shape: BaseGeometry) -> None:
        self.shape = shape
        self.west, self.south, self.east, self.north = shape.bounds
        shapely.prepare(shape)

    def covers(self, x: float, y: float) -> bool:
        if not (self.west <= x <= self.east and self.south <= y <= self.north):
            return False
        return bool(shapely.intersects_xy(self.shape, x, y))

    def distance(self, x: float, y: float, most: float) -> float:
        """Metres to the shape, 0 inside; infinite when the box alone is further than `most`."""
        if x < self.west - most or x > self.east + most or y < self.south - most or y > self.north + most:
            return math.inf
        return float(shapely.distance(self.shape, shapely.Point(x, y)))


class Ground:
    """The town's shapes, ready to be asked. `limit` and `edge`: uncertainty in metres of the internal limits and
    of the outline."""

    def __init__(
        self,
        outline: BaseGeometry,
        quartiers: Sequence[Quartier],
        neighbours: Sequence[Neighbour],
        limit: float,
        edge: float,
    ) -> None:
        self.outline = outline
        self.quartiers = tuple(quartiers)
        self.limit = limit
        self.edge = edge
        self.projection = projection_for(outline)
        self._town = Area(self.projection.shape(outline))
        self._areas = [Area(self.projection.shape(quartier.shape)) for quartier in quartiers]
        self._located = lru_cache(maxsize=4096)(self._locate)  # a flow asks again at every turn of a conversation
        self._neighbours = [(one.name, Area(self.projection.shape(one.shape))) for one in neighbours]

    def locate(self, place: Place) -> Located:
        """Never raises. A place without coordinates gets the benefit of the doubt: inside, every quartier to ask."""
        return self._located(place)

    def _locate(self, place: Place) -> Located:
        if place.latitude is None or place.longitude is None:
            return self._somewhere()
        if not (abs(place.latitude) <= 90 and abs(place.longitude) <= 180):  # also refuses NaN
            return Located(inside=False, quartier=None)
        x, y = self.projection.point(place.latitude, place.longitude)
        if not self._town.covers(x, y):
            return self._outside(x, y)
        return self._within(x, y, place.accuracy or 0.0)

    def _somewhere(self) -> Located:
        if len(self.quartiers) == 1:
            return Located(inside=True, quartier=self.quartiers[0])
        return Located(inside=True, quartier=None, candidates=self.quartiers)

    def _outside(self, x: float, y: float) -> Located:
        neighbour = next((name for name, area in self._neighbours if area.covers(x, y)), None)
        near = self.edge > 0 and self._town.distance(x, y, self.edge) <= self.edge
        return Located(inside=False, quartier=None, neighbour=neighbour, near=near)

    def _within(self, x: float, y: float, accuracy: float) -> Located:
        margin = max(self.limit, accuracy if math.isfinite(accuracy) else 0.0)
        distances = [area.distance(x, y, margin) for area in self._areas]
        if not any(distance <= margin for distance in distances):  # a gap between quartiers: the nearest
            distances = [area.distance(x, y, math.inf) for area in self._areas]
            margin = max(margin, min(distances, default=0.0))
        ranked = sorted(zip(distances, self.quartiers, strict=True), key=lambda pair: (pair[0], pair[1].number))
        close = tuple(quartier for distance, quartier in ranked if distance <= margin)
        if len(close) == 1:
            return Located(inside=True, quartier=close[0])
        return Located(inside=True, quartier=None, candidates=close)

    def outlines_geojson(self, name: str, official: bool) -> dict[str, Any]:
        tolerance = DRAWN_WITHIN / METRES_PER_DEGREE
        town = shapely.simplify(self.outline, tolerance)
        shapes = [quartier.shape for quartier in self.quartiers]
        drawn: Sequence[BaseGeometry] = list(shapely.coverage_simplify(shapes, tolerance))
        features = [_feature(town, {"role": "town", "name": name})]
        for quartier, shape in zip(self.quartiers, drawn, strict=True):
            known = {"role": "quartier", "number": quartier.number, "name": quartier.name, "official": official}
            features.append(_feature(shape, known))
        return {"type": "FeatureCollection", "features": features}


def projection_for(outline: BaseGeometry) -> Projection:
    west, south, east, north = outline.bounds
    return Projection((south + north) / 2, (west + east) / 2)


def _feature(shape: BaseGeometry, properties: dict[str, Any]) -> dict[str, Any]:
    rounded = shapely.transform(shape, lambda points: points.round(5))
    return {"type": "Feature", "properties": properties, "geometry": mapping(rounded)}
