"""The words on the Telegram door: the key that shares a position, what the bot says of itself, its commands."""

from flows.engine import words
from flows.engine.flow import Flow
from flows.engine.wording import _, current

LONGEST_NAME = 64
LONGEST_SHORT = 120
LONGEST_DESCRIPTION = 512
LONGEST_ABOUT = 256
"""Characters; the limits of setMyName, setMyShortDescription, setMyDescription and BotCommand."""


def position_key() -> str:
    return _("📍 Ma position")


def place_placeholder() -> str:
    """Shown in the empty field where one types, at most 64 characters."""
    return _("Ou tapez une adresse")


def written_link(label: str, address: str) -> str:
    """A link that cannot be a button: Telegram opens only https addresses."""
    return f"{label}{colon()}{address}"


def colon() -> str:
    """What stands between the name of a fact and its value; French puts a space before it."""
    return " : " if current().code == "fr" else ": "


def only_in_private(link: str) -> str:
    return _("Je réponds en privé, pour que vos messages restent entre nous : {link}").format(link=link)


def name(town: str) -> str:
    return _("Parvis · {town}").format(town=town)[:LONGEST_NAME]


def short_description(town: str) -> str:
    """On the bot's profile and wherever its link is shared."""
    sentence = _("Signaler un problème dans la rue, donner son avis, suivre son quartier. Ville : {town}.")
    return sentence.format(town=town)[:LONGEST_SHORT]


def description(town: str) -> str:
    """Shown in the empty chat, above the button that starts it."""
    return (
        _("Bonjour, je suis Parvis, l’assistant des habitants. Ville : {town}.").format(town=town)
        + "\n\n"
        + _("Signalez un problème dans la rue. Répondez aux consultations. Recevez les actualités de votre quartier.")
        + "\n\n"
        + _("Je n’ai besoin d’aucun nom ni numéro de téléphone.")
    )[:LONGEST_DESCRIPTION]


def command_of(flow: Flow) -> tuple[str, str] | None:
    """The flow's command in the language being spoken, and its line; None when it has none."""
    word = words.command_of(flow) if flow.about else ""
    return (word, _(flow.about)[:LONGEST_ABOUT]) if word else None
