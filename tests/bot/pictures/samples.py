"""Small pictures of every kind a phone may send, made here: no photo of anybody is kept with the tests."""

from io import BytesIO
from typing import Any
from zlib import crc32

import pillow_heif
from PIL import ExifTags, Image, ImageCms

pillow_heif.register_heif_opener()

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 170, 60), (30, 60, 210), (255, 255, 255)

EVERY_FORMAT = ("JPEG", "PNG", "WEBP", "GIF", "HEIF")


def stored(image: Image.Image, image_format: str, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, image_format, **options)
    return file.getvalue()


def corners(width: int = 96, height: int = 64) -> Image.Image:
    """Red at the top left, green at the top right, blue at the bottom left, white at the bottom right."""
    image = Image.new("RGB", (width, height), WHITE)
    image.paste(RED, (0, 0, width // 2, height // 2))
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (0, height // 2, width // 2, height))
    return image


def noise(width: int = 64, height: int = 48) -> Image.Image:
    """Something that does not compress, so that a cut file is really missing something."""
    return Image.merge("RGB", [Image.effect_noise((width, height), 90) for _ in range(3)])


def telling_exif(orientation: int = 1) -> Image.Exif:
    """What a phone writes: who made it, when, and where to the metre."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "SECRET-PHONE"
    exif[ExifTags.Base.DateTime] = "2026:11:20 08:15:00"
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef] = "N"
    place[ExifTags.GPS.GPSLatitude] = (12.0, 34.0, 56.0)
    return exif


def telling(image_format: str) -> bytes:
    """A picture with all the metadata its format can carry, each one with the word SECRET in it."""
    options: dict[str, Any] = {
        "exif": telling_exif(),
        "xmp": b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>SECRET</x:xmpmeta>",
        "icc_profile": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        "comment": b"SECRET comment",
    }
    carried = {"JPEG": options, "GIF": {"comment": options["comment"]}}
    without_comment = {name: value for name, value in options.items() if name != "comment"}
    return stored(corners(), image_format, **carried.get(image_format, without_comment))


def held(orientation: int) -> bytes:
    """`corners` as a phone held another way stores it: turned, with a note that says how to turn it back."""
    turned_by = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = corners()
    if orientation in turned_by:
        image = image.transpose(turned_by[orientation])
    return stored(image, "JPEG", quality=95, subsampling=0, exif=telling_exif(orientation))


def announcing(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header promises `width` x `height` pixels."""
    raw = bytearray(stored(Image.new("L", (1, 1)), "PNG"))
    header = raw[12:16] + width.to_bytes(4) + height.to_bytes(4) + raw[24:29]
    raw[12:29] = header
    raw[29:33] = crc32(header).to_bytes(4)
    return bytes(raw)
