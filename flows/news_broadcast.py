"""News as delivery knows them: whom each is for, whether it may still leave, in which words, and who is told."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Select, select

from bot.city.model import City
from bot.delivery.broadcast import Act, Broadcast, Nobody, Verdict
from bot.delivery.broadcast import State as Run
from bot.delivery.broadcasts import figures
from bot.delivery.model import Message
from bot.news.audience import audience, judge
from bot.news.model import Item
from bot.news.store import item_by_ref, news_item
from bot.storage.work import Work
from flows.engine.wording import mark, speaking
from flows.news_cards import card
from flows.news_progress import tell_author, tell_in_charge

MOST_WORDED = 256
"""Cards kept: a few items under way, in each language of the town."""


class Wording(NamedTuple):
    """What the words of an item depend on."""

    ref: str
    rev: int
    state: str
    author: str  # the name goes when they ask to be erased
    language: str


class NewsKind:
    """Implements bot.delivery.broadcast.Kind; the reference of its broadcasts is that of an item."""

    def __init__(self, city: City, page: Callable[[str], str]) -> None:
        self._city = city
        self._page = page
        self._worded: OrderedDict[Wording, Message] = OrderedDict()
        self._looking: weakref.ref[Work] | None = None
        self._seen: dict[str, tuple[int, str, str]] = {}  # of the work under way: reference → rev, state, author

    def audience(self, work: Work, one: Broadcast, after: int, most: int) -> Select[tuple[int, int, str]] | Nobody:
        return audience(work, self._item(work, one), after, most, city=self._city)

    def judge(self, work: Work, one: Broadcast, addresses: Sequence[int]) -> Mapping[int, Verdict]:
        return judge(work, self._item(work, one), addresses, city=self._city)

    def worded(self, work: Work, one: Broadcast, language: str, address: int) -> Message:
        """One object for all readers of a language, until the words change."""
        wording = Wording(one.ref, *self._standing(work, one.ref), language)
        if (kept := self._worded.get(wording)) is not None:
            self._worded.move_to_end(wording)
            return kept
        with speaking(language):
            made = card(self._item(work, one), self._city, self._page, language=language)
        self._worded[wording] = made
        if len(self._worded) > MOST_WORDED:
            self._worded.popitem(last=False)
        return made

    def _standing(self, work: Work, ref: str) -> tuple[int, str, str]:
        """Looked up once a transaction, in which nobody else changes it under our eyes."""
        if self._looking is None or self._looking() is not work:
            self._looking, self._seen = weakref.ref(work), {}
        if ref not in self._seen:
            query = select(news_item.c.rev, news_item.c.state, news_item.c.author_name).where(news_item.c.ref == ref)
            row = work.connection.execute(query).one()
            self._seen[ref] = (row[0], row[1], row[2])
        return self._seen[ref]

    def _item(self, work: Work, one: Broadcast) -> Item:
        found = item_by_ref(work, one.ref)
        assert found is not None, "an item is never erased while a broadcast carries it"
        return found

    def told(self, work: Work, one: Broadcast) -> None:
        """Its author sees quietly that it begins, and is called when it has ended. Whoever may act on it is called when
        it has paused by itself."""
        words = ""
        if one.state is Run.PAUSED:
            words = mark("L’envoi s’est mis en pause de lui-même. Regardez pourquoi, puis reprenez.")
            tell_in_charge(work, self._city, self._page, self._item(work, one), words)
            return
        if one.state is Run.DONE and one.act is Act.SEND:
            late = mark("Votre actualité n’est pas partie : sa date de fin est passée avant.")
            words = late if _came_too_late(work, one) else mark("Votre actualité est partie.")
        tell_author(work, self._city, self._page, self._item(work, one), words, anew=bool(words))


def _came_too_late(work: Work, one: Broadcast) -> bool:
    """Whether it expired before anybody was sent it."""
    is_expired = one.expires_at is not None and one.expires_at <= work.now
    return is_expired and figures(work, one.id).sent == 0
