"""The kinds of question a flow can ask. Each says how it is shown and what an answer is worth today."""

import math
from collections.abc import Callable, Sequence
from datetime import datetime, time
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from bot.city.model import City, Place
from bot.delivery.links import what_is_wrong
from bot.delivery.model import Message
from flows.engine.moments import is_at_the_change
from flows.engine.state import Option, Shown
from flows.engine.wording import _

T = TypeVar("T")
NO = "no"
YES = "yes"


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


class Where(Prompt[Place], frozen=True):
    """A place: the telephone's position, a pin, or a typed address."""

    words: str
    within: City | None = None
    label: str = ""
    example: str = ""

    def shown(self) -> Shown:
        return Shown(
            kind="place", words=self.words, label=self.label, town=self.within is not None, example=self.example
        )

    def accept(self, raw: Any) -> Place:
        try:
            place = msgspec.convert(raw, Place)
        except msgspec.ValidationError as wrong:
            raise Unfit from wrong
        if self.within and place.latitude is not None:
            located = self.within.locate(place)
            if not (located.inside or located.near):
                raise Unfit
        return place


class Photos(Prompt[tuple[str, ...]], frozen=True):
    """Up to `most` photos, as keys of bot.pictures. Photos sent together are one answer."""

    words: str
    most: int = 4
    optional: bool = False
    label: str = ""

    def shown(self) -> Shown:
        return Shown(kind="pictures", words=self.words, label=self.label, most=self.most, optional=self.optional)

    def accept(self, raw: Any) -> tuple[str, ...]:
        if not isinstance(raw, list) or not raw or not all(isinstance(key, str) for key in raw):
            raise Unfit
        return tuple(raw[: self.most])

    def nothing(self) -> tuple[str, ...]:
        if not self.optional:
            raise Unfit
        return ()


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


class Moment(Prompt[datetime], frozen=True):
    """A day and an hour in the town's time, given back as an instant with its zone. `sends`: something leaves then, so
    that the hour of the night in which clocks change is refused."""

    words: str
    zone: ZoneInfo
    after: datetime | None = None
    label: str = ""
    example: str = ""
    before: datetime | None = None
    sends: bool = False

    def shown(self) -> Shown:
        return Shown(
            kind="moment",
            words=self.words,
            label=self.label,
            least=self.after.timestamp() if self.after else None,
            most=self.before.timestamp() if self.before else None,
            example=self.example,
            sends=self.sends,
        )

    def accept(self, raw: Any) -> datetime:
        try:
            moment = datetime.fromisoformat(raw)
        except (TypeError, ValueError) as wrong:
            raise Unfit from wrong
        if moment.tzinfo is None or (self.after and moment <= self.after) or (self.before and moment >= self.before):
            raise Unfit
        local = moment.astimezone(self.zone)
        if self.sends and is_at_the_change(local.time()):
            raise Unfit
        return local


class Hour(Prompt[time], frozen=True):
    """An hour of the day, at which something will be sent again and again."""

    words: str
    label: str = ""

    def shown(self) -> Shown:
        return Shown(kind="hour", words=self.words, label=self.label, example="18:30", sends=True)

    def accept(self, raw: Any) -> time:
        try:
            hour = time.fromisoformat(raw)
        except (TypeError, ValueError) as wrong:
            raise Unfit from wrong
        if is_at_the_change(hour):
            raise Unfit
        return hour


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


class OrNone(Prompt[T | None], frozen=True):
    """The same question, that may be skipped: no answer is None."""

    prompt: Prompt[T]

    def shown(self) -> Shown:
        return msgspec.structs.replace(self.prompt.shown(), optional=True)

    def accept(self, raw: Any) -> T | None:
        return self.prompt.accept(raw)

    def nothing(self) -> T | None:
        return None
