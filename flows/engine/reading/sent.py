"""Answers that a telephone sends, where it is and photos; a place may be typed too."""

import msgspec

from bot.city.model import City, Place
from flows.engine.reading.chosen import option_meant
from flows.engine.reading.reading import Answer, Asked, Miss, More, Reading
from flows.engine.reading.written import is_nothing
from flows.engine.state import Option, Shown
from flows.engine.wording import _, fold, mark, plural

MOST_PLACES = 5

NO_PHOTO = (mark("pas de photo"), mark("sans photo"), mark("je n’ai pas de photo"))


def read_place(asked: Asked) -> Reading:
    city, shown, talk, incoming = asked.city, asked.shown, asked.talk, asked.incoming
    if incoming.kind == "place" and incoming.place:
        return within(city, shown, incoming.place)
    if talk.places and (asked.code or incoming.kind == "text"):
        options = tuple(Option(str(at), place.label) for at, place in enumerate(talk.places))
        if option := option_meant(asked, options):
            return within(city, shown, talk.places[int(option.key)])
    if not asked.written or len(fold(incoming.text)) < 3:
        return Miss(_("Dites-moi plutôt où : votre position, un point sur la carte, ou une adresse."))
    typed = " ".join(incoming.text.split())[:200]
    if (elsewhere := city.other_town(typed)) is not None:
        return _outside(city, elsewhere)
    found = city.find_places(typed, MOST_PLACES)
    if not found and city.quartier_named(typed):
        return Answer(msgspec.to_builtins(Place(None, None, label=typed)), typed)
    if len(found) == 1 and fold(found[0].label) == fold(typed):
        return within(city, shown, found[0])
    talk.places = [*found, Place(None, None, label=typed)]
    return More()


def within(city: City, shown: Shown, place: Place) -> Answer | Miss:
    """The place, unless the question is about the town and this is outside of it."""
    located = city.locate(place) if shown.town and place.latitude is not None else None
    if located and not (located.inside or located.near):
        return _outside(city, located.neighbour)
    return Answer(msgspec.to_builtins(place), city.describe(place))


def _outside(city: City, neighbour: str | None) -> Miss:
    if neighbour:
        words = _("Cet endroit est à {neighbour}, pas à {town}. Parvis ne reçoit que ce qui est à {town}.")
        return Miss(words.format(neighbour=neighbour, town=city.name))
    return Miss(_("Cet endroit est hors de {town}. Parvis ne reçoit que ce qui est à {town}.").format(town=city.name))


def read_pictures(asked: Asked) -> Reading:
    incoming = asked.incoming
    if incoming.kind == "pictures" and incoming.pictures:
        most = int(asked.shown.most or 1)
        over = len(incoming.pictures) > most
        return Answer(list(incoming.pictures[:most]), note=only_the_first(most) if over else "")
    if incoming.refused:
        return Miss(why_refused(incoming.refused))
    if not asked.shown.optional:
        return Miss(_("Envoyez plutôt une photo."))
    if incoming.kind == "text" and is_nothing(incoming.text, NO_PHOTO):
        return Answer(None)
    return Miss(_("Envoyez plutôt une photo, ou choisissez « Passer »."))


def only_the_first(most: int) -> str:
    return plural(
        "{most} photo au plus : j’ai gardé la première.", "{most} photos au plus : j’ai gardé les premières.", most
    ).format(most=most)


def why_refused(reason: str) -> str:
    """A photo that could not be kept, in words."""
    return {
        "too_heavy": _("Cette photo est trop lourde : 20 Mo au plus. Pouvez-vous en envoyer une plus légère ?"),
        "too_many_pixels": _("Cette image est trop grande. Pouvez-vous envoyer une photo ordinaire ?"),
        "damaged": _("Cette photo est abîmée : je n’arrive pas à l’ouvrir. Pouvez-vous la renvoyer ?"),
        "unreachable": _("La photo ne m’est pas parvenue. Pouvez-vous la renvoyer ?"),
    }.get(reason, _("Ce fichier n’est pas une photo que je sais ouvrir. Envoyez une photo, par exemple en JPEG."))
