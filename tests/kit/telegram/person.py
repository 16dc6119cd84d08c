"""A human with a phone. What they do arrives at the bot as an update; every act returns its update_id.

The update_id is 0 when no update was made: the bot did not ask for that kind, or is not shown the message in a group.
"""

from __future__ import annotations

from typing import Self

from .asking import bot_moves
from .entities import found_in, units
from .formatting import MOST_TEXT
from .group import Group
from .phone import Sends, present
from .refusal import Json
from .updates import CALLBACK_LIFETIME
from .world import Query, Toast, World


class TelegramUser(Sends):
    """`place` is where the person stands: what a request_location key shares."""

    @classmethod
    def joins(cls, world: World, user_id: int, first_name: str, **others: str | None) -> Self:
        named: Json = {"id": user_id, "is_bot": False, "first_name": first_name}
        world.users[user_id] = named | present(others)
        chat = world.chats.get(user_id) or world.add_chat(user_id, "private", first_name)
        return cls(world, chat)

    @property
    def toasts(self) -> list[str]:
        """What answerCallbackQuery showed, oldest first."""
        return [toast.text for toast in self.alerts]

    @property
    def alerts(self) -> list[Toast]:
        return self.world.toasts.get(self.id, [])

    # Words

    def starts(self, payload: str = "") -> int:
        """Opens t.me/bot?start=payload and taps Start; a person who had blocked the bot unblocks it so."""
        if self.chat.blocked:
            self.unblocks()
        return self.says(f"/start {payload}".strip())

    def says(self, text: str, *, reply_to: int | None = None) -> int:
        """AssertionError for what a phone can't send: nothing at all, or more than 4096 characters at once."""
        assert 0 < units(text.strip()) <= MOST_TEXT, "a message has 1 to 4096 characters: a phone splits a longer one"
        return self.send({**_text(text.strip()), **self._reply(reply_to)})

    def says_in(self, group: Group, text: str, *, reply_to: int | None = None) -> int:
        group.chat.members.setdefault(self.id, "member")
        answered = {"reply_to_message": group.chat.messages[reply_to]} if reply_to else {}
        message = self.world.write(group.chat, self.wire, present({**_text(text), **answered}))
        return self.world.updates.push("message", message) if group.hears(message) else 0

    def edits(self, message_id: int, text: str) -> int:
        """Corrects an own message; LookupError when it is not there any more."""
        message = self.chat.messages[message_id]
        if message["from"]["id"] != self.id:
            raise LookupError("a person can only edit their own message")
        changes = _text(text) if "text" in message else _caption(text)
        return self.world.updates.push("edited_message", self.world.rewrite(self.chat, message, changes))

    def blocks(self) -> int:
        self.chat.blocked = True
        return bot_moves(self.world, self.chat, self.wire, "kicked")

    def unblocks(self) -> int:
        self.chat.blocked = False
        return bot_moves(self.world, self.chat, self.wire, "member")

    # Buttons

    def presses(self, label: str, *, age: float = 0.0, group: Group | None = None) -> int:
        """Taps the newest button or key with this label; AssertionError tells what can be tapped when there is none.

        A key of the reply keyboard sends its label, or the place or the contact it asks for. `age`: the tap was made
        so many seconds ago.
        """
        for message in reversed((group or self).messages):
            button = message.button(label)
            if button is not None:
                assert not button.disabled, f"the button {label!r} is disabled: tapping it does nothing"
                assert button.data is not None, f"the button {label!r} opens {button.url}: the bot hears nothing"
                return self._taps(message.wire, button.data, age)
        for row in (self.chat.keyboard or {}).get("keyboard", []):
            for key in row:
                if key["text"] == label:
                    return self._presses_key(key)
        raise AssertionError(f"nothing on the screen is called {label!r}. The screen:\n{(group or self).screen}")

    def presses_old(self, label: str) -> int:
        """A tap that reaches the bot just before Telegram forgets it: too late to be answered."""
        update_id = self.presses(label)
        next(reversed(self.world.queries.values())).asked_at -= CALLBACK_LIFETIME + 1
        return update_id

    def presses_data(self, message_id: int, data: str, *, age: float = 0.0) -> int:
        """A forged tap: any data, on a message that may be gone."""
        gone: Json = {"message_id": message_id, "chat": self.chat.wire(), "date": 0}
        return self._taps(self.chat.messages.get(message_id, gone), data, age)

    def _taps(self, message: Json, data: str, age: float) -> int:
        query_id = str(4_000_000_000_000_000 + self.world.number())
        self.world.queries[query_id] = Query(self.id, self.world.now() - age)
        content = {
            "id": query_id,
            "from": self.wire,
            "message": message,
            "chat_instance": str(-7_000_000_000_000_000 - message["chat"]["id"]),
            "data": data,
        }
        return self.world.updates.push("callback_query", content, age)

    def _presses_key(self, key: Json) -> int:
        if (self.chat.keyboard or {}).get("one_time_keyboard"):
            self.chat.keyboard = None
        if key.get("request_location"):
            return self.shares_place(*self.place)
        if key.get("request_contact"):
            return self.shares_contact()
        return self.says(key["text"])


def _text(text: str) -> Json:
    return {"text": text, "entities": found_in(text, []) or None}


def _caption(text: str) -> Json:
    return {"caption": text, "caption_entities": found_in(text, []) or None}
