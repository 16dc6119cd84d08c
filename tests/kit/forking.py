"""Processes that serve a bot with a broadcast of the tests, made in an instant and killed as quickly.

    python -m tests.kit.forking

Everything is imported once; each line of input, a JSON object of environment variables, makes a process by fork, which
serves and says `ready PID`. A start takes a tenth of what it takes a new interpreter.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.app import App, World
from bot.settings import read_settings
from bot.start import event_loops, keep_for_good, listen
from handlers.telegram.door import TelegramDoor
from handlers.telegram.pace import Pace
from tests.kit.broadcasts import KIND, Everybody

ROOT = Path(__file__).parents[2]
START_WITHIN = 100.0
"""Seconds: the first start imports everything, on a machine that may have other things to do."""

assert TelegramDoor  # imported before the first fork


async def serve(rate: float) -> None:
    """At a pace of the tests, or at the one of the settings."""
    settings = read_settings()
    pace = Pace(rate, None, bulk=rate) if rate else None
    app = App(settings, world=World(kinds={KIND: Everybody()}, pace=pace))
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await app.serve(listen(settings.host, settings.port), stop, lambda: print("ready", os.getpid(), flush=True))


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are buried at once
    keep_for_good()
    for line in sys.stdin:
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            environment: dict[str, str] = json.loads(line)
            os.environ.update(environment)
            logging.basicConfig(level=logging.INFO)
            with asyncio.Runner(loop_factory=event_loops()) as runner:
                runner.run(serve(float(environment.get("RATE", "0"))))
            os._exit(0)


@contextlib.contextmanager
def _watched(pid: int) -> Iterator[int]:
    """A descriptor that can be read once the process has ended: it need not be a child of ours."""
    watched = os.pidfd_open(pid)
    try:
        yield watched
    finally:
        os.close(watched)


class Forked:
    """`start` gives the number of a process that serves."""

    def __init__(self, folder: Path) -> None:
        self._said = folder / "said"
        self._process: asyncio.subprocess.Process | None = None
        self.alive: set[int] = set()

    async def __aenter__(self) -> Forked:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PARVIS_")}
        with self._said.open("ab") as said:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.kit.forking"),
                cwd=ROOT,
                env=clean,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=said,
            )
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.end_all()
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def end_all(self) -> None:
        for pid in list(self.alive):
            await self.end(pid, signal.SIGKILL)

    async def start(self, **environment: str) -> int:
        assert self._process is not None and self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(environment).encode() + b"\n")
        async with asyncio.timeout(START_WITHIN):
            word, _, pid = (await self._process.stdout.readline()).partition(b" ")
        assert word == b"ready", self._said.read_text()[-3000:]
        self.alive.add(int(pid))
        return int(pid)

    async def end(self, pid: int, by: signal.Signals = signal.SIGTERM) -> float:
        """Gives the seconds it took."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        self.alive.discard(pid)
        gone = asyncio.Event()
        with _watched(pid) as watched:
            loop.add_reader(watched, gone.set)
            try:
                os.kill(pid, by)
                await asyncio.wait_for(gone.wait(), START_WITHIN)
            finally:
                loop.remove_reader(watched)
        return loop.time() - began

    def said(self) -> str:
        return self._said.read_text()


if __name__ == "__main__":
    main()
