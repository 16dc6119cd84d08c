"""Telegram's side of everything: people, chats, messages, files, queries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from .chats import Chat, Kind
from .files import Files, Upload
from .refusal import Json, bad
from .updates import Updates

BOT_ID = 7_000_000_001
KEPT_WHEN_LIGHT = 10
BOT: Json = {
    "id": BOT_ID, "is_bot": True, "first_name": "Parvis", "username": "parvis_test_bot", "can_join_groups": True,
    "can_read_all_group_messages": False, "supports_inline_queries": False, "can_connect_to_business": False,
    "has_main_web_app": False, "supports_guest_queries": False, "has_topics_enabled": False,
    "allows_users_to_create_topics": False, "can_manage_bots": False, "supports_join_request_queries": False,
}  # fmt: skip
BOT_AS_SENDER: Json = {key: BOT[key] for key in ("id", "is_bot", "first_name", "username")}


@dataclass(slots=True)
class Query:
    """A tapped button that waits for its answer."""

    user_id: int
    asked_at: float
    answered: bool = False


@dataclass(slots=True)
class Toast:
    """What answerCallbackQuery showed; `alert` is the window one must close."""

    text: str
    alert: bool


@dataclass(slots=True)
class Call:
    """One call of the bot as it was decoded; `status` is the HTTP status of the answer, 0 when none was given (a
    connection dropped by a fault, a client that hung up)."""

    method: str
    parameters: Json
    files: dict[str, Upload]
    at: float
    status: int = 0
    description: str = ""


@dataclass(slots=True)
class World:
    """`light` keeps only the last messages of a chat and knows every person: for benchmarks."""

    now: Callable[[], float]
    updates: Updates
    light: bool = False
    users: dict[int, Json] = field(default_factory=dict)
    chats: dict[int, Chat] = field(default_factory=dict)
    files: Files = field(default_factory=Files)
    queries: dict[str, Query] = field(default_factory=dict)
    toasts: dict[int, list[Toast]] = field(default_factory=dict)
    profile: dict[tuple[str, str], str] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    _message_ids: Any = field(default_factory=lambda: count(1))
    _numbers: Any = field(default_factory=lambda: count(1))

    def number(self) -> int:
        return int(next(self._numbers))

    def second(self) -> int:
        return int(self.now())

    def add_chat(self, chat_id: int, kind: Kind, title: str) -> Chat:
        chat = self.chats[chat_id] = Chat(chat_id, kind, title)
        return chat

    def chat(self, chat_id: int | str) -> Chat:
        """The chat with this number, public @names are not simulated; raises RefusedError "chat not found"."""
        found = self.chats.get(chat_id) if isinstance(chat_id, int) else None
        if found is None and self.light and isinstance(chat_id, int) and chat_id > 0:
            found = self.add_chat(chat_id, "private", f"Resident {chat_id}")
            found.known = True
        if found is None:
            raise bad("chat not found")
        return found

    def next_message_id(self, chat: Chat) -> int:
        """Supergroups number their messages themselves; all other chats share one counter, as at Telegram."""
        if chat.kind == "supergroup":
            chat.last_id += 1
            return chat.last_id
        return int(next(self._message_ids))

    def write(self, chat: Chat, sender: Json, content: Json) -> Json:
        """A new message in the chat, by the bot or a person."""
        message: Json = {
            "message_id": self.next_message_id(chat),
            "from": sender,
            "chat": chat.wire(),
            "date": self.second(),
            **content,
        }
        chat.show(message)
        if self.light and len(chat.messages) > KEPT_WHEN_LIGHT:
            chat.take_away(next(iter(chat.messages)))
        return message

    def rewrite(self, chat: Chat, message: Json, changes: Json) -> Json:
        """The message after an edit; a change to None takes the field away."""
        changed = {**message, "edit_date": self.second(), **changes}
        edited = {key: value for key, value in changed.items() if value is not None}
        chat.show(edited)
        return edited
