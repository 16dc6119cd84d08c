"""How an answer is read against the question the person saw."""

import math
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from rapidfuzz import fuzz, process

from bot.city.model import City, Place
from bot.delivery.links import what_is_wrong
from flows.engine.incoming import Incoming
from flows.engine.moments import NotAMoment, in_words, is_at_the_change, read_hour, read_moment
from flows.engine.state import Option, Shown, TalkState
from flows.engine.wording import _, fold, in_every_language, mark, plural

CLOSE_ENOUGH = 84
"""Likeness, in percent (rapidfuzz ratio of folded words), from which a typed word stands for an option."""

DONE = "d"
"""The code of the button that ends a question with several choices."""

MOST_PLACES = 5

NOTHING = (mark("non"), mark("non merci"), mark("rien"))
"""« Un mot de plus ? » Many answer as they would a neighbour: these alone are no words, the question is skipped."""

NO_PHOTO = (mark("pas de photo"), mark("sans photo"), mark("je n’ai pas de photo"))

COMMA = re.compile("[,،]")
"""Between choices, the Arabic one too."""


class Answer(msgspec.Struct, frozen=True):
    """What to keep, and how the chosen thing was called."""

    raw: Any
    chosen: str = ""
    note: str = ""  # said before the next question


class Miss(msgspec.Struct, frozen=True):
    """No answer: what to say about it."""

    hint: str


class More(msgspec.Struct, frozen=True):
    """A step towards an answer (a box ticked, places to choose from): the question is shown again."""

    words: str = ""


Reading = Answer | Miss | More


