"""What becomes of a report: the list of mine, its card, following it or not, saying that it is or is not settled."""

import re
from collections.abc import Callable

from bot.city.model import City
from bot.delivery.model import Button, Message
from bot.reports.follow import follow as follow_report
from bot.reports.follow import unfollow as unfollow_report
from bot.reports.model import MOVES, Report, State, clean_ref
from bot.reports.move import move_report
from bot.reports.store import by_ref, followed_by, is_following, is_reporter
from bot.storage.work import Work
from flows import report_cards
from flows.engine.flow import flow
from flows.engine.prompts import Yes
from flows.engine.talk import Talk
from flows.engine.wording import _, mark


def ref_in(typed: str, city: City) -> str:
    """The number of a report that was typed and nothing else, with its prefix: four letters alone may be a word."""
    found = re.fullmatch(rf"{city.prefix}(\W*)(\w{{4,8}})\W*", typed.strip().upper())
    known = found and (found[1] or any(sign.isdigit() for sign in found[2]))
    return clean_ref(typed, city.prefix) if known else ""


@flow(
    "followup",
    words=(mark("suivi"), "suivre", "mes signalements", "followup", "seguimiento", "seguimento", "متابعة"),
    menu=mark("Suivre mes signalements"),
    icon="🔎",
    about=mark("Ce que deviennent mes signalements"),
    spots=ref_in,
)
def followup(talk: Talk) -> None:
    if asked := clean_ref(talk.args.get("link", ""), talk.city.prefix):
        return show(talk, asked)
    reports = talk.see(followed_by, talk.me.id)
    if not reports:
        return talk.end(_("Vous ne suivez encore aucun signalement."), menu=True)
    rows = tuple((Button(_line(one, talk), f"l.r_{one.ref}"),) for one in reports)
    return talk.end(
        _("Voici vos signalements. Choisissez-en un pour le voir."), card=Message(buttons=rows, asks="choice")
    )


def _line(report: Report, talk: Talk) -> str:
    state = _(report_cards.STATES[report.state]).split(" ")[0]
    name = report_cards.category_name(talk.city, report.category, talk.language)
    return f"{state} {report.ref} · {name}"


@flow("report-card", words=(), links=("r",))
def report_card(talk: Talk) -> None:
    """A link to a report: the person follows it from now on and sees its card."""
    return show(talk, clean_ref(talk.args.get("link", ""), talk.city.prefix), start_following=True)


def show(talk: Talk, ref: str, *, start_following: bool = False) -> None:
    found = talk.see(by_ref, ref) if ref else None
    if found is None:
        return unknown(talk)
    mine = talk.see(is_reporter, talk.me.id, ref)
    following = talk.see(is_following, talk.me.id, ref)
    new = start_following and not following and talk.do(follow_report, ref, talk.me.id)
    shown = report_cards.card(found, talk.city, talk.page, following=following or new, mine=mine)
    return talk.end(_("Vous suivez maintenant ce signalement.") if new else "", card=shown)


def unknown(talk: Talk) -> None:
    talk.end(
        _("Je ne trouve pas ce signalement. Vérifiez son numéro : il ressemble à {example}.").format(
            example=f"{talk.city.prefix}-7K3F"
        ),
        menu=True,
    )


@flow("report-unfollow", words=(), buttons=("u",))
def unfollow(talk: Talk) -> None:
    ref = clean_ref(talk.args.get("link", ""), talk.city.prefix)
    if not ref or not talk.see(by_ref, ref):
        return unknown(talk)
    talk.do(unfollow_report, ref, talk.me.id)
    found = talk.see(by_ref, ref)
    assert found is not None
    mine = talk.see(is_reporter, talk.me.id, ref)
    shown = report_cards.card(found, talk.city, talk.page, following=False, mine=mine)
    return talk.end(_("Vous ne suivez plus le signalement {ref}."), ref=ref, card=shown)


@flow("report-settled", words=(), buttons=("d",))
def settled(talk: Talk) -> None:
    """Whoever reported it says that it needs nothing any more."""
    return _move(
        talk,
        State.WITHDRAWN,
        allowed=lambda ref: talk.see(is_reporter, talk.me.id, ref),
        question=_("Le problème {ref} est réglé ? Je le note et je ferme le signalement."),
        done=_("Merci, c’est noté : le signalement {ref} est fermé."),
    )


@flow("report-not-settled", words=(), buttons=("p",))
def not_settled(talk: Talk) -> None:
    """Closed is not fixed: those who follow it may say so, and everybody sees it."""
    return _move(
        talk,
        State.REOPENED,
        allowed=lambda ref: talk.see(is_following, talk.me.id, ref) or talk.see(is_reporter, talk.me.id, ref),
        question=_("Le problème {ref} est toujours là ? Je rouvre le signalement : sa page publique le dira."),
        done=_("C’est rouvert. Merci de l’avoir dit."),
    )


def _move(talk: Talk, to: State, *, allowed: Callable[[str], bool], question: str, done: str) -> None:
    ref = clean_ref(talk.args.get("link", ""), talk.city.prefix)
    found = talk.see(by_ref, ref) if ref else None
    if found is None:
        return unknown(talk)
    if not allowed(ref):
        return talk.end(_("Seules les personnes qui suivent ce signalement peuvent le dire."))
    if to not in MOVES[found.state]:
        return talk.end(_("Le signalement {ref} a déjà changé. Voici où il en est."), ref=ref, card=_card(talk, ref))
    if not talk.ask("sure", Yes(question.format(ref=ref))):
        return talk.end(_("Rien n’est changé."))
    talk.do(move_and_tell, talk.city, talk.page, ref, to, talk.me.id)
    return talk.end(done, ref=ref, card=_card(talk, ref))


def _card(talk: Talk, ref: str) -> Message:
    found = talk.see(by_ref, ref)
    assert found is not None
    mine = talk.see(is_reporter, talk.me.id, ref)
    return report_cards.card(found, talk.city, talk.page, following=talk.see(is_following, talk.me.id, ref), mine=mine)


def move_and_tell(
    work: Work, city: City, page: Callable[[str], str], ref: str, to: State, doer: int | None, note: str = ""
) -> str:
    """Move a report and tell those who follow it; gives its number."""
    report_cards.tell_followers(work, city, page, move_report(work, ref, to, note), doer)
    return ref
