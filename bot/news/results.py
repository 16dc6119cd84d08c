"""What became of an item: how many it reached, and what they answered."""

from __future__ import annotations

import msgspec

from bot.delivery import broadcasts
from bot.delivery.broadcasts import Figures
from bot.news.fold import count_answers
from bot.news.model import Item
from bot.storage.work import Work

FEW = 5
"""People fewer than this, who answered, read one language or are on one channel, are not counted aloud: in a small
quartier a number of two or three points at people."""


class Results(msgspec.Struct, frozen=True):
    """`answers`: "less", "stop" → how many people."""

    figures: Figures
    answers: dict[str, int] = {}


def results_of(work: Work, item: Item) -> Results:
    figures = broadcasts.figures(work, item.broadcast_id) if item.broadcast_id is not None else Figures()
    return Results(figures, count_answers(work, item))
