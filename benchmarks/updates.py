"""The updates of one resident as Telegram posts them: whole objects, not the least a library accepts."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

SECRET = "benchmark-secret"
"""What Telegram repeats in `X-Telegram-Bot-Api-Secret-Token`; every side checks it, as it would in a town."""

PATH = "/telegram/webhook"

FIRST_CHAT = 1_000_000_000

Button = tuple[str, str]
"""Its text and its callback data."""


def template(update: dict[str, Any]) -> bytes:
    """The update, with `@name@` for each value to come, made ready for `bytes % dict`."""
    text = json.dumps({"update_id": "@update@", **update}, ensure_ascii=False).replace("%", "%%")
    for name, form in {
        "update": "d",
        "chat": "d",
        "date": "d",
        "message": "d",
        "latitude": ".6f",
        "longitude": ".6f",
        "data": "s",
        "query": "d",
    }.items():
        text = text.replace(f'"@{name}@"', f"%({name}){form}")
    return text.encode()


NAME = {"first_name": "Camille", "last_name": "Martin"}
USER = {"id": "@chat@", "is_bot": False, **NAME, "language_code": "fr"}
CHAT = {"id": "@chat@", "type": "private", **NAME}
BOT = {"id": 42, "is_bot": True, "first_name": "Parvis", "username": "parvis_bot"}
MESSAGE = {"message_id": "@message@", "from": USER, "chat": CHAT, "date": "@date@"}

PHOTO_SIZES = [
    {
        "file_id": f"AgACAgQAAxkBAAIB{side:04d}Z0DkT3VvGm1lYXN1cmVtZW50AAIzwTEbq7_gUQABHyqL5Z8cBgADAgADeQAD",
        "file_unique_id": f"AQADM8ExG6u_4FF{side:04d}",
        "file_size": side * side // 8,
        "width": side,
        "height": side * 3 // 4,
    }
    for side in (90, 320, 800, 1280)
]

COMMAND = template(
    {
        "message": {
            **MESSAGE,
            "text": "/signaler",
            "entities": [{"offset": 0, "length": 9, "type": "bot_command"}],
        }
    }
)
PHOTO = template({"message": {**MESSAGE, "photo": PHOTO_SIZES}})
PLACE = template({"message": {**MESSAGE, "location": {"latitude": "@latitude@", "longitude": "@longitude@"}}})


def tap_template(text: str, buttons: list[Button]) -> bytes:
    """A tap carries the whole message it was made on, with its keyboard, as Telegram sends it."""
    keyboard = [[{"text": label, "callback_data": data}] for label, data in buttons]
    letter = {**MESSAGE, "from": BOT, "text": text, "reply_markup": {"inline_keyboard": keyboard}}
    query = {"id": "@query@", "from": USER, "chat_instance": "-4209870634515", "data": "@data@"}
    made = template({"callback_query": {**query, "message": letter}})
    return made.replace(b'"id": %(query)d', b'"id": "%(query)d"')


class Resident:
    """One chat; each method makes the body of its next update. `updates` numbers those of all residents."""

    def __init__(self, number: int, date: int, updates: Iterator[int]) -> None:
        self.chat = FIRST_CHAT + number
        self.date = date
        self.updates = updates
        self.messages = count(1)

    def _filled(self, update: bytes, **values: float | bytes) -> bytes:
        fixed = {"update": next(self.updates), "chat": self.chat, "date": self.date}
        message = {"message": next(self.messages)} | values
        return update % {name.encode(): value for name, value in (fixed | message).items()}

    def starts(self) -> bytes:
        return self._filled(COMMAND)

    def sends_a_photo(self) -> bytes:
        return self._filled(PHOTO)

    def places(self, latitude: float, longitude: float) -> bytes:
        return self._filled(PLACE, latitude=latitude, longitude=longitude)

    def taps(self, data: str, on: bytes, message: int | None = None) -> bytes:
        """`on` comes from `tap_template`; `message` is the letter's number when the side checks it."""
        values: dict[str, float | bytes] = {"data": json.dumps(data).encode(), "query": self.chat}
        if message is not None:
            values["message"] = message
        return self._filled(on, **values)
