"""What every kind of question is."""

from typing import Any, Generic, TypeVar

import msgspec

from flows.engine.state import Shown

T = TypeVar("T")


class Unfit(Exception):
    """A stored answer that today's question would not take: it is asked again."""


class Prompt(msgspec.Struct, Generic[T], frozen=True):
    """A question whose answer is a `T`. Structs, because every turn makes all of a flow's questions anew."""

    def shown(self) -> Shown:
        raise NotImplementedError

    def accept(self, raw: Any) -> T:
        """The answer kept as JSON, as the flow wants it. Raises Unfit when today's question would refuse it."""
        raise NotImplementedError

    def nothing(self) -> T:
        """What a skipped question gives."""
        raise Unfit


class OrNone(Prompt[T | None], frozen=True):
    """The same question, that may be skipped: no answer is None."""

    prompt: Prompt[T]

    def shown(self) -> Shown:
        return msgspec.structs.replace(self.prompt.shown(), optional=True)

    def accept(self, raw: Any) -> T | None:
        return self.prompt.accept(raw)

    def nothing(self) -> T | None:
        return None
