"""Where residents stand: anywhere inside the town that ships, so that reports are not all about one lamp."""

import random

from benchmarks.scripts import Place
from bot.city.folder import shipped
from bot.city.load import load
from bot.city.model import Place as Spot


def spread_places(many: int, seed: int = 1) -> list[Place]:
    """The same places for every side; drawn with a seed, so for every run too.

    Only where the quartier is certain: elsewhere our side asks one more question, which the others do not have.
    """
    city = load(shipped())
    chance = random.Random(seed)
    places: list[Place] = []
    while len(places) < many:
        latitude = chance.uniform(city.bounds.south, city.bounds.north)
        longitude = chance.uniform(city.bounds.west, city.bounds.east)
        if city.locate(Spot(latitude, longitude)).quartier is not None:
            places.append((latitude, longitude))
    return places
