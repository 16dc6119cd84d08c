"""The known places of a town: what a typed address may mean, and what a point is close to."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, product
from typing import TypeAlias

from rapidfuzz import fuzz, process

from bot.city import spelling
from bot.city.ground import Projection
from bot.city.place import Place, Quartier

CLOSE = 120.0
"""Metres within which a point may honestly be called close to a known place: about a block and a half."""

STREET_REACH = 300.0
"""Metres: a house number in a street of which one point is known may be this far from that point."""

NEAR_ENOUGH = 82.0
"""Of 100. Lets one or two wrong letters through in a name of six, and refuses another name."""

OTHER_HOUSE = 30.0
"""Taken from the score of another house of the same street: it comes after the street itself."""

SHORTLIST = 60


@dataclass(frozen=True, slots=True)
class Known:
    """A known place with its name made comparable. `core`: its name without way type and linking words."""

    place: Place
    kind: str
    key: str
    core: tuple[str, ...]
    strong: tuple[str, ...]
    """Core and way type: what a long sentence must hold for the place to be meant."""
    number: str
    """Of the house, when the gazetteer lists houses one by one."""


Point: TypeAlias = tuple[float, float, Known]
"""Metres east and north."""


class Gazetteer:
    def __init__(self, rows: Iterable[tuple[Place, str]], language: str, town: str, projection: Projection) -> None:
        self.language = language
        self._projection = projection
        self._ways = spelling.WAY_TYPES.get(language, frozenset())
        self._links = spelling.LINKING_WORDS.get(language, frozenset())
        self._town = spelling.street(town, language)
        self._known = [self._know(place, kind) for place, kind in rows]
        self._keys = [known.key for known in self._known]
        self._exact = frozenset(self._keys)
        self.kinds = frozenset(known.kind for known in self._known)
        self._cells = self._placed()
        self._near = lru_cache(maxsize=4096)(self._close)  # a flow asks again at every turn of a conversation

    @property
    def names(self) -> list[str]:
        return [known.place.label for known in self._known]

    @property
    def points(self) -> list[Place]:
        """The known places of which it is known where they are."""
        return [known.place for known in self._known if known.place.latitude is not None]

    def key(self, name: str) -> str:
        """Two names with one key are one place."""
        return spelling.street(name, self.language)

    def _placed(self) -> dict[tuple[int, int], list[Point]]:
        """The known points by squares of CLOSE metres: what is close is in the square itself or the eight around."""
        cells: dict[tuple[int, int], list[Point]] = defaultdict(list)
        for known in self._known:
            if known.place.latitude is not None and known.place.longitude is not None:
                x, y = self._projection.point(known.place.latitude, known.place.longitude)
                cells[_cell(x, y)].append((x, y, known))
        return dict(cells)

    def _know(self, place: Place, kind: str) -> Known:
        key = self.key(place.label)
        number = spelling.house_number(key) if key[:1].isdigit() else ""
        named = key.removeprefix(number).split() or key.split()
        strong = spelling.without(named, self._links) or named
        core = spelling.without(strong, self._ways) or strong
        return Known(place, kind, key, tuple(core), tuple(strong), number)

    def find(self, text: str, most: int) -> list[Place]:
        """Best first. A house number is kept in the label; the point is then only that of the street."""
        query, number = self._query(text), spelling.house_number(text)
        if not spelling.without(query.split(), self._links | self._ways):
            return []
        wanted = f"{number} {query}".strip()
        close = process.extract(wanted, self._keys, scorer=fuzz.token_set_ratio, limit=SHORTLIST, score_cutoff=50)
        scored = [(self._score(query, number, self._known[index]), index) for _, _, index in close]
        best = sorted(((score, index) for score, index in scored if score > 0), key=lambda one: (-one[0], one[1]))
        return [self._numbered(self._known[index], number) for _, index in best[:most]]

    def _query(self, text: str) -> str:
        """Without house number, postcode and the town's own name, unless nothing else was typed."""
        key = self.key(text)
        shorter = " ".join(f" {key} ".replace(f" {self._town} ", " ").split()) or key
        if shorter in self._exact:
            return shorter
        bare = spelling.NUMBER.sub(" ", shorter)
        words = [word for word in bare.split() if not word.isdigit()]
        return " ".join(words)

    def _score(self, query: str, number: str, known: Known) -> float:
        """0 when the place is not meant. An exact name comes before everything."""
        if query == known.key:
            return 1000.0
        typed = spelling.without(query.split(), self._links)
        core = [token for token in spelling.without(typed, self._ways) if len(token) > 1] or typed
        covered = sum(_best(token, known.core) for token in core) / len(core)
        named = min(_best(token, typed) for token in known.strong)
        enough = max(covered, named if len(known.strong) > 1 else 0.0)
        if enough < NEAR_ENOUGH:
            return 0.0
        other_house = OTHER_HOUSE if known.number and number != known.number else 0.0
        return enough + fuzz.token_sort_ratio(query, known.key) / 2 - other_house

    def _numbered(self, known: Known, number: str) -> Place:
        place = known.place
        crossing = "/" in place.label
        if not number or crossing or known.strong[0] not in self._ways or any(one.isdigit() for one in known.key):
            return place
        reach = None if place.latitude is None else STREET_REACH
        return Place(place.latitude, place.longitude, reach, f"{number} {place.label}")

    def _close(self, place: Place) -> list[tuple[float, Known]]:
        """Nearest first, with metres."""
        if place.latitude is None or place.longitude is None or (place.accuracy or 0.0) > CLOSE:
            return []
        x, y = self._projection.point(place.latitude, place.longitude)
        if not (math.isfinite(x) and math.isfinite(y)):
            return []
        column, row = _cell(x, y)
        cells = product((column - 1, column, column + 1), (row - 1, row, row + 1))
        points = chain.from_iterable(self._cells.get(cell, ()) for cell in cells)
        near = ((math.hypot(east - x, north - y), known) for east, north, known in points)
        return sorted((pair for pair in near if pair[0] <= CLOSE), key=lambda pair: pair[0])

    def nearest_name(self, place: Place) -> str:
        """Empty when nothing is close, or when the position is vaguer than what "close" means."""
        close = self._near(place)
        return close[0][1].place.label if close else ""

    def nearest(self, place: Place) -> tuple[str, float] | None:
        """The known place nearest to a point, however far, and the metres to it."""
        if place.latitude is None or place.longitude is None:
            return None
        x, y = self._projection.point(place.latitude, place.longitude)
        points = chain.from_iterable(self._cells.values())
        away = ((math.hypot(east - x, north - y), known.place.label) for east, north, known in points)
        metres, label = min(away, default=(math.inf, ""))
        return (label, metres) if math.isfinite(metres) else None

    def kinds_near(self, place: Place) -> frozenset[str]:
        return frozenset(known.kind for _, known in self._near(place))

    def quartier_named(self, text: str, quartiers: Sequence[Quartier]) -> Quartier | None:
        wanted = spelling.plain(text)
        for quartier in quartiers:
            names = (str(quartier.number), quartier.name, *quartier.aliases)
            if wanted in [spelling.plain(name) for name in names]:
                return quartier
        return None


def _cell(x: float, y: float) -> tuple[int, int]:
    return math.floor(x / CLOSE), math.floor(y / CLOSE)


def _best(token: str, others: Sequence[str]) -> float:
    """The likeness of the most alike of `others`; short words must be the same, "rue Say" is not "rue Sée"."""
    if len(token) <= 3:
        return 100.0 if token in others else 0.0
    return max((fuzz.ratio(token, other) for other in others), default=0.0)
