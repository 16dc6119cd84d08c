"""Methods about the bot itself, chats, files and tapped buttons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .chats import Chat
from .files import MOST_DOWNLOAD
from .refusal import Json, bad, strict
from .updates import CALLBACK_LIFETIME
from .world import BOT, BOT_AS_SENDER, BOT_ID, Call, Toast, World

RIGHTS = (
    "can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats",
    "can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories",
    "can_edit_stories", "can_delete_stories", "can_send_welcome_messages", "can_pin_messages",
)  # fmt: skip


def get_me(world: World, call: Call) -> Json:
    return BOT | {"first_name": world.profile.get(("name", ""), BOT["first_name"])}


def get_chat(world: World, call: Call) -> Json:
    chat = world.chat(call.parameters["chat_id"])
    gifts = dict.fromkeys(
        ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
    )
    known: Json = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}
    pinned = [chat.messages[each] for each in chat.pinned if each in chat.messages]
    return chat.wire() | known | ({"pinned_message": pinned[-1]} if pinned else {})


def get_chat_member(world: World, call: Call) -> Json:
    chat = world.chat(call.parameters["chat_id"])
    user_id = call.parameters["user_id"]
    if user_id == BOT_ID:
        return member(BOT_AS_SENDER, chat.bot_status)
    if user_id not in world.users:
        raise bad("user not found")
    if chat.private:
        return member(world.users[user_id], "member" if user_id == chat.id else "left")
    return member(world.users[user_id], chat.members.get(user_id, "left"))


def get_chat_member_count(world: World, call: Call) -> int:
    chat = world.chat(call.parameters["chat_id"])
    return 2 if chat.private else 1 + sum(status != "left" for status in chat.members.values())


def member(user: Json, status: str) -> Json:
    """A ChatMember with the fields its status requires."""
    found: Json = {"status": status, "user": user}
    if status == "administrator":
        found |= dict.fromkeys(RIGHTS, True) | {"can_be_edited": False, "is_anonymous": False}
    if status == "creator":
        found["is_anonymous"] = False
    if status == "kicked":
        found["until_date"] = 0
    return found


def leave_chat(world: World, call: Call) -> bool:
    chat = world.chat(call.parameters["chat_id"])
    if chat.private:
        raise bad("chat member status can't be changed in private chats")
    chat.check_reachable()
    bot_moves(world, chat, BOT_AS_SENDER, "left")
    return True


def bot_moves(world: World, chat: Chat, by: Json, status: str) -> int:
    """The bot's own standing in a chat changes: blocked, unblocked, added, thrown out."""
    old, chat.bot_status = chat.bot_status, status
    return world.updates.push(
        "my_chat_member",
        {
            "chat": chat.wire(),
            "from": by,
            "date": world.second(),
            "old_chat_member": member(BOT_AS_SENDER, old),
            "new_chat_member": member(BOT_AS_SENDER, status),
        },
    )


def get_file(world: World, call: Call) -> Json:
    stored = world.files.by_id.get(call.parameters["file_id"])
    if stored is None:
        raise bad("wrong file_id or the file is temporarily unavailable")
    if len(stored.content) > MOST_DOWNLOAD:
        raise bad("file is too big")
    return {
        "file_id": stored.file_id,
        "file_unique_id": stored.unique_id,
        "file_size": len(stored.content),
        "file_path": stored.path,
    }


def answer_callback_query(world: World, call: Call) -> bool:
    query = world.queries.get(call.parameters["callback_query_id"])
    if query is None or world.now() - query.asked_at > CALLBACK_LIFETIME:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    if "url" in call.parameters:
        raise strict("answering with a url is not simulated")
    if call.parameters.get("text"):
        toast = Toast(call.parameters["text"], call.parameters.get("show_alert", False))
        world.toasts.setdefault(query.user_id, []).append(toast)
    query.answered = True
    if query.user_id in world.chats:
        world.chats[query.user_id].bell.ring()
    return True


def set_my_commands(world: World, call: Call) -> bool:
    world.commands[_commands_key(world, call)] = call.parameters["commands"]
    return True


def get_my_commands(world: World, call: Call) -> list[Json]:
    return world.commands.get(_commands_key(world, call), [])


def delete_my_commands(world: World, call: Call) -> bool:
    world.commands.pop(_commands_key(world, call), None)
    return True


def _commands_key(world: World, call: Call) -> tuple[str, str]:
    scope = call.parameters.get("scope", {"type": "default"})
    if "chat_id" in scope:
        world.chat(scope["chat_id"])
    named = "/".join(str(scope[key]) for key in ("type", "chat_id", "user_id") if key in scope)
    return named, call.parameters.get("language_code", "")


def _setter(field: str) -> Callable[[World, Call], bool]:
    def set_text(world: World, call: Call) -> bool:
        language = call.parameters.get("language_code", "")
        text = call.parameters.get(field, "")
        if text:
            world.profile[field, language] = text
        else:
            world.profile.pop((field, language), None)
        return True

    return set_text


def _getter(field: str) -> Callable[[World, Call], Json]:
    """The text in this language, else the one for all languages."""

    def get_text(world: World, call: Call) -> Json:
        common = world.profile.get((field, ""), BOT["first_name"] if field == "name" else "")
        return {field: world.profile.get((field, call.parameters.get("language_code", "")), common)}

    return get_text


ASKING: dict[str, Callable[[World, Call], Any]] = {
    "getMe": get_me,
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getChatMemberCount": get_chat_member_count,
    "leaveChat": leave_chat,
    "getFile": get_file,
    "answerCallbackQuery": answer_callback_query,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setMyName": _setter("name"),
    "getMyName": _getter("name"),
    "setMyDescription": _setter("description"),
    "getMyDescription": _getter("description"),
    "setMyShortDescription": _setter("short_description"),
    "getMyShortDescription": _getter("short_description"),
}
