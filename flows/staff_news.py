"""Writing to residents: a conseiller says it once, sees what each reader will see, and chooses when it leaves."""

from __future__ import annotations

from datetime import timedelta

from bot.news.approve import approvers_of, is_awaiting
from bot.news.control import recent, under_way, visible
from bot.news.model import Item, State
from bot.news.moves import CHANGEABLE
from bot.news.refs import clean_ref, typed_ref
from bot.news.store import item_by_ref
from bot.people.audit import note_refusal
from bot.storage.work import Work
from flows.engine.flow import flow
from flows.engine.prompts import Choice, One
from flows.engine.talk import Talk
from flows.engine.wording import _, mark
from flows.news_acts import Outcome, file_and_submit
from flows.news_compose import answers_of, compose
from flows.news_preview import previews, show
from flows.news_progress import STATES, card_of
from flows.news_review import request
from flows.news_schedule import schedule
from flows.news_waiting import MORE, Entry, choose_waiting, line, page_of
from flows.news_words import refusal

KEPT = timedelta(days=14)
"""How long an item half written waits: words for a whole quartier are not typed twice."""


@flow(
    "staff-news",
    words=(mark("diffuser"), "broadcast", "difundir", "divulgar", "نشر"),
    menu=mark("Écrire aux habitants"),
    icon="📣",
    staff=True,
    kept_for=KEPT,
)
def staff_news(talk: Talk) -> None:
    """A new item; or one of those written, to be reviewed or under way, when there are any. The number of one, behind
    the command, opens it."""
    if ref := clean_ref(talk.args.get("link", "")):
        return open_item(talk, ref)
    known = talk.see_once("known", entries, talk.me.id)
    if known:
        ones = [One("new", _("Nouvelle actualité"), "", style="main")]
        ones += [One(entry.ref, entry.label, entry.ref, (entry.ref,)) for entry in known]
        if ref := talk.ask("home", Choice(_("Écrire du nouveau, ou revoir une actualité ?"), ones)):
            return open_item(talk, choose_waiting(talk, start=1) if ref == MORE else ref)
    return write(talk, None)


def entries(work: Work, who: int) -> list[Entry]:
    """What awaits somebody's review and the way to the rest of it, then what others wrote and they may pause or stop,
    then what they wrote; each the newest first."""
    waiting = page_of(work, who)
    rest = [Entry(MORE, _("Voir les autres à relire"))] if waiting.more else []
    known = [*under_way(work, who), *recent(work, who)]
    return [*waiting.entries, *rest, *(Entry(item.ref, line(item, _sign(item))) for item in known)]


def _sign(item: Item) -> str:
    if item.state is State.PLANNED:
        return "🔁" if item.recurrence else "📣"
    return _(STATES[item.state]).split(" ")[0]


@flow("staff-news-waiting", words=(), links=("nh",), staff=True)
def waiting_items(talk: Talk) -> None:
    """From the message about what a feed brought."""
    ref = choose_waiting(talk)
    return open_item(talk, ref) if ref else talk.end(_("Plus rien n’attend votre relecture."), menu=True)


@flow("staff-news-item", words=(), links=("ni",), staff=True, spots=lambda words, _city: typed_ref(words))
def item_card(talk: Talk) -> None:
    open_item(talk, clean_ref(talk.args.get("link", "")))


def open_item(talk: Talk, ref: str) -> None:
    """How far it got, for whoever may act on it; the item itself and what is asked, for whoever may review it."""
    found = talk.see(visible, talk.me.id, ref)
    if found is None:
        why = "no_right" if talk.see(item_by_ref, ref) else "unknown"
        talk.do(note_refusal, talk.me.id, ref, why, "look")
        return talk.end(refusal("unknown"), menu=True)
    if is_awaiting(found) and found.author_id != talk.me.id:
        for shown in previews(found, talk.city, talk.page):
            talk.say(card=shown)
        return talk.end(card=talk.do(request, talk.city, talk.page, found))
    return talk.end(card=talk.see(card_of, talk.city, talk.page, found))


@flow("staff-news-change", words=(), buttons=("nm",), staff=True, kept_for=KEPT)
def change_item(talk: Talk) -> None:
    """What was sent back or taken back is changed and submitted again, under its reference."""
    rewritten(talk, words=True)


@flow("staff-news-words", words=(), buttons=("nw",), staff=True, kept_for=KEPT)
def words_of_item(talk: Talk) -> None:
    """An occurrence of what comes back: only its words are awaited."""
    rewritten(talk, words=False)


def rewritten(talk: Talk, *, words: bool) -> None:
    ref = clean_ref(talk.args.get("link", ""))
    found = talk.see(item_by_ref, ref) if ref else None
    if found is None or found.author_id != talk.me.id:
        why = "unknown" if found is None else "not_yours"
        talk.do(note_refusal, talk.me.id, ref, why, "rewrite")
        return talk.end(refusal(why), menu=True)
    if found.state not in CHANGEABLE:
        talk.do(note_refusal, talk.me.id, ref, "already", "rewrite")
        return talk.end(refusal("already"), card=talk.see(card_of, talk.city, talk.page, found))
    if found.remark:
        talk.say(_("Remarque : {remark}"), remark=found.remark)
    talk.assume(answers_of(found, talk.now, words=words))
    return write(talk, found)


def write(talk: Talk, before: Item | None) -> None:
    """The item, its preview, its hour; then it goes, or waits for a second person."""
    written = compose(talk)
    if written is None:
        return
    show(talk, written)
    draft = schedule(talk, written, before)
    if draft is None:
        return
    ref = before.ref if before else ""
    sent(talk, talk.do(file_and_submit, talk.me.id, talk.city, talk.page, draft, ref))


def sent(talk: Talk, outcome: Outcome) -> None:
    item = talk.see(item_by_ref, outcome.ref)
    if item is None:
        return talk.end(refusal(outcome.refused), menu=True)
    card = talk.see(card_of, talk.city, talk.page, item)
    if outcome.refused:
        return talk.end(refusal(outcome.refused), card=card)
    if item.state is State.REVIEW and not outcome.asked and talk.see(approvers_of, item):
        return talk.end(
            _(
                "Elle est gardée. Les personnes qui peuvent la relire ne reçoivent plus mes messages : prévenez-les, "
                "elles la trouveront en tapant /diffuser."
            ),
            card=card,
        )
    if item.state is State.REVIEW and not outcome.asked:
        return talk.end(
            _(
                "Elle est gardée, mais personne d’autre ne peut la relire. Demandez à un administrateur d’inviter une "
                "deuxième personne : elle la trouvera en tapant /diffuser."
            ),
            card=card,
        )
    if item.state is State.REVIEW:
        return talk.end(_("Merci. Une deuxième personne va la relire ; je vous dirai sa réponse."), card=card)
    if item.recurrence:
        return talk.end(_("C’est noté. Au moins un jour avant chaque envoi, vous pourrez encore l’arrêter."), card=card)
    return talk.end(_("C’est noté. Vous pouvez annuler tant qu’elle n’est pas partie."), card=card)
