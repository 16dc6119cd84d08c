"""Buttons under a message, keys under the field where one types."""

from urllib.parse import urlsplit

import msgspec
from aiogram.types import InlineKeyboardMarkup, ReplyKeyboardMarkup, ReplyKeyboardRemove

from bot.delivery.model import Button, Impossible, Lane, Message
from flows.engine.wording import speaking
from flows.signs import telegram as signs


class Nothing(msgspec.Struct, frozen=True):
    """An object without fields: that a button is disabled is said by its being there."""


class InlineButton(msgspec.Struct, frozen=True, omit_defaults=True):
    """Keyboards are spelled as in the Bot API, but are no models of aiogram's: see handlers.telegram.calls."""

    text: str
    callback_data: str = ""
    url: str = ""
    style: str = ""
    disabled: Nothing | None = None


class InlineKeyboard(msgspec.Struct, frozen=True):
    inline_keyboard: list[list[InlineButton]]


class Key(msgspec.Struct, frozen=True, omit_defaults=True):
    text: str
    request_location: bool = False


class Keys(msgspec.Struct, frozen=True, omit_defaults=True):
    keyboard: list[list[Key]]
    one_time_keyboard: bool
    resize_keyboard: bool
    input_field_placeholder: str = ""


class NoKeys(msgspec.Struct, frozen=True):
    remove_keyboard: bool = True


Markup = InlineKeyboard | Keys | NoKeys

MOST_DATA = 64
"""Bytes that a button may bring back."""

STYLES = {"main": "primary", "danger": "danger"}
LONGEST_LABEL = 60


def opens(link: str) -> bool:
    """Whether a button may open this address. Telegram refuses names without a dot, such as localhost."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme == "tg" or (parts.scheme == "https" and "." in (parts.hostname or ""))


def written_links(message: Message) -> list[tuple[str, str]]:
    """(label, address) of the link buttons that Telegram would refuse: they are written in the text instead."""
    buttons = [button for row in message.buttons for button in row]
    return [(button.label, button.link) for button in buttons if button.link and not opens(button.link)]


def inline(message: Message) -> InlineKeyboard | None:
    rows = [[_button(one) for one in row if one.data or opens(one.link)] for row in message.buttons]
    rows = [row for row in rows if row]
    return InlineKeyboard(rows) if rows else None


def _button(button: Button) -> InlineButton:
    """Raises Impossible for a button that would bring back more than Telegram carries."""
    if len(button.data.encode()) > MOST_DATA:
        raise Impossible(f"The button “{button.label}” brings back more than {MOST_DATA} bytes.")
    return InlineButton(button.label, button.data, "" if button.data else button.link, STYLES.get(button.style, ""))


def below(message: Message, lane: Lane) -> Markup | None:
    """What goes with a message: its buttons, else keys to answer a question about a place, else no keys any more.

    Keys stay on a phone until a later message takes them away. Every reply without buttons does so, whether keys are
    there or not: that needs no memory, so it holds after a restart. Two kinds of message leave them alone: news and
    reminders, since the question may still be open, and what will be changed in place later, since Telegram edits
    no message that came with such an order.
    """
    if buttons := inline(message):
        return buttons
    if message.asks == "place" or message.keys:
        return _keys(message)
    return NoKeys() if lane == Lane.REPLY and not message.slot else None


def _keys(message: Message) -> Keys:
    rows = [[Key(label) for label in message.keys]] if message.keys else []
    placeholder = ""
    if message.asks == "place":
        with speaking(message.language):
            rows.insert(0, [Key(signs.position_key(), request_location=True)])
            placeholder = signs.place_placeholder()
    return Keys(rows, one_time_keyboard=True, resize_keyboard=True, input_field_placeholder=placeholder)


def already_chosen(chosen: str, data: str) -> InlineKeyboard:
    """One button that says what was answered; with `data` it can still be pressed, without it does nothing."""
    label = f"✓ {chosen}"
    label = label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"
    return InlineKeyboard([[InlineButton(label, data, disabled=None if data else Nothing())]])


def inline_as_aiogram(keyboard: InlineKeyboard | None) -> InlineKeyboardMarkup | None:
    """For the calls that are aiogram's own."""
    return InlineKeyboardMarkup.model_validate(msgspec.to_builtins(keyboard)) if keyboard else None


def as_aiogram(markup: Markup | None) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove | None:
    match markup:
        case Keys():
            return ReplyKeyboardMarkup.model_validate(msgspec.to_builtins(markup))
        case NoKeys():
            return ReplyKeyboardRemove(remove_keyboard=True)
        case _:
            return inline_as_aiogram(markup)
