"""What may still be done with an item: undo, pause, resume, stop, retire, end it sooner or later, see what it gave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from bot.delivery.broadcast import Broadcast
from bot.delivery.broadcasts import Figures
from bot.delivery.model import Button, Fact, Message
from bot.news import control
from bot.news.model import Item, State
from bot.news.results import Results, results_of
from bot.news.within_reach import reach_of
from bot.storage.work import Work
from flows.engine.flow import flow
from flows.engine.prompts import Moment, Yes
from flows.engine.talk import Talk
from flows.engine.wording import _
from flows.news_acts import attempt, withdraw_and_tell
from flows.news_ends import acted_on, end
from flows.news_progress import paused, progress
from flows.news_reasons import reason_in_words
from flows.news_words import channel_name, few, number_in_words, with_what_stays


@flow("staff-news-undo", words=(), buttons=("nu",), staff=True)
def undo(talk: Talk) -> None:
    """One tap, and nothing leaves: whoever saw their mistake has a minute."""
    if item := acted_on(talk):
        outcome = talk.do(withdraw_and_tell, talk.me.id, talk.city, talk.page, item.ref)
        if item.recurrence and item.state is State.PLANNED:
            return end(talk, outcome, _("La série est arrêtée. Ce qui est déjà parti reste."))
        return end(talk, outcome, _("C’est annulé : rien n’est parti. Votre texte est gardé."))
    return None


@flow("staff-news-pause", words=(), buttons=("np",), staff=True)
def pause(talk: Talk) -> None:
    _at_once(talk, control.pause, _("En pause. Ce qui est parti est parti, le reste attend."))


@flow("staff-news-resume", words=(), buttons=("nv",), staff=True)
def resume(talk: Talk) -> None:
    _at_once(talk, control.resume, _("L’envoi reprend."))


def _at_once(talk: Talk, verb: Callable[[Work, int, str], Item], done: str) -> None:
    if item := acted_on(talk):
        end(talk, talk.do(attempt, talk.me.id, item.ref, verb, item.ref), done)


@flow("staff-news-stop", words=(), buttons=("nx",), staff=True)
def stop(talk: Talk) -> None:
    _when_sure(
        talk,
        control.stop,
        _("Arrêter l’envoi pour de bon ? Ceux qui ne l’ont pas reçue ne la recevront pas."),
        _("C’est arrêté. Elle reste sur la page publique ; pour l’enlever : Retirer."),
    )


@flow("staff-news-recall", words=(), buttons=("nt",), staff=True)
def recall(talk: Talk) -> None:
    item = acted_on(talk)
    if item is None:
        return None
    within = talk.see(reach_of, item)
    if within.changes:
        question = _(
            "Retirer cette actualité ? Les messages sont effacés tant que c’est possible (deux jours), "
            "remplacés par un mot ensuite. On ne peut pas revenir en arrière."
        )
        done = _("Le retrait commence.")
    else:
        question = _("Retirer cette actualité de la page publique ? On ne peut pas revenir en arrière.")
        done = _("C’est retiré de la page publique.")
    return _if_sure(talk, item, control.recall, with_what_stays(question, within), with_what_stays(done, within))


def _when_sure(talk: Talk, verb: Callable[[Work, int, str], Item], question: str, done: str) -> None:
    if item := acted_on(talk):
        _if_sure(talk, item, verb, question, done)


def _if_sure(talk: Talk, item: Item, verb: Callable[[Work, int, str], Item], question: str, done: str) -> None:
    if not talk.ask("sure", Yes(question, card=talk.see(progress, talk.city, talk.page, item))):
        return talk.end(_("Rien n’est changé."))
    return end(talk, talk.do(attempt, talk.me.id, item.ref, verb, item.ref), done)


@flow("staff-news-end", words=(), buttons=("ne",), staff=True)
def end_otherwise(talk: Talk) -> None:
    item = acted_on(talk)
    if item is None:
        return
    until = Moment(
        _("Jusqu’à quel jour et quelle heure est-ce utile ? Rien ne part après."),
        talk.city.zone,
        after=max(talk.now, item.starts_at or talk.now),
        example=_("samedi 18h30"),
    )
    outcome = talk.do(attempt, talk.me.id, item.ref, control.end_on, item.ref, talk.ask("until", until))
    end(talk, outcome, _("C’est noté."))


@flow("staff-news-results", words=(), buttons=("nf",), staff=True)
def results(talk: Talk) -> None:
    if item := acted_on(talk):
        talk.end(card=results_card(item, talk.see(results_of, item), talk.see(control.carrying, item)))


def results_card(item: Item, found: Results, one: Broadcast | None) -> Message:
    """What an item gave, in numbers too large to point at anybody. `one`: the broadcast that carries it."""
    figures = found.figures
    counted = [
        (_("Reçues"), figures.sent),
        (_("Ne sont plus joignables"), figures.gone),
        (_("Arrivées ou non, on ne sait pas"), figures.unknown),
        (_("Pas envoyées : la date de fin était passée"), figures.expired),
        (_("Annulées"), figures.cancelled),
        (_("Désabonnés avant l’envoi"), figures.unsubscribed),
        (_("Déjà assez d’actualités cette semaine"), figures.capped),
    ]
    facts = [Fact(name, number_in_words(count)) for name, count in counted if count or name == _("Reçues")]
    facts += _failed(figures)
    facts += [Fact(channel_name(channel), few(count)) for channel, count in figures.by_channel.items()]
    facts += [
        *paused(one),
        Fact(_("« Moins de ce sujet »"), few(found.answers.get("less", 0))),
        Fact(_("« Ne plus recevoir »"), few(found.answers.get("stop", 0))),
    ]
    return Message(
        title=_("Résultats · {ref}").format(ref=item.ref),
        facts=tuple(facts),
        note=_("« Reçues » : acceptées par la messagerie. Personne ne sait si elles ont été lues."),
        buttons=((Button(_("Voir où elle en est"), f"l.ni_{item.ref}"),),),
    )


def _failed(figures: Figures) -> list[Fact]:
    """How many failed, for each reason that has words of its own."""
    reasons: Counter[str] = Counter()
    for raw, count in figures.by_reason.items():
        reasons[reason_in_words(raw)] += count
    words = _("Échecs : {reason}")
    return [Fact(words.format(reason=reason), number_in_words(count)) for reason, count in reasons.items()]
