"""Keyboards: how many buttons, what each may be, who may be asked for a place."""

from __future__ import annotations

import re

import msgspec

from .chats import Chat
from .refusal import Json, bad, strict

MOST_INLINE, MOST_IN_INLINE_ROW = 100, 8
MOST_KEYS, MOST_IN_KEY_ROW = 300, 12
MOST_BYTES = 10_000
ACTIONS = {
    "url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay", "disabled",
}  # fmt: skip
PRIVATE_ONLY = {
    "request_location": "location can be requested in private chats only",
    "request_contact": "phone number can be requested in private chats only",
    "request_poll": "poll can be requested in private chats only",
    "request_users": "users can be requested in private chats only",
    "request_chat": "chats can be requested in private chats only",
    "web_app": "BUTTON_TYPE_INVALID",
}
ADDRESS = re.compile(r"(?:https?://[^\s/.]+(?:\.[^\s/.]+)+(?:[/?#]\S*)?|tg://\S+)", re.IGNORECASE)


def check_markup(markup: Json | None, chat: Chat) -> None:
    """Raises RefusedError. Counts and size are the known, undocumented ones of the platform."""
    if markup is None:
        return
    if "inline_keyboard" in markup:
        _check_size(markup, markup["inline_keyboard"], MOST_INLINE, MOST_IN_INLINE_ROW)
        for row in markup["inline_keyboard"]:
            for button in row:
                _check_inline(button, chat)
    elif "keyboard" in markup:
        _check_size(markup, markup["keyboard"], MOST_KEYS, MOST_IN_KEY_ROW)
        if not any(markup["keyboard"]):
            raise strict("a reply keyboard needs at least one key")
        for row in markup["keyboard"]:
            for key in row:
                _check_key(key, chat)


def _check_size(markup: Json, rows: list[list[Json]], most: int, most_in_row: int) -> None:
    widest = max((len(row) for row in rows), default=0)
    if sum(map(len, rows)) > most or widest > most_in_row or len(msgspec.json.encode(markup)) > MOST_BYTES:
        raise bad("reply markup is too long")


def _check_inline(button: Json, chat: Chat) -> None:
    if not button["text"].strip():
        raise bad("can't parse inline keyboard button: Button text must not be empty")
    actions = ACTIONS.intersection(button)
    if not actions:
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise strict(f"a button does exactly one thing, this one {', '.join(sorted(actions))}")
    if "url" in button and not ADDRESS.fullmatch(button["url"]):
        raise bad(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    if "web_app" in button and not (chat.private and button["web_app"]["url"].startswith("https://")):
        raise bad("BUTTON_TYPE_INVALID")


def _check_key(key: Json, chat: Chat) -> None:
    if not key["text"].strip():
        raise bad("can't parse keyboard button: Button text must not be empty")
    for field, words in PRIVATE_ONLY.items():
        if key.get(field) and not chat.private:
            raise bad(words)


def remember_keyboard(chat: Chat, markup: Json | None) -> None:
    """The reply keyboard stays on the screen until another message replaces or removes it."""
    if markup is None:
        return
    if "keyboard" in markup:
        chat.keyboard = markup
    elif "remove_keyboard" in markup:
        chat.keyboard = None
