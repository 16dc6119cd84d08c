"""The facts of the Bot API agree with what aiogram knows, and all of them compile."""

from __future__ import annotations

import aiogram.methods
import pytest
from aiogram.methods import TelegramMethod

from tests.kit.telegram.refusal import RefusedError
from tests.kit.telegram.specification import bot_api

CLASSES: dict[str, type[TelegramMethod[object]]] = {
    made.__api_method__: made
    for made in (getattr(aiogram.methods, name) for name in aiogram.methods.__all__)
    if isinstance(made, type) and issubclass(made, TelegramMethod) and made is not TelegramMethod
}
FORMER = {
    "reply_to_message_id", "allow_sending_without_reply", "callback_query_id", "receiver_user_id",
    "disable_web_page_preview", "correct_option_id", "exclude_limited", "sticker_format", "switch_pm_parameter",
    "switch_pm_text",
}  # fmt: skip


def test_the_version_is_the_one_aiogram_speaks() -> None:
    assert bot_api().version == aiogram.__api_version__


def test_the_methods_are_those_of_aiogram() -> None:
    assert set(bot_api().methods) == set(CLASSES)


@pytest.mark.parametrize("name", sorted(bot_api().methods))
def test_the_parameters_are_those_of_aiogram(name: str) -> None:
    fields = CLASSES[name].model_fields
    known = set(bot_api().methods[name].parameters)
    assert known <= set(fields)
    assert set(fields) - known <= FORMER, "aiogram keeps only former parameters that the API has dropped"
    assert set(bot_api().methods[name].required) == {key for key, field in fields.items() if field.is_required()}


@pytest.mark.parametrize("name", [*bot_api().type_names, *bot_api().union_names])
def test_every_type_compiles_and_refuses_a_number(name: str) -> None:
    with pytest.raises(RefusedError, match=r"Bad Request: strict: x (must be|has the wrong type|is none of)"):
        bot_api().check_for(name)(3.5, "x")


@pytest.mark.parametrize("name", bot_api().type_names)
def test_every_type_refuses_a_field_it_does_not_have(name: str) -> None:
    with pytest.raises(RefusedError, match="unknown field"):
        bot_api().check_for(name)({"surely_not": 1}, "x")


RICH = ["a", {"type": "bold", "text": ["b", {"type": "italic", "text": "c"}]}]
REACTION = {"type": "emoji", "emoji": "👍"}
MEDIA = [{"type": "photo", "media": "a"}, {"type": "video", "media": "b", "duration": 3}]
ACCEPTED = [
    ("setMyCommands", {"commands": [], "scope": {"type": "chat_member", "chat_id": 1, "user_id": 2}}),
    ("setMessageReaction", {"chat_id": 1, "message_id": 2, "reaction": [REACTION]}),
    ("sendMediaGroup", {"chat_id": "@ville", "media": MEDIA}),
    ("answerInlineQuery", {"inline_query_id": "1", "results": [{"type": "photo", "id": "1", "photo_file_id": "x"}]}),
    ("sendRichMessage", {"chat_id": 1, "rich_message": {"blocks": [{"type": "paragraph", "text": RICH}]}}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "given"), ACCEPTED, ids=[method for method, _ in ACCEPTED])
def test_nested_and_recursive_types_are_accepted(method: str, given: dict[str, object]) -> None:
    assert bot_api().methods[method].accept(given) == given


@pytest.mark.parametrize(
    ("method", "given", "words"),
    [
        ("setMyCommands", {"commands": [], "scope": {"type": "town"}}, "scope is none of"),
        ("sendMediaGroup", {"chat_id": 1, "media": [{"type": "photo"}] * 2}, r"field media\[0\].media of"),
        ("sendLocation", {"chat_id": 1, "latitude": "91", "longitude": "2"}, "latitude must be between -90 and 90"),
        ("sendLocation", {"chat_id": 1, "latitude": "nan", "longitude": "2"}, "latitude must be a number, not 'nan'"),
        ("getUpdates", {"limit": "1_0"}, "limit must be an integer, not '1_0'"),
        ("getUpdates", {"limit": True}, "limit must be an integer"),
        ("sendChatAction", {"chat_id": 1, "action": "dancing"}, "wrong parameter action in request"),
    ],
)
def test_a_wrong_value_is_named(method: str, given: dict[str, object], words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        bot_api().methods[method].accept(given)
