"""What a letter says, free of any channel, and what a channel may answer when it is asked to carry one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import IntEnum

import msgspec


class Lane(IntEnum):
    """Which letters go first. Lower goes first, always."""

    REPLY = 0
    URGENT = 1
    STATUS = 2
    NEWS = 5
    EDIT = 9


class Button(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something to press: `data` comes back to the bot (at most 64 bytes, Telegram's limit), `link` opens a page."""

    label: str
    data: str = ""
    link: str = ""
    style: str = ""  # "", "main", "danger", or "quiet" for what steers the conversation rather than answers


class Fact(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of a card: what it is, and what it says."""

    name: str
    value: str


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is said, as parts rather than markup, so that nothing a person typed can ever be read as markup.

    Each channel shows the parts in this order: title, text, facts, note, then the buttons, row by row.
    """

    text: str = ""
    title: str = ""
    facts: tuple[Fact, ...] = ()
    note: str = ""
    pictures: tuple[str, ...] = ()  # keys of bot.pictures
    alternative: str = ""  # what the pictures show, for those who cannot see them
    buttons: tuple[tuple[Button, ...], ...] = ()
    asks: str = ""  # a hint of what is awaited: "", "text", "choice", "place", "pictures", "number" or "moment"
    keys: tuple[str, ...] = ()  # words a person may type back, for a channel that shows keys instead of buttons
    slot: str = ""  # a later letter of the same slot to the same person changes this one in place
    anew: bool = False  # it takes the slot over with a message of its own: what was shown before is far up by now
    direction: str = ""  # "rtl" where the language is written from right to left
    language: str = ""
    secret: bool = False  # shown once: its words do not stay in the outbox

    @property
    def is_empty(self) -> bool:
        return not (self.text or self.title or self.facts or self.pictures)


def _always() -> bool:
    return True


class Letter(msgspec.Struct, frozen=True):
    """A message on its way to one address. A channel asks `may_go` once a try, when it is the letter's turn to leave,
    and raises Withdrawn if it may not: somebody unsubscribed, or stopped the broadcast, or it has expired since."""

    id: int
    address: int
    channel: str
    external: str  # the person's address on the channel
    lane: Lane
    message: Message
    attempts: int = 0
    replaces: str = ""  # the channel's own id of the message that this one changes in place
    expires_at: datetime | None = None
    partly: str = ""  # the channel's own id of what arrived of it in an earlier try
    may_go: Callable[[], bool] = _always


class Refusal(Exception):
    """A channel did not carry a letter. Each kind below says what becomes of it. `partly` is the channel's own id of
    what has arrived of it all the same, from this try or an earlier one."""

    partly = ""


class Throttled(Refusal):
    """Too fast: try the same letter again after `wait`; no attempt is counted."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"asked to wait {wait.total_seconds():.0f} s")
        self.wait = wait


class Unreachable(Refusal):
    """The network or the platform failed; the letter may or may not have arrived. Tried again with growing delays."""


class Gone(Refusal):
    """The address is no longer good (blocked, account deleted): its letters stop until the person writes again."""


class Moved(Refusal):
    """The address changed; the letter goes to the new one."""

    def __init__(self, external: str) -> None:
        super().__init__("the address has moved")
        self.external = external


class Impossible(Refusal):
    """The platform will never take this letter as it is. It is kept as failed, with the reason."""


class NothingToEdit(Refusal):
    """The message to change in place is not there any more: the letter is sent as a new one."""


class Withdrawn(Refusal):
    """The letter was not to leave any more when its turn came; this try sent nothing."""

    def __init__(self) -> None:
        super().__init__("it was not to leave any more")


RETRY_AFTER = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
"""Delays after a broken connection or a fault of the platform; a fifth failure is the last. Somebody waits for these
letters, so that the first delay is short."""

BULK_RETRY_AFTER = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
"""The same for the letters of broadcasts."""
