"""What waits for somebody's review, a page at a time."""

from __future__ import annotations

from itertools import count

import msgspec

from bot.news.approve import awaiting
from bot.news.model import Item
from bot.storage.work import Work
from flows.engine.prompts import Choice, One
from flows.engine.talk import Talk
from flows.engine.wording import _, current

A_PAGE = 10
MORE = "more"


class Entry(msgspec.Struct, frozen=True):
    """A line of the list."""

    ref: str
    label: str


class Page(msgspec.Struct, frozen=True):
    entries: tuple[Entry, ...] = ()
    last: int = 0  # the number of its last item
    more: bool = False


def page_of(work: Work, who: int, before: int = 0) -> Page:
    """Of what somebody may approve, the newest first; those after the item numbered `before`."""
    found = awaiting(work, who, A_PAGE + 1, before)
    shown = found[:A_PAGE]
    entries = tuple(Entry(item.ref, line(item, "👀")) for item in shown)
    return Page(entries, shown[-1].id if shown else 0, len(found) > A_PAGE)


def line(item: Item, sign: str) -> str:
    title = item.text_for(current().code)[1].title
    return f"{sign} {title if len(title) <= 40 else title[:39] + '…'} · {item.ref}"


def choose_waiting(talk: Talk, start: int = 0) -> str:
    """The item to review, chosen from the page numbered `start` on; nothing when none waits."""
    before = 0
    for number in count():
        page = talk.see_once(f"waiting.{number}", page_of, talk.me.id, before)
        before = page.last
        if not page.entries:
            return ""
        if number < start:
            continue
        ones = [One(entry.ref, entry.label, entry.ref) for entry in page.entries]
        if page.more:
            ones.append(more())
        ref = talk.ask(f"waiting.{number}", Choice(_("Laquelle voulez-vous relire ?"), ones))
        if ref != MORE:
            return ref
    raise AssertionError("pages are counted without end")


def more() -> One[str]:
    return One(MORE, _("Voir les suivantes"), MORE)
