"""Measures the whole report conversation on every side, in alternating rounds, and prints one Markdown table.

    python -m benchmarks.report_conversation --rounds 5 --seconds 8

A side is a new process in every round. It shares the machine with the load generator, which is this process.
"""

import argparse
import asyncio
import os
import platform
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from itertools import count

import uvloop

from benchmarks.figures import Figures, table
from benchmarks.load import check_filed, played
from benchmarks.places import spread_places
from benchmarks.processes import running
from benchmarks.scripts import Place, Script
from benchmarks.sides import SIDES, Side
from benchmarks.updates import Resident

LEGEND = """
A conversation is seven updates on a chat of its own: /signaler, a photo, a place, four taps (family,
category, no more words, send). They are posted over {connections} keep-alive connections, the next update of
a chat once the one before is answered. A latency is that of one update, its wait in the queue included.
Figures are medians of the rounds ({rounds}, of {seconds:g} s each after {warm_up:g} s of warm-up), with
[least..most]; a ratio is taken inside a round. No side downloads the photo, no letter crosses a network. CPU
and memory are of the side's own process. Here: {machine}.
"""


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The report conversation, ours beside the field's.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=8.0, help="measured, for each side and round")
    parser.add_argument("--warm-up", type=float, default=1.5, help="seconds before that, not measured")
    parser.add_argument("--connections", type=int, default=32, help="updates in flight")
    parser.add_argument("--sides", nargs="+", choices=[side.name for side in SIDES], help="all, unless named")
    return parser.parse_args(given)


def measured(side: Side, options: argparse.Namespace, places: Sequence[Place]) -> Figures:
    """One side in one round. Raises `RunFailed` when what it did is not what was asked of it."""
    date, updates = int(time.time()), count(1)

    def script(number: int) -> Script:
        return side.script(Resident(number, date, updates), places[number % len(places)])

    with running(side.command) as process:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            figures = runner.run(
                played(process.port, process.pid, script, options.connections, options.warm_up, options.seconds)
            )
        check_filed(process.port, figures.conversations)
    return figures


def in_rounds(sides: Sequence[Side], options: argparse.Namespace) -> list[dict[str, Figures]]:
    """Every second round goes the other way, so that a machine that tires favours nobody."""
    places = spread_places(20_000)
    rounds: list[dict[str, Figures]] = []
    for number in range(options.rounds):
        found: dict[str, Figures] = {}
        for side in sides if number % 2 == 0 else reversed(sides):
            found[side.name] = measured(side, options, places)
            rate = found[side.name].updates_per_second
            print(f"round {number + 1}: {side.name}: {rate:.0f} updates/s", file=sys.stderr, flush=True)
        rounds.append({side.name: found[side.name] for side in sides})
    return rounds


def machine() -> str:
    """What the figures depend on, so that a table copied elsewhere still says it."""
    names = ("python-telegram-bot", "aiogram", "starlette", "uvicorn", "uvloop")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores, {platform.system()}, Python {platform.python_version()}, {versions}"


def main() -> None:
    options = arguments()
    sides = [side for side in SIDES if options.sides is None or side.name in options.sides]
    rounds = in_rounds(sides, options)
    print(table(rounds, sides[0].name))
    print(LEGEND.format(machine=machine(), **vars(options)))
    for side in sides:
        print(f"- **{side.name}**: {side.legend}")


if __name__ == "__main__":
    main()
