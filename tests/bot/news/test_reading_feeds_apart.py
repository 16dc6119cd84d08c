"""A feed that was made to keep a parser busy keeps nobody waiting but itself."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from bot.news.apart import read_apart
from bot.news.entries import HEAVIEST, FeedTrouble

HELD = 0.5
"""Seconds during which nobody would get an answer. What is measured is the processor time of this whole process, which
is never less than how long its event loop was held by work, and does not depend on how busy the machine is."""

HEAD = "<rss version='2.0'><channel><title>x</title><item><title>t</title><description>"
TAIL = "</description></item></channel></rss>"


def filled(unit: str, *, quoted: bool = True) -> bytes:
    """A feed as heavy as one may be, of the same few signs over and over."""
    before, after = (HEAD + "<![CDATA[", "]]>" + TAIL) if quoted else (HEAD, TAIL)
    return (before + unit * ((HEAVIEST - len(before + after)) // len(unit)) + after).encode()


HOSTILE = {
    "comments": filled("<!--"),
    "brackets": filled("<"),
    "anchors": filled("<a "),
    "instructions": filled("<?"),
    "boxes in boxes": filled("<div>"),
    "raw comments": filled("<!--", quoted=False),
    "raw brackets": filled("<", quoted=False),
}


async def turns_while(reading: asyncio.Task[object]) -> int:
    """How often the event loop came round while a feed was being read."""
    turns = 0
    while not reading.done():
        await asyncio.sleep(0)
        turns += 1
    return turns


async def outcome(raw: bytes, patience: float) -> str:
    try:
        return f"{len((await read_apart(raw, patience=patience)).entries)} read"
    except FeedTrouble as trouble:
        return str(trouble)


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=list(HOSTILE))
async def test_whatever_a_feed_holds_the_event_loop_is_not_held(raw: bytes) -> None:
    spent = time.process_time()
    said = await outcome(raw, 2)
    assert time.process_time() - spent < HELD
    assert said in ("1 read", "Reading the feed took more than 2 seconds: it was given up.")


async def test_a_feed_that_hangs_the_parser_is_given_up_while_others_go_on() -> None:
    reading = asyncio.create_task(outcome(HOSTILE["raw brackets"], 0.2))
    turns = await turns_while(reading)
    assert reading.result() == "Reading the feed took more than 0.2 seconds: it was given up."
    assert turns > 100, "the event loop went round all along"


async def test_when_parvis_stops_its_reader_stops(tmp_path: Path) -> None:
    begun, number = tmp_path / "begun", tmp_path / "number"
    tells = f"import os\nopen({str(begun)!r}, 'w').write(str(os.getpid()))\nos.rename({str(begun)!r}, {str(number)!r})"
    hang = (sys.executable, "-c", tells + "\nwhile True: pass")
    reading = asyncio.create_task(read_apart(b"", reader=hang))
    while not number.exists():
        await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    with pytest.raises(ProcessLookupError):
        os.kill(int(number.read_text()), 0)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the bound of memory may not hold")
async def test_a_feed_that_would_take_all_memory_is_refused() -> None:
    greedy = "from bot.news import alone; alone.MOST_MEMORY = 2**28; alone.bound(); bytearray(2**30)"
    with pytest.raises(FeedTrouble, match="MemoryError"):
        await read_apart(b"", reader=(sys.executable, "-c", greedy))


async def test_a_reader_that_dies_is_a_trouble_with_that_feed() -> None:
    with pytest.raises(FeedTrouble, match=r"cannot be read \(its process ended with -9\)"):
        await read_apart(b"", reader=(sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"))


async def test_the_reader_has_neither_token_nor_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARVIS_TELEGRAM_TOKEN", "1:secret")
    tells = "import os, sys; sys.exit(' '.join(sorted(name for name in os.environ if name.startswith('PARVIS'))) + '.')"
    with pytest.raises(FeedTrouble, match=r"cannot be read \(\.\)"):
        await read_apart(b"", reader=(sys.executable, "-c", tells))


async def test_the_reader_knows_nothing_of_databases() -> None:
    tells = "import sys, bot.news.alone; sys.exit(' '.join({'sqlalchemy', 'aiohttp'} & {*sys.modules}) + '.')"
    with pytest.raises(FeedTrouble, match=r"cannot be read \(\.\)"):
        await read_apart(b"", reader=(sys.executable, "-c", tells))


async def test_what_is_no_feed_is_said_in_the_same_sentence_as_ever() -> None:
    with pytest.raises(FeedTrouble, match="neither RSS nor Atom"):
        await read_apart(b"<html><body><h1>Accueil</h1></body></html>")


async def test_an_honest_feed_is_read_whole() -> None:
    read = await read_apart((HEAD + "Des mots" + TAIL).encode(), address="https://valombre.example/rss")
    assert [(entry.title, entry.words) for entry in read.entries] == [("t", "Des mots")]
