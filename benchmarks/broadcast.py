"""A broadcast to a whole town, and what becomes of replies meanwhile.

    python -m benchmarks.broadcast            # about eight minutes
    python -m benchmarks.broadcast --residents 20000 --slice 20 --growth 200000

The platform is `benchmarks.platform_light`, in another process, with 50 ms of latency. Everything else is the bot as it
is served, on SQLite. Replies are measured twice at the paid pace: with the database on the disk, and in memory
(`--memory`), where the stalls of a disk that others share do not decide.
"""

import argparse
import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from benchmarks.broadcast_side import FIRST_CHAT, TOKEN, WORDS, News, settle_residents
from benchmarks.figures import percentile
from benchmarks.processes import ready_port, running
from bot.delivery import broadcasts, spreading
from bot.delivery.model import Lane
from bot.start import utc_now
from bot.storage.database import open_database
from bot.storage.migrate import migrate
from bot.storage.work import Desk
from tests.kit import postgres
from tests.kit.broadcasts import KIND

LATENCY = 0.05
TURNS = 6
"""Of replies without and with a broadcast."""


class Wait(NamedTuple):
    """Milliseconds from what somebody says until Telegram has the reply, and until its latency is over."""

    ours: float
    whole: float


class Platform:
    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"

    def ask(self, what: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.address}/sim/{what}") as answer:
            found: dict[str, Any] = json.load(answer)
            return found


