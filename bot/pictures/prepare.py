"""From whatever a phone sends to a JPEG that is safe to store and to show.

The picture is drawn afresh on a blank canvas, so nothing that travelled with it (where it was taken, the
phone, comments, a hidden thumbnail) can follow.

All of it is CPU work, to be run in a thread. Measured on one core: 0.3 s and 90 MB of memory for the JPEG of
a phone, 12 or 48 million pixels; 1.2 s and 430 MB for the heaviest case, a PNG of 48 million with a palette.
"""

import struct
import warnings
from io import BytesIO
from math import ceil
from typing import Final

from PIL import ExifTags, Image, ImageCms
from pillow_heif import register_heif_opener

from bot.pictures.model import NotAPicture

HEAVIEST: Final = 20 * 1024 * 1024
"""Bytes accepted: the most a bot may download from Telegram (Bot API, getFile)."""

MOST_PIXELS: Final = 50_000_000
"""Pixels accepted, read from the header before anything is decoded; the 48 Mpx of a recent phone pass."""

LONGEST_SIDE: Final = 2048
"""Pixels of the longer side once stored: a house number on the other side of the street stays legible."""

QUALITY: Final = 85

# AVIF shares this container but has its own brands; it is refused, phones do not take photos in it.
HEIC_BRANDS: Final = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"))

# What Pillow and libheif raise when a file lies or stops short. The first five were seen while feeding them
# 180,000 mutilated files; the others are those that `Image.open` itself expects of Pillow's decoders.
DECODING_ERRORS: Final = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    RuntimeError,
    IndexError,
    TypeError,
    struct.error,
)

UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# The thumbnail inside a HEIC may show another crop than the photo: it must never stand in for it.
register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)

# For the whole process, because `warnings.catch_warnings` is not safe with threads. `MOST_PIXELS` stays the
# rule; this stops a format whose true size only shows while it is decoded.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


def prepare(raw: bytes) -> bytes:
    """An upright RGB JPEG without any metadata, at most `LONGEST_SIDE` pixels long; raises `NotAPicture`.

    JPEG, PNG, WebP, GIF (its first image) and HEIC are read. Transparency becomes white, as on paper. The
    wide colours of recent iPhones are brought to sRGB: without their profile they would look faded.
    """
    if not raw:
        raise NotAPicture("empty")
    if len(raw) > HEAVIEST:
        raise NotAPicture("too_heavy")
    return drawn_afresh(decoded(raw, recognised(raw), LONGEST_SIDE), LONGEST_SIDE)


def smaller(jpeg: bytes, longest: int) -> bytes:
    """What `prepare` returned, at most `longest` pixels on its longer side; a picture never grows."""
    return drawn_afresh(decoded(jpeg, "JPEG", longest), longest)


def recognised(raw: bytes) -> str:
    """The format by the first bytes, whatever the name says: no other decoder is ever woken up."""
    if raw.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if raw.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if raw.startswith(b"RIFF") and raw[8:12] == b"WEBP":
        return "WEBP"
    if raw.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if raw[4:8] == b"ftyp" and raw[8:12] in HEIC_BRANDS:
        return "HEIF"
    raise NotAPicture("not_an_image")


def decoded(raw: bytes, image_format: str, longest: int) -> Image.Image:
    """The pixels, once the header has shown that there are not too many of them.

    A JPEG much larger than needed is decoded at a half, a quarter or an eighth, never below `longest`.
    """
    try:
        image = Image.open(BytesIO(raw), formats=[image_format])
        if image.width * image.height > MOST_PIXELS:
            raise NotAPicture("too_many_pixels")
        scale = min(1.0, longest / max(image.size))
        image.draft(None, (ceil(image.width * scale), ceil(image.height * scale)))
        image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NotAPicture("too_many_pixels") from error
    except DECODING_ERRORS as error:
        raise NotAPicture("damaged") from error
    return image


def drawn_afresh(image: Image.Image, longest: int) -> bytes:
    """A JPEG that shares nothing with `image` but what the eye sees. Shrinking first makes the rest cheap."""
    turn = UPRIGHT.get(orientation(image))
    profile = image.info.get("icc_profile")
    image = with_plain_channels(image)
    image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    image = in_plain_colours(on_white(image), profile)
    canvas = Image.new("RGB", image.size)
    canvas.paste(image.convert("RGB"))
    if turn is not None:
        canvas = canvas.transpose(turn)
    stored = BytesIO()
    canvas.save(stored, "JPEG", quality=QUALITY, optimize=True)
    return stored.getvalue()


def orientation(image: Image.Image) -> int:
    """How the phone was held (EXIF 1 to 8). When that note is damaged the photo counts as upright."""
    try:
        held = image.getexif().get(ExifTags.Base.Orientation, 1)
    except DECODING_ERRORS:
        return 1
    return held if isinstance(held, int) else 1


def with_plain_channels(image: Image.Image) -> Image.Image:
    """Palettes, single bits and 16-bit greys cannot be shrunk smoothly: RGBA, RGB or L can."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def on_white(image: Image.Image) -> Image.Image:
    """What is transparent becomes white; a picture without transparency is returned as it is."""
    if image.mode != "RGBA":
        return image
    paper = Image.new("RGB", image.size, "white")
    paper.paste(image, mask=image.getchannel("A"))
    return paper


def in_plain_colours(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The colours as the profile means them, in sRGB; a profile that does not fit the image is left out."""
    if not profile:
        return image
    try:
        meant = ImageCms.ImageCmsProfile(BytesIO(profile))
        plain = ImageCms.profileToProfile(image, meant, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, *DECODING_ERRORS):
        return image
    return plain if plain is not None else image
