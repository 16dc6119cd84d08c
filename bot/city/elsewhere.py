"""Typed addresses that say themselves that they are of another town."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from bot.city import spelling
from bot.city.place import NamedTown

AT = frozenset({"a", "au", "aux", "en", "em", "in", "at", "zu"})
"""After these a town is where one is: « à Meudon »; after other small words it names a street: « rue de Meudon »."""

APART = re.compile(r"[,;\n]|\s-\s")


class Elsewhere:
    """`own`: the town's name and postcodes. Without postcodes of its own, no postcode says anything."""

    def __init__(self, own: NamedTown, towns: Sequence[NamedTown], language: str, places: Collection[str]) -> None:
        self._language = language
        self._own = [self._key(name) for name in own.names]
        self._postcodes = own.postcodes
        self._digits = frozenset(map(len, own.postcodes))
        self._towns = [(town, [self._key(name).split() for name in town.names]) for town in towns]
        self._places = {self._key(place) for place in places}
        self._small = spelling.LINKING_WORDS.get(language, frozenset()) | spelling.WAY_TYPES.get(language, frozenset())

    def _key(self, text: str) -> str:
        return spelling.street(text, self._language)

    def town_of(self, typed: str) -> str | None:
        """The other town that an address names; empty when its postcode is of a town unknown to us; None when nothing
        says that it is elsewhere."""
        key = self._key(typed)
        if key in self._places or any(f" {name} " in f" {key} " for name in self._own):
            return None
        codes = [word for word in key.split() if word.isdigit() and len(word) in self._digits]
        if any(code in self._postcodes for code in codes):
            return None
        parts = [self._key(part).split() for part in APART.split(typed)]
        for town, names in self._towns:
            by_code = any(code.startswith(town.postcodes) for code in codes)
            if by_code or any(self._ends(part, name) for part in parts for name in names):
                return town.names[0]
        return "" if codes else None

    def _ends(self, part: Sequence[str], name: Sequence[str]) -> bool:
        """Whether `part` ends with the name of a town that is no street's: figures after it (« Paris 16e ») and before
        it do not count."""
        words = list(part)
        while words and words[-1][0].isdigit():
            words.pop()
        if words[-len(name) :] != list(name):
            return False
        before = words[-len(name) - 1] if len(words) > len(name) else ""
        return before in AT or before not in self._small
