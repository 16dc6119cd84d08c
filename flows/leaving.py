"""Leaving: somebody erased, or out of the team, has nothing more sent in their name."""

from bot.people.forget import forget
from bot.storage.work import Work
from flows.news_acts import withdraw_of_author


def erase(work: Work, resident_id: int, by: int | None = None) -> int:
    """Erase somebody, and take back first what they had planned for residents; gives the number of addresses erased.
    `by`: themself, or None for the operator and the clock."""
    withdraw_of_author(work, resident_id, by, erased=True)
    return forget(work, resident_id, by)
