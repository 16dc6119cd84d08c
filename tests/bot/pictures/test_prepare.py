"""What residents send becomes a JPEG that is safe to show, or is refused with a reason."""

from io import BytesIO

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some
from PIL import Image, ImageCms

from bot.pictures.model import NotAPicture, Refusal
from bot.pictures.prepare import HEAVIEST, LONGEST_SIDE, prepare, smaller
from tests.bot.pictures import samples
from tests.bot.pictures.samples import BLUE, EVERY_FORMAT, GREEN, RED, WHITE, corners, noise, stored

Colour = tuple[int, int, int]


def seen(jpeg: bytes) -> Image.Image:
    image = Image.open(BytesIO(jpeg), formats=["JPEG"])
    image.load()
    return image


def colours_of_corners(image: Image.Image) -> list[Colour]:
    right, bottom = image.width - image.width // 6, image.height - image.height // 6
    left, top = image.width // 6, image.height // 6
    found = [image.getpixel(place) for place in ((left, top), (right, top), (left, bottom), (right, bottom))]
    return [colour for colour in found if isinstance(colour, tuple) and len(colour) == 3]


def assert_close(found: list[Colour], wanted: list[Colour], most: int = 12) -> None:
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert all(abs(a - b) <= most for a, b in zip(one, other, strict=True)), (found, wanted)


