"""Why a channel refused, in words for staff. What the platform itself said is in the log."""

from __future__ import annotations

import re

from flows.engine.wording import _, mark

BY_STAFF = ("", "asked", "recalled", "replaced", "withdrawn")
"""Why a broadcast was paused or stopped when somebody wished it."""

REASONS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("unauthorized", "terminated by other"), mark("la messagerie ne reconnaît plus la ville")),
    (
        ("gateway", "server error", "not sent within", "timeout", "timed out", "unreachable", "network", "connect"),
        mark("la messagerie ne répondait pas"),
    ),
    (("photo", "file", "image", "media", "too large"), mark("la messagerie a refusé une photo")),
    (("button", "url", "reply markup", "keyboard"), mark("la messagerie a refusé un bouton ou un lien")),
    (("parse", "entit", "too long", "text is empty"), mark("la messagerie a refusé le texte")),
)
"""By what a refusal has in its words (those of Telegram's servers, and of bot.delivery), the first that fits."""

_FAULT = re.compile(r"[A-Z]\w+: ")
"""How a mistake of ours begins: the name of its class."""

_TELEGRAM = ("Bad Request: ", "Forbidden: ", "Unauthorized: ", "Conflict: ")


def reason_in_words(raw: str) -> str:
    """« la messagerie ne répondait pas »"""
    said = raw.lower()
    for signs, words in REASONS:
        if any(sign in said for sign in signs):
            return _(words)
    if _FAULT.match(raw) and not raw.startswith(_TELEGRAM):
        return _("une erreur de notre côté, l’équipe technique la trouvera dans son journal")
    return _("la messagerie a refusé le message")


def is_by_itself(because: str) -> bool:
    """Whether nobody asked for it: too many refusals in a row, or a mistake of ours."""
    return because not in BY_STAFF
