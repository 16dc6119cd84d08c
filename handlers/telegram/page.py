"""A message laid out for Telegram: which photos, which caption, which texts, and what stands below the last of them."""

from collections.abc import Sequence
from typing import NamedTuple

from bot.delivery.model import Lane, Message
from flows.engine.wording import speaking
from handlers.telegram import keyboards, markup

POINTER = "👇"
"""Said when there are buttons but no words: an album cannot carry buttons itself."""


class Page(NamedTuple):
    """`texts` and `caption` are HTML. With one photo and few words the words are its caption and `texts` is empty."""

    pictures: tuple[str, ...]
    caption: str
    texts: tuple[str, ...]
    below: keyboards.Markup | None

    @property
    def is_empty(self) -> bool:
        return not (self.pictures or self.texts)


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
