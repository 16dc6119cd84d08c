"""The words for photos: one that is kept, and the reasons another one is refused."""

from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

Refusal: TypeAlias = Literal["empty", "too_heavy", "not_an_image", "too_many_pixels", "damaged"]


class Picture(msgspec.Struct, frozen=True):
    """A photo as it is kept, not as it was sent.

    `key` is the SHA-256 of the stored JPEG in lower-case hexadecimal; `width` and `height` are in pixels,
    `size` in bytes.
    """

    key: str
    width: int
    height: int
    size: int


class NotAPicture(Exception):
    """What somebody sent cannot become a photo; the conversation that asked finds the words for `reason`."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason)
        self.reason: Refusal = reason


class PicturesUnwritable(Exception):
    """The folder of the photos refuses to be written to: the operator has to act, the resident cannot."""

    def __init__(self, folder: Path, cause: OSError) -> None:
        reason = cause.strerror or str(cause)
        super().__init__(
            f"Photos cannot be kept in {folder}: {reason}. "
            "Check that it is a folder, that the bot may write there and that the disk has room."
        )
        self.folder = folder
