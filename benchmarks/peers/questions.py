"""What every peer asks and says, so that the sides differ in their library and in nothing else."""

from typing import Final

Buttons = list[tuple[str, str]]
"""One button a row: its text and its callback data."""

ASK_PHOTO: Final = "Envoyez une photo du problème."
ASK_PLACE: Final = "Où est-ce ? Partagez l’endroit avec le trombone."
ASK_FAMILY: Final = "De quoi s’agit-il ?"
ASK_CATEGORY: Final = "Plus précisément ?"
ASK_WORDS: Final = "Un mot de plus ?"
REVIEW: Final = "Voici votre signalement. Vous pouvez l’envoyer."
THANKS: Final = "Merci ! C’est le signalement {number}."
DROPPED: Final = "C’est abandonné. Rien n’a été envoyé."

FAMILIES: Final[Buttons] = [
    ("Danger immédiat", "family:danger"),
    ("Propreté", "family:cleanliness"),
    ("Chaussée et trottoirs", "family:roads"),
    ("Éclairage et feux", "family:lights"),
    ("Arbres et jardins", "family:green"),
    ("Autre chose", "family:other"),
]

CATEGORIES: Final[Buttons] = [
    ("Lampadaire éteint", "category:lamp-out"),
    ("Lampadaire allumé le jour", "category:lamp-day"),
    ("Feu en panne", "category:signal-out"),
    ("Câble qui pend", "category:cable"),
    ("Autre chose", "category:lights-other"),
]

SEND: Final[Buttons] = [
    ("Envoyer", "review:send"),
    ("Ajouter un mot", "review:words"),
    ("Abandonner", "review:drop"),
]


def review(answers: dict[str, str]) -> str:
    """The answers as a resident checks them before sending."""
    return "\n".join([REVIEW, "", *(f"{name} : {answer}" for name, answer in answers.items())])
