"""What Telegram refuses, in its own words, and what only this server refuses ("strict:")."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession, FormData
from telegram import Bot, InputFile
from telegram.error import BadRequest

from tests.kit.bare import Bare
from tests.kit.pictures import make_bomb, make_photo, make_text_named_jpg, make_truncated
from tests.kit.telegram import BotApiServer, Json, TelegramUser


def keyboard(*rows: list[Json]) -> Json:
    return {"inline_keyboard": list(rows)}


def button(label: str = "Oui", data: str = "y") -> Json:
    return {"text": label, "callback_data": data}


async def test_an_unknown_token_is_unauthorized(telegram: BotApiServer, call: Bare) -> None:
    call.root = f"{telegram.address}/bot123:wrong"
    assert await call("getMe") == {"ok": False, "error_code": 401, "description": "Unauthorized"}


async def test_an_unknown_method_is_not_found(call: Bare) -> None:
    body = await call("sendMesage", chat_id=1, text="x")
    assert (body["error_code"], body["description"]) == (404, "Not Found: method not found")


async def test_method_names_ignore_case(call: Bare, camille: TelegramUser) -> None:
    assert (await call.result("SENDMESSAGE", chat_id=camille.id, text="Oui"))["text"] == "Oui"


async def test_a_method_without_simulation_says_so_after_checking_its_parameters(call: Bare) -> None:
    assert await call.refusal("sendDice") == "Bad Request: chat_id is empty"
    assert await call.refusal("sendDice", chat_id=1) == "Bad Request: strict: method sendDice is not simulated"


PARAMETERS: list[tuple[Json, str]] = [
    ({"txt": "x"}, "strict: unknown parameter txt"),
    ({"text": ""}, "message text is empty"),
    ({"text": " \n "}, "message text is empty"),
    ({"text": "<b> </b>", "parse_mode": "HTML"}, "message text is empty"),
    ({"text": "x" * 4097}, "message is too long"),
    ({"text": "😀" * 2049}, "message is too long"),
    ({"text": 5}, "strict: text must be a string"),
    ({"chat_id": 1.5, "text": "x"}, "strict: chat_id must be a string"),
    ({"chat_id": 424242, "text": "x"}, "chat not found"),
    ({"text": "x", "parse_mode": "html5"}, "unsupported parse_mode"),
    ({"text": "x", "disable_notification": "oui"}, "strict: disable_notification must be true or false, not 'oui'"),
    ({"text": "x", "reply_markup": "{"}, "can't parse reply_markup JSON object"),
    ({"text": "x", "reply_markup": keyboard([button(data="")])}, "BUTTON_DATA_INVALID"),
    ({"text": "x", "reply_markup": keyboard([button(data="é" * 33)])}, "BUTTON_DATA_INVALID"),
    ({"text": "x", "reply_markup": keyboard([button()] * 9)}, "reply markup is too long"),
    ({"text": "x", "reply_markup": keyboard(*[[button()]] * 101)}, "reply markup is too long"),
    ({"text": "x", "reply_markup": keyboard(*[[button("x" * 2000)]] * 6)}, "reply markup is too long"),
    ({"text": "x", "reply_markup": keyboard([{"text": "x"}])},
     "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
    ({"text": "x", "reply_markup": keyboard([{"text": "x", "url": "http://localhost/"}])},
     "inline keyboard button URL 'http://localhost/' is invalid: Wrong HTTP URL"),
    ({"text": "x", "reply_markup": keyboard([{**button(), "url": "https://ville.example"}])},
     "strict: a button does exactly one thing, this one callback_data, url"),
    ({"text": "x", "reply_markup": keyboard([{**button(), "style": "pink"}])},
     "strict: reply_markup.inline_keyboard[0][0].style must be one of danger, success, primary"),
    ({"text": "x", "reply_markup": keyboard([{**button(), "colour": "pink"}])},
     "strict: unknown field reply_markup.inline_keyboard[0][0].colour in InlineKeyboardButton"),
    ({"text": "x", "message_thread_id": 3}, "strict: parameter message_thread_id is not simulated"),
    ({"text": "x", "reply_parameters": {"message_id": 99999}}, "message to be replied not found"),
    ({"text": "x", "entities": [{"type": "bold", "offset": 0, "length": 9}]},
     "entity beginning at UTF-16 offset 0 ends after the end of the text"),
]  # fmt: skip


@pytest.mark.parametrize(("parameters", "words"), PARAMETERS, ids=[words[:45] for _, words in PARAMETERS])
async def test_a_wrong_message_is_refused(call: Bare, camille: TelegramUser, parameters: Json, words: str) -> None:
    assert await call.refusal("sendMessage", **{"chat_id": camille.id, **parameters}) == f"Bad Request: {words}"
    assert camille.messages == []


async def test_the_longest_text_counts_after_its_tags(call: Bare, camille: TelegramUser) -> None:
    sent = await call.result("sendMessage", chat_id=camille.id, text=f"<b>{'x' * 4096}</b>", parse_mode="HTML")
    assert len(sent["text"]) == 4096


async def test_the_fullest_keyboard_passes(call: Bare, camille: TelegramUser) -> None:
    rows = [[button("x", "y" * 8)] * 8] * 12
    await call.result("sendMessage", chat_id=camille.id, text="x", reply_markup=keyboard(*rows))
    assert len(camille.last_message.labels) == 96


async def test_white_space_around_a_text_is_dropped_and_entities_move(call: Bare, camille: TelegramUser) -> None:
    sent = await call.result("sendMessage", chat_id=camille.id, text=" \n<b> Oui </b> ", parse_mode="HTML")
    assert sent["text"] == "Oui"
    assert sent["entities"] == [{"type": "bold", "offset": 0, "length": 3}]


async def test_a_caption_is_shorter_than_a_text(call: Bare, camille: TelegramUser, jpeg: bytes) -> None:
    camille.sends_photo(jpeg)
    photo = camille.messages[-1].wire["photo"][-1]["file_id"]
    refusal = await call.refusal("sendPhoto", chat_id=camille.id, photo=photo, caption="x" * 1025)
    assert refusal == "Bad Request: message caption is too long"
    await call.result("sendPhoto", chat_id=camille.id, photo=photo, caption="x" * 1024)


async def test_a_place_is_asked_for_in_private_only(telegram: BotApiServer, call: Bare, camille: TelegramUser) -> None:
    keys = {"keyboard": [[{"text": "Ma position", "request_location": True}]]}
    group = telegram.group("Quartier", [camille])
    refusal = await call.refusal("sendMessage", chat_id=group.id, text="Où ?", reply_markup=keys)
    assert refusal == "Bad Request: location can be requested in private chats only"
    await call.result("sendMessage", chat_id=camille.id, text="Où ?", reply_markup=keys)
    assert camille.keyboard == [["Ma position"]]


COMMANDS: list[tuple[list[Json], str]] = [
    ([{"command": "Aide", "description": "x"}], "BOT_COMMAND_INVALID"),
    ([{"command": "aidé", "description": "x"}], "BOT_COMMAND_INVALID"),
    ([{"command": "a" * 33, "description": "x"}], "BOT_COMMAND_INVALID"),
    ([{"command": "aide", "description": ""}], "BOT_COMMAND_DESCRIPTION_INVALID"),
    ([{"command": "aide", "description": "x"}] * 101, "strict: commands must be 0-100 items"),
]


@pytest.mark.parametrize(("commands", "words"), COMMANDS)
async def test_a_wrong_command_is_refused(call: Bare, commands: list[Json], words: str) -> None:
    assert await call.refusal("setMyCommands", commands=commands) == f"Bad Request: {words}"


async def test_commands_are_kept_by_scope_and_language(call: Bare, camille: TelegramUser) -> None:
    scope = {"type": "chat", "chat_id": camille.id}
    commands = [{"command": "bureau", "description": "Le bureau"}]
    await call.result("setMyCommands", commands=commands, scope=scope, language_code="fr")
    assert await call.result("getMyCommands") == []
    assert await call.result("getMyCommands", scope=scope, language_code="fr") == commands
    await call.result("deleteMyCommands", scope=scope, language_code="fr")
    assert await call.result("getMyCommands", scope=scope, language_code="fr") == []


async def test_an_album_has_two_to_ten_pictures(call: Bare, camille: TelegramUser, jpeg: bytes) -> None:
    camille.sends_photo(jpeg)
    item = {"type": "photo", "media": camille.messages[-1].wire["photo"][-1]["file_id"]}
    for count in (1, 11):
        refusal = await call.refusal("sendMediaGroup", chat_id=camille.id, media=[item] * count)
        assert refusal == "Bad Request: strict: media must be 2-10 items"
    album = await call.result("sendMediaGroup", chat_id=camille.id, media=[item] * 10)
    assert len({message["media_group_id"] for message in album}) == 1


PICTURES = {
    "IMAGE_PROCESS_FAILED": [make_text_named_jpg()[0], make_truncated(), make_bomb()],
    "PHOTO_INVALID_DIMENSIONS": [make_photo(size=(2100, 100)), make_photo(size=(9000, 1100))],
    "file must be non-empty": [b""],
}


@pytest.mark.parametrize("words", PICTURES)
async def test_what_is_no_sane_picture_is_refused(ptb_bot: Bot, camille: TelegramUser, words: str) -> None:
    for content in PICTURES[words]:
        with pytest.raises(BadRequest, match=words.capitalize() if words.islower() else f"(?i){words}"):
            await ptb_bot.send_photo(camille.id, InputFile(content, "photo.jpg"))
    assert camille.messages == []


async def test_a_file_above_twenty_megabytes_can_not_be_fetched(call: Bare, camille: TelegramUser) -> None:
    camille.sends_file(bytes((20 << 20) + 1), "film.mov", "video/quicktime")
    file_id = camille.messages[-1].wire["document"]["file_id"]
    assert await call.refusal("getFile", file_id=file_id) == "Bad Request: file is too big"
    assert await call.refusal("getFile", file_id="x") == (
        "Bad Request: wrong file_id or the file is temporarily unavailable"
    )


async def test_a_strange_reaction_is_refused(call: Bare, camille: TelegramUser) -> None:
    camille.says("Merci")
    given = {"chat_id": camille.id, "message_id": camille.last_sent}
    refusal = await call.refusal("setMessageReaction", **given, reaction=[{"type": "emoji", "emoji": "🚲"}])
    assert refusal == "Bad Request: REACTION_INVALID"
    await call.result("setMessageReaction", **given, reaction=[{"type": "emoji", "emoji": "👍"}])
    assert camille.messages[-1].reactions == ["👍"]


async def test_an_upload_that_no_parameter_names_is_refused(telegram: BotApiServer, camille: TelegramUser) -> None:
    form = FormData({"chat_id": str(camille.id), "text": "x"})
    form.add_field("stray", b"x", filename="x.bin")
    async with ClientSession() as session:
        address = f"{telegram.address}/bot{telegram.token}/sendMessage"
        async with session.post(address, data=form) as answer:
            body = await answer.json()
    assert body["description"] == "Bad Request: strict: uploaded file stray is not used"


async def test_form_values_are_read_as_their_types(telegram: BotApiServer, camille: TelegramUser) -> None:
    form = {
        "chat_id": str(camille.id),
        "text": "x",
        "protect_content": "True",
        "reply_markup": '{"remove_keyboard":true}',
    }
    async with (
        ClientSession() as session,
        session.post(f"{telegram.address}/bot{telegram.token}/sendMessage", data=form) as answer,
    ):
        assert answer.status == 200
    assert telegram.calls[-1].parameters == {
        "chat_id": camille.id,
        "text": "x",
        "protect_content": True,
        "reply_markup": {"remove_keyboard": True},
    }
