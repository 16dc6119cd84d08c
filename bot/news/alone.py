"""The process in which one feed is read: `python -m bot.news.alone`, started and ended by bot.news.apart.

It gets the feed on its standard input, says what it read on the other, holds no database, no token and no connection,
and may neither work nor grow without end, even when whoever started it was killed meanwhile.
"""

from __future__ import annotations

import sys
from contextlib import suppress

import msgspec

from bot.news.entries import FeedTrouble, read_feed

REFUSED = 3
"""Exit code: what is said is a sentence for the operator."""

MOST_MEMORY = 512 * 1024**2
"""Bytes of address space; a feed of 2 MB takes some 50 MB, Python included."""

MOST_WORK = 20
"""Seconds of processor, should nobody be there any more to end it."""


class Job(msgspec.Struct):
    raw: bytes
    content_type: str
    address: str


def main() -> int:
    bound()
    job = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Job)
    try:
        said = msgspec.msgpack.encode(read_feed(job.raw, content_type=job.content_type, address=job.address))
    except FeedTrouble as trouble:
        sys.stdout.buffer.write(str(trouble).encode())
        return REFUSED
    sys.stdout.buffer.write(said)
    return 0


def bound() -> None:
    """Where the system knows such bounds, and lets them be set: macOS refuses that of memory."""
    try:
        import resource
    except ImportError:
        return
    bounds = ((resource.RLIMIT_AS, MOST_MEMORY), (resource.RLIMIT_CPU, MOST_WORK), (resource.RLIMIT_CORE, 0))
    for what, most in bounds:
        _soft, hard = resource.getrlimit(what)
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


if __name__ == "__main__":
    sys.exit(main())
