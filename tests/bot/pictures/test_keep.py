"""Photos on the disk: one file for one content, whole or absent, found only by their key."""

import os
import resource
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot.pictures.keep import Pictures
from bot.pictures.model import NotAPicture, PicturesUnwritable
from tests.bot.pictures import samples
from tests.bot.pictures.samples import corners, stored

PHOTO = stored(corners(960, 640), "JPEG")
ANOTHER = stored(samples.noise(), "PNG")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FORGED = [
    "",
    "..",
    "../../etc/passwd",
    "a" * 63,
    "A" * 64,
    "g" * 64,
    "a" * 64 + "\n",
    "a" * 62 + "/b",
    "ab/" * 21 + "a",
]


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    return Pictures(tmp_path / "pictures")


def files(pictures: Pictures) -> list[str]:
    return sorted(file.name for file in pictures.folder.rglob("*") if file.is_file())


def dated(path: Path, instant: datetime) -> None:
    os.utime(path, (instant.timestamp(), instant.timestamp()))


def test_a_photo_is_described_as_it_is_kept(pictures: Pictures) -> None:
    picture = pictures.keep(PHOTO)
    content = pictures.read(picture.key)
    assert picture.key == sha256(content).hexdigest()
    assert (picture.width, picture.height, picture.size) == (960, 640, len(content))
    assert pictures.path(picture.key) == pictures.folder / picture.key[:2] / picture.key[2:4] / f"{picture.key}.jpg"


def test_the_same_photo_sent_twice_is_one_file(pictures: Pictures) -> None:
    assert pictures.keep(PHOTO) == pictures.keep(PHOTO)
    assert len(files(pictures)) == 1


def test_the_same_photo_sent_by_eight_people_at_once_is_one_whole_file(pictures: Pictures) -> None:
    with ThreadPoolExecutor(8) as threads:
        kept = set(threads.map(lambda _: pictures.keep(PHOTO), range(16)))
    (picture,) = kept
    assert files(pictures) == [f"{picture.key}.jpg"]
    assert sha256(pictures.read(picture.key)).hexdigest() == picture.key


def test_what_is_not_a_photo_leaves_nothing_behind(pictures: Pictures) -> None:
    with pytest.raises(NotAPicture):
        pictures.keep(b"Bonjour")
    assert not pictures.folder.exists()


@pytest.mark.parametrize("key", FORGED)
def test_a_forged_key_finds_nothing(pictures: Pictures, key: str) -> None:
    for use in (pictures.path, pictures.read, pictures.thumbnail, pictures.remove):
        with pytest.raises(ValueError, match="64 lower-case"):
            use(key)


def test_a_photo_that_was_never_kept_is_not_found(pictures: Pictures) -> None:
    with pytest.raises(FileNotFoundError):
        pictures.read("0" * 64)
    with pytest.raises(FileNotFoundError):
        pictures.thumbnail("0" * 64)


def test_a_thumbnail_is_made_once_and_kept_beside(pictures: Pictures) -> None:
    picture = pictures.keep(PHOTO)
    small = pictures.thumbnail(picture.key)
    dated(small, NOON)
    assert pictures.thumbnail(picture.key) == small
    assert small.stat().st_mtime == NOON.timestamp(), "made again"
    assert small.parent == pictures.path(picture.key).parent
    assert Image.open(BytesIO(small.read_bytes())).size == (320, 213)
    assert pictures.thumbnail(picture.key, 100) != small


@pytest.mark.parametrize("longest", [0, -1, 2049])
def test_a_thumbnail_of_a_foolish_size_is_not_made(pictures: Pictures, longest: int) -> None:
    picture = pictures.keep(PHOTO)
    with pytest.raises(ValueError, match="1 to 2048 pixels"):
        pictures.thumbnail(picture.key, longest)


def test_removing_takes_the_photo_its_thumbnails_and_what_a_crash_left(pictures: Pictures) -> None:
    picture, other = pictures.keep(PHOTO), pictures.keep(ANOTHER)
    pictures.thumbnail(picture.key)
    pictures.path(picture.key).with_name(f"{picture.key}.x1y2.part").write_bytes(b"half")
    pictures.remove(picture.key)
    pictures.remove(picture.key)
    assert files(pictures) == [f"{other.key}.jpg"]


def test_only_keys_older_than_the_instant_are_listed(pictures: Pictures) -> None:
    old, new = pictures.keep(PHOTO), pictures.keep(ANOTHER)
    dated(pictures.path(old.key), NOON - timedelta(seconds=1))
    dated(pictures.path(new.key), NOON)
    assert list(pictures.keys_older_than(NOON)) == [old.key]


def test_a_photo_with_its_thumbnail_is_listed_once(pictures: Pictures) -> None:
    picture = pictures.keep(PHOTO)
    dated(pictures.thumbnail(picture.key), NOON - timedelta(days=2))
    dated(pictures.path(picture.key), NOON - timedelta(days=2))
    assert list(pictures.keys_older_than(NOON)) == [picture.key]


@pytest.mark.parametrize("days", [(3, 1), (1, 3)])
def test_a_photo_is_as_old_as_the_youngest_of_its_files(pictures: Pictures, days: tuple[int, int]) -> None:
    picture = pictures.keep(PHOTO)
    dated(pictures.thumbnail(picture.key), NOON - timedelta(days=days[0]))
    dated(pictures.path(picture.key), NOON - timedelta(days=days[1]))
    assert list(pictures.keys_older_than(NOON - timedelta(days=2))) == []


def test_a_photo_sent_again_is_young_again(pictures: Pictures) -> None:
    picture = pictures.keep(PHOTO)
    long_ago = NOON - timedelta(days=400)
    dated(pictures.path(picture.key), long_ago)
    pictures.keep(PHOTO)
    assert list(pictures.keys_older_than(long_ago + timedelta(days=1))) == []


def test_what_a_crash_left_is_listed_like_a_photo(pictures: Pictures) -> None:
    left = pictures.path("ab" * 32).with_name(f"{'ab' * 32}.x1y2.part")
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    dated(left, NOON - timedelta(days=2))
    assert list(pictures.keys_older_than(NOON)) == ["ab" * 32]


def test_files_that_are_not_ours_are_never_listed(pictures: Pictures) -> None:
    foreign = pictures.folder / "ab" / "cd" / "README.txt"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("hello")
    dated(foreign, NOON - timedelta(days=2))
    assert list(pictures.keys_older_than(NOON)) == []


def test_no_photo_at_all_is_no_key(pictures: Pictures) -> None:
    assert list(pictures.keys_older_than(NOON)) == []


def test_an_instant_without_its_zone_is_refused(pictures: Pictures) -> None:
    with pytest.raises(ValueError, match="time zone"):
        list(pictures.keys_older_than(NOON.replace(tzinfo=None)))


def test_a_folder_that_cannot_be_written_says_so_once_and_clearly(tmp_path: Path) -> None:
    in_the_way = tmp_path / "pictures"
    in_the_way.write_text("a file where the folder should be")
    with pytest.raises(PicturesUnwritable, match=r"Photos cannot be kept in .*pictures: .*the bot may write there"):
        Pictures(in_the_way).keep(PHOTO)


def test_a_disk_that_is_full_leaves_no_half_file(pictures: Pictures) -> None:
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, most))
    try:
        with pytest.raises(PicturesUnwritable, match="Photos cannot be kept"):
            pictures.keep(PHOTO)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))
    assert files(pictures) == []
