"""Answers that say when."""

from datetime import datetime

from flows.engine.moments import NotAMoment, in_words, is_at_the_change, read_hour, read_moment
from flows.engine.reading.reading import Answer, Asked, Miss, Reading
from flows.engine.wording import _


def read_when(asked: Asked) -> Reading:
    """A day and an hour."""
    shown, zone = asked.shown, asked.city.zone
    if not asked.written:
        return Miss(_("J’attends un jour et une heure, par exemple : demain 18h30."))
    try:
        moment = read_moment(asked.incoming.text, asked.now, zone)
    except NotAMoment as wrong:
        return Miss(
            {
                "day": _("Je n’ai pas reconnu le jour. Par exemple : demain 18h30, ou 12/03 à 9h."),
                "hour": _("À quelle heure ? Par exemple : demain 18h30."),
                "gap": _(
                    "Cette heure n’existe pas : cette nuit-là, on passe à l’heure d’été. Choisissez une autre heure."
                ),
            }[wrong.kind]
        )
    if shown.least is not None and moment.timestamp() <= shown.least:
        return Miss(_("Ce moment est déjà passé. Choisissez une date à venir."))
    if shown.most is not None and moment.timestamp() >= shown.most:
        latest = in_words(datetime.fromtimestamp(shown.most, zone), zone)
        return Miss(_("C’est trop tard : choisissez un moment avant {moment}.").format(moment=latest))
    if shown.sends and is_at_the_change(moment.time()):
        return Miss(_not_at_night())
    return Answer(moment.isoformat())


def read_hour_of_the_day(asked: Asked) -> Reading:
    try:
        hour = read_hour(asked.incoming.text if asked.written else "")
    except NotAMoment:
        return Miss(_("J’attends une heure, par exemple : 18h30."))
    return Miss(_not_at_night()) if asked.shown.sends and is_at_the_change(hour) else Answer(f"{hour:%H:%M}")


def _not_at_night() -> str:
    return _("Rien ne part entre 2 h et 3 h : certaines nuits, cette heure n’existe pas. Choisissez une autre heure.")