class OurBot:
    """The process of `benchmarks.broadcast_side`."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        self._process = process
        self.address = f"http://127.0.0.1:{port}"

    def do(self, what: str) -> dict[str, Any]:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": what}) + "\n")
        self._process.stdin.flush()
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found

    def until(self, true: Callable[[dict[str, Any]], bool], every: float = 0.5) -> dict[str, Any]:
        while not true(figures := self.do("figures")):
            time.sleep(every)
        return figures


@contextlib.contextmanager
def town(
    limit: int, *, bulk: int = 0, residents: int, postgres_: bool = False, folder: str = ""
) -> Iterator[tuple[Platform, OurBot]]:
    with running(["-m", "benchmarks.platform_light", "--limit", str(limit), "--latency", str(LATENCY)]) as light:
        platform = Platform(light.port)
        command = [sys.executable, "-m", "benchmarks.broadcast_side", "--api", platform.address, "--rate", str(limit)]
        command += ["--bulk", str(bulk), "--residents", str(residents), *(["--postgres"] if postgres_ else [])]
        command += ["--folder", folder] if folder else []
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            yield platform, OurBot(process, ready_port(process))
            assert process.stdin is not None
            process.stdin.close()
            process.wait(30)


def paced(name: str, limit: int, bulk: int, residents: int, seconds: float, postgres_: bool) -> list[str]:
    """A broadcast in full, or for so many seconds: how much of the pace it reaches."""
    with town(limit, bulk=bulk, residents=residents, postgres_=postgres_) as (platform, bot):
        before = bot.do("usage")
        platform.ask("forget")
        bot.do("plan")
        if seconds:
            while not platform.ask("seen")["first"]:
                time.sleep(0.05)
            time.sleep(1.0)  # the first second has the credit of those before it
            began, at = platform.ask("seen")["counted"], time.time()
            time.sleep(seconds)
            rate = (platform.ask("seen")["counted"] - began) / (time.time() - at)
            seen = platform.ask("seen")
        else:
            bot.until(lambda figures: figures["ended"])
            seen = platform.ask("seen")
            rate = seen["counted"] / (seen["last"] - seen["first"])
        after = bot.do("usage")
    share = rate / (bulk or limit * 25 // 30)
    cpu = (after["cpu"] - before["cpu"]) / seen["counted"] * 1e6
    memory = after["memory"] - before["memory"]
    most, grown = f"{seen['most']} of {limit}", f"{memory:+.1f} ({before['memory']:.0f})"
    return [name, f"{seen['counted']}", f"{rate:.2f}", f"{share:.1%}", f"{seen['refused']}", most, grown, f"{cpu:.0f}"]


def replies(limit: int, rate: float, seconds: float, residents: int, folder: str = "") -> tuple[list[Wait], list[Wait]]:
    """How long replies take, without and with a broadcast."""
    with town(limit, residents=residents, folder=folder) as (platform, bot):

        def measure(first: int, seconds: float) -> list[Wait]:
            found = platform.ask(f"replies?rate={rate}&seconds={seconds}&first={first}&webhook={bot.address}")
            assert len(found["waits"]) == found["asked"], (len(found["waits"]), found["asked"])
            return [Wait(1000 * counted, 1000 * answered) for counted, answered in found["waits"]]

        measure(1_000_000, 3)
        bot.do("plan")
        bot.until(lambda figures: figures["spread"])
        quiet: list[Wait] = []
        busy: list[Wait] = []
        for turn in range(TURNS):  # in turns, for a machine is not as quick at all times
            bot.do("pause")
            time.sleep(1)
            quiet += measure((2 + 2 * turn) * 1_000_000, seconds / TURNS)
            bot.do("resume")
            time.sleep(1)
            busy += measure((3 + 2 * turn) * 1_000_000, seconds / TURNS)
        assert not bot.do("figures")["ended"], "the broadcast was over before the replies: give it more residents"
    return quiet, busy


def _p99s(waits: list[Wait]) -> Wait:
    return Wait(*(percentile(list(part), 0.99) for part in zip(*waits, strict=True)))


def stopped(residents: int) -> dict[str, float]:
    """How long a stop takes, with all these letters queued."""
    with town(30, residents=residents) as (platform, bot):
        bot.do("plan")
        bot.until(lambda figures: figures["spread"])
        time.sleep(2)
        queued = bot.do("figures")["queued"]
        stop = bot.do("stop")
        figures = bot.until(lambda figures: figures["ended"], 0.02)
        cancelled = time.time() - stop["at"]
        time.sleep(0.5)
        last = platform.ask("seen")["last"]
        assert figures["queued"] == 0
    return {"queued": queued, "took": stop["took"], "last": max(0.0, last - stop["at"]), "cancelled": cancelled}


async def plain(address: str, count: int) -> float:
    """µs of processor time a letter, of aiogram's own `send_message` in a loop, 50 under way."""
    session = AiohttpSession(limit=64, api=TelegramAPIServer.from_base(address))
    bot = Bot(TOKEN, session=session)
    chats = iter(range(FIRST_CHAT, FIRST_CHAT + count))
    rows = [[InlineKeyboardButton(text="Moins de ce sujet", callback_data="n.less.AC-1"),
             InlineKeyboardButton(text="Stop", callback_data="n.stop.AC-1")]]  # fmt: skip

    async def work() -> None:
        for chat in chats:
            keyboard = InlineKeyboardMarkup(inline_keyboard=rows)
            await bot.send_message(chat, WORDS, parse_mode="HTML", reply_markup=keyboard)

    began = time.process_time()
    await asyncio.gather(*(work() for _ in range(50)))
    used = time.process_time() - began
    await session.close()
    return used / count * 1e6


def spread(database: str, residents: int) -> tuple[float, float]:
    """Seconds to write the letters, and the longest that a chunk kept others waiting, in ms."""
    engine = open_database(database)
    migrate(engine)
    desk = Desk(engine, utc_now)
    kind = News()
    try:
        with desk.work() as work:
            settle_residents(work, residents)
        if engine.dialect.name == "postgresql":
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("ANALYZE")
        with desk.work() as work:
            number = broadcasts.plan(work, kind=KIND, ref="x", lane=Lane.NEWS, starts_at=work.now).id
        written, longest, began = 0, 0.0, time.perf_counter()
        while True:
            at = time.perf_counter()
            with desk.work() as work:
                one = broadcasts.by_id(work, number)
                assert one is not None
                count = spreading.spread(work, one, kind)
            longest = max(longest, time.perf_counter() - at)
            written += count
            if not count:
                break
        assert written == residents
        return time.perf_counter() - began, 1000 * longest
    finally:
        desk.close()


