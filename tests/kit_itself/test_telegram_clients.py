"""Every simulated method, called by aiogram and by python-telegram-bot: both must decode what comes back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
import telegram as ptb
from aiogram import Bot
from aiogram import types as aio

from tests.kit.telegram import BotApiServer, Group, TelegramUser
from tests.kit.telegram.dispatch import METHODS
from tests.kit.telegram.sending import SENDING

pytestmark = pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")
WEBHOOK = "http://127.0.0.1:9/nobody"
DELIVERY = {"getUpdates", "setWebhook", "deleteWebhook", "getWebhookInfo"}


@dataclass
class Stage:
    """What the calls speak about: one text, one photo and one file of the bot, a waiting tap, a file to fetch."""

    user: int
    own: int
    text: int
    photo: int
    query: str
    file: str
    jpeg: bytes
    group: int


@pytest.fixture
async def stage(telegram: BotApiServer, camille: TelegramUser, aiogram_bot: Bot, jpeg: bytes) -> Stage:
    keyboard = aio.InlineKeyboardMarkup(inline_keyboard=[[aio.InlineKeyboardButton(text="Oui", callback_data="y")]])
    text = await aiogram_bot.send_message(camille.id, "Bonjour", reply_markup=keyboard)
    photo = await aiogram_bot.send_photo(camille.id, aio.BufferedInputFile(jpeg, "p.jpg"))
    camille.says("Bonsoir")
    own = camille.last_sent
    camille.presses("Oui")
    group: Group = telegram.group("Quartier", [camille], bot_is_administrator=True)
    assert photo.photo
    query = next(iter(telegram.world.queries))
    return Stage(camille.id, own, text.message_id, photo.message_id, query, photo.photo[-1].file_id, jpeg, group.id)


AiogramCall = Callable[[Bot, Stage], Awaitable[Any]]
PtbCall = Callable[[ptb.Bot, Stage], Awaitable[Any]]


def _file(stage: Stage) -> aio.BufferedInputFile:
    return aio.BufferedInputFile(stage.jpeg, "photo.jpg")


CALLS: dict[str, tuple[AiogramCall, PtbCall]] = {
    "getMe": (lambda b, s: b.get_me(), lambda b, s: b.get_me()),
    "getUpdates": (lambda b, s: b.get_updates(), lambda b, s: b.get_updates()),
    "setWebhook": (lambda b, s: b.set_webhook(WEBHOOK), lambda b, s: b.set_webhook(WEBHOOK)),
    "deleteWebhook": (lambda b, s: b.delete_webhook(), lambda b, s: b.delete_webhook()),
    "getWebhookInfo": (lambda b, s: b.get_webhook_info(), lambda b, s: b.get_webhook_info()),
    "sendMessage": (lambda b, s: b.send_message(s.user, "Oui"), lambda b, s: b.send_message(s.user, "Oui")),
    "sendPhoto": (lambda b, s: b.send_photo(s.user, _file(s)), lambda b, s: b.send_photo(s.user, s.jpeg)),
    "sendDocument": (
        lambda b, s: b.send_document(s.user, _file(s)),
        lambda b, s: b.send_document(s.user, s.jpeg, filename="photo.jpg"),
    ),
    "sendMediaGroup": (
        lambda b, s: b.send_media_group(
            s.user, [aio.InputMediaPhoto(media=_file(s), caption="deux"), aio.InputMediaPhoto(media=s.file)]
        ),
        lambda b, s: b.send_media_group(s.user, [ptb.InputMediaPhoto(s.jpeg), ptb.InputMediaPhoto(s.file)]),
    ),
    "sendLocation": (
        lambda b, s: b.send_location(s.user, 48.84, 2.24, horizontal_accuracy=12),
        lambda b, s: b.send_location(s.user, 48.84, 2.24, horizontal_accuracy=12),
    ),
    "sendVenue": (
        lambda b, s: b.send_venue(s.user, 48.84, 2.24, "Mairie", "26 avenue André-Morizet"),
        lambda b, s: b.send_venue(s.user, 48.84, 2.24, "Mairie", "26 avenue André-Morizet"),
    ),
    "sendChatAction": (
        lambda b, s: b.send_chat_action(s.user, "typing"),
        lambda b, s: b.send_chat_action(s.user, "typing"),
    ),
    "copyMessage": (
        lambda b, s: b.copy_message(s.user, s.user, s.photo, caption="copie"),
        lambda b, s: b.copy_message(s.user, s.user, s.photo, caption="copie"),
    ),
    "editMessageText": (
        lambda b, s: b.edit_message_text("Autre", chat_id=s.user, message_id=s.text),
        lambda b, s: b.edit_message_text("Autre", s.user, s.text),
    ),
    "editMessageCaption": (
        lambda b, s: b.edit_message_caption(chat_id=s.user, message_id=s.photo, caption="Vue"),
        lambda b, s: b.edit_message_caption(s.user, s.photo, caption="Vue"),
    ),
    "editMessageReplyMarkup": (
        lambda b, s: b.edit_message_reply_markup(chat_id=s.user, message_id=s.text),
        lambda b, s: b.edit_message_reply_markup(s.user, s.text),
    ),
    "editMessageMedia": (
        lambda b, s: b.edit_message_media(aio.InputMediaPhoto(media=_file(s)), chat_id=s.user, message_id=s.photo),
        lambda b, s: b.edit_message_media(ptb.InputMediaPhoto(s.jpeg), s.user, s.photo),
    ),
    "deleteMessage": (lambda b, s: b.delete_message(s.user, s.text), lambda b, s: b.delete_message(s.user, s.text)),
    "deleteMessages": (
        lambda b, s: b.delete_messages(s.user, [s.text, s.photo]),
        lambda b, s: b.delete_messages(s.user, [s.text, s.photo]),
    ),
    "answerCallbackQuery": (
        lambda b, s: b.answer_callback_query(s.query, "Noté"),
        lambda b, s: b.answer_callback_query(s.query, "Noté"),
    ),
    "getFile": (lambda b, s: b.get_file(s.file), lambda b, s: b.get_file(s.file)),
    "setMyCommands": (
        lambda b, s: b.set_my_commands(
            [aio.BotCommand(command="aide", description="Aide")], aio.BotCommandScopeChat(chat_id=s.user), "fr"
        ),
        lambda b, s: b.set_my_commands([("aide", "Aide")], ptb.BotCommandScopeChat(s.user), "fr"),
    ),
    "getMyCommands": (lambda b, s: b.get_my_commands(), lambda b, s: b.get_my_commands()),
    "deleteMyCommands": (lambda b, s: b.delete_my_commands(), lambda b, s: b.delete_my_commands()),
    "setMyName": (lambda b, s: b.set_my_name("Parvis"), lambda b, s: b.set_my_name("Parvis")),
    "getMyName": (lambda b, s: b.get_my_name(), lambda b, s: b.get_my_name()),
    "setMyDescription": (lambda b, s: b.set_my_description("La ville"), lambda b, s: b.set_my_description("La ville")),
    "getMyDescription": (lambda b, s: b.get_my_description(), lambda b, s: b.get_my_description()),
    "setMyShortDescription": (
        lambda b, s: b.set_my_short_description("La ville"),
        lambda b, s: b.set_my_short_description("La ville"),
    ),
    "getMyShortDescription": (
        lambda b, s: b.get_my_short_description(),
        lambda b, s: b.get_my_short_description(),
    ),
    "getChat": (lambda b, s: b.get_chat(s.group), lambda b, s: b.get_chat(s.group)),
    "getChatMember": (
        lambda b, s: b.get_chat_member(s.group, b.id),
        lambda b, s: b.get_chat_member(s.group, b.id),
    ),
    "getChatMemberCount": (
        lambda b, s: b.get_chat_member_count(s.group),
        lambda b, s: b.get_chat_member_count(s.group),
    ),
    "leaveChat": (lambda b, s: b.leave_chat(s.group), lambda b, s: b.leave_chat(s.group)),
    "pinChatMessage": (
        lambda b, s: b.pin_chat_message(s.user, s.text),
        lambda b, s: b.pin_chat_message(s.user, s.text),
    ),
    "setMessageReaction": (
        lambda b, s: b.set_message_reaction(s.user, s.own, [aio.ReactionTypeEmoji(emoji="👍")]),
        lambda b, s: b.set_message_reaction(s.user, s.own, "👍"),
    ),
}


def test_the_table_names_every_simulated_method() -> None:
    assert set(CALLS) == set(METHODS) | set(SENDING) | DELIVERY


@pytest.mark.parametrize("method", CALLS)
async def test_aiogram_decodes_the_answer(method: str, telegram: BotApiServer, aiogram_bot: Bot, stage: Stage) -> None:
    result = await CALLS[method][0](aiogram_bot, stage)
    assert result is not None
    assert telegram.calls_of(method)[-1].status == 200


@pytest.mark.parametrize("method", CALLS)
async def test_python_telegram_bot_decodes_the_answer(
    method: str, telegram: BotApiServer, ptb_bot: ptb.Bot, stage: Stage
) -> None:
    result = await CALLS[method][1](ptb_bot, stage)
    assert result is not None
    assert telegram.calls_of(method)[-1].status == 200


Act = Callable[[TelegramUser, bytes], Any]
ACTS: dict[str, tuple[Act, Callable[[Any], object]]] = {
    "words": (lambda u, j: u.says("Bonjour"), lambda m: m.text),
    "a photo": (lambda u, j: u.sends_photo(j, "Ici"), lambda m: m.photo and m.caption),
    "a file": (lambda u, j: u.sends_file(j, "lampe.jpg", "image/jpeg"), lambda m: m.document.file_name),
    "a voice": (lambda u, j: u.sends_voice(), lambda m: m.voice.duration),
    "a video": (lambda u, j: u.sends_video(), lambda m: m.video.width),
    "a round video": (lambda u, j: u.sends_video_note(), lambda m: m.video_note.length),
    "a sticker": (lambda u, j: u.sends_sticker(), lambda m: m.sticker.emoji),
    "a place": (lambda u, j: u.shares_place(48.84, 2.24, 30), lambda m: m.location.horizontal_accuracy),
    "a venue": (lambda u, j: u.shares_venue(48.84, 2.24, "Mairie", "avenue"), lambda m: m.venue.title),
    "a card": (lambda u, j: u.shares_contact(), lambda m: m.contact.user_id),
    "a live photo": (lambda u, j: u.sends_live_photo(j), lambda m: m.photo),
}


@pytest.mark.parametrize("kind", ACTS)
async def test_both_clients_read_what_a_person_sends(
    kind: str, camille: TelegramUser, aiogram_bot: Bot, ptb_bot: ptb.Bot, jpeg: bytes
) -> None:
    act, seen = ACTS[kind]
    update_id = act(camille, jpeg)
    by_aiogram = (await aiogram_bot.get_updates())[-1]
    by_ptb = (await ptb_bot.get_updates())[-1]
    assert by_aiogram.update_id == by_ptb.update_id == update_id
    assert seen(by_aiogram.message)
    assert seen(by_ptb.message)


async def test_both_clients_read_edits_taps_and_blocks(
    camille: TelegramUser, aiogram_bot: Bot, ptb_bot: ptb.Bot
) -> None:
    keyboard = aio.InlineKeyboardMarkup(inline_keyboard=[[aio.InlineKeyboardButton(text="Oui", callback_data="y")]])
    await aiogram_bot.send_message(camille.id, "Voulez-vous ?", reply_markup=keyboard)
    camille.says("Bonjour")
    camille.edits(camille.last_sent, "Bonsoir")
    camille.presses("Oui")
    camille.blocks()
    for updates in (await aiogram_bot.get_updates(), await ptb_bot.get_updates()):
        _, edit, tap, block = updates
        assert edit.edited_message and edit.edited_message.text == "Bonsoir"
        assert tap.callback_query and tap.callback_query.data == "y"
        assert block.my_chat_member and block.my_chat_member.new_chat_member.status == "kicked"


async def test_a_file_is_downloaded_by_both_clients(
    camille: TelegramUser, aiogram_bot: Bot, ptb_bot: ptb.Bot, jpeg: bytes
) -> None:
    camille.sends_file(jpeg, "lampe.jpg", "image/jpeg")
    message = (await aiogram_bot.get_updates())[-1].message
    assert message and message.document
    fetched = await aiogram_bot.download(message.document.file_id)
    assert fetched and fetched.read() == jpeg
    again = await ptb_bot.get_file(message.document.file_id)
    assert bytes(await again.download_as_bytearray()) == jpeg


async def test_dates_are_the_servers(telegram: BotApiServer, camille: TelegramUser, aiogram_bot: Bot) -> None:
    telegram.later(3600)
    sent = await aiogram_bot.send_message(camille.id, "Plus tard")
    assert isinstance(sent.date, datetime)
    assert abs(sent.date.timestamp() - telegram.now()) < 5
