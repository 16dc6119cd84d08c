"""The calls that are written the short way say what aiogram would say."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from bot.delivery.model import Button, Lane, Message
from handlers.telegram.calls import AnswerTap, Call, EditButtons, EditText, SendText
from handlers.telegram.keyboards import already_chosen, as_aiogram, below, inline

BUTTONS = Message(
    text="?",
    buttons=(
        (Button("Oui", "t.1", style="main"), Button("Non", "t.2", style="danger")),
        (Button("Voir la page", link="https://town.example/page"), Button("Retour", "t.b", style="quiet")),
    ),
)
PLACE = Message(text="Où ?", asks="place", keys=("Retour", "Annuler"), language="fr")
WORDS = Message(text="Merci.")

keyboard = inline(BUTTONS)
assert keyboard is not None

CALLS: list[Call[Any]] = [
    *(SendText(7, "<b>Où ?</b>", markup) for one in (BUTTONS, PLACE, WORDS) if (markup := below(one, Lane.REPLY))),
    SendText(7, "Bonjour"),
    EditText(7, 12, "Fait", keyboard),
    EditText(7, 12, "Fait"),
    EditButtons(7, 12, already_chosen("Éclairage", "")),
    EditButtons(7, 12, already_chosen("Éclairage", "t.1")),
    AnswerTap("99", "C’est déjà noté."),
    AnswerTap("99"),
]


@pytest.mark.parametrize("call", CALLS)
def test_a_call_says_what_aiograms_own_would(call: Call[Any]) -> None:
    written = json.loads(msgspec.json.encode(call))
    assert written == call.for_aiogram().model_dump(mode="json", exclude_unset=True, exclude_none=True)


@pytest.mark.parametrize("message", [BUTTONS, PLACE, WORDS])
def test_a_photo_has_the_same_keyboard_as_a_text(message: Message) -> None:
    markup = below(message, Lane.REPLY)
    model = as_aiogram(markup)
    assert model is not None
    assert json.loads(msgspec.json.encode(markup)) == model.model_dump(mode="json", exclude_none=True)


def test_a_keyboard_is_spelled_as_in_the_bot_api() -> None:
    assert json.loads(msgspec.json.encode(inline(BUTTONS))) == {
        "inline_keyboard": [
            [
                {"text": "Oui", "callback_data": "t.1", "style": "primary"},
                {"text": "Non", "callback_data": "t.2", "style": "danger"},
            ],
            [
                {"text": "Voir la page", "url": "https://town.example/page"},
                {"text": "Retour", "callback_data": "t.b"},
            ],
        ]
    }
