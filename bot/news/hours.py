"""When a piece of news leaves: a decent hour, never in the hour in which clocks change, and time to think again."""

from __future__ import annotations

from datetime import UTC, datetime, time

from bot.city.model import City
from bot.news.moves import Refused


def departure(city: City, topic: str, wish: datetime | None, now: datetime) -> datetime:
    """When (UTC) an item of `topic` leaves that is wished for at `wish`, None meaning at once.

    There is always time to undo. Quiet hours put it off to their end, unless the topic is urgent.
    """
    earliest = now + city.news.undo
    leaves = max(wish or earliest, earliest)
    found = city.news.topic(topic)
    if found and found.urgent:
        return leaves.astimezone(UTC)
    return _after_the_change(city, city.quiet_until(leaves) or leaves)


def _after_the_change(city: City, instant: datetime) -> datetime:
    local = instant.astimezone(city.zone)
    if local.hour != 2:
        return instant.astimezone(UTC)
    return datetime.combine(local.date(), time(3), city.zone).astimezone(UTC)


def checked_departure(
    city: City, topic: str, wish: datetime | None, expires_at: datetime | None, now: datetime
) -> datetime:
    """The same; raises Refused when the item would have expired by then."""
    leaves = departure(city, topic, wish, now)
    if expires_at is not None and expires_at <= leaves:
        raise Refused("expired")
    return leaves
