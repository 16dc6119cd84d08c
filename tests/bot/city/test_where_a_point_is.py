"""Inside or outside, in which quartier, and when it must be asked."""

from __future__ import annotations

import math

import pytest
import shapely
from hypothesis import assume, example, given
from hypothesis import strategies as some

from bot.city.folder import shipped
from bot.city.ground import projection_for
from bot.city.load import load
from bot.city.model import City, Place

BOULOGNE = load(shipped())
PROJECTION = projection_for(BOULOGNE.ground.outline)
IN_METRES = {one.number: PROJECTION.shape(one.shape) for one in BOULOGNE.quartiers}
SOUTH, WEST, NORTH, EAST = BOULOGNE.bounds

around = some.tuples(some.floats(SOUTH - 0.01, NORTH + 0.01), some.floats(WEST - 0.01, EAST + 0.01))


@some.composite
def inside(draw: some.DrawFn) -> tuple[float, float]:
    """A point of the town: a latitude, then somewhere along what the outline keeps of that parallel."""
    latitude = draw(some.floats(SOUTH + 1e-4, NORTH - 1e-4))
    parallel = shapely.LineString([(WEST - 1, latitude), (EAST + 1, latitude)])
    kept = shapely.get_parts(shapely.intersection(parallel, BOULOGNE.ground.outline))
    point = draw(some.sampled_from(list(kept))).interpolate(draw(some.floats(0.001, 0.999)), normalized=True)
    return point.y, point.x


anything = some.none() | some.floats(allow_nan=True, allow_infinity=True)


@given(anything, anything, anything)
@example(math.nan, 2.24, None)
@example(48.83, 2.24, math.inf)
@example(48.83, 2.24, -5.0)
def test_asking_where_never_fails(latitude: float | None, longitude: float | None, accuracy: float | None) -> None:
    located = BOULOGNE.locate(Place(latitude, longitude, accuracy))
    assert len(located.candidates) != 1
    assert located.quartier is None or not located.candidates


@given(around)
def test_a_point_outside_the_outline_is_never_inside(point: tuple[float, float]) -> None:
    latitude, longitude = point
    covered = bool(shapely.intersects_xy(BOULOGNE.ground.outline, longitude, latitude))
    east, north = PROJECTION.point(latitude, longitude)
    edge = PROJECTION.shape(BOULOGNE.ground.outline).boundary
    assume(edge.distance(shapely.Point(east, north)) > 0.01)  # a centimetre: what rounding may move
    located = BOULOGNE.locate(Place(latitude, longitude))
    assert located.inside is covered
    assert covered or (located.quartier is None and not located.candidates)


@given(inside())
def test_a_quartier_is_asked_when_and_only_when_another_is_within_the_uncertainty(point: tuple[float, float]) -> None:
    located = BOULOGNE.locate(Place(*point))
    assert located.inside
    here = shapely.Point(*PROJECTION.point(*point))
    close = {number for number, shape in IN_METRES.items() if shape.distance(here) <= 250}
    if len(close) == 1:
        assert located.quartier and {located.quartier.number} == close
    else:
        assert {one.number for one in located.candidates} == close


@given(inside(), some.floats(300, 2000))
def test_a_vague_position_asks_at_least_as_much_as_a_sharp_one(point: tuple[float, float], accuracy: float) -> None:
    sharp, vague = BOULOGNE.locate(Place(*point)), BOULOGNE.locate(Place(*point, accuracy))
    assert set(sharp.candidates) <= set(vague.candidates)


@pytest.mark.parametrize(
    ("latitude", "longitude", "number"), [(48.8356, 2.2326, 2), (48.8275, 2.2416, 3), (48.8433, 2.2460, 6)]
)
def test_a_point_well_inside_a_quartier_is_not_asked(
    boulogne: City, latitude: float, longitude: float, number: int
) -> None:
    located = boulogne.locate(Place(latitude, longitude))
    assert located.quartier and located.quartier.number == number
    assert located.candidates == ()


def test_a_position_vaguer_than_the_quartier_is_asked(boulogne: City) -> None:
    sure = Place(48.8356, 2.2326)
    assert boulogne.locate(sure).quartier == boulogne.quartier(2)
    vague = boulogne.locate(Place(sure.latitude, sure.longitude, accuracy=600.0))
    assert vague.quartier is None
    assert vague.candidates[0].number == 2


def test_on_a_limit_both_sides_are_offered_the_likelier_first(boulogne: City) -> None:
    located = boulogne.locate(Place(48.8401, 2.2399))
    assert located.quartier is None
    assert {one.number for one in located.candidates} >= {1, 5, 6}
    just_north = boulogne.locate(Place(48.8425, 2.2399))
    assert just_north.candidates[0].number == 6


def test_a_point_in_a_neighbouring_town_names_it(boulogne: City, valombre: City) -> None:
    assert boulogne.locate(Place(48.82, 2.27)).neighbour == "Issy-les-Moulineaux"
    assert valombre.locate(Place(46.52, 7.445)).neighbour == "Sombreval"
    far = valombre.locate(Place(0.0, 0.0))
    assert (far.inside, far.neighbour, far.near) == (False, None, False)


def test_just_outside_a_simplified_outline_is_near_rather_than_refused(boulogne: City) -> None:
    latitude, longitude = 48.8350, WEST - 0.0001
    assert not boulogne.locate(Place(48.85, 2.30)).near
    close = boulogne.locate(Place(48.83965, 2.22304 - 0.0003))
    assert (close.inside, close.near) == (False, True)
    assert not boulogne.locate(Place(latitude, longitude - 0.01)).near


def test_a_typed_address_without_a_point_asks_among_all_quartiers(town: City) -> None:
    located = town.locate(Place(None, None, label="chez moi"))
    assert located.inside
    assert located.candidates == town.quartiers


def test_an_exclave_belongs_to_the_town_and_to_its_quartier(valombre: City) -> None:
    located = valombre.locate(Place(46.505, 7.455))
    assert located.quartier and located.quartier.name == "Les Alpages"


def test_each_town_has_its_own_uncertainty(valombre: City) -> None:
    forty_metres_west = 7.42 - 40 / (111_195 * math.cos(math.radians(46.5)))
    assert valombre.locate(Place(46.507, forty_metres_west)).quartier == valombre.quartier(1)
    assert valombre.locate(Place(46.507, 7.42 - 0.0001)).candidates[0].number == 1
