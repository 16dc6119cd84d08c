"""A neighbourhood's group chat with the bot in it."""

from __future__ import annotations

from typing import Self

from .refusal import Json
from .screen import Screen
from .world import BOT, BOT_ID, World


class Group(Screen):
    @classmethod
    def opens(cls, world: World, title: str, supergroup: bool, bot_is_administrator: bool) -> Self:
        number = world.number()
        chat_id = -(1_001_000_000_000 + number) if supergroup else -(4_000_000 + number)
        chat = world.add_chat(chat_id, "supergroup" if supergroup else "group", title)
        chat.known = True
        chat.bot_status = "administrator" if bot_is_administrator else "member"
        return cls(world, chat)

    @property
    def id(self) -> int:
        return self.chat.id

    def hears(self, content: Json) -> bool:
        """A bot in privacy mode sees commands, mentions and answers meant for it; an administrator, everything."""
        if self.chat.bot_status == "administrator":
            return True
        if content.get("reply_to_message", {}).get("from", {}).get("id") == BOT_ID:
            return True
        text = str(content.get("text") or content.get("caption") or "")
        if text.startswith("/"):
            addressee = text.split(maxsplit=1)[0].partition("@")[2]
            return addressee in {"", BOT["username"]}
        return f"@{BOT['username']}" in text

    def becomes_supergroup(self) -> Group:
        """Both chats say so in a service message, as at Telegram."""
        moved = Group.opens(self.world, self.chat.title, True, self.chat.bot_status == "administrator")
        moved.chat.members = dict(self.chat.members)
        sender = {"id": 1_087_968_824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
        left = self.world.write(self.chat, sender, {"migrate_to_chat_id": moved.id})
        came = self.world.write(moved.chat, sender, {"migrate_from_chat_id": self.id})
        self.chat.migrated_to = moved.id
        self.world.updates.push("message", left)
        self.world.updates.push("message", came)
        return moved
