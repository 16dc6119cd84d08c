"""Words that mean danger: heard in whatever is typed, at any moment, before anything else is made of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from bot.city import spelling
from bot.city.matter import Category

APART = 4
"""How many other words may stand where a phrase has its star: « odeur * gaz » is « odeur très forte de gaz » too."""

MOST_WORDS = 400
"""Words of a text that are listened to."""

ATTACHED = ("وال", "بال", "فال", "لل", "ال", "و", "ب", "ل")
"""Small words that Arabic writes onto the next one."""

Phrase = tuple[tuple[str, int], ...]
"""Words in their order, each with how many others may stand before it."""


class Alarms:
    """The phrases of every category that has an alarm, in all languages at once: people mix them, and in danger one
    does not choose one's words. Whole words only, blind to accents and case."""

    def __init__(self, categories: Sequence[Category]) -> None:
        self._bells = [_Bell(one) for one in categories if one.alarm]

    def hear(self, text: str) -> Category | None:
        """The first category, in the town's order, whose danger `text` tells of."""
        typed = spelling.plain(text).split()[:MOST_WORDS]
        return next((bell.category for bell in self._bells if typed and bell.rings(typed)), None)


class _Bell:
    def __init__(self, category: Category) -> None:
        assert category.alarm is not None
        self.category = category
        self._words = _indexed(category.alarm.words)
        self._unless = _indexed(category.alarm.unless)
        self._alone = {spelling.plain(one) for words in category.alarm.alone.values() for one in words}

    def rings(self, typed: Sequence[str]) -> bool:
        """What is harmless (« feu rouge ») is taken out first: the rest may still be a danger."""
        if " ".join(typed) in self._alone:
            return True
        heard = list(typed)
        for start in reversed(range(len(heard))):  # from the end: of two fires, the one beside « rouge » is the light
            for found in _found(heard, start, self._unless):
                for at in found:
                    heard[at] = ""
        return any(found for start in range(len(heard)) for found in _found(heard, start, self._words))


def _indexed(words: Mapping[str, Sequence[str]]) -> Mapping[str, list[Phrase]]:
    """Phrases by their first word."""
    index: dict[str, list[Phrase]] = defaultdict(list)
    for phrase in dict.fromkeys(_phrase(one) for written in words.values() for one in written):
        if phrase:
            index[phrase[0][0]].append(phrase)
    return dict(index)


def _phrase(written: str) -> Phrase:
    parts = [spelling.plain(part).split() for part in written.split("*")]
    return tuple(
        (word, APART if at and not place else 0) for at, part in enumerate(parts) for place, word in enumerate(part)
    )


def _found(typed: Sequence[str], start: int, index: Mapping[str, list[Phrase]]) -> list[list[int]]:
    """Where the words of each phrase that begins at `start` stand."""
    phrases = [phrase for form in _forms(typed[start]) for phrase in index.get(form, ())]
    return [found for phrase in phrases if (found := _follow(typed, start, phrase))]


def _follow(typed: Sequence[str], start: int, phrase: Phrase) -> list[int]:
    found = [start]
    for word, apart in phrase[1:]:
        nearest = range(found[-1] + 1, min(found[-1] + 2 + apart, len(typed)))
        at = next((at for at in nearest if word in _forms(typed[at])), None)
        if at is None:
            return []
        found.append(at)
    return found


def _forms(typed: str) -> list[str]:
    """The words that what was typed may stand for: another number, or an attached article."""
    if not typed:
        return []
    forms = [typed, f"{typed}s", *([typed[:-1]] if typed[-1] == "s" else [])]
    forms.extend(typed.removeprefix(one) for one in ATTACHED if typed.startswith(one) and len(typed) > len(one) + 1)
    return forms