def spreads(residents: int, growth: int) -> list[list[str]]:
    lines = []
    with tempfile.TemporaryDirectory(prefix="parvis-benchmark-") as folder:
        for count in (residents, growth):
            took, longest = spread(f"sqlite:///{Path(folder) / f'{count}.db'}", count)
            lines.append(["SQLite", f"{count}", f"{took:.2f}", f"{1e6 * took / count:.1f}", f"{longest:.0f}"])
    with postgres.a_server(durable=True) as server:
        for count in (residents, growth):
            with postgres.a_database(server) as database:
                took, longest = spread(database, count)
            lines.append(["PostgreSQL", f"{count}", f"{took:.2f}", f"{1e6 * took / count:.1f}", f"{longest:.0f}"])
    return lines


def table(head: str, lines: list[list[str]]) -> None:
    names = head.split("|")
    print("\n| " + " | ".join(name.strip() for name in names) + " |")
    print("|---" * len(names) + "|")
    for line in lines:
        print("| " + " | ".join(line) + " |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--residents", type=int, default=120_000)
    parser.add_argument("--growth", type=int, default=1_000_000, help="residents of the second fan-out")
    parser.add_argument("--slice", type=float, default=60, help="seconds at 30/s, and of replies")
    parser.add_argument("--memory", default="/dev/shm", help="a folder that is no disk")
    parser.add_argument("--only", default="abcd", help="which parts: a pace, b replies, c stop, d fan-out")
    chosen = parser.parse_args()
    if "a" in chosen.only:
        with running(["-m", "benchmarks.platform_light", "--limit", "1000000", "--latency", "0.05"]) as light:
            loop = asyncio.run(plain(f"http://127.0.0.1:{light.port}", 6000))
        lines = [
            paced("1000/s, all for the broadcast", 1000, 1000, chosen.residents, 0, False),
            paced("the same on PostgreSQL", 1000, 1000, chosen.residents // 4, 0, True),
            paced("1000/s, as served: 833 for broadcasts", 1000, 0, chosen.residents // 4, 0, False),
            paced(f"30/s, all for the broadcast, {chosen.slice:.0f} s", 30, 30, 10_000, chosen.slice, False),
            paced(f"30/s, as served: 25 for broadcasts, {chosen.slice:.0f} s", 30, 0, 10_000, chosen.slice, False),
        ]
        table("(a) pace | letters | a second | share reached | 429 | most in a second | memory MiB, growth (before) "
              "| CPU µs/letter", lines)  # fmt: skip
        print(f"\nProcessor time of aiogram’s `Bot.send_message` in a plain loop: {loop:.0f} µs a letter.")
    if "b" in chosen.only:
        lines = []
        # Replies a second. Nobody pays for replies: thirty a second is what there is, whatever the town pays for.
        paces = [("30/s", 30, 4.0, ""), ("1000/s", 1000, 20.0, "")]
        paces += [("1000/s, database in memory", 1000, 20.0, chosen.memory)] if Path(chosen.memory).is_dir() else []
        for name, limit, rate, folder in paces:
            seconds, residents = (chosen.slice / 2, 120_000) if limit > 30 else (chosen.slice, 20_000)
            quiet, busy = replies(limit, rate, seconds, residents, folder)
            alone = _p99s(quiet)
            for of, waits in (("without", quiet), ("with", busy)):
                p99s = _p99s(waits)
                ratios = [
                    f"{with_ / without:.2f}" if of == "with" else "" for with_, without in zip(p99s, alone, strict=True)
                ]
                p50 = percentile([wait.ours for wait in waits], 0.5)
                lines.append([f"{name}, {of} a broadcast", f"{len(waits)}", f"{p50:.1f}", f"{p99s.ours:.1f}", ratios[0],
                              f"{p99s.whole:.1f}", ratios[1]])  # fmt: skip
        table("(b) replies | asked | our part: p50 ms | p99 ms | ratio of p99 | with Telegram’s 50 ms: p99 ms "
              "| ratio of p99", lines)  # fmt: skip
    if "c" in chosen.only:
        found = stopped(100_000)
        table("(c) stop | queued | stopped in ms | last letter after it, ms | all cancelled after, s",
              [["", f"{found['queued']:.0f}", f"{1000 * found['took']:.0f}", f"{1000 * found['last']:.0f}",
                f"{found['cancelled']:.2f}"]])  # fmt: skip
    if "d" in chosen.only:
        table("(d) fan-out | residents | s | µs a letter | longest chunk ms", spreads(chosen.residents, chosen.growth))


if __name__ == "__main__":
    main()
