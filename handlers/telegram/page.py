"""A message laid out for Telegram: which photos, which caption, which texts, and what stands below the last of them."""

from collections.abc import Sequence
from typing import NamedTuple

from bot.delivery.look import Bubble, Look
from bot.delivery.model import Lane, Message
from flows.engine.wording import speaking
from handlers.telegram import keyboards, markup

POINTER = "👇"
"""Said when there are buttons but no words: an album cannot carry buttons itself."""


MOST_IN_ALBUM = 10


class Part(NamedTuple):
    """What one call sends: a text, a photo with its caption, or an album, which can have neither words nor buttons."""

    pictures: tuple[str, ...]
    html: str
    below: keyboards.Markup | None


class Page(NamedTuple):
    """`texts` and `caption` are HTML. With one photo and few words the words are its caption and `texts` is empty."""

    pictures: tuple[str, ...]
    caption: str
    texts: tuple[str, ...]
    below: keyboards.Markup | None

    @property
    def is_empty(self) -> bool:
        return not (self.pictures or self.texts)

    @property
    def parts(self) -> list[Part]:
        """In the order in which they are sent; the last one carries what stands below."""
        parts = []
        for at in range(0, len(self.pictures), MOST_IN_ALBUM):
            keys = self.pictures[at : at + MOST_IN_ALBUM]
            alone = len(keys) == 1
            parts.append(Part(keys, self.caption if alone else "", self.below if alone and not self.texts else None))
        parts += [Part((), text, None) for text in self.texts[:-1]]
        return parts + [Part((), text, self.below) for text in self.texts[-1:]]


def compose(message: Message, lane: Lane, pictures: Sequence[str]) -> Page:
    """`pictures` are those of the message that are still kept. Raises Impossible for a button that is too long."""
    with speaking(message.language):
        pieces = markup.pieces_of(message, keyboards.written_links(message))
    below = keyboards.below(message, lane)
    if message.pictures and not pictures and message.alternative:
        pieces = [*pieces, markup.Piece(f"\n\n{message.alternative}", "i")]
    if len(pictures) == 1 and markup.fits(pieces, markup.MOST_CAPTION):
        return Page(tuple(pictures), markup.html(pieces), (), below)
    texts = tuple([markup.html(part) for part in markup.split(pieces)])
    if not texts and len(pictures) > 1 and message.buttons:
        texts = (POINTER,)
    return Page(tuple(pictures), "", texts, below)


def count_of(page: Page) -> int:
    """Messages, as Telegram counts them: each photo of an album is one."""
    return sum(max(1, len(part.pictures)) for part in page.parts)


def look_of(page: Page) -> Look:
    """The same messages for somebody who only looks. The HTML is ours: two tags, and what people typed is escaped."""
    return Look(tuple(Bubble(part.html, part.pictures, _labels(part.below)) for part in page.parts))


def _labels(below: keyboards.Markup | None) -> tuple[tuple[str, ...], ...]:
    if not isinstance(below, keyboards.InlineKeyboard):
        return ()
    return tuple(tuple(button.text for button in row) for row in below.inline_keyboard)
