"""Which of the items that left somebody reads in a digest. Caps hold by calendar weeks: the first so many of a week."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, time, timedelta
from functools import lru_cache

from bot.city.model import City
from bot.news.latest import concerns
from bot.news.model import Choices, Item


@lru_cache(maxsize=4096)
def monday(instant: datetime, city: City) -> datetime:
    day = instant.astimezone(city.zone).date()
    return datetime.combine(day - timedelta(days=day.weekday()), time(0), city.zone)


def is_wished(item: Item, wish: Choices) -> bool:
    return item.topic_for(wish.topics) is not None and concerns(item, wish.quartiers)


def is_new(item: Item, since: datetime, owed: Collection[int]) -> bool:
    """Whether it has not been in a digest before."""
    return item.id in owed or (item.starts_at is not None and item.starts_at >= since)


def pick(wish: Choices, found: Sequence[Item], since: datetime, owed: Collection[int], city: City) -> list[Item]:
    """Of items in the order they left, those that this person wishes, has not had, and not too many of.

    Those of a week that they have had come first, so that one that is owed does not make it one too many."""
    of_week: Counter[tuple[str, datetime]] = Counter()
    of_topic: Counter[str] = Counter()
    picked = []
    wished = [one for one in found if is_wished(one, wish)]
    for one in sorted(wished, key=lambda one: is_new(one, since, owed)):
        assert one.starts_at is not None, "only items that left are looked at"
        week = one.topic, monday(one.starts_at, city)
        of_week[week] += 1
        most = _most(wish, one, city)
        if not is_new(one, since, owed) or (most is not None and max(of_week[week], of_topic[one.topic] + 1) > most):
            continue
        of_topic[one.topic] += 1
        picked.append(one)
    return picked


def _most(wish: Choices, item: Item, city: City) -> int | None:
    """What the town says of the topic it counts in, unless they asked for less of the one for which they get it."""
    topic = city.news.topic(item.topic)
    return 1 if item.topic_for(wish.topics) in wish.less else topic.weekly_cap if topic else None
