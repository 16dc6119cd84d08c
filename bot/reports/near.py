"""Open reports that may be about the same thing."""

import math

from sqlalchemy import Executable, bindparam, func, select

from bot.city.model import Category, Place
from bot.reports.model import State, Twin
from bot.reports.store import follower, pictures_of, report
from bot.storage.prepared import Prepared
from bot.storage.work import Work

METRES_PER_DEGREE = 111_320.0
"""Of latitude, on a sphere of the Earth's mean radius."""

MOST_TWINS = 3


def _open_within(_dialect: str) -> Executable:
    followers = select(func.count()).where(follower.c.report_id == report.c.id).scalar_subquery()
    columns = (report.c.latitude, report.c.longitude, report.c.id, report.c.ref, report.c.created_at, report.c.state)
    return select(*columns, followers.label("followers")).where(
        report.c.closed_at.is_(None),
        report.c.category == bindparam("category"),
        report.c.latitude.between(bindparam("south"), bindparam("north")),
        report.c.longitude.between(bindparam("west"), bindparam("east")),
    )


_OPEN_WITHIN = Prepared(_open_within)


def reports_near(work: Work, place: Place, category: Category) -> list[Twin]:
    """Open reports of `category` within its radius, nearest first. None without coordinates."""
    latitude, longitude, radius = place.latitude, place.longitude, category.radius
    if latitude is None or longitude is None:
        return []
    high = radius / METRES_PER_DEGREE
    wide = high / max(0.01, math.cos(math.radians(latitude)))
    rows = _OPEN_WITHIN.rows(
        work,
        category=category.key,
        south=latitude - high,
        north=latitude + high,
        west=longitude - wide,
        east=longitude + wide,
    )
    near = [(metres_between(latitude, longitude, row[0], row[1]), row[2:]) for row in rows]
    nearest = sorted(pair for pair in near if pair[0] <= radius)[:MOST_TWINS]
    pictures = pictures_of(work, [row[0] for _metres, row in nearest])
    return [
        Twin(ref, round(metres), created_at, State(state), next(iter(pictures.get(number, ())), ""), followers)
        for metres, (number, ref, created_at, state, followers) in nearest
    ]


def metres_between(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Distance on a flat map: right to a few centimetres over the few hundred metres we look at."""
    across = (other_longitude - longitude) * math.cos(math.radians((latitude + other_latitude) / 2))
    return math.hypot(other_latitude - latitude, across) * METRES_PER_DEGREE
