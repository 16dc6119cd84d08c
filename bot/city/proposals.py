"""Which categories typed words may mean."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz.distance import OSA

from bot.city import spelling
from bot.city.matter import Category, Family

SLIPPED = 0.9
"""What a word with a slip of the finger counts, against 1 for the word itself."""

NAME_WEIGHT = 0.8
"""The words of a category's name count a little less than the keywords chosen for it."""

Phrase = tuple[tuple[str, ...], float]


class Proposals:
    """The keywords of every category, made comparable once. The source language is always understood too: people
    mix languages, and a street word is often known in the town's own."""

    def __init__(self, categories: Sequence[Category], families: Sequence[Family], source: str) -> None:
        self._categories = {category.key: category for category in categories}
        self._source = source
        urgent = {family.key for family in families if family.urgent}
        self._urgent = {category.key for category in categories if category.family in urgent}
        languages = {language for category in categories for language in (*category.words, *category.name)}
        self._phrases = {
            language: [(category, _phrases(category, language)) for category in categories] for language in languages
        }
        self._near = lru_cache(maxsize=256)(self._likelier)  # a flow asks again at every turn of a conversation

    def propose(
        self, words: str, language: str, kinds: frozenset[str], recent: Sequence[str], most: int
    ) -> list[Category]:
        """Without words: what is near, then what was used lately. With words: only what they fit."""
        if not words.strip():
            near = self._near(kinds) if kinds else ()
            lately = [self._categories[key] for key in recent if key in self._categories]
            return list({category.key: category for category in (*near, *lately)}.values())[:most]
        scores = self._scores(spelling.plain(words).split(), language)
        for key in scores:
            scores[key] += self._leaning(key, kinds, recent)
        order = sorted(scores, key=lambda key: (key not in self._urgent, -scores[key]))
        return [self._categories[key] for key in order[:most]]

    def _likelier(self, kinds: frozenset[str]) -> tuple[Category, ...]:
        return tuple(one for one in self._categories.values() if kinds.intersection(one.near))

    def _scores(self, typed: list[str], language: str) -> dict[str, float]:
        scores: dict[str, float] = {}
        for spoken in dict.fromkeys((language.partition("-")[0], self._source)):
            for category, phrases in self._phrases.get(spoken, ()):
                score = _score(typed, phrases)
                if score > scores.get(category.key, 0.0):
                    scores[category.key] = score
        return scores

    def _leaning(self, key: str, kinds: frozenset[str], recent: Sequence[str]) -> float:
        """Small: it decides between equals, it does not overrule what was typed."""
        near = 0.3 if kinds.intersection(self._categories[key].near) else 0.0
        return near + (0.2 / (1 + recent.index(key)) if key in recent else 0.0)


def _phrases(category: Category, language: str) -> list[Phrase]:
    chosen: list[Phrase] = [(tuple(spelling.plain(word).split()), 1.0) for word in category.words.get(language, ())]
    name = tuple(spelling.plain(category.name.get(language, "")).split())
    return [phrase for phrase in (*chosen, (name, NAME_WEIGHT)) if phrase[0]]


def _score(typed: list[str], phrases: Sequence[Phrase]) -> float:
    """The best phrase, all of whose words were typed, in any order: a longer phrase says more. Others add a little."""
    found = sorted((weight * _match(typed, phrase) for phrase, weight in phrases), reverse=True)
    return found[0] + 0.1 * sum(found[1:]) if found else 0.0


def _match(typed: list[str], phrase: tuple[str, ...]) -> float:
    total = 0.0
    for word in phrase:
        likeness = max((_likeness(word, one) for one in typed), default=0.0)
        if not likeness:
            return 0.0
        total += likeness
    return total


def _likeness(word: str, typed: str) -> float:
    if typed in (word, f"{word}s", f"ال{word}") or f"{typed}s" == word:  # the Arabic article is written attached
        return 1.0
    slips = 0 if word[0] != typed[0] else _slips(min(len(word), len(typed)))
    return SLIPPED if slips and OSA.distance(word, typed, score_cutoff=slips) <= slips else 0.0


def _slips(length: int) -> int:
    """How many wrong, missing or exchanged letters a word of this length may have. None in short ones, where another
    letter is another word ("banc", "blanc"); nor in the first letter, which people get right ("plaque", "flaque")."""
    return 0 if length < 6 else 1 if length < 9 else 2
