"""Questions answered by choosing."""

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from bot.delivery.model import Message
from flows.engine.prompts.prompt import Prompt, Unfit
from flows.engine.state import Option, Shown
from flows.engine.wording import _

T = TypeVar("T")
NO = "no"
YES = "yes"


class Yes(Prompt[bool], frozen=True):
    """Yes or no; `card` is shown above the question."""

    words: str
    card: Message | None = None
    yes: str = ""
    no: str = ""
    label: str = ""

    def shown(self) -> Shown:
        return Shown(
            kind="yes",
            words=self.words,
            label=self.label,
            card=self.card,
            columns=2,
            options=(
                Option(YES, self.yes or _("Oui"), also=(_("oui"), "ok", "yes", "oui", "o", "y")),
                Option(NO, self.no or _("Non"), also=(_("non"), "no", "non", "n")),
            ),
        )

    def accept(self, raw: Any) -> bool:
        if raw not in (YES, NO):
            raise Unfit
        return bool(raw == YES)


class One(msgspec.Struct, Generic[T], frozen=True):
    """Something that can be chosen, and what choosing it means to the flow."""

    key: str
    label: str
    value: T
    also: tuple[str, ...] = ()
    style: str = ""


class Choice(Prompt[T], frozen=True):
    """One of several. `free` turns words that fit no option into an answer of its own."""

    words: str
    options: Sequence[One[T]]
    free: Callable[[str], T] | None = None
    label: str = ""
    columns: int = 1
    card: Message | None = None

    def shown(self) -> Shown:
        return Shown(
            kind="choice",
            words=self.words,
            label=self.label,
            options=tuple(Option(one.key, one.label, one.also, one.style) for one in self.options),
            free=self.free is not None,
            columns=self.columns,
            card=self.card,
        )

    def accept(self, raw: Any) -> T:
        if self.free and isinstance(raw, dict) and isinstance(raw.get("typed"), str):
            return self.free(raw["typed"])
        for one in self.options:
            if one.key == raw:
                return one.value
        raise Unfit


class Choices(Prompt[tuple[T, ...]], frozen=True):
    """Any number of several, ended by a button. `ticked`: keys of those that are chosen unless somebody says no."""

    words: str
    options: Sequence[One[T]]
    least: int = 1
    most: int = 100
    label: str = ""
    ticked: Sequence[str] = ()
    columns: int = 1

    def shown(self) -> Shown:
        return Shown(
            kind="choices",
            words=self.words,
            label=self.label,
            options=tuple(Option(one.key, one.label, one.also) for one in self.options),
            optional=self.least == 0,
            least=self.least,
            most=self.most,
            ticked=tuple(self.ticked),
            columns=self.columns,
        )

    def accept(self, raw: Any) -> tuple[T, ...]:
        kept = tuple(one.value for one in self.options if isinstance(raw, list) and one.key in raw)
        if not self.least <= len(kept) <= self.most:
            raise Unfit
        return kept

    def nothing(self) -> tuple[T, ...]:
        if self.least:
            raise Unfit
        return ()
