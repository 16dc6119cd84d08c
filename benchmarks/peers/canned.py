"""What Telegram would answer, ready made: the libraries parse it."""

import json
import time
from typing import Any

ME = {"id": 42, "is_bot": True, "first_name": "Parvis", "username": "parvis_bot", "can_join_groups": False}

LETTER = {
    "message_id": 7,
    "from": {"id": 42, "is_bot": True, "first_name": "Parvis", "username": "parvis_bot"},
    "chat": {"id": 1_000_000_000, "type": "private", "first_name": "Camille", "last_name": "Martin"},
    "date": int(time.time()),
    "text": "De quoi s’agit-il ?",
    "reply_markup": {"inline_keyboard": [[{"text": "Éclairage et feux", "callback_data": "family:lights"}]]},
}


def answer(result: Any) -> bytes:
    return json.dumps({"ok": True, "result": result}, ensure_ascii=False).encode()


YES = b'{"ok":true,"result":true}'
"""To whatever gives nothing else: a webhook that is set, a pressed button that is answered."""

ANSWERS = {
    "getMe": answer(ME),
    "answerCallbackQuery": YES,
    "getMyCommands": answer([]),
    "getMyName": answer({"name": ""}),
    "getMyDescription": answer({"description": ""}),
    "getMyShortDescription": answer({"short_description": ""}),
    **{name: answer(LETTER) for name in ("sendMessage", "sendPhoto", "editMessageReplyMarkup", "editMessageText")},
}


def canned(method: str) -> bytes:
    """Raises `KeyError` for a method the conversation should not call."""
    return ANSWERS[method]
