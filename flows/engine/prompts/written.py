"""Questions answered with the keyboard."""

import math
from typing import Any

from bot.delivery.links import what_is_wrong
from flows.engine.prompts.prompt import Prompt, Unfit
from flows.engine.state import Shown


class Text(Prompt[str], frozen=True):
    words: str
    least: int = 1
    most: int = 1000
    optional: bool = False
    label: str = ""
    example: str = ""

    def shown(self) -> Shown:
        return Shown(
            kind="text",
            words=self.words,
            label=self.label,
            optional=self.optional,
            least=self.least,
            most=self.most,
            example=self.example,
        )

    def accept(self, raw: Any) -> str:
        if not isinstance(raw, str) or not self.least <= len(raw) <= self.most:
            raise Unfit
        return raw

    def nothing(self) -> str:
        if not self.optional:
            raise Unfit
        return ""


class Number(Prompt[float], frozen=True):
    words: str
    least: float | None = None
    most: float | None = None
    whole: bool = True
    label: str = ""

    def shown(self) -> Shown:
        return Shown(
            kind="number", words=self.words, label=self.label, least=self.least, most=self.most, whole=self.whole
        )

    def accept(self, raw: Any) -> float:
        if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
            raise Unfit
        if (self.least is not None and raw < self.least) or (self.most is not None and raw > self.most):
            raise Unfit
        if self.whole and raw != int(raw):
            raise Unfit
        return int(raw) if self.whole else raw


class Link(Prompt[str], frozen=True):
    """The address of a page, in full. Skipped, it is an empty text."""

    words: str
    label: str = ""
    most: int = 500

    def shown(self) -> Shown:
        return Shown(
            kind="link",
            words=self.words,
            label=self.label,
            optional=True,
            most=self.most,
            example="https://www.exemple.fr/agenda",
        )

    def accept(self, raw: Any) -> str:
        if not isinstance(raw, str) or len(raw) > self.most or what_is_wrong(raw):
            raise Unfit
        return raw

    def nothing(self) -> str:
        return ""