def markers(jpeg: bytes) -> list[int]:
    """The second byte of each segment's marker up to the pixels, read by hand rather than through Pillow."""
    found, at = [], 2
    while jpeg[at + 1] != 0xDA:
        assert jpeg[at] == 0xFF
        found.append(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    return found


def refused(raw: bytes) -> Refusal:
    with pytest.raises(NotAPicture) as caught:
        prepare(raw)
    return caught.value.reason


@pytest.mark.parametrize("image_format", EVERY_FORMAT)
def test_a_photo_comes_out_without_any_metadata(image_format: str) -> None:
    raw = samples.telling(image_format)
    assert b"SECRET" in raw, "the sample itself must carry something to lose"
    jpeg = prepare(raw)
    image = seen(jpeg)
    assert b"SECRET" not in jpeg
    assert not dict(image.getexif())
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    only_what_draws = {0xE0, 0xDB, 0xC0, 0xC4}  # JFIF, quantisation, frame, Huffman: no APP1, APP2 or comment
    assert set(markers(jpeg)) == only_what_draws


@pytest.mark.parametrize("image_format", EVERY_FORMAT)
def test_every_format_of_a_phone_shows_the_same_picture(image_format: str) -> None:
    image = seen(prepare(stored(corners(), image_format)))
    assert image.size == (96, 64)
    assert image.mode == "RGB"
    assert_close(colours_of_corners(image), [RED, GREEN, BLUE, WHITE])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_upright_however_the_phone_was_held(orientation: int) -> None:
    image = seen(prepare(samples.held(orientation)))
    assert image.size == (96, 64)
    assert_close(colours_of_corners(image), [RED, GREEN, BLUE, WHITE])


def test_a_heic_photo_taken_upright_is_not_turned_twice() -> None:
    raw = stored(
        corners().transpose(Image.Transpose.ROTATE_90),
        "HEIF",
        exif=samples.telling_exif(6).tobytes(),
        quality=95,
    )
    image = seen(prepare(raw))
    assert image.size == (96, 64)
    assert_close(colours_of_corners(image), [RED, GREEN, BLUE, WHITE])


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
def test_a_photo_whose_exif_is_damaged_is_still_a_photo(image_format: str) -> None:
    """Turned it was, but nothing says so any more: it comes out as it is stored."""
    exif = samples.telling_exif(6).tobytes().replace(b"MM\x00*", b"??\x00*").replace(b"II*\x00", b"??*\x00")
    assert b"??" in exif
    assert seen(prepare(stored(corners(), image_format, exif=exif))).size == (96, 64)


@pytest.mark.parametrize("size", [(5000, 1000), (1000, 5000), (2049, 2049)])
def test_a_large_photo_shrinks_to_the_longest_side(size: tuple[int, int]) -> None:
    image = seen(prepare(stored(Image.new("RGB", size, GREEN), "JPEG")))
    assert max(image.size) == LONGEST_SIDE
    assert abs(image.width / image.height - size[0] / size[1]) < 0.02


def test_a_very_long_strip_keeps_at_least_one_pixel_of_width() -> None:
    assert seen(prepare(stored(Image.new("L", (8000, 1)), "PNG"))).size == (LONGEST_SIDE, 1)


def test_a_single_pixel_is_a_picture() -> None:
    image = seen(prepare(stored(Image.new("RGB", (1, 1), RED), "PNG")))
    assert image.size == (1, 1)


def test_the_colours_of_a_printer_become_those_of_a_screen() -> None:
    image = seen(prepare(stored(corners().convert("CMYK"), "JPEG", quality=95)))
    assert_close(colours_of_corners(image), [RED, GREEN, BLUE, WHITE])


def test_a_transparent_palette_lies_on_white() -> None:
    palette = corners().quantize(8)
    background = palette.getpixel((80, 10))
    image = seen(prepare(stored(palette, "PNG", transparency=background)))
    assert_close(colours_of_corners(image), [RED, WHITE, BLUE, WHITE])


@pytest.mark.parametrize("image_format", ["PNG", "WEBP"])
def test_what_is_half_transparent_lies_on_white(image_format: str) -> None:
    raw = stored(Image.new("RGBA", (32, 32), (0, 0, 0, 128)), image_format, lossless=True)
    assert_close(colours_of_corners(seen(prepare(raw))), [(127, 127, 127)] * 4)


def test_one_transparent_colour_of_a_png_lies_on_white() -> None:
    image = seen(prepare(stored(corners(), "PNG", transparency=GREEN)))
    assert_close(colours_of_corners(image), [RED, WHITE, BLUE, WHITE])


def test_a_grey_picture_of_sixteen_bits_keeps_its_greys() -> None:
    raw = stored(Image.new("I;16", (32, 32), 0x8000), "PNG")
    assert_close(colours_of_corners(seen(prepare(raw))), [(128, 128, 128)] * 4)


def test_a_drawing_in_black_and_white_keeps_them() -> None:
    raw = stored(Image.new("1", (32, 32), 1), "PNG")
    assert_close(colours_of_corners(seen(prepare(raw))), [WHITE] * 4)


def test_of_an_animation_the_first_image_is_kept() -> None:
    frames = [Image.new("RGB", (32, 32), colour) for colour in (RED, GREEN, BLUE)]
    raw = stored(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=40)
    assert_close(colours_of_corners(seen(prepare(raw))), [RED] * 4)


def test_colours_are_read_through_their_profile() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"tXYZ").replace(b"bXYZ", b"rXYZ").replace(b"tXYZ", b"bXYZ")
    raw = stored(Image.new("RGB", (32, 32), (200, 0, 0)), "PNG", icc_profile=swapped)
    red, _green, blue = colours_of_corners(seen(prepare(raw)))[0]
    assert blue > 150 > 60 > red


@pytest.mark.parametrize(
    "profile", [b"not a profile", ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()]
)
def test_a_profile_that_does_not_fit_is_left_out(profile: bytes) -> None:
    image = seen(prepare(stored(corners(), "JPEG", quality=95, icc_profile=profile)))
    assert_close(colours_of_corners(image), [RED, GREEN, BLUE, WHITE])


def test_a_transparent_picture_with_a_profile_lies_on_white_too() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    raw = stored(Image.new("RGBA", (32, 32), (0, 0, 0, 0)), "PNG", icc_profile=profile)
    assert_close(colours_of_corners(seen(prepare(raw))), [WHITE] * 4)


def test_nothing_is_refused_as_empty() -> None:
    assert refused(b"") == "empty"


