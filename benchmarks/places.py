"""Where residents stand: anywhere inside the town that ships, so that reports are not all about one lamp."""

import random
from pathlib import Path

import shapely

from benchmarks.scripts import Place

OUTLINES = Path(__file__).parent.parent / "bot" / "city"


def spread_places(many: int, seed: int = 1) -> list[Place]:
    """The same places for every side; drawn with a seed, so for every run too."""
    outline = next(iter(sorted(OUTLINES.glob("*/outline.geojson"))))
    town = shapely.union_all(shapely.get_parts(shapely.from_geojson(outline.read_text())))
    west, south, east, north = town.bounds
    chance = random.Random(seed)
    shapely.prepare(town)
    places: list[Place] = []
    while len(places) < many:
        longitude, latitude = chance.uniform(west, east), chance.uniform(south, north)
        if shapely.contains_xy(town, longitude, latitude):
            places.append((latitude, longitude))
    return places
