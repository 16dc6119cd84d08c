"""Measures the whole report conversation on every side, in alternating rounds, and prints a Markdown table for each
way of sending letters: `built` stops them where the HTTP client would take over, with `http` they cross to a Bot API
stand-in.

    python -m benchmarks.report_conversation --rounds 5 --seconds 6
    python -m benchmarks.report_conversation --letters built --sides python-telegram-bot parvis-sqlite

A side is a new process in every round. It shares the machine with the load generator, which is this process.
"""

import argparse
import asyncio
import os
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from itertools import count

import uvloop

from benchmarks.figures import Figures, table
from benchmarks.load import check_filed, number_at, played
from benchmarks.places import spread_places
from benchmarks.processes import running, usage
from benchmarks.scripts import Place, Script
from benchmarks.sides import SIDES, Side
from benchmarks.updates import Resident

HEADINGS = {
    "built": "Letters are built, handed to the HTTP client and no further; a ready answer is parsed",
    "http": "Letters cross HTTP to a Bot API stand-in, each side with the HTTP client it comes with",
}

LEGEND = """
A conversation is six updates on a chat of its own: /signaler, a photo, a place, three taps (family,
category, send); a word more is for those who want to add one.
They are posted over {connections} keep-alive connections, the next update of
a chat once the one before is answered. A latency is that of one update, its wait in the queue included.
Figures are medians of the rounds ({rounds}, of {seconds:g} s each after {warm_up:g} s of warm-up), with
[least..most]; a ratio is taken inside a round. No side downloads the photo. An update is answered once its letter has
been built and handed over, or has been answered by the stand-in. CPU and memory are of the side's own process. The
stand-in is a process of its own that parses next to nothing and answers at once: no side waits for it; it shares the
machine. Here: {machine}.
"""


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The report conversation, ours beside the field's.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6.0, help="measured, for each side and round")
    parser.add_argument("--warm-up", type=float, default=1.5, help="seconds before that, not measured")
    parser.add_argument("--connections", type=int, default=32, help="updates in flight")
    parser.add_argument(
        "--letters", nargs="+", choices=list(HEADINGS), default=list(HEADINGS), help="both, unless named"
    )
    parser.add_argument("--sides", nargs="+", choices=[side.name for side in SIDES], help="all, unless named")
    return parser.parse_args(given)


def measured(side: Side, letters: str, options: argparse.Namespace, places: Sequence[Place]) -> Figures:
    """One side in one round, with a stand-in of its own."""
    if letters == "built":
        return played_on(side, side.command, options, places)
    with running(("-m", "benchmarks.stand_in")) as telegram:
        api = f"http://127.0.0.1:{telegram.port}"
        figures = played_on(side, (*side.command, "--api", api), options, places)
        calls = number_at(f"{api}/calls")
        spent = usage(telegram.pid).cpu
    return replace(figures, calls=calls / figures.conversations, call_cpu=spent / calls * 1e6)


def played_on(side: Side, command: Sequence[str], options: argparse.Namespace, places: Sequence[Place]) -> Figures:
    """Raises `RunFailed` when what the side did is not what was asked of it."""
    date, updates = int(time.time()), count(1)

    def script(number: int) -> Script:
        return side.script(Resident(number, date, updates), places[number % len(places)])

    with running(command) as process:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            figures = runner.run(
                played(process.port, process.pid, script, options.connections, options.warm_up, options.seconds)
            )
        check_filed(process.port, figures.conversations)
    return figures


def in_rounds(sides: Sequence[Side], options: argparse.Namespace) -> dict[str, list[dict[str, Figures]]]:
    """For each way of sending letters, its rounds. Every second round goes the other way, so that a machine that tires
    favours nobody."""
    places = spread_places(20_000)
    rounds: dict[str, list[dict[str, Figures]]] = {letters: [] for letters in options.letters}
    for number in range(options.rounds):
        for letters in options.letters:
            found: dict[str, Figures] = {}
            for side in sides if number % 2 == 0 else reversed(sides):
                found[side.name] = measured(side, letters, options, places)
                rate = found[side.name].updates_per_second
                told = f"round {number + 1}: letters {letters}: {side.name}: {rate:.0f} updates/s"
                print(told, file=sys.stderr, flush=True)
            rounds[letters].append({side.name: found[side.name] for side in sides})
    return rounds


def machine() -> str:
    """What the figures depend on, so that a table copied elsewhere still says it."""
    names = ("python-telegram-bot", "httpx", "aiogram", "aiohttp", "starlette", "uvicorn", "uvloop")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores, {platform.system()}, Python {platform.python_version()}, {versions}"


def main() -> None:
    options = arguments()
    sides = [side for side in SIDES if options.sides is None or side.name in options.sides]
    rounds = in_rounds(sides, options)
    for letters, found in rounds.items():
        print(f"{HEADINGS[letters]}:\n\n{table(found, sides[0].name)}\n")
    print(LEGEND.format(machine=machine(), **vars(options)))
    for side in sides:
        print(f"- **{side.name}**: {side.legend}")


if __name__ == "__main__":
    main()
