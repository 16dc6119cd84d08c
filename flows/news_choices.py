"""Changing what was asked of the news: one thing at a time, with what holds now in sight."""

from datetime import time

from bot.delivery.model import Button, Message
from bot.news.answers import stop_news
from bot.news.choose import choices_of, set_quartiers, set_quiet_hours, set_rhythm, set_topics
from bot.news.model import Choices, Rhythm
from bot.news.owed import last_is_due
from flows.engine.flow import flow
from flows.engine.prompts import Choice, One, Yes
from flows.engine.talk import Talk
from flows.engine.wording import _
from flows.news_questions import (
    LONGEST_QUIET,
    ask_by_place,
    ask_hour,
    ask_in_list,
    ask_rhythm,
    ask_topics,
    ask_weekday,
    hour_in_words,
    hour_options,
    summary,
)


@flow("news-choices", words=("mes choix",))
def choices(talk: Talk) -> None:
    """Whoever has chosen nothing yet is led to choosing."""
    mine = talk.see_once("mine", choices_of, talk.me.id)
    if mine is None:
        return not_subscribed(talk)
    shown = Message(facts=summary(mine, talk.city, talk.now).facts)
    what = talk.ask("what", Choice(_("Que voulez-vous changer ?"), _parts(mine), card=shown))
    if what == "stop":
        return _stop(talk)
    kept = {
        "quartiers": _change_quartiers,
        "topics": _change_topics,
        "rhythm": _change_rhythm,
        "hour": _change_hour,
        "quiet": _change_quiet_hours,
    }[what](talk, mine)
    now = talk.see(choices_of, talk.me.id)
    if kept is False or now is None:  # they stopped all news meanwhile, on another device
        return not_subscribed(talk)
    if kept is None:
        return talk.end(_("Rien n’est changé. Voici ce que vous recevez."), card=summary(now, talk.city, talk.now))
    words = [_("C’est noté. Voici ce que vous recevrez.")]
    if what == "rhythm" and talk.see(last_is_due, talk.me.id):
        words.append(_("Ce qui est venu depuis votre dernier résumé vous arrive dans un dernier résumé."))
    return talk.end(" ".join(words), card=summary(now, talk.city, talk.now))


def _parts(mine: Choices) -> list[One[str]]:
    digest = [] if mine.rhythm is Rhythm.AT_ONCE else [One("hour", _("L’heure du résumé"), "hour")]
    return [
        One("quartiers", _("Mes quartiers"), "quartiers"),
        One("topics", _("Mes sujets"), "topics"),
        One("rhythm", _("Tout de suite, ou en résumé"), "rhythm"),
        *digest,
        One("quiet", _("Mes heures calmes"), "quiet"),
        One("stop", _("Ne plus rien recevoir"), "stop", style="danger"),
    ]


def not_subscribed(talk: Talk) -> None:
    talk.end(
        _("Vous ne recevez pas d’actualités pour le moment."),
        card=Message(buttons=((Button(_("Recevoir les actualités"), "f.news"),),), asks="choice"),
    )


def _change_quartiers(talk: Talk, mine: Choices) -> bool:
    how = talk.ask(
        "how",
        Choice(
            _("Comment voulez-vous choisir ?"),
            [
                One("list", _("Cocher dans la liste"), "list"),
                One("place", _("Ajouter celui d’un endroit"), "place"),
            ],
        ),
    )
    if how == "list":
        return talk.do(set_quartiers, talk.me.id, ask_in_list(talk, mine.quartiers))
    return talk.do(set_quartiers, talk.me.id, (*mine.quartiers, *ask_by_place(talk)))


def _change_topics(talk: Talk, mine: Choices) -> bool:
    return talk.do(set_topics, talk.me.id, ask_topics(talk, mine.topics))


def _change_rhythm(talk: Talk, mine: Choices) -> bool:
    rhythm, hour = ask_rhythm(talk, mine)
    return talk.do(set_rhythm, talk.city, talk.me.id, rhythm, hour)


def _change_hour(talk: Talk, mine: Choices) -> bool:
    weekday = ask_weekday(talk) if mine.rhythm is Rhythm.WEEKLY else None
    return talk.do(set_rhythm, talk.city, talk.me.id, mine.rhythm, ask_hour(talk, mine), weekday)


def _change_quiet_hours(talk: Talk, mine: Choices) -> bool | None:
    town = talk.city.quiet_hours
    usual = _("Comme la ville : {start} à {end}").format(start=hour_in_words(town.start), end=hour_in_words(town.end))
    kind = talk.ask(
        "quiet",
        Choice(
            _("Quelles heures calmes voulez-vous ? Rien ne vient alors, sauf les alertes."),
            [
                One("town", usual, "town"),
                One("own", _("Mes heures à moi"), "own"),
                One("none", _("Aucune"), "none"),
            ],
        ),
    )
    if kind == "town":
        return talk.do(set_quiet_hours, talk.city, talk.me.id, None, None)
    if kind == "none":
        return _no_quiet_hours(talk)
    start = talk.ask("start", Choice(_("Le calme commence à quelle heure ?"), hour_options(_all_hours()), columns=4))
    ends = [time((start.hour + later) % 24) for later in range(1, LONGEST_QUIET + 1)]
    end = talk.ask("end", Choice(_("Et jusqu’à quelle heure ?"), hour_options(ends), columns=4), of=start.hour)
    return talk.do(set_quiet_hours, talk.city, talk.me.id, start, end)


def _no_quiet_hours(talk: Talk) -> bool | None:
    """What it means is said before it is so. None: they would rather not."""
    sure = talk.ask(
        "none",
        Yes(_("Sans heures calmes, une actualité peut venir à toute heure, même la nuit. C’est ce que vous voulez ?")),
    )
    midnight = time(0)
    return talk.do(set_quiet_hours, talk.city, talk.me.id, midnight, midnight) if sure else None


def _all_hours() -> list[time]:
    return [time(hour) for hour in range(24)]


def _stop(talk: Talk) -> None:
    talk.do(stop_news, talk.me.id, None)
    stopped(talk)


def stopped(talk: Talk) -> None:
    """The last words about news, with a way back."""
    talk.end(
        _("C’est fini : vous ne recevrez plus d’actualités, même celles déjà en route."),
        card=Message(buttons=((Button(_("Recevoir de nouveau"), "f.news"),),), asks="choice"),
    )
