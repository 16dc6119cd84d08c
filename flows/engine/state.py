"""What is kept of a conversation between two turns: small, JSON, readable by yesterday's and tomorrow's code."""

from typing import Any

import msgspec

from bot.city.model import Place
from bot.delivery.model import Message
from flows.engine.incoming import Kind


class Option(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that can be chosen: what is kept (`key`), what is shown, and other words for it."""

    key: str
    label: str
    also: tuple[str, ...] = ()
    style: str = ""


class Shown(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A question as the person saw it. The next answer is read against this, whatever today's code asks."""

    kind: str
    words: str
    label: str = ""  # how the review calls the answer
    options: tuple[Option, ...] = ()
    optional: bool = False
    free: bool = False  # words that fit no option are an answer too
    least: float | None = None
    most: float | None = None
    whole: bool = False  # a number without decimals
    town: bool = False  # a place must be in the town
    sends: bool = False  # something will be sent at that hour: not in the one where clocks change
    example: str = ""
    card: Message | None = None
    ticked: tuple[str, ...] = ()  # the choices that are made already when the question is put
    parts: tuple[Option, ...] = ()  # the answers that a review lets one change
    columns: int = 1
    back: bool = False


class TalkState(msgspec.Struct, omit_defaults=True):
    """One flow under way with one person."""

    flow: str
    nonce: str
    args: dict[str, str] = {}
    answers: dict[str, Any] = {}
    order: list[str] = []
    done: dict[str, Any] = {}
    seen: dict[str, Any] = {}  # what was looked up once, so that later turns see the same
    path: list[str] = []  # the questions already answered, in the order the flow asks them
    floor: int = 0  # how many of these led to something done: going back stops there
    waiting: str = ""
    shown: Shown | None = None
    step: int = 0  # grows with every question shown; buttons carry it
    tapped: str = ""  # the button that gave the newest answer, to know a double tap
    partial: list[str] = []  # choices made so far, or places to choose from
    places: list[Place] = []
    misses: int = 0
    albums: dict[str, str] = {}  # album → name of the answer it belongs to
    sources: dict[str, str] = {}  # name of an answer → the person's message it came from
    nudged: bool = False


class Seeds(msgspec.Struct, omit_defaults=True):
    """Something sent out of the blue, that a flow may be started with."""

    pictures: list[str] = []
    place: Place | None = None
    text: str = ""
    album: str = ""


class Held(msgspec.Struct, omit_defaults=True):
    """Something whose words mean danger, kept until the person says that it is none or does something else."""

    kind: Kind
    text: str
    pictures: list[str] = []
    album: str = ""
    origin: str = ""


class Conversation(msgspec.Struct, omit_defaults=True):
    """Everything between one address and the bot. The last talk is the open one; those before it wait their turn."""

    talks: list[TalkState] = []
    seeds: Seeds | None = None
    offered: list[Option] = []  # the menu last shown, so that a number typed back finds its button
    tapped: str = ""  # the button that ended the last talk, to know a double tap
    held: Held | None = None
    version: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.talks or self.seeds or self.offered or self.tapped or self.held)

    @property
    def open(self) -> TalkState | None:
        return self.talks[-1] if self.talks else None


encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Conversation).decode
