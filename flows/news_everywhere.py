"""A piece of news as readers of every channel and language will see it: a page for whoever writes or reviews it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from bot.city.model import City
from bot.delivery.model import Button, Message
from bot.delivery.previews import PATH, Reading, keep
from bot.news.model import Item
from bot.storage.work import Work
from flows.engine.wording import _, current, speaking
from flows.news_cards import card

NOT_YET = "AC-······"
"""In place of the reference, where a channel writes the address of the page out."""


def everywhere(work: Work, city: City, page: Callable[[str], str], item: Item) -> list[Message]:
    """The way to that page, between a preview and a question; nothing where there is no such page."""
    words = _(
        "Voyez-la aussi sur les autres messageries et dans les autres langues. "
        "Toute personne qui a ce lien peut voir l’aperçu."
    )
    row = way_there(work, city, page, item)
    return [Message(text=words, buttons=(row,))] if row else []


def way_there(work: Work, city: City, page: Callable[[str], str], item: Item) -> tuple[Button, ...]:
    """A row with the button that opens it, for 24 hours; no button where no public address is known."""
    if not page(PATH):
        return ()
    token = keep(work, item.author_id, as_read(item, city, page))
    address = page(f"{PATH}{token}?langue={current().code}")
    return (Button(_("Voir sur chaque messagerie"), link=address),)


def as_read(item: Item, city: City, page: Callable[[str], str]) -> list[Reading]:
    """The very cards that leave, worded as they are when they leave: those that have a text of their own first, the
    author's before all."""
    known = msgspec.structs.replace(item, ref=item.ref or NOT_YET)
    readings = []
    for code in sorted(
        dict.fromkeys((*city.languages, *item.texts)), key=lambda code: (code not in item.texts, code != item.language)
    ):
        with speaking(code):
            readings.append(Reading(code, card(known, city, page, language=code)))
    return readings
