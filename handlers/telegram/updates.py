"""The updates of the Bot API (10.3), as far as we use them. Every other field is passed over without being decoded."""

import msgspec

ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")
"""What we ask Telegram to send. `my_chat_member` is how a block and an unblock are told in a private chat."""


class Something(msgspec.Struct, frozen=True):
    """An object of which only the presence counts."""


class User(msgspec.Struct, frozen=True):
    id: int
    is_bot: bool = False
    language_code: str = ""


class Chat(msgspec.Struct, frozen=True):
    id: int
    type: str

    @property
    def is_private(self) -> bool:
        return self.type == "private"


class PhotoSize(msgspec.Struct, frozen=True):
    """`width` and `height` in pixels, `file_size` in bytes, 0 when Telegram does not say."""

    file_id: str
    width: int = 0
    height: int = 0
    file_size: int = 0


class Document(msgspec.Struct, frozen=True):
    file_id: str
    file_name: str = ""
    mime_type: str = ""
    file_size: int = 0


class Location(msgspec.Struct, frozen=True):
    """Degrees; `horizontal_accuracy` is a radius in metres."""

    latitude: float
    longitude: float
    horizontal_accuracy: float | None = None


class Venue(msgspec.Struct, frozen=True):
    title: str = ""
    address: str = ""


class Message(msgspec.Struct, frozen=True):
    """`date` in seconds since 1970, UTC; 0 for a message that Telegram no longer gives us."""

    message_id: int
    chat: Chat
    date: int = 0
    from_: User | None = msgspec.field(name="from", default=None)
    edit_date: int = 0
    text: str = ""
    caption: str = ""
    media_group_id: str = ""
    photo: tuple[PhotoSize, ...] = ()
    document: Document | None = None
    location: Location | None = None
    venue: Venue | None = None
    contact: Something | None = None
    animation: Something | None = None
    audio: Something | None = None
    checklist: Something | None = None
    dice: Something | None = None
    game: Something | None = None
    live_photo: Something | None = None
    paid_media: Something | None = None
    poll: Something | None = None
    rich_message: Something | None = None
    sticker: Something | None = None
    story: Something | None = None
    video: Something | None = None
    video_note: Something | None = None
    voice: Something | None = None


class CallbackQuery(msgspec.Struct, frozen=True):
    """A button was pressed. `message` is missing for a button of an inline message, which we never send."""

    id: str
    from_: User = msgspec.field(name="from")
    message: Message | None = None
    data: str = ""


class ChatMember(msgspec.Struct, frozen=True):
    status: str


class ChatMemberUpdated(msgspec.Struct, frozen=True):
    """The bot's own standing in a chat has changed."""

    chat: Chat
    from_: User = msgspec.field(name="from")
    date: int
    new_chat_member: ChatMember


class Update(msgspec.Struct, frozen=True):
    update_id: int
    message: Message | None = None
    edited_message: Message | None = None
    callback_query: CallbackQuery | None = None
    my_chat_member: ChatMemberUpdated | None = None


class Numbered(msgspec.Struct, frozen=True):
    """The least that can be read of an update."""

    update_id: int


decode_update = msgspec.json.Decoder(Update).decode
_decode_number = msgspec.json.Decoder(Numbered).decode


def number_of(raw: bytes | msgspec.Raw) -> int | None:
    """The update's own number, None when even that cannot be read."""
    try:
        return _decode_number(raw).update_id
    except msgspec.MsgspecError:
        return None
