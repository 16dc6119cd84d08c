"""The buttons under an item: reading it, less of this, no more at all. One touch, nothing asked."""

import msgspec

from bot.delivery.model import Button, Message
from bot.news.answers import Less, More, less_of, more_of, stop_news
from bot.news.choose import choices_of
from bot.news.model import Item
from bot.news.store import item_by_ref
from flows.engine.flow import flow
from flows.engine.talk import Talk
from flows.engine.wording import _
from flows.news_cards import card, topic_name

LONGEST_REF = 16


@flow("news-item", words=(), links=("nz",))
def read_item(talk: Talk) -> None:
    """An item from a list or a digest. Those who get news may answer to it; others may ask for the next ones."""
    item = _asked(talk)
    if item is None or not item.is_public(talk.now):
        return _unknown(talk)
    theirs = talk.see(choices_of, talk.me.id) is not None
    shown = card(item, talk.city, talk.page, language=talk.language, buttons=theirs, now=talk.now)
    if not theirs:
        rows = (*shown.buttons, (Button(_("Recevoir les prochaines"), "f.news"),))
        shown = msgspec.structs.replace(shown, buttons=rows)
    return talk.end(card=msgspec.structs.replace(shown, anew=True))


@flow("news-less", words=(), buttons=("nl",))
def less(talk: Talk) -> None:
    item = _asked(talk)
    if item is None or not item.is_public(talk.now):
        return _unknown(talk)
    mine = talk.see(choices_of, talk.me.id)
    key = item.topic_for(mine.topics if mine else ()) or item.topic  # before it may go
    topic = topic_name(talk.city, key, talk.language)
    done = talk.do(less_of, talk.city, talk.me.id, item)
    match done:
        case Less.WEEKLY:
            words = _("C’est noté : sur « {topic} », une actualité par semaine au plus.")
        case Less.REMOVED:
            known = talk.city.news.topic(key)
            words = _("C’est noté : plus rien sur « {topic} ».")
            if known and known.urgent:
                words = _("Une alerte ne se limite pas : vous ne recevrez plus rien sur « {topic} ».")
        case Less.ALREADY:
            return talk.end(_("C’est déjà noté pour cette actualité."), card=_ways())
        case _:
            return talk.end(_("Vous ne recevez déjà rien sur « {topic} ».").format(topic=topic), card=_ways())
    known = talk.city.news.topic(key)
    style = "main" if known and known.urgent else ""  # one touch ended all alerts
    undo = (Button(_("Annuler ce choix"), f"l.nk_{done}_{item.ref}_{item.topics.index(key)}", style=style),)
    return talk.end(words.format(topic=topic), card=Message(buttons=(undo, *_ways().buttons), asks="choice"))


@flow("news-less-undone", words=(), buttons=("nk",))
def more(talk: Talk) -> None:
    """Takes « less of this » back, whatever it had done."""
    what, _line, rest = talk.args.get("link", "").partition("_")
    ref, _line, place = rest.partition("_")
    item = talk.see(item_by_ref, _clean(ref))
    if item is None or not item.is_public(talk.now) or what not in (Less.WEEKLY, Less.REMOVED):
        return _unknown(talk)
    key = dict(zip("0123456789", item.topics, strict=False)).get(place, item.topic)
    match talk.do(more_of, talk.city, talk.me.id, item, key, Less(what)):
        case More.NO_NEWS:
            return talk.end(_("Vous ne recevez pas d’actualités pour le moment."), card=_back())
        case More.NOTHING:
            return talk.end(_("Il n’y a rien à annuler."), card=_ways())
        case _:
            topic = topic_name(talk.city, key, talk.language)
            return talk.end(_("C’est annulé : « {topic} » revient comme avant.").format(topic=topic), card=_ways())


@flow("news-stop", words=(), buttons=("ns",))
def stop(talk: Talk) -> None:
    """Under an item or a digest: all news stop, whatever is still on its way included. What has not left was answered
    by nobody."""
    item = _asked(talk)
    if not talk.do(stop_news, talk.me.id, item.id if item and item.is_public(talk.now) else None):
        return talk.end(_("Vous ne recevez déjà plus d’actualités."), card=_back())
    return talk.end(_("C’est fini : vous ne recevrez plus d’actualités, même celles déjà en route."), card=_back())


def _asked(talk: Talk) -> Item | None:
    return talk.see(item_by_ref, _clean(talk.args.get("link", "")))


def _clean(ref: str) -> str:
    return ref.strip().upper()[:LONGEST_REF]


def _unknown(talk: Talk) -> None:
    talk.end(
        _("Cette actualité n’est plus là."),
        card=Message(buttons=((Button(_("Lire les dernières"), "f.news"),),), asks="choice"),
    )


def _ways() -> Message:
    return Message(buttons=((Button(_("Changer mes choix"), "f.news-choices", style="quiet"),),), asks="choice")


def _back() -> Message:
    return Message(buttons=((Button(_("Recevoir de nouveau"), "f.news"),),), asks="choice")