def test_more_than_twenty_megabytes_are_refused_unread() -> None:
    assert refused(stored(corners(), "JPEG") + b"\x00" * HEAVIEST) == "too_heavy"


@pytest.mark.parametrize(
    "raw", [b"Bonjour, voici la photo.", b"%PDF-1.7", b"<svg xmlns='x'/>", b"MM\x00*", b"\xff\xd8"]
)
def test_a_text_named_like_a_photo_is_not_an_image(raw: bytes) -> None:
    assert refused(raw) == "not_an_image"


def test_a_format_that_phones_do_not_send_is_not_an_image() -> None:
    assert refused(stored(corners(), "TIFF")) == "not_an_image"
    assert refused(stored(corners(), "BMP")) == "not_an_image"


@pytest.mark.parametrize("size", [(8000, 6251), (20_000, 20_000), (1_000_000, 51), (51, 1_000_000)])
def test_a_bomb_is_refused_from_its_header(size: tuple[int, int]) -> None:
    assert refused(samples.announcing(*size)) == "too_many_pixels"


def test_just_under_the_limit_the_header_is_believed_and_the_missing_pixels_noticed() -> None:
    assert refused(samples.announcing(8000, 6250)) == "damaged"


@pytest.mark.parametrize("image_format", EVERY_FORMAT)
@pytest.mark.parametrize("left", [0.3, 0.6, 0.9])
def test_a_photo_cut_short_is_damaged(image_format: str, left: float) -> None:
    raw = stored(noise(), image_format)
    assert refused(raw[: int(len(raw) * left)]) == "damaged"


def test_a_heic_photo_that_lies_about_its_size_is_damaged() -> None:
    raw = bytearray(stored(corners(960, 640), "HEIF"))
    at = raw.index(b"ispe") + 8
    raw[at : at + 8] = (16).to_bytes(4) * 2
    assert refused(bytes(raw)) == "damaged"


def test_a_heic_photo_that_promises_more_bytes_than_it_has_is_damaged() -> None:
    raw = bytearray(stored(noise(), "HEIF"))
    raw[raw.index(b"mdat") + 4] = 0x7F
    assert refused(bytes(raw)) == "damaged"


def test_a_thumbnail_is_as_long_as_asked_and_never_grows() -> None:
    jpeg = prepare(stored(corners(960, 640), "PNG"))
    assert seen(smaller(jpeg, 320)).size == (320, 213)
    assert seen(smaller(jpeg, 4000)).size == (960, 640)
    assert_close(colours_of_corners(seen(smaller(jpeg, 320))), [RED, GREEN, BLUE, WHITE])


def prepared_or_refused(raw: bytes) -> None:
    """Anything but a picture or a refusal fails the test by itself."""
    try:
        jpeg = prepare(raw)
    except NotAPicture:
        return
    image = seen(jpeg)
    assert image.mode == "RGB"
    assert max(image.size) <= LONGEST_SIDE


STARTS = (
    b"",
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"RIFF\x10\x00\x00\x00WEBP",
    b"GIF89a",
    b"\x00\x00\x00\x18ftypheic",
)


@example(b"\xff\xd8\xff", b"")
@given(some.sampled_from(STARTS), some.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_picture_or_a_refusal(start: bytes, rest: bytes) -> None:
    prepared_or_refused(start + rest)


WHOLE = {name: samples.telling(name) for name in EVERY_FORMAT}


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@given(some.sampled_from(EVERY_FORMAT), some.data())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_mutilated_photo_is_a_picture_or_a_refusal(image_format: str, chance: some.DataObject) -> None:
    raw = bytearray(WHOLE[image_format])
    places = some.integers(0, len(raw) - 1)
    for place, byte in chance.draw(some.lists(some.tuples(places, some.integers(0, 255)), max_size=12)):
        raw[place] = byte
    prepared_or_refused(
        bytes(raw[: chance.draw(some.integers(0, len(raw)))]) if chance.draw(some.booleans()) else bytes(raw)
    )
