"""When a piece of news leaves: now, at a time, or again and again; and what stands in the way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from bot.news.hours import departure
from bot.news.model import Item, Recurrence
from bot.news.recur import next_occurrence
from bot.news.wakes import is_urgent, somebody_can_be_asked
from bot.news.write import Draft
from flows.engine.moments import in_words
from flows.engine.prompts import Choice, Hour, Moment, One
from flows.engine.talk import Talk
from flows.engine.wording import _
from flows.news_compose import Written, end_of_day, with_end
from flows.news_preview import item_of, send_to_me
from flows.news_sending import better_moment
from flows.news_words import NTHS, day_name, rule_in_words

NOW, AT, AGAIN, SAME, ME, DROP = "now", "at", "again", "same", "me", "drop"


def schedule(talk: Talk, written: Written, before: Item | None = None) -> Draft | None:
    """Ask when it leaves and give the draft ready to be filed; None when the talk has ended on the way. `before`: the
    item that is being written anew, whose hour may be kept."""
    match which_way(talk, written, before):
        case "now":
            return leaving(talk, written, None)
        case "at":
            return leaving(talk, written, which_moment(talk, written))
        case "again":
            return repeating(talk, written, which_rule(talk))
        case "same":
            assert before is not None
            if before.recurrence:
                return repeating(talk, written, before.recurrence)
            return leaving(talk, written, before.starts_at)
        case _drop:
            talk.end(_("C’est abandonné : rien n’est parti."), menu=True)
            return None


def which_way(talk: Talk, written: Written, before: Item | None) -> str:
    ways = [*_as_before(talk, before), One(NOW, _("Maintenant"), NOW), One(AT, _("À un moment choisi"), AT)]
    if before is None or before.template_id is None:
        ways.append(One(AGAIN, _("Régulièrement"), AGAIN))
    last = One(DROP, _("Abandonner"), DROP, style="danger")
    me = One(ME, _("Me l’envoyer d’abord"), ME)
    question = _("Quand l’envoyer ?")
    way = talk.ask("when", Choice(question, [*ways, me, last]))
    if way == ME:
        send_to_me(talk, written.draft)
        way = talk.ask("when.again", Choice(question, [*ways, last]))
    return way


def _as_before(talk: Talk, before: Item | None) -> list[One[str]]:
    if before is None:
        return []
    if before.recurrence:
        return [One(SAME, _("Comme prévu : {rule}").format(rule=rule_in_words(before.recurrence)), SAME, style="main")]
    if before.starts_at is None or before.starts_at <= talk.now:
        return []
    planned = in_words(before.starts_at, talk.city.zone)
    return [One(SAME, _("Comme prévu : {rule}").format(rule=planned), SAME, style="main")]


def which_moment(talk: Talk, written: Written) -> datetime:
    prompt = Moment(
        _("Quel jour et à quelle heure ?"),
        talk.city.zone,
        after=talk.now,
        before=written.draft.expires_at,
        sends=True,
        example=_("demain 18h30"),
    )
    return talk.ask("at", prompt)


def which_rule(talk: Talk) -> Recurrence:
    days = [One(str(number), day_name(number), number) for number in range(7)]
    weekday = talk.ask("weekday", Choice(_("Quel jour ?"), days, columns=2))
    nths = [One(str(nth), _(words).format(day=day_name(weekday)), nth) for nth, words in NTHS.items()]
    nth = talk.ask("nth", Choice(_("À quel rythme ?"), nths))
    at = talk.ask("hour", Hour(_("À quelle heure ? Par exemple : 18h30.")))
    asks = talk.ask(
        "asks",
        Choice(
            _("Et les fois suivantes ?"),
            [
                One("asks", _("Me demander un nouveau texte, au plus tard la veille"), True),
                One("repeats", _("Envoyer le même texte"), False),
            ],
        ),
    )
    return Recurrence(weekday, at, nth, asks)


def leaving(talk: Talk, written: Written, wish: datetime | None) -> Draft:
    """Once: at a decent hour, which is told when it is another; never after its end."""
    wish = at_a_decent_hour(talk, written.draft.topic, written.draft.quartiers, wish)
    leaves = departure(talk.city, written.draft.topic, wish, talk.now)
    draft = not_too_late(talk, with_end(written, leaves), leaves)
    if (later := better_moment(talk, item_of(talk, draft), leaves)) is not None:
        wish = later
        if written.life is not None:
            draft = with_end(written, later)
    return msgspec.structs.replace(draft, starts_at=wish)


def at_a_decent_hour(talk: Talk, topic: str, quartiers: Sequence[int], wish: datetime | None) -> datetime | None:
    """What falls in quiet hours waits for their end, and its author is told. What is urgent may wake people up, if its
    author says so."""
    city = talk.city
    asked = wish or talk.now + city.news.undo
    quiet_until = city.quiet_until(asked)
    known = city.news.topic(topic)
    if known and known.urgent:
        if quiet_until is None:
            return wish
        ones: list[One[datetime | None]] = [
            One("go", _("Oui, réveiller les gens"), wish, style="danger"),
            One("wait", _("Non, attendre {moment}").format(moment=in_words(quiet_until, city.zone)), quiet_until),
        ]
        words = _("Ce sont les heures calmes : les téléphones sonneront. L’envoyer quand même ?")
        chosen = talk.ask("wakes", Choice(words, ones), of=quiet_until.isoformat())
        return wish if chosen == wish and confirmed_alone(talk, quartiers) else quiet_until
    leaves = departure(city, topic, wish, talk.now)
    if leaves > max(asked, talk.now + city.news.undo):
        words = _("Ce sont les heures calmes. Elle partira {moment}.").format(moment=in_words(leaves, city.zone))
        talk.ask("quiet", Choice(words, [One("fine", _("C’est bien"), None)]), of=leaves.isoformat())
    return wish


def confirmed_alone(talk: Talk, quartiers: Sequence[int]) -> bool:
    """Another person reads first what wakes people up. When there is nobody to be asked, the author is, once more, and
    the audit says so."""
    if talk.see_once("others", somebody_can_be_asked, talk.me.id, quartiers):
        return True
    words = _(
        "Personne d’autre ne peut la relire maintenant. "
        "Vous décidez sans deuxième regard, et cela reste inscrit. Continuer ?"
    )
    ones = [
        One("alone", _("Oui, l’envoyer sans relecture"), True, style="danger"),
        One("no", _("Non, attendre"), False),
    ]
    return talk.ask("alone", Choice(words, ones))


def not_too_late(talk: Talk, draft: Draft, leaves: datetime) -> Draft:
    """Its end and its event must come after it leaves; the author may move the end, or go back and choose again."""
    if draft.expires_at is not None and draft.expires_at <= leaves:
        end = end_of_day(leaves, talk.city)
        words = _("Elle partirait {moment}, après sa date de fin. Touchez Retour pour choisir un autre moment.").format(
            moment=in_words(leaves, talk.city.zone)
        )
        longer = [One("longer", _("Repousser sa fin au soir de ce jour-là"), end)]
        draft = msgspec.structs.replace(
            draft, expires_at=talk.ask("longer", Choice(words, longer), of=leaves.date().isoformat())
        )
    if draft.event_at is not None and draft.event_at <= leaves:
        words = _("L’événement sera déjà passé quand elle partira. Touchez Retour pour choisir un autre moment.")
        talk.ask("past", Choice(words, [One("go", _("L’envoyer quand même"), None)]), of=leaves.date().isoformat())
    return draft


def repeating(talk: Talk, written: Written, rule: Recurrence) -> Draft:
    """Again and again: the first time is told, quiet hours included. The end and the event of what was written are
    those of the first time, and move along."""
    city = talk.city
    first = next_occurrence(rule, talk.now, city.zone)
    leaves = departure(city, written.draft.topic, first, talk.now)
    draft = not_too_late(talk, with_end(written, leaves), leaves)
    words = _("Première fois : {moment}. Puis {rule}.").format(
        moment=in_words(leaves, city.zone), rule=rule_in_words(rule)
    )
    if leaves > first:
        words += " " + _("L’heure choisie tombe dans les heures calmes : chaque fois, elle partira à leur fin.")
    wakes = is_urgent(city, written.draft.topic) and city.quiet_until(leaves) is not None
    if wakes and not talk.see_once("others", somebody_can_be_asked, talk.me.id, written.draft.quartiers):
        words += " " + _("Elle réveillera les gens, et personne d’autre ne l’aura relue. Cela reste inscrit.")
    talk.ask("series", Choice(words, [One("fine", _("C’est bien"), None)]), of=leaves.isoformat())
    better_moment(talk, item_of(talk, draft), leaves, may_wait=False)
    return msgspec.structs.replace(draft, recurrence=rule)
