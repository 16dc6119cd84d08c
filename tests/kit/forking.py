"""Processes that serve a bot with a broadcast of the tests, made in an instant and killed as quickly.

    python -m tests.kit.forking

Everything is imported once; each line of input, a JSON object of environment variables, makes a process by fork, which
serves and says `ready PID`. A start takes a tenth of what it takes a new interpreter.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

from bot.app import App, World
from bot.settings import read_settings
from bot.start import event_loops, listen
from handlers.telegram.door import TelegramDoor
from handlers.telegram.pace import Pace
from tests.kit.broadcasts import KIND, Everybody

ROOT = Path(__file__).parents[2]
START_WITHIN = 60.0

assert TelegramDoor  # imported before the first fork


async def serve(rate: float) -> None:
    settings = read_settings()
    app = App(settings, world=World(kinds={KIND: Everybody()}, pace=Pace(rate, None, bulk=rate)))
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await app.serve(listen(settings.host, settings.port), stop, lambda: print("ready", os.getpid(), flush=True))


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are buried at once
    for line in sys.stdin:
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            environment: dict[str, str] = json.loads(line)
            os.environ.update(environment)
            logging.basicConfig(level=logging.INFO)
            with asyncio.Runner(loop_factory=event_loops()) as runner:
                runner.run(serve(float(environment["RATE"])))
            os._exit(0)


class Forked:
    """`start` gives the number of a process that serves."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self._said = folder / "said"
        self._environment = environment
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
        for pid in list(self.alive):
            await self.end(pid, signal.SIGKILL)
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def start(self, **environment: str) -> int:
        assert self._process is not None and self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({**self._environment, **environment}).encode() + b"\n")
        async with asyncio.timeout(START_WITHIN):
            word, _, pid = (await self._process.stdout.readline()).partition(b" ")
        assert word == b"ready", self._said.read_text()[-3000:]
        self.alive.add(int(pid))
        return int(pid)

    async def end(self, pid: int, by: signal.Signals = signal.SIGTERM) -> float:
        """Gives the seconds it took."""
        began = asyncio.get_running_loop().time()
        os.kill(pid, by)
        self.alive.discard(pid)
        async with asyncio.timeout(START_WITHIN):
            while Path(f"/proc/{pid}").exists():
                await asyncio.sleep(0.002)
        return asyncio.get_running_loop().time() - began

    def said(self) -> str:
        return self._said.read_text()


if __name__ == "__main__":
    main()
