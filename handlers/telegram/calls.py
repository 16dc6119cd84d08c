"""The calls made in almost every turn, as plain structs: aiogram's models of a message and its buttons take 100 µs to
make and to write, these take 5. All other calls are aiogram's own."""

from typing import Any, ClassVar, Generic, TypeVar

import msgspec
from aiogram.methods import AnswerCallbackQuery, EditMessageReplyMarkup, EditMessageText, SendMessage, TelegramMethod
from msgspec import UNSET, UnsetType

from handlers.telegram.answers import Sent
from handlers.telegram.keyboards import InlineKeyboard, Markup

Result = TypeVar("Result")


class Call(msgspec.Struct, Generic[Result], frozen=True):
    """Spelled as in the Bot API. It gives a `Result`; `method` is aiogram's for the same call."""

    method: ClassVar[type[TelegramMethod[Any]]]

    def for_aiogram(self) -> TelegramMethod[Any]:
        """For its exceptions, which say what was refused."""
        return self.method.model_validate(msgspec.to_builtins(self))


class NoPreview(msgspec.Struct, frozen=True):
    is_disabled: bool = True


NO_PREVIEW = NoPreview()


class SendText(Call[Sent], frozen=True):
    method = SendMessage
    chat_id: int
    text: str
    reply_markup: Markup | UnsetType = UNSET
    parse_mode: str = "HTML"
    link_preview_options: NoPreview = NO_PREVIEW
    allow_paid_broadcast: bool | UnsetType = UNSET


class EditText(Call[Sent | bool], frozen=True):
    method = EditMessageText
    chat_id: int
    message_id: int
    text: str
    reply_markup: InlineKeyboard | UnsetType = UNSET
    parse_mode: str = "HTML"
    link_preview_options: NoPreview = NO_PREVIEW


class EditButtons(Call[Sent | bool], frozen=True):
    method = EditMessageReplyMarkup
    chat_id: int
    message_id: int
    reply_markup: InlineKeyboard


class AnswerTap(Call[bool], frozen=True):
    method = AnswerCallbackQuery
    callback_query_id: str
    text: str | UnsetType = UNSET
