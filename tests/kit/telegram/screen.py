"""What stands on a phone: the messages of one chat as a person sees them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .chats import Chat
from .refusal import Json
from .world import BOT_ID, World

LAST_FEW = 5


@dataclass(frozen=True, slots=True)
class ShownButton:
    """`data` for a button the bot hears of, `url` for a link; a disabled one does nothing."""

    label: str
    data: str | None = None
    url: str | None = None
    disabled: bool = False
    style: str | None = None


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """`text` is the text or the caption without marks; `entities` say what is bold or a link. `photo` is a JPEG.

    `place` is (latitude, longitude); `wire` the whole Message object.
    """

    id: int
    text: str
    entities: list[Json]
    photo: bytes | None
    place: tuple[float, float] | None
    buttons: list[list[ShownButton]]
    from_bot: bool
    pinned: bool
    reactions: list[str]
    wire: Json

    @property
    def labels(self) -> list[str]:
        return [button.label for row in self.buttons for button in row]

    def button(self, label: str) -> ShownButton | None:
        return next((button for row in self.buttons for button in row if button.label == label), None)

    def as_read(self) -> str:
        """Text, then each row of buttons on its line, in [brackets]."""
        seen = ["(photo)"] if self.photo else []
        seen += ["(place)"] if self.place else []
        seen += [self.text] if self.text else []
        rows = [" ".join(f"[{button.label}]" for button in row) for row in self.buttons]
        return "\n".join([*seen, *rows])


class Screen:
    """One chat, read."""

    def __init__(self, world: World, chat: Chat) -> None:
        self.world = world
        self.chat = chat

    @property
    def messages(self) -> list[ShownMessage]:
        """After all edits and deletions, oldest first."""
        return [self._shown(message) for message in list(self.chat.messages.values())]

    @property
    def bot_messages(self) -> list[ShownMessage]:
        return [message for message in self.messages if message.from_bot]

    @property
    def last_message(self) -> ShownMessage:
        """The last message of the bot; raises LookupError when it has said nothing."""
        for message in reversed(self.chat.messages.values()):
            if message["from"]["id"] == BOT_ID:
                return self._shown(message)
        raise LookupError("the bot has not said anything in this chat")

    @property
    def screen(self) -> str:
        """The last few messages of the bot and the reply keyboard, as a person reads them."""
        keys = [" ".join(f"[{label}]" for label in row) for row in self.keyboard]
        read = [message.as_read() for message in self.bot_messages[-LAST_FEW:]]
        return "\n\n".join([*read, "\n".join(keys)] if keys else read)

    @property
    def keyboard(self) -> list[list[str]]:
        """Labels of the reply keyboard shown now, row by row; empty when there is none."""
        if self.chat.keyboard is None:
            return []
        return [[key["text"] for key in row] for row in self.chat.keyboard["keyboard"]]

    @property
    def moment(self) -> int:
        """How often this screen has changed: give it to wait_for, to hear only of what comes later."""
        return self.chat.moment

    async def wait_for(
        self, what: str | Callable[[ShownMessage], bool], timeout: float = 5.0, *, after: int = 0
    ) -> ShownMessage:
        """The newest bot message that contains the text or satisfies the condition, as soon as it is shown.

        `after` a moment: only messages that appeared or changed since. Raises TimeoutError with the screen in it
        after `timeout` seconds.
        """
        fits = (lambda message: what in message.as_read()) if isinstance(what, str) else what
        found: list[ShownMessage] = []

        def is_shown() -> bool:
            recent = (each for each in reversed(self.bot_messages) if self.chat.touched[each.id] > after)
            found[:] = [message for message in recent if fits(message)][:1]
            return bool(found)

        if not await self.chat.bell.until(is_shown, timeout):
            wanted = repr(what) if isinstance(what, str) else "the expected message"
            raise TimeoutError(f"{wanted} was not shown within {timeout} s. The screen:\n{self.screen}")
        return found[0]

    def _shown(self, message: Json) -> ShownMessage:
        photo, place = message.get("photo"), message.get("location")
        reactions = self.chat.reactions.get(message["message_id"], [])
        return ShownMessage(
            id=message["message_id"],
            text=message.get("text") or message.get("caption") or "",
            entities=message.get("entities") or message.get("caption_entities") or [],
            photo=self.world.files.by_id[photo[-1]["file_id"]].content if photo else None,
            place=(place["latitude"], place["longitude"]) if place else None,
            buttons=_buttons(message.get("reply_markup", {})),
            from_bot=message["from"]["id"] == BOT_ID,
            pinned=message["message_id"] in self.chat.pinned,
            reactions=[reaction["emoji"] for reaction in reactions],
            wire=message,
        )


def _buttons(markup: Json) -> list[list[ShownButton]]:
    return [
        [
            ShownButton(
                label=button["text"],
                data=button.get("callback_data"),
                url=button.get("url"),
                disabled="disabled" in button,
                style=button.get("style"),
            )
            for button in row
        ]
        for row in markup.get("inline_keyboard", [])
    ]
