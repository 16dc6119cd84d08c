"""What Telegram answers, as far as it is used: the number of a message sent, its photo's names, updates still raw."""

from typing import Any

import msgspec
from aiogram.methods import (
    EditMessageCaption,
    EditMessageMedia,
    EditMessageReplyMarkup,
    EditMessageText,
    SendMediaGroup,
    SendMessage,
    SendPhoto,
    TelegramMethod,
)

SENDS_ONE = (SendMessage, SendPhoto, EditMessageText, EditMessageCaption, EditMessageMedia, EditMessageReplyMarkup)


class Size(msgspec.Struct, frozen=True):
    file_id: str


class Sent(msgspec.Struct, frozen=True):
    """Stands in for aiogram's Message, of which callers use these fields only: to make a real one of its 120 fields
    takes pydantic 360 µs, even unchecked."""

    message_id: int
    photo: tuple[Size, ...] = ()


class _One(msgspec.Struct):
    ok: bool
    result: Sent | bool


class _Several(msgspec.Struct):
    ok: bool
    result: list[Sent]


class _Updates(msgspec.Struct):
    result: list[msgspec.Raw]


class _Failure(msgspec.Struct):
    description: str = ""


YES = b'{"ok":true,"result":true}'
"""As Telegram writes it; written otherwise it is read the long way."""

_decode_one = msgspec.json.Decoder(_One).decode
_decode_several = msgspec.json.Decoder(_Several).decode
_decode_updates = msgspec.json.Decoder(_Updates).decode
_decode_failure = msgspec.json.Decoder(_Failure).decode


def read_one(body: bytes) -> Sent | bool | None:
    """The message sent or changed, or the plain yes of a call that gives nothing else; None for all that needs a closer
    look."""
    try:
        one = _decode_one(body)
    except msgspec.MsgspecError:
        return None
    return one.result if one.ok else None


def read_sent(method: TelegramMethod[Any], body: bytes) -> Sent | list[Sent] | bool | None:
    """What a send gives, or the plain yes of a call that gives nothing else; None for all that needs a closer look.

    aiogram makes a new pydantic model of each answer's type: for "yes" that is 500 µs.
    """
    if body == YES:
        return True
    try:
        if isinstance(method, SENDS_ONE):
            return read_one(body)
        if isinstance(method, SendMediaGroup):
            several = _decode_several(body)
            if several.ok:
                return several.result
    except msgspec.MsgspecError:
        return None
    return None


def read_updates(body: bytes) -> list[msgspec.Raw]:
    """Raises msgspec.MsgspecError when the answer as a whole is no list of anything."""
    return _decode_updates(body).result


def described(content: str) -> str:
    """Telegram's own words for a failure, empty when the answer is not its."""
    try:
        return _decode_failure(content).description
    except msgspec.MsgspecError:
        return ""