class Reader:
    """Reads what comes in against the open question of a talk."""

    def __init__(self, city: City, now: datetime) -> None:
        self._city = city
        self._now = now

    def knows(self, shown: Shown) -> bool:
        """Whether a question is of a kind that this version of the code can read."""
        return shown.kind in _READERS

    def read(self, talk: TalkState, incoming: Incoming, code: str = "") -> Reading:
        """`code` is the part of a button's data that says which option it stands for."""
        shown = talk.shown
        if shown is None:
            raise ValueError("no question is open")
        return _READERS[shown.kind](self, shown, talk, incoming, code)

    def refusal(self, shown: Shown, raw: Any) -> str:
        """Why an answer given in advance, or before something changed, is not taken; empty when nothing special."""
        if shown.kind != "place" or not isinstance(raw, dict):
            return ""
        try:
            reading = self._within(shown, msgspec.convert(raw, Place))
        except msgspec.ValidationError:  # it was no place at all
            return ""
        return reading.hint if isinstance(reading, Miss) else ""

    def _text(self, shown: Shown, _talk: TalkState, incoming: Incoming, _code: str) -> Reading:
        if incoming.kind not in ("text", "edited"):
            return Miss(_("Écrivez-moi plutôt quelques mots."))
        words = incoming.text.strip()
        if shown.optional and _is_nothing(words):
            return Answer(None)
        if shown.most and len(words) > shown.most:
            return Miss(
                _("C’est un peu long : {count} caractères sur {most} au plus. Pouvez-vous raccourcir ?").format(
                    count=len(words), most=int(shown.most)
                )
            )
        if len(words) < (shown.least or 1):
            return Miss(_("Pouvez-vous en dire un peu plus ?"))
        return Answer(words)

    def _choice(self, shown: Shown, _talk: TalkState, incoming: Incoming, code: str) -> Reading:
        option = self._option(shown.options, incoming, code)
        if option:
            return Answer(option.key, option.label)
        if shown.free and incoming.kind in ("text", "edited") and incoming.text.strip():
            return Answer({"typed": incoming.text.strip()[:500]})
        return Miss(_("Choisissez une des réponses, ou tapez son numéro."))

    def _choices(self, shown: Shown, talk: TalkState, incoming: Incoming, code: str) -> Reading:
        if code == DONE or (incoming.kind == "text" and fold(incoming.text) in _ENDS):
            return self._chosen(shown, talk.partial)
        numbers = re.fullmatch(r"\s*\d+(\s+\d+)+\s*", incoming.text)
        if (incoming.kind == "text" and COMMA.search(incoming.text)) or numbers:
            return self._listed(shown, talk, incoming)
        option = self._option(shown.options, incoming, code)
        if not option:
            return Miss(
                _("Cochez une ou plusieurs réponses, puis « Terminé ». Vous pouvez aussi taper leurs numéros : 1, 3.")
            )
        if option.key in talk.partial:
            talk.partial.remove(option.key)
        elif shown.most and len(talk.partial) >= shown.most:
            return _too_many(int(shown.most))
        else:
            talk.partial.append(option.key)
        return More()

    def _listed(self, shown: Shown, talk: TalkState, incoming: Incoming) -> Reading:
        parts = COMMA.split(incoming.text) if COMMA.search(incoming.text) else incoming.text.split()
        found = [_match(shown.options, part) for part in parts if part.strip()]
        if not all(found):
            return Miss(_("Je n’ai pas reconnu tous les choix. Tapez leurs numéros, par exemple : 1, 3."))
        return self._chosen(shown, list(dict.fromkeys(option.key for option in found if option)))

    def _chosen(self, shown: Shown, keys: list[str]) -> Reading:
        least, most = int(shown.least or 0), int(shown.most or len(shown.options))
        if len(keys) < least:
            return Miss(
                plural("Choisissez-en au moins {least}.", "Choisissez-en au moins {least}.", least).format(least=least)
            )
        if len(keys) > most:
            return _too_many(most)
        labels = [option.label for option in shown.options if option.key in keys]
        return Answer([option.key for option in shown.options if option.key in keys], ", ".join(labels))

    def _option(self, options: Sequence[Option], incoming: Incoming, code: str) -> Option | None:
        if code:
            return next(iter(options[position(code) :]), None) if code.isdecimal() and len(code) < 4 else None
        return _match(options, incoming.text) if incoming.kind in ("text", "edited") else None

    def _place(self, shown: Shown, talk: TalkState, incoming: Incoming, code: str) -> Reading:
        if incoming.kind == "place" and incoming.place:
            return self._within(shown, incoming.place)
        if talk.places and (code or incoming.kind == "text"):
            options = tuple(Option(str(at), place.label) for at, place in enumerate(talk.places))
            if option := self._option(options, incoming, code):
                return self._within(shown, talk.places[int(option.key)])
        if incoming.kind not in ("text", "edited") or len(fold(incoming.text)) < 3:
            return Miss(_("Dites-moi plutôt où : votre position, un point sur la carte, ou une adresse."))
        typed = " ".join(incoming.text.split())[:200]
        if (elsewhere := self._city.other_town(typed)) is not None:
            return self._outside(elsewhere)
        found = self._city.find_places(typed, MOST_PLACES)
        if not found and self._city.quartier_named(typed):
            return Answer(msgspec.to_builtins(Place(None, None, label=typed)), typed)
        if len(found) == 1 and fold(found[0].label) == fold(typed):
            return self._within(shown, found[0])
        talk.places = [*found, Place(None, None, label=typed)]
        return More()

    def _within(self, shown: Shown, place: Place) -> Reading:
        located = self._city.locate(place) if shown.town and place.latitude is not None else None
        if located and not (located.inside or located.near):
            return self._outside(located.neighbour)
        return Answer(msgspec.to_builtins(place), self._city.describe(place))

    def _outside(self, neighbour: str | None) -> Miss:
        town = self._city.name
        if neighbour:
            words = _("Cet endroit est à {neighbour}, pas à {town}. Parvis ne reçoit que ce qui est à {town}.")
            return Miss(words.format(neighbour=neighbour, town=town))
        return Miss(_("Cet endroit est hors de {town}. Parvis ne reçoit que ce qui est à {town}.").format(town=town))

    def _pictures(self, shown: Shown, _talk: TalkState, incoming: Incoming, _code: str) -> Reading:
        if incoming.kind == "pictures" and incoming.pictures:
            most = int(shown.most or 1)
            over = len(incoming.pictures) > most
            return Answer(list(incoming.pictures[:most]), note=only_the_first(most) if over else "")
        if incoming.refused:
            return Miss(why_refused(incoming.refused))
        if not shown.optional:
            return Miss(_("Envoyez plutôt une photo."))
        if incoming.kind == "text" and _is_nothing(incoming.text, NO_PHOTO):
            return Answer(None)
        return Miss(_("Envoyez plutôt une photo, ou choisissez « Passer »."))

    def _number(self, shown: Shown, _talk: TalkState, incoming: Incoming, _code: str) -> Reading:
        found = re.fullmatch(r"[-−]?\d+(?:[.,]\d+)?", re.sub(r"[\s\u00a0\u202f]", "", incoming.text or ""))
        if incoming.kind not in ("text", "edited") or not found:
            return Miss(_("J’attends un nombre, en chiffres."))
        value = float(found[0].replace("−", "-").replace(",", "."))
        if shown.least is not None and value < shown.least:
            return Miss(_("Le plus petit nombre possible est {least:g}.").format(least=shown.least))
        if shown.most is not None and value > shown.most:
            return Miss(_("Le plus grand nombre possible est {most:g}.").format(most=shown.most))
        if not math.isfinite(value):  # four hundred figures
            return Miss(_("J’attends un nombre, en chiffres."))
        if shown.whole and value != int(value):
            return Miss(_("J’attends un nombre entier."))
        return Answer(int(value) if shown.whole else value)

    def _moment(self, shown: Shown, _talk: TalkState, incoming: Incoming, _code: str) -> Reading:
        if incoming.kind not in ("text", "edited"):
            return Miss(_("J’attends un jour et une heure, par exemple : demain 18h30."))
        try:
            moment = read_moment(incoming.text, self._now, self._city.zone)
        except NotAMoment as wrong:
            return Miss(
                {
                    "day": _("Je n’ai pas reconnu le jour. Par exemple : demain 18h30, ou 12/03 à 9h."),
                    "hour": _("À quelle heure ? Par exemple : demain 18h30."),
                    "gap": _(
                        "Cette heure n’existe pas : cette nuit-là, on passe à l’heure d’été. "
                        "Choisissez une autre heure."
                    ),
                }[wrong.kind]
            )
        if shown.least is not None and moment.timestamp() <= shown.least:
            return Miss(_("Ce moment est déjà passé. Choisissez une date à venir."))
        if shown.most is not None and moment.timestamp() >= shown.most:
            latest = in_words(datetime.fromtimestamp(shown.most, self._city.zone), self._city.zone)
            return Miss(_("C’est trop tard : choisissez un moment avant {moment}.").format(moment=latest))
        if shown.sends and is_at_the_change(moment.time()):
            return Miss(_not_at_night())
        return Answer(moment.isoformat())

    def _hour(self, shown: Shown, _talk: TalkState, incoming: Incoming, _code: str) -> Reading:
        try:
            hour = read_hour(incoming.text if incoming.kind in ("text", "edited") else "")
        except NotAMoment:
            return Miss(_("J’attends une heure, par exemple : 18h30."))
        return Miss(_not_at_night()) if shown.sends and is_at_the_change(hour) else Answer(f"{hour:%H:%M}")

    def _link(self, shown: Shown, _talk: TalkState, incoming: Incoming, _code: str) -> Reading:
        words = incoming.text.strip()
        if incoming.kind not in ("text", "edited") or not words:
            return Miss(_("J’attends l’adresse d’une page, qui commence par https://."))
        if _is_nothing(words):
            return Answer(None)
        if shown.most and len(words) > shown.most:
            return Miss(_("Cette adresse est trop longue : {most} caractères au plus.").format(most=int(shown.most)))
        if wrong := what_is_wrong(words):
            return Miss(
                {
                    "spaces": _("Une adresse n’a pas d’espace. Copiez-la depuis la page, sans autre mot."),
                    "scheme": _("Il manque le début : une adresse commence par https://."),
                }.get(wrong, _("Cette adresse ne peut pas s’ouvrir. Vérifiez-la, par exemple : https://www.exemple.fr"))
            )
        return Answer(words)


