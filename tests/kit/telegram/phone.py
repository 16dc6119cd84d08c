"""What a phone sends beside words: pictures, files, places, cards."""

from __future__ import annotations

from .chats import Chat
from .refusal import Json
from .screen import Screen
from .world import World

HERE = (48.8397, 2.2399)


class Sends(Screen):
    """Sending into the private chat with the bot."""

    def __init__(self, world: World, chat: Chat) -> None:
        super().__init__(world, chat)
        self.place = HERE
        self.last_sent = 0

    @property
    def id(self) -> int:
        return self.chat.id

    @property
    def wire(self) -> Json:
        return self.world.users[self.id]

    def send(self, content: Json) -> int:
        """Any message of this person; `last_sent` is then its message_id."""
        assert not self.chat.blocked, "who has blocked a bot can't write to it: unblocks() first"
        self.chat.known = True
        message = self.world.write(self.chat, self.wire, present(content))
        self.last_sent = message["message_id"]
        return self.world.updates.push("message", message)

    def _reply(self, message_id: int | None) -> Json:
        return {} if message_id is None else {"reply_to_message": self.chat.messages[message_id]}

    # Pictures

    def sends_photo(self, content: bytes, caption: str | None = None) -> int:
        """As a photo: Telegram makes JPEGs of at most 1280 pixels without metadata of it."""
        return self.send({"photo": self._photo(content), "caption": caption})

    def sends_album(self, contents: list[bytes], caption: str | None = None) -> list[int]:
        """One message per photo with the same media_group_id; the caption is on the first."""
        group = str(13_000_000_000_000_000 + self.world.number())
        return [
            self.send({"media_group_id": group, "photo": self._photo(content), "caption": None if index else caption})
            for index, content in enumerate(contents)
        ]

    def sends_live_photo(self, content: bytes, caption: str | None = None) -> int:
        """An iPhone's live photo: the message has both `live_photo` and `photo`."""
        sizes = self._photo(content)
        film = self._file("video", content, ".mp4", width=720, height=960, duration=3, mime_type="video/mp4")
        return self.send({"live_photo": film | {"photo": sizes}, "photo": sizes, "caption": caption})

    def sends_file(self, content: bytes, name: str, mime: str, caption: str | None = None) -> int:
        """As a document: the bytes and their metadata arrive untouched."""
        extension = f".{name.rpartition('.')[2]}" if "." in name else ""
        document = self._file("document", content, extension, file_name=name, mime_type=mime)
        return self.send({"document": document, "caption": caption})

    def sends_voice(self, content: bytes = b"OggS voice", duration: int = 3) -> int:
        return self.send({"voice": self._file("voice", content, ".oga", duration=duration, mime_type="audio/ogg")})

    def sends_video(self, content: bytes = b"ftyp video", duration: int = 5, caption: str | None = None) -> int:
        film = self._file("video", content, ".mp4", width=1280, height=720, duration=duration, mime_type="video/mp4")
        return self.send({"video": film, "caption": caption})

    def sends_video_note(self, content: bytes = b"ftyp note", duration: int = 4) -> int:
        return self.send({"video_note": self._file("video_note", content, ".mp4", length=384, duration=duration)})

    def sends_sticker(self, content: bytes = b"RIFF webp", emoji: str = "👍") -> int:
        facts: Json = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        return self.send({"sticker": self._file("sticker", content, ".webp", emoji=emoji, **facts)})

    # Places and cards

    def shares_place(
        self, latitude: float, longitude: float, accuracy: float | None = None, live_period: int | None = None
    ) -> int:
        """`accuracy` in metres, `live_period` in seconds: with it the place keeps moving (moves_live)."""
        return self.send({"location": _place(latitude, longitude, accuracy, live_period)})

    def moves_live(self, latitude: float, longitude: float, message_id: int | None = None) -> int:
        """The live place moves: an edited_message. Without message_id, of the last live place shared."""
        message = self.chat.messages[message_id or self._live_place()]
        place = {**message["location"], "latitude": latitude, "longitude": longitude}
        moved = self.world.rewrite(self.chat, message, {"location": place})
        return self.world.updates.push("edited_message", moved)

    def _live_place(self) -> int:
        for message in reversed(self.chat.messages.values()):
            if message.get("location", {}).get("live_period") and message["from"]["id"] == self.id:
                return int(message["message_id"])
        raise LookupError("this person shares no live place")

    def shares_venue(self, latitude: float, longitude: float, title: str, address: str) -> int:
        place = _place(latitude, longitude)
        return self.send({"location": place, "venue": {"location": place, "title": title, "address": address}})

    def shares_contact(self, own: bool = True, phone: str = "+33600000000") -> int:
        """The person's own card, or somebody else's (then without their user_id)."""
        card: Json = {"phone_number": phone, "first_name": self.chat.title if own else "Voisine"}
        return self.send({"contact": card | ({"user_id": self.id} if own else {})})

    def _photo(self, content: bytes) -> list[Json]:
        return [size.wire() for size in self.world.files.store_photo(content)]

    def _file(self, kind: str, content: bytes, extension: str, **facts: object) -> Json:
        return self.world.files.store(kind, content, extension, **facts).wire()


def _place(latitude: float, longitude: float, accuracy: float | None = None, live_period: int | None = None) -> Json:
    place: Json = {"latitude": latitude, "longitude": longitude}
    if accuracy is not None:
        place["horizontal_accuracy"] = accuracy
    if live_period is not None:
        place["live_period"] = live_period
    return place


def present(content: Json) -> Json:
    return {key: value for key, value in content.items() if value is not None}
