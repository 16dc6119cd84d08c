"""What Telegram remembers of one chat."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .bell import Bell
from .refusal import Json, RefusedError, bad, forbidden

Kind = Literal["private", "group", "supergroup"]


@dataclass(slots=True)
class Chat:
    """`messages` hold the Message objects as the bot sees them.

    `moment` counts the changes of the screen; `touched` says at which of them a message appeared or changed.
    """

    id: int
    kind: Kind
    title: str
    last_id: int = 0
    known: bool = False
    blocked: bool = False
    deactivated: bool = False
    migrated_to: int | None = None
    bot_status: str = "member"
    bot_reads_all: bool = False
    members: dict[int, str] = field(default_factory=dict)
    messages: dict[int, Json] = field(default_factory=dict)
    keyboard: Json | None = None
    pinned: list[int] = field(default_factory=list)
    reactions: dict[int, list[Json]] = field(default_factory=dict)
    moment: int = 0
    touched: dict[int, int] = field(default_factory=dict)
    bell: Bell = field(default_factory=Bell)

    @property
    def private(self) -> bool:
        return self.kind == "private"

    def wire(self) -> Json:
        named = "first_name" if self.private else "title"
        return {"id": self.id, "type": self.kind, named: self.title}

    def check_reachable(self) -> None:
        """Raise the refusal a bot gets when it may not write here."""
        if self.migrated_to is not None:
            upgraded = "Bad Request: group chat was upgraded to a supergroup chat"
            raise RefusedError(upgraded, 400, migrate_to_chat_id=self.migrated_to)
        if self.deactivated:
            raise forbidden("user is deactivated")
        if self.blocked:
            raise forbidden("bot was blocked by the user")
        if not self.known:
            raise forbidden("bot can't initiate conversation with a user")
        if self.bot_status == "left":
            raise forbidden(f"bot is not a member of the {self.kind} chat")
        if self.bot_status == "kicked":
            raise forbidden(f"bot was kicked from the {self.kind} chat")

    def show(self, message: Json) -> None:
        """A new message, or a new state of one."""
        self.moment += 1
        self.messages[message["message_id"]] = message
        self.touched[message["message_id"]] = self.moment
        self.bell.ring()

    def take_away(self, message_id: int) -> None:
        self.moment += 1
        del self.messages[message_id], self.touched[message_id]
        self.pinned = [each for each in self.pinned if each != message_id]
        self.bell.ring()

    def message(self, message_id: int | None, purpose: str) -> Json:
        found = self.messages.get(message_id or 0)
        if found is None:
            raise bad(f"message to {purpose} not found")
        return found
