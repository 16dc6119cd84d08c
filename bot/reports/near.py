"""Open reports that may be about the same thing."""

import math

from sqlalchemy import func, select

from bot.city.model import Category, Place
from bot.reports.model import State, Twin
from bot.reports.store import follower, pictures_of, report
from bot.storage.work import Work

METRES_PER_DEGREE = 111_320.0
"""Of latitude, on a sphere of the Earth's mean radius."""

MOST_TWINS = 3


def reports_near(work: Work, place: Place, category: Category) -> list[Twin]:
    """Open reports of `category` within its radius, nearest first. None without coordinates."""
    radius = category.radius
    if place.latitude is None or place.longitude is None:
        return []
    high = radius / METRES_PER_DEGREE
    wide = high / max(0.01, math.cos(math.radians(place.latitude)))
    followers = select(func.count()).where(follower.c.report_id == report.c.id).scalar_subquery()
    rows = work.connection.execute(
        select(
            report.c.id, report.c.ref, report.c.latitude, report.c.longitude, report.c.created_at, report.c.state, followers
        ).where(
            report.c.closed_at.is_(None),
            report.c.category == category.key,
            report.c.latitude.between(place.latitude - high, place.latitude + high),
            report.c.longitude.between(place.longitude - wide, place.longitude + wide),
        )
    ).all()
    near = [(metres_between(place.latitude, place.longitude, row.latitude, row.longitude), row) for row in rows]
    nearest = sorted((pair for pair in near if pair[0] <= radius), key=lambda pair: (pair[0], pair[1].id))[:MOST_TWINS]
    pictures = pictures_of(work, [row.id for _metres, row in nearest])
    return [
        Twin(
            row.ref,
            round(metres),
            row.created_at,
            State(row.state),
            next(iter(pictures.get(row.id, ())), ""),
            row[6],
        )
        for metres, row in nearest
    ]


def metres_between(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Distance on a flat map: right to a few centimetres over the few hundred metres we look at."""
    across = (other_longitude - longitude) * math.cos(math.radians((latitude + other_latitude) / 2))
    return math.hypot(other_latitude - latitude, across) * METRES_PER_DEGREE
