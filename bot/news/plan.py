"""From approved to on its way: a broadcast for an item that leaves once, a series for one that comes back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.city.model import City
from bot.delivery import broadcasts
from bot.delivery.broadcast import Broadcast
from bot.delivery.model import Lane
from bot.news.hours import checked_departure
from bot.news.model import Item, State
from bot.news.moves import move
from bot.news.recur import asked_at, next_occurrence
from bot.storage.work import Work

KIND = "news"


def plan_item(work: Work, who: int | None, city: City, item: Item, act: str, **values: Any) -> Item:
    """Plan an item for the hour its author wished, or the first decent one after. A recurring item is a template: it
    never leaves itself, its children do. Raises Refused when it would leave after its end."""
    if item.recurrence is not None:
        following = next_occurrence(item.recurrence, work.now, city.zone)
        return move(work, who, item, State.PLANNED, act, starts_at=None, next_at=asked_at(city, following), **values)
    leaves = checked_departure(city, item.topic, item.starts_at, item.expires_at, work.now)
    planned = send_at(work, city, item, leaves)
    return move(work, who, item, State.PLANNED, act, starts_at=leaves, broadcast_id=planned.id, **values)


def send_at(work: Work, city: City, item: Item, leaves: datetime) -> Broadcast:
    """The broadcast that carries an item, not begun before `leaves`."""
    topic = city.news.topic(item.topic)
    lane = Lane.URGENT if topic and topic.urgent else Lane.NEWS
    return broadcasts.plan(work, kind=KIND, ref=item.ref, lane=lane, starts_at=leaves, expires_at=item.expires_at)
