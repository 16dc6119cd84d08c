"""Edits, deletions, and answers to taps."""

from __future__ import annotations

from tests.kit.bare import Bare
from tests.kit.telegram import BotApiServer, Json, TelegramUser


def keyboard(*rows: list[Json]) -> Json:
    return {"inline_keyboard": list(rows)}


def button(label: str = "Oui", data: str = "y") -> Json:
    return {"text": label, "callback_data": data}


async def test_editing_follows_the_kind_of_message(call: Bare, camille: TelegramUser, jpeg: bytes) -> None:
    camille.sends_photo(jpeg)
    own = camille.last_sent
    photo = await call.result("sendPhoto", chat_id=camille.id, photo=camille.messages[-1].wire["photo"][-1]["file_id"])
    text = await call.result("sendMessage", chat_id=camille.id, text="Bonjour", reply_markup=keyboard([button()]))

    async def refusal(method: str, message_id: int, **parameters: object) -> str:
        return await call.refusal(method, chat_id=camille.id, message_id=message_id, **parameters)

    assert await refusal("editMessageText", 999, text="x") == "Bad Request: message to edit not found"
    assert await refusal("editMessageText", own, text="x") == "Bad Request: message can't be edited"
    assert await refusal("editMessageText", photo["message_id"], text="x") == (
        "Bad Request: there is no text in the message to edit"
    )
    assert await refusal("editMessageCaption", text["message_id"], caption="x") == (
        "Bad Request: there is no caption in the message to edit"
    )
    same = {"text": "Bonjour", "reply_markup": keyboard([button()])}
    assert (await refusal("editMessageText", text["message_id"], **same)).startswith(
        "Bad Request: message is not modified"
    )
    await call.result("editMessageText", chat_id=camille.id, message_id=text["message_id"], text="Bonjour")
    assert camille.last_message.buttons == []


async def test_a_deleted_message_is_gone(telegram: BotApiServer, call: Bare, camille: TelegramUser) -> None:
    sent = await call.result("sendMessage", chat_id=camille.id, text="Bonjour")
    old = await call.result("sendMessage", chat_id=camille.id, text="Bonsoir")
    await call.result("deleteMessage", chat_id=camille.id, message_id=sent["message_id"])
    assert [message.text for message in camille.messages] == ["Bonsoir"]
    telegram.later(49 * 3600)
    refusal = await call.refusal("deleteMessage", chat_id=camille.id, message_id=old["message_id"])
    assert refusal == "Bad Request: message can't be deleted"


TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


async def test_a_tap_is_answered_within_150_seconds(telegram: BotApiServer, call: Bare, camille: TelegramUser) -> None:
    await call.result("sendMessage", chat_id=camille.id, text="?", reply_markup=keyboard([button()]))
    camille.presses("Oui")
    [update] = await call.result("getUpdates")
    query = update["callback_query"]["id"]
    assert await call.refusal("answerCallbackQuery", callback_query_id=query, text="x" * 201) == (
        "Bad Request: MESSAGE_TOO_LONG"
    )
    await call.result("answerCallbackQuery", callback_query_id=query, text="Noté")
    assert camille.toasts == ["Noté"]
    telegram.later(151)
    assert await call.refusal("answerCallbackQuery", callback_query_id=query) == TOO_OLD
    assert await call.refusal("answerCallbackQuery", callback_query_id="7") == TOO_OLD
