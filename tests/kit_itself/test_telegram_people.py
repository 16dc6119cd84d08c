"""What a person does with a phone, and what they then see on it."""

from __future__ import annotations

import asyncio
import io

import pytest
from PIL import Image

from tests.kit.bare import Bare
from tests.kit.pictures import make_photo
from tests.kit.telegram import BotApiServer, Json, TelegramUser

YES_NO = {"inline_keyboard": [[{"text": "Oui", "callback_data": "y"}, {"text": "Non", "callback_data": "n"}]]}


async def messages(call: Bare, kind: str = "message") -> list[Json]:
    return [update[kind] for update in await call.result("getUpdates") if kind in update]


async def test_a_bot_can_not_write_first(telegram: BotApiServer, call: Bare) -> None:
    stranger = telegram.user()
    refusal = await call.refusal("sendMessage", chat_id=stranger.id, text="Bonjour")
    assert refusal == "Forbidden: bot can't initiate conversation with a user"
    stranger.starts("signaler")
    await call.result("sendMessage", chat_id=stranger.id, text="Bonjour")
    [start] = await messages(call)
    assert start["text"] == "/start signaler"
    assert start["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]


async def test_the_screen_reads_like_a_screen(call: Bare, camille: TelegramUser, jpeg: bytes) -> None:
    camille.says("/signaler")
    await call.result(
        "sendMessage", chat_id=camille.id, text="<b>Où</b> est-ce ?", parse_mode="HTML", reply_markup=YES_NO
    )
    keys = {"keyboard": [[{"text": "Ma position", "request_location": True}], [{"text": "Annuler"}]]}
    await call.result("sendMessage", chat_id=camille.id, text="Ou bien", reply_markup=keys)
    assert camille.screen == "Où est-ce ?\n[Oui] [Non]\n\nOu bien\n\n[Ma position]\n[Annuler]"
    assert camille.messages[1].entities == [{"type": "bold", "offset": 0, "length": 2}]
    assert [message.from_bot for message in camille.messages] == [False, True, True]


async def test_an_edit_changes_the_screen(call: Bare, camille: TelegramUser) -> None:
    sent = await call.result("sendMessage", chat_id=camille.id, text="Envoyer ?", reply_markup=YES_NO)
    await call.result("editMessageText", chat_id=camille.id, message_id=sent["message_id"], text="Merci !")
    assert camille.screen == "Merci !"


async def test_a_tap_arrives_with_its_message(call: Bare, camille: TelegramUser) -> None:
    sent = await call.result("sendMessage", chat_id=camille.id, text="Envoyer ?", reply_markup=YES_NO)
    camille.presses("Non")
    [tap] = await messages(call, "callback_query")
    assert tap["data"] == "n"
    assert tap["message"]["message_id"] == sent["message_id"]


async def test_the_newest_button_of_that_name_is_tapped(call: Bare, camille: TelegramUser) -> None:
    for data in ("first", "second"):
        markup = {"inline_keyboard": [[{"text": "Oui", "callback_data": data}]]}
        await call.result("sendMessage", chat_id=camille.id, text="?", reply_markup=markup)
    camille.presses("Oui")
    assert [tap["data"] for tap in await messages(call, "callback_query")] == ["second"]


async def test_a_button_that_is_not_there_can_not_be_tapped(call: Bare, camille: TelegramUser) -> None:
    rows = [[{"text": "Clos", "disabled": {}}], [{"text": "Site", "url": "https://ville.example"}]]
    await call.result("sendMessage", chat_id=camille.id, text="Vote", reply_markup={"inline_keyboard": rows})
    with pytest.raises(AssertionError, match=r"'Peut-être'.*\n.*Vote\n"):
        camille.presses("Peut-être")
    with pytest.raises(AssertionError, match="disabled"):
        camille.presses("Clos")
    with pytest.raises(AssertionError, match=r"opens https://ville\.example"):
        camille.presses("Site")


async def test_an_old_tap_arrives_and_can_not_be_answered(call: Bare, camille: TelegramUser) -> None:
    await call.result("sendMessage", chat_id=camille.id, text="?", reply_markup=YES_NO)
    camille.presses_old("Oui")
    [tap] = await messages(call, "callback_query")
    assert "query is too old" in await call.refusal("answerCallbackQuery", callback_query_id=tap["id"])


async def test_a_forged_tap_names_a_message_that_is_gone(call: Bare, camille: TelegramUser) -> None:
    camille.presses_data(4242, "report:delete:1")
    [tap] = await messages(call, "callback_query")
    assert (tap["data"], tap["message"]["message_id"], tap["message"]["date"]) == ("report:delete:1", 4242, 0)


async def test_keys_send_their_words_or_the_place(call: Bare, camille: TelegramUser) -> None:
    keys: Json = {
        "keyboard": [
            [{"text": "Ici", "request_location": True}, {"text": "Moi", "request_contact": True}],
            [{"text": "Aide"}],
        ]
    }
    await call.result("sendMessage", chat_id=camille.id, text="?", reply_markup=keys)
    camille.place = (48.8351, 2.2411)
    for label in ("Ici", "Moi", "Aide"):
        camille.presses(label)
    place, card, words = await messages(call)
    assert place["location"] == {"latitude": 48.8351, "longitude": 2.2411}
    assert card["contact"]["user_id"] == camille.id
    assert words["text"] == "Aide"


async def test_a_keyboard_stays_until_it_is_removed(call: Bare, camille: TelegramUser) -> None:
    keys: Json = {"keyboard": [[{"text": "Aide"}]]}
    await call.result("sendMessage", chat_id=camille.id, text="1", reply_markup=keys)
    await call.result("sendMessage", chat_id=camille.id, text="2", reply_markup=YES_NO)
    assert camille.keyboard == [["Aide"]]
    await call.result("sendMessage", chat_id=camille.id, text="3", reply_markup={"remove_keyboard": True})
    assert camille.keyboard == []
    await call.result("sendMessage", chat_id=camille.id, text="4", reply_markup={**keys, "one_time_keyboard": True})
    camille.presses("Aide")
    assert camille.keyboard == []


async def test_a_photo_loses_its_place_and_a_file_keeps_it(call: Bare, camille: TelegramUser) -> None:
    original = make_photo("lampadaire", size=(1600, 1200), place=(48.84, 2.24), orientation=6)
    camille.sends_photo(original)
    camille.sends_file(original, "IMG_1.JPG", "image/jpeg")
    photo, file = camille.messages
    assert photo.photo is not None
    with Image.open(io.BytesIO(photo.photo)) as seen:
        assert (seen.size, len(seen.getexif())) == ((1280, 960), 0)
    widths = [size["width"] for size in photo.wire["photo"]]
    assert widths == [90, 320, 800, 1280]
    assert file.wire["document"]["file_size"] == len(original)


async def test_an_album_is_several_messages_of_one_group(call: Bare, camille: TelegramUser, jpeg: bytes) -> None:
    ids = camille.sends_album([jpeg, jpeg, jpeg], "Trois vues")
    received = await messages(call)
    assert len(ids) == len(received) == 3
    assert len({message["media_group_id"] for message in received}) == 1
    assert [message.get("caption") for message in received] == ["Trois vues", None, None]


async def test_a_live_place_moves(call: Bare, camille: TelegramUser) -> None:
    camille.shares_place(48.84, 2.24, accuracy=15, live_period=900)
    camille.moves_live(48.85, 2.25)
    [moved] = await messages(call, "edited_message")
    assert moved["location"] == {"latitude": 48.85, "longitude": 2.25, "horizontal_accuracy": 15, "live_period": 900}


async def test_who_blocks_is_out_of_reach_and_comes_back(
    telegram: BotApiServer, call: Bare, camille: TelegramUser
) -> None:
    telegram.block(camille)
    assert await call.refusal("sendMessage", chat_id=camille.id, text="x") == "Forbidden: bot was blocked by the user"
    with pytest.raises(AssertionError, match="unblocks"):
        camille.says("Bonjour")
    camille.starts()
    await call.result("sendMessage", chat_id=camille.id, text="Re-bonjour")
    changes = await messages(call, "my_chat_member")
    assert [change["new_chat_member"]["status"] for change in changes] == ["kicked", "member"]


async def test_a_deleted_account_says_nothing(telegram: BotApiServer, call: Bare, camille: TelegramUser) -> None:
    telegram.deactivate(camille)
    assert await call.refusal("sendMessage", chat_id=camille.id, text="x") == "Forbidden: user is deactivated"
    assert await call.result("getUpdates") == []


async def test_a_phone_sends_no_empty_and_no_endless_message(camille: TelegramUser) -> None:
    for text in ("", "  \n", "x" * 4097):
        with pytest.raises(AssertionError, match="1 to 4096"):
            camille.says(text)


async def test_waiting_ends_as_soon_as_the_message_is_shown(call: Bare, camille: TelegramUser) -> None:
    waiting = asyncio.create_task(camille.wait_for("signalement"))
    await call.result("sendMessage", chat_id=camille.id, text="Bonjour")
    await call.result("sendMessage", chat_id=camille.id, text="C’est le signalement 7.", reply_markup=YES_NO)
    shown = await waiting
    assert shown.labels == ["Oui", "Non"]


async def test_waiting_can_pass_over_what_was_there_before(call: Bare, camille: TelegramUser) -> None:
    old = await call.result("sendMessage", chat_id=camille.id, text="Merci")
    before = camille.moment
    with pytest.raises(TimeoutError):
        await camille.wait_for("Merci", timeout=0.01, after=before)
    await call.result("editMessageText", chat_id=camille.id, message_id=old["message_id"], text="Merci bien")
    assert (await camille.wait_for("Merci", after=before)).text == "Merci bien"


async def test_waiting_in_vain_shows_the_screen(call: Bare, camille: TelegramUser) -> None:
    await call.result("sendMessage", chat_id=camille.id, text="Autre chose")
    with pytest.raises(TimeoutError, match=r"'Merci' was not shown within 0.01 s[\s\S]*Autre chose"):
        await camille.wait_for("Merci", timeout=0.01)


async def test_what_the_bot_sent_is_in_the_log(telegram: BotApiServer, call: Bare, camille: TelegramUser) -> None:
    await call.result("sendMessage", chat_id=camille.id, text="Bonjour")
    await call.refusal("sendMessage", chat_id=camille.id, text="")
    [good, wrong] = telegram.calls_of("sendMessage")
    assert (good.status, good.parameters) == (200, {"chat_id": camille.id, "text": "Bonjour"})
    assert (wrong.status, wrong.description) == (400, "Bad Request: message text is empty")
