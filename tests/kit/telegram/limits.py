"""The limits of one field: how long, how many, which values."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .refusal import RefusedError, bad, strict


@dataclass(frozen=True, slots=True)
class Limits:
    """`parsed` lengths are left to the methods: they count after the entities are taken out of the text."""

    const: str | None = None
    enum: list[str] | None = None
    range: tuple[float, float] | None = None
    pattern: str | None = None
    items: tuple[int, int] | None = None
    length: tuple[int, int] | None = None
    bytes: tuple[int, int] | None = None
    parsed: bool = False
    error: str | None = None

    def after(self, check_type: Callable[[Any, str], None]) -> Callable[[Any, str], None]:
        checks = [check for check in self._checks() if check is not None]

        def check(value: Any, path: str) -> None:
            check_type(value, path)
            for words in filter(None, (each(value) for each in checks)):
                raise self._refusal(path, words)

        return check

    def _refusal(self, path: str, words: str) -> RefusedError:
        return bad(self.error) if self.error else strict(f"{path} must be {words}")

    def _checks(self) -> list[Callable[[Any], str | None] | None]:
        return [
            self._one_of([self.const]) if self.const is not None else None,
            self._one_of(self.enum) if self.enum is not None else None,
            self._within(self.range, "between {} and {}", lambda value: value) if self.range else None,
            self._within(self.items, "{}-{} items", len) if self.items else None,
            self._within(self.bytes, "{}-{} bytes", lambda text: len(text.encode())) if self.bytes else None,
            self._within(self.length, "{}-{} characters", len) if self.length and not self.parsed else None,
            self._matches(self.pattern) if self.pattern is not None else None,
        ]

    def _one_of(self, allowed: list[str]) -> Callable[[Any], str | None]:
        known = frozenset(allowed)

        def check(value: Any) -> str | None:
            given = value if isinstance(value, list) else [value]
            return None if known.issuperset(given) else f"one of {', '.join(allowed)}"

        return check

    def _within(
        self, bounds: tuple[float, float], words: str, measure: Callable[[Any], float]
    ) -> Callable[[Any], str | None]:
        low, high = bounds

        def check(value: Any) -> str | None:
            return None if low <= measure(value) <= high else words.format(low, high)

        return check

    def _matches(self, pattern: str) -> Callable[[Any], str | None]:
        compiled = re.compile(pattern)

        def check(value: Any) -> str | None:
            return None if compiled.fullmatch(value) else f"of the form {pattern}"

        return check
