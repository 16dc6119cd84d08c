"""The pictures are what they claim to be."""

from __future__ import annotations

import io
from typing import Literal

import pytest
from PIL import ExifTags, Image, ImageOps

from tests.kit.pictures import make_bomb, make_heic, make_photo, make_png, make_text_named_jpg, make_truncated


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_turned_photo_is_upright_for_who_respects_it(orientation: Literal[1, 3, 6, 8]) -> None:
    turned = opened(make_photo("haut", size=(800, 600), orientation=orientation))
    assert turned.getexif().get(ExifTags.Base.Orientation, 1) == orientation
    upright = ImageOps.exif_transpose(turned)
    assert upright.size == (800, 600)
    assert upright.convert("L").tobytes()[0] > 240


@pytest.mark.parametrize("make", [make_photo, make_heic])
def test_a_photo_carries_the_place_where_it_was_taken(make: type) -> None:
    position = opened(make("ici", size=(640, 480), place=(48.8397, -2.25))).getexif().get_ifd(ExifTags.IFD.GPSInfo)
    degrees, minutes, seconds = position[ExifTags.GPS.GPSLatitude]
    assert round(float(degrees) + float(minutes) / 60 + float(seconds) / 3600, 4) == 48.8397
    assert position[ExifTags.GPS.GPSLongitudeRef] == "W"


def test_the_formats_are_real() -> None:
    assert opened(make_photo()).format == "JPEG"
    assert opened(make_png()).format == "PNG"
    assert opened(make_heic()).format == "HEIF"


def test_a_photo_without_a_place_has_no_metadata() -> None:
    assert dict(opened(make_photo()).getexif()) == {}


def test_a_bomb_is_small_and_explodes() -> None:
    bomb = make_bomb()
    assert len(bomb) < 200_000
    with pytest.raises(Image.DecompressionBombError, match="900000000 pixels"):
        opened(bomb)


def test_half_a_photo_opens_and_can_not_be_read() -> None:
    half = opened(make_truncated())
    assert half.size == (640, 480)
    with pytest.raises(OSError, match="truncated"):
        half.load()


def test_a_text_is_no_photo_whatever_its_name() -> None:
    content, name = make_text_named_jpg()
    assert name.endswith(".jpg")
    with pytest.raises(OSError, match="cannot identify"):
        opened(content)
