"""What is urgent wakes people up: never on the word of one person while another can be asked."""

from __future__ import annotations

from collections.abc import Sequence

from bot.city.model import City
from bot.news.approve import approvers_over
from bot.news.hours import departure
from bot.news.model import Item
from bot.news.recur import next_occurrence
from bot.people.store import addresses_of
from bot.storage.work import Work

ACT = "news.woke_alone"
"""In the audit: it left in quiet hours, and nobody else could be asked."""


def is_urgent(city: City, topic: str) -> bool:
    found = city.news.topic(topic)
    return found is not None and found.urgent


def wakes_people(work: Work, city: City, item: Item) -> bool:
    """Whether it would leave in quiet hours. Of a series, its first time."""
    if not is_urgent(city, item.topic):
        return False
    wish = next_occurrence(item.recurrence, work.now, city.zone) if item.recurrence else item.starts_at
    return city.quiet_until(departure(city, item.topic, wish, work.now)) is not None


def somebody_can_be_asked(work: Work, author: int | None, quartiers: Sequence[int]) -> bool:
    """Whether somebody else may approve what is for these quartiers, can be reached, and lets the bot write first."""
    others = approvers_over(work, quartiers, author)
    return any(person.pushes for person in addresses_of(work, others))
