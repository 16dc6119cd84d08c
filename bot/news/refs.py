"""The reference of a piece of news: drawn by lot, so that none can be guessed; read as people type it."""

import re
import secrets

from bot.news.model import REF_LENGTH
from bot.reports.model import ALPHABET

PREFIX = "AC"


def draw_ref(length: int = REF_LENGTH) -> str:
    """387 million of six letters."""
    return f"{PREFIX}-" + "".join(secrets.choice(ALPHABET) for _letter in range(length))


_TYPED = re.compile(r"ac\s*[-‐‑–—]?\s*([0-9a-z]{6,12})", re.IGNORECASE)


def typed_ref(text: str) -> str:
    """The reference that the whole of `text` is, in its one written form, or an empty text. Words of six letters alone
    are none, nor are those that merely begin with these two: « actuelle »."""
    found = _TYPED.fullmatch(text.strip())
    if not found or (found[0][2:] == found[1] and found[1].isalpha()):
        return ""
    return clean_ref(found[1])


def clean_ref(typed: str) -> str:
    """« ac 7k3fq2 » in its one written form, or an empty text."""
    plain = "".join(letter for letter in typed.upper() if letter.isalnum())
    plain = plain.removeprefix(PREFIX) if len(plain) > REF_LENGTH else plain
    if not REF_LENGTH <= len(plain) <= 2 * REF_LENGTH or not set(plain) <= set(ALPHABET):
        return ""
    return f"{PREFIX}-{plain}"
