"""Pictures for the tests: good ones, and those a hostile or unlucky phone sends."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Literal

import pillow_heif
from PIL import ExifTags, Image, ImageDraw

Format = Literal["JPEG", "PNG", "HEIF"]
TURNED = {1: 0, 3: 180, 6: 90, 8: 270}
TAKEN_AT = "2026:11:20 18:42:07"


def make_photo(
    text: str = "",
    colour: str = "steelblue",
    size: tuple[int, int] = (1600, 1200),
    *,
    place: tuple[float, float] | None = None,
    orientation: Literal[1, 3, 6, 8] = 1,
    kind: Format = "JPEG",
    quality: int = 85,
) -> bytes:
    """A picture of one colour with a text on it and a white corner at its upper left.

    `place` is (latitude, longitude) written into its EXIF with a camera and an hour. `orientation` is EXIF's: the
    pixels are stored turned, and a viewer that respects it sees the text upright; `size` is what the viewer sees.
    """
    picture = Image.new("RGB", size, colour)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, size[0] // 8, size[1] // 8), fill="white")
    draw.text((size[0] // 4, size[1] // 2), text, fill="white", font_size=max(10, size[1] // 20))
    if orientation != 1:
        picture = picture.rotate(TURNED[orientation], expand=True)
    written = io.BytesIO()
    _write(picture, written, kind, _metadata(place, orientation), quality)
    return written.getvalue()


def make_png(text: str = "", size: tuple[int, int] = (800, 600)) -> bytes:
    return make_photo(text, size=size, kind="PNG")


def make_heic(text: str = "", size: tuple[int, int] = (800, 600), place: tuple[float, float] | None = None) -> bytes:
    """What an iPhone sends as a file."""
    return make_photo(text, size=size, place=place, kind="HEIF")


def make_bomb(side: int = 30_000) -> bytes:
    """A valid PNG of one bit a pixel: some 110 kB that become 2.7 GB as colours when somebody decodes it."""
    packer = zlib.compressobj(9)
    line = b"\x00" + bytes((side + 7) // 8)
    packed = b"".join(packer.compress(line) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)


def make_truncated() -> bytes:
    """The first half of a JPEG: its header says all is well."""
    whole = make_photo("coupée", size=(640, 480))
    return whole[: len(whole) // 2]


def make_text_named_jpg() -> tuple[bytes, str]:
    """Not a picture at all, with the name of one."""
    return b"Bonjour, je ne suis pas une image.\n", "photo.jpg"


def _write(picture: Image.Image, target: io.BytesIO, kind: Format, metadata: Image.Exif, quality: int) -> None:
    if kind == "HEIF":
        pillow_heif.register_heif_opener()
    picture.save(target, kind, exif=metadata, quality=quality)


def _metadata(place: tuple[float, float] | None, orientation: int) -> Image.Exif:
    metadata = Image.Exif()
    if orientation != 1:
        metadata[ExifTags.Base.Orientation] = orientation
    if place is not None:
        metadata[ExifTags.Base.Make] = "Fairphone"
        metadata[ExifTags.Base.DateTime] = TAKEN_AT
        metadata.get_ifd(ExifTags.IFD.GPSInfo).update(_position(*place))
    return metadata


def _position(latitude: float, longitude: float) -> dict[int, object]:
    return {
        ExifTags.GPS.GPSLatitudeRef: "N" if latitude >= 0 else "S",
        ExifTags.GPS.GPSLatitude: _degrees(abs(latitude)),
        ExifTags.GPS.GPSLongitudeRef: "E" if longitude >= 0 else "W",
        ExifTags.GPS.GPSLongitude: _degrees(abs(longitude)),
    }


def _degrees(value: float) -> tuple[float, float, float]:
    """Degrees, minutes, seconds, as EXIF writes a coordinate."""
    minutes, seconds = divmod(value * 3600, 60)
    degrees, minutes = divmod(minutes, 60)
    return degrees, minutes, round(seconds, 4)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
