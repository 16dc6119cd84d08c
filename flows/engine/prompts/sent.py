"""Questions answered with what a telephone sends: where it is, photos."""

from typing import Any

import msgspec

from bot.city.model import City, Place
from flows.engine.prompts.prompt import Prompt, Unfit
from flows.engine.state import Shown


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
