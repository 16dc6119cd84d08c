"""The words on the Telegram door: the key that shares a position, what the bot says of itself, its commands."""

from flows.engine.flow import Flow
from flows.engine.wording import _, current, fold

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
    words = _("Signaler un problème dans la rue, donner son avis, suivre son quartier. Ville : {town}.")
    return words.format(town=town)[:LONGEST_SHORT]


def description(town: str) -> str:
    """Shown in the empty chat, above the button that starts it."""
    return (
        _("Bonjour, je suis Parvis, l’assistant des habitants. Ville : {town}.").format(town=town)
        + "\n\n"
        + _("Signalez un problème dans la rue. Répondez aux consultations. Recevez les nouvelles de votre quartier.")
        + "\n\n"
        + _("Je n’ai besoin d’aucun nom ni numéro de téléphone.")
    )[:LONGEST_DESCRIPTION]


def command_of(flow: Flow) -> tuple[str, str] | None:
    """The flow's command in the language being spoken, and its line; None when it has none.

    Telegram takes a-z, 0-9 and _ only, at most 32, so the word is folded. A translation of it is taken when it
    opens the flow too.
    """
    if not flow.about or not flow.words:
        return None
    known = {fold(word) for word in flow.words}
    translated = fold(_(flow.words[0]))
    word = translated if translated in known else fold(flow.words[0])
    fits = word.isascii() and word.replace(" ", "").isalnum() and len(word) <= 32
    return (word.replace(" ", "_"), _(flow.about)[:LONGEST_ABOUT]) if fits else None
