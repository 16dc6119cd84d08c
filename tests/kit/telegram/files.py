"""Files the server holds: what the bot uploaded and what people sent."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import lru_cache

from PIL import Image, ImageOps, UnidentifiedImageError

from .refusal import Json, bad

MOST_DOWNLOAD = 20 << 20
MOST_PHOTO = 10 << 20
MOST_UPLOAD = 50 << 20
SIDES = {"s": 90, "m": 320, "x": 800, "y": 1280}
FOLDERS = {"photo": "photos", "document": "documents", "voice": "voice", "video": "videos"}

NOT_AN_IMAGE = (UnidentifiedImageError, OSError, Image.DecompressionBombError, Image.DecompressionBombWarning)


@dataclass(slots=True)
class Upload:
    """A file part of a multipart call."""

    name: str
    content: bytes
    mime: str = "application/octet-stream"

    @property
    def size(self) -> int:
        return len(self.content)


@dataclass(slots=True)
class StoredFile:
    """`facts` are the fields a message shows beside the identifiers: width, duration, file_name."""

    file_id: str
    unique_id: str
    kind: str
    content: bytes
    path: str
    facts: Json

    def wire(self) -> Json:
        named = {"file_id": self.file_id, "file_unique_id": self.unique_id}
        return named | self.facts | {"file_size": len(self.content)}


@dataclass(slots=True)
class Files:
    by_id: dict[str, StoredFile] = field(default_factory=dict)
    by_path: dict[str, StoredFile] = field(default_factory=dict)
    albums: dict[str, list[StoredFile]] = field(default_factory=dict)

    def store(self, kind: str, content: bytes, extension: str, **facts: object) -> StoredFile:
        number = len(self.by_id) + 1
        path = f"{FOLDERS.get(kind, kind)}/file_{number}{extension}"
        file_id = f"AgACAgQAAxkDAAI{number:012d}{kind.encode().hex()}"
        stored = StoredFile(file_id, f"AQAD{number:012d}", kind, content, path, dict(facts))
        self.by_id[stored.file_id] = self.by_path[path] = stored
        return stored

    def store_photo(self, content: bytes) -> list[StoredFile]:
        """One photograph in the sizes Telegram makes of it, smallest first; every file_id stands for all of them."""
        sizes = [
            self.store("photo", scaled, ".jpg", width=width, height=height)
            for scaled, width, height in scaled_photos(content)
        ]
        self.albums.update({size.file_id: sizes for size in sizes})
        return sizes


@lru_cache(maxsize=64)
def scaled_photos(content: bytes) -> tuple[tuple[bytes, int, int], ...]:
    """JPEG without metadata, at most 1280 pixels a side, upright: what is left of a photo sent as a photo."""
    with Image.open(io.BytesIO(content)) as opened:
        picture = ImageOps.exif_transpose(opened).convert("RGB")
    made = []
    for side in SIDES.values():
        copy = picture.copy()
        copy.thumbnail((side, side))
        written = io.BytesIO()
        copy.save(written, "JPEG", quality=87)
        made.append((written.getvalue(), copy.width, copy.height))
        if max(picture.size) <= side:
            break
    return tuple(made)


def check_photo(upload: Upload) -> None:
    """Telegram's conditions for a photo sent by a bot; raises RefusedError."""
    if not upload.content:
        raise bad("file must be non-empty")
    if upload.size > MOST_PHOTO:
        raise bad(f"file of size {upload.size} bytes is too big for a photo; the maximum size is {MOST_PHOTO} bytes")
    try:
        with Image.open(io.BytesIO(upload.content)) as picture:
            width, height = picture.size
    except NOT_AN_IMAGE:
        raise bad("IMAGE_PROCESS_FAILED") from None
    if width + height > 10_000 or max(width, height) > 20 * min(width, height):
        raise bad("PHOTO_INVALID_DIMENSIONS")
    try:
        scaled_photos(upload.content)
    except NOT_AN_IMAGE:
        raise bad("IMAGE_PROCESS_FAILED") from None
