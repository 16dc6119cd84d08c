"""From an update of Telegram to what a person did, in words that no channel owns."""

import re
from datetime import UTC, datetime
from hashlib import sha256

import msgspec

from bot.city.model import Place
from bot.pictures.prepare import HEAVIEST
from flows.engine.incoming import Incoming, Kind
from handlers.telegram.updates import (
    CallbackQuery,
    Chat,
    ChatMemberUpdated,
    Document,
    Message,
    PhotoSize,
    Update,
    User,
    decode_update,
    number_of,
)

CHANNEL = "telegram"

UNREADABLE = (
    "animation", "audio", "checklist", "dice", "document", "game", "live_photo", "paid_media", "poll", "rich_message",
    "sticker", "story", "video", "video_note", "voice",
)  # fmt: skip
"""What a person may send that we cannot read. All the rest are service messages (a pinned message, a new topic)."""

IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".heic", ".heif")


class Tap(msgspec.Struct, frozen=True):
    """A pressed button: the query that Telegram wants answered, and the message (0 when unknown) that carries it."""

    query: str
    chat: int
    message: int
    data: str


class Said(msgspec.Struct, frozen=True):
    """What a person did. `file` is Telegram's name of a photo to be fetched before the turn."""

    incoming: Incoming
    file: str = ""
    tap: Tap | None = None


class Outside(msgspec.Struct, frozen=True):
    """Something outside a private chat; no resident is behind it. `message` 0: nobody spoke."""

    chat: Chat
    message: int = 0
    text: str = ""
    language: str = ""
    query: str = ""


_SENDERS = re.compile(rb'"from"\s*:\s*\{[^{}]*?"id"\s*:\s*(\d{1,20})[^{}]*')
_BOT = re.compile(rb'"is_bot"\s*:\s*true')


class NotUnderstood(Exception):
    """An update that cannot be decoded. `key` is its number, or a digest of it when even that cannot be read."""

    def __init__(self, key: str, cause: Exception) -> None:
        super().__init__(f"{type(cause).__name__}: {cause}")
        self.key = key


def understand(raw: bytes, now: datetime) -> Said | Outside | None:
    """What the update means, None when it means nothing to us. Raises NotUnderstood. `now` dates a pressed button.

    The whole of it must be UTF-8: fields that nobody reads are passed over without a look, but an update that waits is
    written down as text.
    """
    try:
        raw.decode()
        return _read(decode_update(raw), now)
    except (msgspec.MsgspecError, ValueError, OverflowError, OSError) as cause:  # the last three: an impossible date
        raise NotUnderstood(key_of(raw), cause) from cause


def key_of(raw: bytes) -> str:
    number = number_of(raw)
    return f"digest.{sha256(raw).hexdigest()[:40]}" if number is None else str(number)


def sender_of(raw: bytes) -> str:
    """Who an update is of, as far as that can be told of one that cannot be read; else nothing."""
    people = (found[1] for found in _SENDERS.finditer(raw) if not _BOT.search(found[0]))
    return next(people, b"").decode()


def _read(update: Update, now: datetime) -> Said | Outside | None:
    key = str(update.update_id)
    if update.message:
        return _message(key, update.message)
    if update.edited_message:
        return _edited(key, update.edited_message)
    if update.callback_query:
        return _tap(key, update.callback_query, now)
    if update.my_chat_member:
        return _membership(key, update.my_chat_member)
    return None


def _message(key: str, message: Message) -> Said | Outside | None:
    sender = message.from_
    if sender and sender.is_bot:
        return None
    if not message.chat.is_private:
        text = message.text or message.caption
        return Outside(message.chat, message.message_id, text, sender.language_code if sender else "")
    if message.photo:
        return _photo(key, message, _largest(message.photo))
    if message.document and not message.animation and _is_image(message.document):
        return _photo(key, message, message.document)
    if message.text:
        return Said(_incoming(key, message, "text", text=message.text))
    if message.location:
        return Said(_incoming(key, message, "place", place=_place(message)))
    if message.contact:
        return Said(_incoming(key, message, "contact"))
    for name in UNREADABLE:
        if getattr(message, name):
            return Said(_incoming(key, message, "other", text=name, album=message.media_group_id))
    return None


def _edited(key: str, message: Message) -> Said | None:
    """Only words are corrected: a live position goes on moving after its first point, and captions are no answers."""
    if not message.chat.is_private or not message.text:
        return None
    return Said(_incoming(key, message, "edited", text=message.text))


def _tap(key: str, query: CallbackQuery, now: datetime) -> Said | Outside:
    message = query.message
    if message and not message.chat.is_private:
        return Outside(message.chat, language=query.from_.language_code, query=query.id)
    tap = Tap(query.id, query.from_.id, message.message_id if message else 0, query.data)
    incoming = Incoming(
        channel=CHANNEL,
        key=key,
        sender=str(query.from_.id),
        kind="tap",
        at=now,
        payload=query.data,
        language=query.from_.language_code,
        origin=str(message.message_id) if message else "",
    )
    return Said(incoming, tap=tap)


def _membership(key: str, change: ChatMemberUpdated) -> Said | Outside | None:
    if not change.chat.is_private:
        return Outside(change.chat)
    kinds: dict[str, Kind] = {"kicked": "left", "member": "came"}
    kind = kinds.get(change.new_chat_member.status)
    if kind is None:
        return None
    return Said(
        Incoming(
            channel=CHANNEL,
            key=key,
            sender=str(change.chat.id),
            kind=kind,
            at=datetime.fromtimestamp(change.date, UTC),
            language=change.from_.language_code,
        )
    )


def _photo(key: str, message: Message, file: PhotoSize | Document) -> Said:
    """A photo with its caption. One that is too heavy for a bot to download is not even asked for."""
    incoming = _incoming(key, message, "pictures", text=message.caption, album=message.media_group_id)
    if file.file_size > HEAVIEST:
        return Said(msgspec.structs.replace(incoming, refused="too_heavy"))
    return Said(incoming, file=file.file_id)


def _incoming(
    key: str, message: Message, kind: Kind, *, text: str = "", album: str = "", place: Place | None = None
) -> Incoming:
    sender: User | None = message.from_
    return Incoming(
        channel=CHANNEL,
        key=key,
        sender=str(message.chat.id),
        kind=kind,
        at=datetime.fromtimestamp(message.edit_date or message.date, UTC),
        text=text,
        album=album,
        place=place,
        language=sender.language_code if sender else "",
        origin=str(message.message_id),
    )


def _largest(sizes: tuple[PhotoSize, ...]) -> PhotoSize:
    """The best size a bot may download; when all are too heavy, the best of them."""
    light = [size for size in sizes if size.file_size <= HEAVIEST] or sizes
    return max(light, key=lambda size: size.width * size.height)


def _is_image(document: Document) -> bool:
    """Telegram guarantees neither the type nor the name, so either will do; the content decides later."""
    return document.mime_type.startswith("image/") or document.file_name.lower().endswith(IMAGE_ENDINGS)


def _place(message: Message) -> Place | None:
    point, venue = message.location, message.venue
    if point is None:
        return None
    label = ", ".join(part for part in (venue.title, venue.address) if part) if venue else ""
    return Place(point.latitude, point.longitude, point.horizontal_accuracy, label)
