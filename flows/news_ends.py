"""How a talk about an item begins and ends: for whoever may act on it, with its card as it is by then."""

from __future__ import annotations

from bot.news.control import visible
from bot.news.model import Item
from bot.news.refs import clean_ref
from bot.news.store import item_by_ref
from bot.people.audit import note_refusal
from flows.engine.talk import Talk
from flows.news_acts import Outcome
from flows.news_progress import card_of
from flows.news_words import refusal


def acted_on(talk: Talk) -> Item | None:
    """The item of the button, for whoever may act on it; for others it is refused and noted, and the talk has ended."""
    ref = clean_ref(talk.args.get("link", ""))
    found = talk.see(visible, talk.me.id, ref)
    if found is None:
        why = "no_right" if talk.see(item_by_ref, ref) else "unknown"
        talk.do(note_refusal, talk.me.id, ref, why)
        talk.end(refusal(why), menu=True)
    return found


def end(talk: Talk, outcome: Outcome, done: str) -> None:
    """The last words, with the card of the item as it is now."""
    item = talk.see(item_by_ref, outcome.ref)
    assert item is not None
    card = talk.see(card_of, talk.city, talk.page, item)
    talk.end(refusal(outcome.refused) if outcome.refused else done, card=card)
