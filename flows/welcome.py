"""The first words, and help."""

from babel.lists import format_list

from bot.city.model import City
from flows.engine.flow import flow
from flows.engine.talk import Talk
from flows.engine.wording import _, current, left_to_right, mark, plural

MOST_NUMBERS = 4


def emergency_words(city: City, language: str) -> str:
    """Who to call when it cannot wait."""
    numbers = " · ".join(f"{left_to_right(one.number)} {city.say(one.name, language)}" for one in city.emergencies)
    return _("Une urgence ? Appelez tout de suite : {numbers}.").format(numbers=numbers)


def emergency_numbers(city: City) -> str:
    """The same in a breath: the first numbers of the town's list, which are those that everybody knows."""
    numbers = [left_to_right(one.number) for one in city.emergencies[:MOST_NUMBERS]]
    listed = format_list(numbers, "or", current().formats)
    return _("En cas d’urgence, n’écrivez pas ici : appelez le {numbers}.").format(numbers=listed)


def what_is_kept(city: City) -> str:
    """All of it, as the tables have it: a report keeps its photos and its place, news the choices that were made."""
    days = city.privacy.retention.messages
    return "\n".join(
        (
            _(
                "Je garde l’identifiant de votre compte de messagerie, "
                "votre langue et vos signalements avec leurs photos."
            ),
            _("Pour les actualités, je garde aussi vos quartiers, vos sujets et les heures choisies."),
            plural(
                "Nos échanges sont gardés {days} jour. Je ne demande ni nom ni téléphone.",
                "Nos échanges sont gardés {days} jours. Je ne demande ni nom ni téléphone.",
                days,
            ).format(days=days),
            _("Pour tout effacer : /reglages. Responsable : {controller}.").format(controller=city.privacy.controller),
        )
    )


@flow("welcome", words=("start", "menu", "bonjour", "salut", "hello", "hola", "ola", "مرحبا"), about=mark("Commencer"))
def welcome(talk: Talk) -> None:
    """In three sentences what Parvis is and that it is not for emergencies; then what is kept and how to erase it."""
    hello = _("Bonjour, je suis Parvis, l’assistant de {town}.").format(town=talk.city.name)
    own = talk.city.say(talk.city.welcome, talk.language) if talk.city.welcome else ""
    does = own or _("Signalez un problème dans la rue : je vous dis qui en est responsable et ce qu’il devient.")
    talk.end(
        "\n\n".join((f"{hello} {does}", emergency_numbers(talk.city), what_is_kept(talk.city))),
        menu=True,
    )


@flow("help", words=(mark("aide"), "help", "ayuda", "ajuda", "مساعدة"), about=mark("Obtenir de l’aide"))
def help_(talk: Talk) -> None:
    """What can be typed at any moment, and whom to talk to."""
    contacts = talk.city.contacts
    talk.end(
        "\n\n".join(
            (
                _("À tout moment vous pouvez taper : retour, passer, annuler, aide."),
                _("Au lieu de choisir un bouton, vous pouvez taper son numéro."),
                _("Parler à quelqu’un : {name}, {phone}, {address}.").format(
                    name=contacts.town_hall, phone=left_to_right(contacts.phone), address=contacts.address
                ),
                emergency_words(talk.city, talk.language),
            )
        ),
        menu=True,
    )