_READERS: dict[str, Callable[[Reader, Shown, TalkState, Incoming, str], Reading]] = {
    "text": Reader._text,
    "yes": Reader._choice,
    "choice": Reader._choice,
    "review": Reader._choice,
    "change": Reader._choice,
    "choices": Reader._choices,
    "place": Reader._place,
    "pictures": Reader._pictures,
    "number": Reader._number,
    "moment": Reader._moment,
    "hour": Reader._hour,
    "link": Reader._link,
}

_ENDS = frozenset({"termine", "fini", "done", "ok", "fin", "listo", "pronto", "تم"})


def _is_nothing(words: str, others: Sequence[str] = ()) -> bool:
    typed = fold(words)
    return typed == "nothing" or any(typed in in_every_language(nothing) for nothing in (*NOTHING, *others))


def only_the_first(most: int) -> str:
    return plural(
        "{most} photo au plus : j’ai gardé la première.", "{most} photos au plus : j’ai gardé les premières.", most
    ).format(most=most)


def _not_at_night() -> str:
    return _("Rien ne part entre 2 h et 3 h : certaines nuits, cette heure n’existe pas. Choisissez une autre heure.")


def _too_many(most: int) -> Miss:
    return Miss(
        plural(
            "{most} choix au plus. Retirez-en un d’abord.", "{most} choix au plus. Retirez-en un d’abord.", most
        ).format(most=most)
    )


def position(typed: str) -> int:
    """The number of a line, as typed; 0 when it is none. No list is a thousand lines long."""
    return int(typed) if typed.isdecimal() and len(typed) < 4 else 0


def _match(options: Sequence[Option], typed: str) -> Option | None:
    """The option meant by typed words: its label or another word for it, its number, or nearly its label."""
    words = fold(typed)
    if not words:
        return None
    for option in options:
        if words == fold(option.label) or any(words == fold(other) for other in option.also):
            return option
    if words.isdecimal():
        return next(iter(options[at - 1 : at] if (at := position(words)) else ()), None)
    labels = {at: fold(option.label) for at, option in enumerate(options)}
    best = process.extractOne(words, labels, scorer=fuzz.ratio, score_cutoff=CLOSE_ENOUGH)
    return options[best[2]] if best else None


def why_refused(reason: str) -> str:
    """A photo that could not be kept, in words."""
    return {
        "too_heavy": _("Cette photo est trop lourde : 20 Mo au plus. Pouvez-vous en envoyer une plus légère ?"),
        "too_many_pixels": _("Cette image est trop grande. Pouvez-vous envoyer une photo ordinaire ?"),
        "damaged": _("Cette photo est abîmée : je n’arrive pas à l’ouvrir. Pouvez-vous la renvoyer ?"),
        "unreachable": _("La photo ne m’est pas parvenue. Pouvez-vous la renvoyer ?"),
    }.get(reason, _("Ce fichier n’est pas une photo que je sais ouvrir. Envoyez une photo, par exemple en JPEG."))
