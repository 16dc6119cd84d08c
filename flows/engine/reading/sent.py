"""Answers that a telephone sends, where it is and photos; a place may be typed too."""

import msgspec

from bot.city.model import City, Place
from flows.engine.reading.chosen import option_meant
from flows.engine.reading.reading import Answer, Asked, Miss, More, Reading
from flows.engine.state import Option, Shown
from flows.engine.wording import _, fold

MOST_PLACES = 5


def read_place(asked: Asked) -> Reading:
    city, shown, talk, incoming = asked.city, asked.shown, asked.talk, asked.incoming
    if incoming.kind == "place" and incoming.place:
        return within(city, shown, incoming.place)
    if talk.places and (asked.code or incoming.kind == "text"):
        options = tuple(Option(str(at), place.label) for at, place in enumerate(talk.places))
        if option := option_meant(asked, options):
            return within(city, shown, talk.places[int(option.key)])
    if not asked.written or len(fold(incoming.text)) < 3:
        return Miss(_("J’attends un lieu : votre position, un point sur la carte, ou une adresse."))
    typed = " ".join(incoming.text.split())[:200]
    found = city.find_places(typed, MOST_PLACES)
    if not found:
        return Answer(msgspec.to_builtins(Place(None, None, label=typed)), typed)
    if len(found) == 1 and fold(found[0].label) == fold(typed):
        return within(city, shown, found[0])
    talk.places = [*found, Place(None, None, label=typed)]
    return More(_("Est-ce un de ces lieux ?"))


def within(city: City, shown: Shown, place: Place) -> Answer | Miss:
    """The place, unless the question is about the town and this is outside of it."""
    located = city.locate(place) if shown.town and place.latitude is not None else None
    if located and not (located.inside or located.near):
        if located.neighbour:
            return Miss(
                _("Cet endroit est à {neighbour}, pas à {town}. Parvis ne transmet que ce qui est à {town}.").format(
                    neighbour=located.neighbour, town=city.name
                )
            )
        return Miss(
            _("Cet endroit est hors de {town}. Parvis ne transmet que ce qui est à {town}.").format(town=city.name)
        )
    return Answer(msgspec.to_builtins(place), city.describe(place))


def read_pictures(asked: Asked) -> Reading:
    incoming = asked.incoming
    if incoming.kind == "pictures" and incoming.pictures:
        return Answer(list(incoming.pictures[: int(asked.shown.most or 1)]))
    return Miss(why_refused(incoming.refused) if incoming.refused else _("J’attends une photo."))


def why_refused(reason: str) -> str:
    """A photo that could not be kept, in words."""
    return {
        "too_heavy": _("Cette photo est trop lourde : 20 Mo au plus. Pouvez-vous en envoyer une plus légère ?"),
        "too_many_pixels": _("Cette image est trop grande. Pouvez-vous envoyer une photo ordinaire ?"),
        "damaged": _("Cette photo est abîmée : je n’arrive pas à l’ouvrir. Pouvez-vous la renvoyer ?"),
        "unreachable": _("La photo ne m’est pas parvenue. Pouvez-vous la renvoyer ?"),
    }.get(reason, _("Ce fichier n’est pas une photo que je sais ouvrir. Envoyez une photo, par exemple en JPEG."))
