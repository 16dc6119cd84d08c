"""Prepared photos as files, named after their content: the same photo sent twice is one file."""

import os
import re
import tempfile
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from PIL import Image

from bot.pictures.model import Picture, PicturesUnwritable
from bot.pictures.prepare import LONGEST_SIDE, prepare, smaller

A_KEY = re.compile(r"[0-9a-f]{64}")


class Pictures:
    """A folder of photos; safe to use from several threads and several processes.

    `ab/cd/<key>.jpg` is a photo, `<key>-320.jpg` beside it the same one made smaller. A name in `.part` is
    a write under way, or one that a crash cut short: it belongs to its key when purging and removing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, raw: bytes) -> Picture:
        """CPU work, to be run in a thread. Raises `NotAPicture`, `PicturesUnwritable`.

        When this returns the file is on the disk, name included: a row that mentions it may be committed.
        """
        jpeg = prepare(raw)
        key = sha256(jpeg).hexdigest()
        path = self.path(key)
        if not self._touched(path):
            self._write(path, jpeg)
        width, height = Image.open(BytesIO(jpeg), formats=["JPEG"]).size
        return Picture(key=key, width=width, height=height, size=len(jpeg))

    def path(self, key: str) -> Path:
        """Where this photo is, or would be. Raises `ValueError` unless it is a key."""
        if not A_KEY.fullmatch(key):
            raise ValueError("The key of a photo is 64 lower-case hexadecimal digits.")
        return self.folder / key[:2] / key[2:4] / f"{key}.jpg"

    def read(self, key: str) -> bytes:
        """Raises `FileNotFoundError` for a photo that was never kept, or has been removed."""
        return self.path(key).read_bytes()

    def thumbnail(self, key: str, longest: int = 320) -> Path:
        """The photo at most `longest` pixels long, made the first time. Raises as `read` and `keep` do."""
        if not 1 <= longest <= LONGEST_SIDE:
            raise ValueError(f"A thumbnail is 1 to {LONGEST_SIDE} pixels long.")
        path = self.path(key)
        small = path.with_name(f"{key}-{longest}.jpg")
        if not small.exists():
            self._write(small, smaller(path.read_bytes(), longest))
        return small

    def remove(self, key: str) -> None:
        """Removes the photo and all that was made from it; removing it again does nothing."""
        path = self.path(key)
        for found in path.parent.glob(f"{key}*"):
            found.unlink(missing_ok=True)

    def keys_older_than(self, instant: datetime) -> Iterator[str]:
        """Keys whose every file was written, or kept again, before `instant` (UTC): what a purge may look at.

        Keeping a photo again makes it young again, so that no purge takes a photo that has just been sent.
        """
        if instant.tzinfo is None:
            raise ValueError("The instant needs its time zone, UTC.")
        limit = instant.timestamp()
        for folder in sorted(self.folder.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]")):
            youngest: dict[str, float] = {}
            for key, changed in keys_and_ages(folder):
                youngest[key] = max(changed, youngest.get(key, changed))
            yield from sorted(key for key, changed in youngest.items() if changed < limit)

    def _touched(self, path: Path) -> bool:
        """Makes a kept file young again; False when there is none."""
        try:
            os.utime(path)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise PicturesUnwritable(self.folder, error) from error
        return True

    def _write(self, path: Path, content: bytes) -> None:
        """All or nothing: readers see the whole file or none; once this returns it survives a power cut."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                dir=path.parent, prefix=f"{path.stem}.", suffix=".part", delete=False
            ) as part:
                try:
                    part.write(content)
                    part.flush()
                    os.fsync(part.fileno())
                    Path(part.name).replace(path)
                except OSError:
                    Path(part.name).unlink(missing_ok=True)
                    raise
            for folder in (path.parent, path.parent.parent, self.folder):
                settle(folder)
        except OSError as error:
            raise PicturesUnwritable(self.folder, error) from error


def settle(folder: Path) -> None:
    """A new name is only on the disk once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def keys_and_ages(folder: Path) -> Iterator[tuple[str, float]]:
    """Every file that belongs to a key, and its last change in seconds since 1970; others are left alone."""
    for file in folder.iterdir():
        if key := A_KEY.match(file.name):
            try:
                yield key.group(), file.stat().st_mtime
            except FileNotFoundError:
                continue  # removed, or renamed into place, while we looked
