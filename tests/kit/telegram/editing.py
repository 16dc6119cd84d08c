"""Methods that change, take away or mark a message that is already there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .chats import Chat
from .formatting import caption_of, text_of
from .markup import check_markup
from .refusal import Json, bad, strict
from .sending import media_of
from .world import BOT_ID, Call, World

DELETABLE_FOR = 48 * 3600
MEDIA = ("photo", "document", "video", "animation", "audio", "voice")
SAME = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current"
    " content and reply markup of the message"
)
REACTIONS = set(
    "👍👎❤🔥🥰👏😁🤔🤯😱🤬😢🎉🤩🤮💩🙏👌🕊🤡🥱🥴😍🐳🌚🌭💯🤣⚡🍌🏆💔🤨😐🍓🍾💋🖕😈😴😭🤓👻👀🎃🙈😇😨🤝✍🤗🫡🎅🎄☃💅🤪🗿🆒💘🙉🦄😘💊🙊😎👾😡🤷"
) | {"❤‍🔥", "👨‍💻", "🤷‍♂", "🤷‍♀"}


def _own(world: World, call: Call) -> tuple[Chat, Json]:
    if "chat_id" not in call.parameters or "message_id" not in call.parameters:
        raise bad("message identifier is not specified")
    chat = world.chat(call.parameters["chat_id"])
    chat.check_reachable()
    message = chat.message(call.parameters["message_id"], "edit")
    if message["from"]["id"] != BOT_ID:
        raise bad("message can't be edited")
    return chat, message


def _change(world: World, call: Call, chat: Chat, message: Json, content: Json, touched: tuple[str, ...]) -> Json:
    """An edit without reply_markup takes the inline keyboard away."""
    markup = call.parameters.get("reply_markup")
    check_markup(markup, chat)
    keyboard = markup if markup and markup["inline_keyboard"] else None
    changes = {key: content.get(key) for key in (*touched, *content)} | {"reply_markup": keyboard}
    if all(message.get(key) == value for key, value in changes.items()):
        raise bad(SAME)
    return world.rewrite(chat, message, changes)


def edit_message_text(world: World, call: Call) -> Json:
    chat, message = _own(world, call)
    if "text" not in call.parameters:
        raise bad("message text is empty")
    if "text" not in message:
        raise bad("there is no text in the message to edit")
    content = text_of(call.parameters)
    if "link_preview_options" in call.parameters:
        content["link_preview_options"] = call.parameters["link_preview_options"]
    return _change(world, call, chat, message, content, ("text", "entities", "link_preview_options"))


def edit_message_caption(world: World, call: Call) -> Json:
    chat, message = _own(world, call)
    if not any(kind in message for kind in MEDIA):
        raise bad("there is no caption in the message to edit")
    content = caption_of(call.parameters)
    return _change(world, call, chat, message, content, ("caption", "caption_entities", "show_caption_above_media"))


def edit_message_reply_markup(world: World, call: Call) -> Json:
    chat, message = _own(world, call)
    return _change(world, call, chat, message, {}, ())


def edit_message_media(world: World, call: Call) -> Json:
    chat, message = _own(world, call)
    if "location" in message:
        raise bad("message can't be edited")
    content = media_of(world, call, call.parameters["media"])
    touched = ("text", "entities", "caption", "caption_entities", "has_media_spoiler", *MEDIA)
    return _change(world, call, chat, message, content, touched)


def delete_message(world: World, call: Call) -> bool:
    chat = world.chat(call.parameters["chat_id"])
    chat.check_reachable()
    message = chat.message(call.parameters["message_id"], "delete")
    if not _may_delete(world, chat, message):
        raise bad("message can't be deleted")
    chat.take_away(message["message_id"])
    return True


def delete_messages(world: World, call: Call) -> bool:
    """Messages that are not found are passed over, as the documentation says."""
    chat = world.chat(call.parameters["chat_id"])
    chat.check_reachable()
    for message_id in call.parameters["message_ids"]:
        message = chat.messages.get(message_id)
        if message is not None and _may_delete(world, chat, message):
            chat.take_away(message_id)
    return True


def _may_delete(world: World, chat: Chat, message: Json) -> bool:
    own = message["from"]["id"] == BOT_ID
    allowed = own or chat.private or chat.bot_status == "administrator"
    return allowed and world.now() - message["date"] <= DELETABLE_FOR


def pin_chat_message(world: World, call: Call) -> bool:
    chat = world.chat(call.parameters["chat_id"])
    chat.check_reachable()
    message = chat.message(call.parameters["message_id"], "pin")
    if not chat.private and chat.bot_status != "administrator":
        raise bad("not enough rights to manage pinned messages in the chat")
    chat.pinned.append(message["message_id"])
    return True


def set_message_reaction(world: World, call: Call) -> bool:
    chat = world.chat(call.parameters["chat_id"])
    chat.check_reachable()
    message = chat.message(call.parameters["message_id"], "react")
    reactions = call.parameters.get("reaction", [])
    for reaction in reactions:
        if reaction["type"] != "emoji":
            raise strict(f"a reaction of type {reaction['type']} is not simulated")
        if reaction["emoji"].replace("\ufe0f", "") not in REACTIONS:
            raise bad("REACTION_INVALID")
    chat.reactions[message["message_id"]] = reactions
    chat.show(message)
    return True


EDITING: dict[str, Callable[[World, Call], Any]] = {
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "editMessageMedia": edit_message_media,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
    "pinChatMessage": pin_chat_message,
    "setMessageReaction": set_message_reaction,
}
