"""How an answer is read against the question the person saw."""

from flows.engine.reading.chosen import DONE, position
from flows.engine.reading.reader import Reader
from flows.engine.reading.reading import Answer, Asked, Miss, More, Reading
from flows.engine.reading.sent import MOST_PLACES, only_the_first, why_refused

__all__ = [
    "DONE",
    "MOST_PLACES",
    "Answer",
    "Asked",
    "Miss",
    "More",
    "Reader",
    "Reading",
    "only_the_first",
    "position",
    "why_refused",
]
