"""What comes in through a door, in words that no channel owns."""

from datetime import datetime
from typing import Literal

import msgspec

from bot.city.model import Place

Kind = Literal[
    "text",  # words, a command included ("/signaler")
    "tap",  # a button: `payload`
    "pictures",  # photos, already prepared and kept; or one that could not be: `refused`
    "place",
    "contact",  # a visiting card, which we do not want
    "other",  # something we cannot read: a voice message, a video, a sticker: `text` says which
    "edited",  # words that replace those of message `origin`
    "left",  # the person blocked the bot
    "came",  # the person unblocked it
    "nudge",  # the clock: a draft has been waiting for a day
    "expired",  # the clock: a draft has waited too long
]


CLOCK: frozenset[Kind] = frozenset({"nudge", "expired"})
"""Nobody did anything: it is the hour."""

UNSEEN: frozenset[Kind] = CLOCK | {"left", "came"}
"""Nobody waits for an answer to these."""


class Incoming(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing a person did. `key` is its identity on the channel, by which a second delivery is known."""

    channel: str
    key: str
    sender: str
    kind: Kind
    at: datetime
    text: str = ""
    payload: str = ""
    pictures: tuple[str, ...] = ()
    refused: str = ""  # why a photo could not be kept: bot.pictures.NotAPicture.reason, or "unreachable"
    place: Place | None = None
    album: str = ""  # photos sent together carry the same mark
    language: str = ""  # what the client says it speaks
    kept: bool = False  # it waited in bot.storage.arrivals, and leaves it with the turn
    origin: str = ""  # the channel's id of the person's message, or of the message whose button was pressed


def legible(incoming: Incoming) -> Incoming:
    """The same without the signs that no database keeps: NUL, and halves of characters cut in two."""
    place = incoming.place
    if place is None and _is_plain(incoming.text) and _is_plain(incoming.payload):
        return incoming
    return msgspec.structs.replace(
        incoming,
        text=_legible(incoming.text),
        payload=_legible(incoming.payload),
        place=msgspec.structs.replace(place, label=_legible(place.label)) if place else None,
    )


def _is_plain(text: str) -> bool:
    return text.isascii() and "\0" not in text


def _legible(text: str) -> str:
    return text.replace("\0", "").encode(errors="ignore").decode()


class Heard(msgspec.Struct, frozen=True):
    """What the door is told once the turn is kept. `toast` is a word shown in passing; `chosen` is what a
    pressed button stood for, to be shown in place of the buttons."""

    new: bool = True
    toast: str = ""
    chosen: str = ""
    staff: bool | None = None  # their place in the team changed, or they asked for what is the team's: is it theirs?
