"""Reviewing what a colleague wrote: it goes, or it comes back with a remark."""

from __future__ import annotations

from bot.delivery.model import Button, Message
from bot.news.approve import is_awaiting
from bot.news.model import Item
from bot.news.refs import clean_ref
from bot.news.store import item_by_ref
from bot.people.audit import note_refusal
from bot.people.staff import rights_of
from flows.engine.flow import flow
from flows.engine.prompts import Text
from flows.engine.talk import Talk
from flows.engine.wording import _
from flows.news_acts import approve_and_tell, send_back_and_tell
from flows.news_preview import previews
from flows.news_progress import departure_in_words
from flows.news_review import request
from flows.news_words import refusal


@flow("staff-news-approve", words=(), buttons=("na",), staff=True)
def approve_item(talk: Talk) -> None:
    """The button holds the number of the words it was shown under: nobody lets others go than those they read."""
    given, _line, rev = talk.args.get("link", "").partition("_")
    ref = clean_ref(given)
    seen = int(rev) if rev.isascii() and rev.isdecimal() and len(rev) < 10 else 0
    outcome = talk.do(approve_and_tell, talk.me.id, talk.city, talk.page, ref, seen)
    item = talk.see(item_by_ref, ref)
    if outcome.refused == "changed" and item is not None:
        return _show_again(talk, item)
    if outcome.refused:
        return _refuse(talk, ref, outcome.refused)
    assert item is not None
    return talk.end(
        _("Merci, l’actualité {ref} est approuvée. Départ : {moment}."),
        ref=ref,
        moment=departure_in_words(item, talk.city),
    )


@flow("staff-news-send-back", words=(), links=("nr",), staff=True)
def send_back_item(talk: Talk) -> None:
    ref = clean_ref(talk.args.get("link", ""))
    if why := _why_not(talk, talk.see(item_by_ref, ref)):
        talk.do(note_refusal, talk.me.id, ref, why, "send_back")
        return _refuse(talk, ref, why)
    question = _("Que faut-il changer dans l’actualité {ref} ? Son auteur lira votre remarque.").format(ref=ref)
    remark = talk.ask("remark", Text(question, least=3, most=1000))
    outcome = talk.do(send_back_and_tell, talk.me.id, talk.city, talk.page, ref, remark)
    if outcome.refused:
        return _refuse(talk, ref, outcome.refused)
    return talk.end(_("Merci. L’actualité {ref} est renvoyée avec votre remarque."), ref=ref)


def _show_again(talk: Talk, item: Item) -> None:
    for shown in previews(item, talk.city, talk.page):
        talk.say(card=shown)
    return talk.end(refusal("changed"), card=talk.do(request, talk.city, talk.page, item))


def _why_not(talk: Talk, item: Item | None) -> str:
    """What stands in the way, before a remark is asked for that nobody would read. The verb checks it all again."""
    if item is None:
        return "unknown"
    if item.author_id == talk.me.id:
        return "own"
    if not talk.see(rights_of, talk.me.id).may_approve(item.quartiers):
        return "no_right"
    return "" if is_awaiting(item) else "already"


def _refuse(talk: Talk, ref: str, why: str) -> None:
    item = talk.see(item_by_ref, ref)
    if why == "already" and item and item.approver_name:
        return talk.end(_("C’est déjà fait, par {name}."), name=item.approver_name)
    if why == "expired" and item:
        words = _("Elle partirait après sa date de fin.") + " "
        words += _("Son auteur le sait maintenant.") if item.author_id else _("Elle ne peut plus partir.")
        back = (Button(_("Renvoyer avec une remarque"), f"l.nr_{ref}"),)
        return talk.end(words, card=Message(buttons=(back,), asks="choice"))
    return talk.end(refusal(why))
