"""Reading a table of a town's file, key by key, noting every mistake with its line instead of stopping at the first."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from typing import Any

from rapidfuzz import process

from bot.city.matter import Words
from bot.city.mistake import Mistake
from bot.city.toml_lines import Lines, Steps, lines_of

KINDS = {str: "a text in quotes", int: "a whole number", float: "a number", bool: "true or false"}


@dataclass(slots=True)
class Notes:
    """What is wrong (`mistakes`) and what is only missing for some readers (`untranslated`)."""

    mistakes: list[Mistake] = field(default_factory=list)
    untranslated: list[Mistake] = field(default_factory=list)

    def wrong(self, file: str, line: int, sentence: str) -> None:
        self.mistakes.append(Mistake(file, line, sentence))


class Table:
    """A TOML table. A missing or wrong value is noted and an empty one returned, so that reading goes on: nothing
    is built from it, since a town with a mistake is not loaded."""

    def __init__(
        self, values: Mapping[str, Any], path: Steps, file: str, *, lines: Lines, notes: Notes, owner: str = ""
    ) -> None:
        self.values = values
        self.owner = owner
        self.path = path
        self.file = file
        self.lines = lines
        self.notes = notes
        self.asked: set[str] = set()

    @property
    def title(self) -> str:
        """What a person would call it: "category “lamp-out”", "the name of category “lamp-out”", "privacy"."""
        names = [str(part) for part in self.path if isinstance(part, str)]
        own = self.values.get("key", self.values.get("number"))
        if isinstance(own, str):
            return f"{'.'.join(names)} “{own}”"
        return f"the {names[-1]} of {self.owner}" if self.owner else ".".join(names) or "the file"

    def wrong(self, key: str, sentence: str) -> None:
        self.notes.wrong(self.file, self.lines.line((*self.path, key) if key else self.path), sentence)

    def has(self, key: str) -> bool:
        return key in self.values

    def text(self, key: str) -> str:
        value = self._value(key, str)
        if isinstance(value, str) and not value.strip():
            self.wrong(key, f"In {self.title}, “{key}” is empty: write it, or remove the line if it is optional.")
        return value or ""

    def maybe_text(self, key: str) -> str | None:
        return self.text(key) if self._expect(key) else None

    def whole(self, key: str, least: int = 0) -> int:
        value: int = self._value(key, int) or 0
        self._at_least(key, value, least)
        return value

    def maybe_whole(self, key: str, least: int = 0) -> int | None:
        return self.whole(key, least) if self._expect(key) else None

    def number(self, key: str, least: float = 0.0) -> float:
        value = float(self._value(key, float) or 0.0)
        self._at_least(key, value, least)
        return value

    def truth(self, key: str, default: bool) -> bool:
        return bool(self._value(key, bool)) if self._expect(key) else default

    def clock(self, key: str) -> time:
        text = self.text(key)
        try:
            return time.fromisoformat(text)
        except ValueError:
            if text:
                self.wrong(key, f'In {self.title}, “{key}” is “{text}”: write an hour as "21:00".')
            return time(0)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; an absent one is empty."""
        value = self.values.get(key, []) if self._expect(key) else []
        if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
            self.wrong(key, f'In {self.title}, “{key}” must be a list of texts: ["…", "…"].')
            return ()
        return tuple(value)

    def wholes(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers; an absent one is empty."""
        value = self.values.get(key, []) if self._expect(key) else []
        if not isinstance(value, list) or not all(isinstance(one, int) and not isinstance(one, bool) for one in value):
            self.wrong(key, f"In {self.title}, “{key}” must be a list of whole numbers: [1, 2].")
            return ()
        return tuple(value)

    def words(self, key: str, languages: Sequence[str]) -> Words:
        """The same text in every language: the first is required, another that is missing is only noted."""
        table = self.table(key)
        return table.translations(languages) if table else {}

    def maybe_words(self, key: str, languages: Sequence[str]) -> Words | None:
        return self.words(key, languages) if self._expect(key) else None

    def translations(self, languages: Sequence[str]) -> Words:
        self._only_languages(languages)
        found = {language: self.text(language) for language in languages if language in self.values}
        for language in languages:
            if language not in found:
                self._untranslated(language, source=language == languages[0])
        return found

    def keywords(self, key: str, languages: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
        if not self._expect(key):
            return {}
        table = self.table(key)
        if not table:
            return {}
        table._only_languages(languages)
        return {language: table.texts(language) for language in languages if language in table.values}

    def table(self, key: str) -> Table | None:
        value = self._required(key)
        if value is None or isinstance(value, dict):
            return None if value is None else self._inner(value, key)
        self.wrong(key, f'In {self.title}, “{key}” must be a table, for instance {key}.fr = "…" or [{key}].')
        return None

    def maybe_table(self, key: str) -> Table | None:
        return self.table(key) if self._expect(key) else None

    def tables(self, key: str) -> list[Table]:
        """The [[key]] tables: at least one."""
        value = self._required(key)
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            return [self._inner(one, key, index) for index, one in enumerate(value)]
        if value is not None:
            self.wrong(key, f"“{key}” must be written as one [[{key}]] table for each.")
        return []

    def maybe_tables(self, key: str) -> list[Table]:
        return self.tables(key) if self._expect(key) else []

    def close(self) -> None:
        """Notes every key nobody asked for: a key with a slip of the pen would otherwise be silently without effect."""
        for key in self.values:
            if key not in self.asked:
                alike = process.extractOne(key, sorted(self.asked), score_cutoff=70)
                hint = f"did you mean “{alike[0]}”?" if alike else f"known here: {', '.join(sorted(self.asked))}."
                self.wrong(key, f"In {self.title}, the key “{key}” is unknown: {hint}")

    def _inner(self, values: Mapping[str, Any], *steps: str | int) -> Table:
        owner = self.title if self.path else ""
        return Table(values, (*self.path, *steps), self.file, lines=self.lines, notes=self.notes, owner=owner)

    def _expect(self, key: str) -> bool:
        self.asked.add(key)
        return key in self.values

    def _required(self, key: str) -> Any:
        if not self._expect(key):
            self.wrong("", f"In {self.title}, the key “{key}” is missing: add it.")
        return self.values.get(key)

    def _value(self, key: str, kind: type) -> Any:
        value = self._required(key)
        fits = isinstance(value, (int, float) if kind is float else kind)
        if value is None or (fits and (kind is bool or not isinstance(value, bool))):
            return value
        self.wrong(key, f"In {self.title}, “{key}” must be {KINDS[kind]}, not {value!r}.")
        return None

    def _at_least(self, key: str, value: float, least: float) -> None:
        if key in self.values and value < least:
            self.wrong(key, f"In {self.title}, “{key}” is {value:g}: give {least:g} or more.")

    def _only_languages(self, languages: Sequence[str]) -> None:
        for language in self.values:
            if language not in languages:
                listed = ", ".join(languages)
                sentence = f"In {self.title}, the language “{language}” is not in the town's list ({listed}): "
                self.wrong(language, sentence + "add it to town.languages or remove this text.")

    def _untranslated(self, language: str, source: bool) -> None:
        if source:
            self.wrong("", f"In {self.title}, the text in “{language}” is missing: it is the town's first language.")
        else:
            sentence = f"In {self.title}, the text in “{language}” is missing: the first language is shown instead."
            self.notes.untranslated.append(Mistake(self.file, self.lines.line(self.path), sentence))


def read_toml(source: str, file: str, notes: Notes) -> Table | None:
    """None when the file cannot be read at all; every key written twice is named, not only the first."""
    lines = lines_of(source)
    for path, line, first in lines.twice:
        name = ".".join(str(part) for part in path)
        notes.wrong(file, line, f"“{name}” is already written on line {first}: keep one of them.")
    try:
        return Table(tomllib.loads(source), (), file, lines=lines, notes=notes)
    except tomllib.TOMLDecodeError as error:
        if not lines.twice:
            line = _line_in(str(error), source)
            notes.wrong(file, line, f"This line cannot be read as TOML ({error}): mend it and check again.")
        return None


def _line_in(message: str, source: str) -> int:
    """The standard reader gives the line only in its message, and "at end of document" for the last."""
    _, found, rest = message.partition("at line ")
    digits = rest.partition(",")[0]
    return int(digits) if found and digits.isdigit() else len(source.splitlines())
