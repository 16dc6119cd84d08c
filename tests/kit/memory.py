"""Where the tests keep their files: in memory, where there is some.

Every turn is a commit that waits until the disk has it: two milliseconds and more, tens of thousands of times. No test
is about a machine that loses its power, and a process that is killed loses nothing it has written, here or on a disk.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

SHARED = Path("/dev/shm")
ROOM = 1 << 30
"""Bytes that must be free; a run takes a tenth of it. Containers often have 64 MB there, which is too little."""


def folder() -> Path:
    """/dev/shm, or where temporary files are kept otherwise."""
    if SHARED.is_dir() and os.access(SHARED, os.W_OK | os.X_OK) and shutil.disk_usage(SHARED).free >= ROOM:
        return SHARED
    return Path(tempfile.gettempdir())


def use() -> None:
    """Before pytest makes its first folder; what PYTEST_DEBUG_TEMPROOT names already is respected."""
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(folder()))
