"""`parvis serve` as a process of its own, that can be killed."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

from tests.kit.forking import Forked
from tests.kit.telegram import BotApiServer
from tests.kit.whole import Door

ROOT = Path(__file__).parents[2]
PUBLIC = "https://parvis.example"
START_WITHIN = 60.0


class Serving:
    """A process after the other, on the same data."""

    def __init__(self, folder: Path, database: str, town: Path, telegram: BotApiServer) -> None:
        self.folder = folder
        self._telegram = telegram
        self.http = f"127.0.0.1:{_free_port()}"
        telegram.webhook.reach = {PUBLIC: f"http://{self.http}"}
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PARVIS_")}
        self._of_the_bot = {
            "PARVIS_DATA": str(folder),
            "PARVIS_DATABASE_URL": database,
            "PARVIS_CITY": str(town),
            "PARVIS_HTTP": self.http,
            "PARVIS_TELEGRAM_TOKEN": telegram.token,
            "PARVIS_TELEGRAM_API": telegram.address,
        }
        self.environment = clean | self._of_the_bot
        self._forked: Forked | None = None
        self._pid = 0
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, door: Door, **environment: str) -> None:
        """Returns when the bot says that it is ready."""
        with (self.folder / "said").open("ab") as said:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "serve"),
                cwd=ROOT,
                env=self.environment | _by(door) | environment,
                stdout=asyncio.subprocess.PIPE,
                stderr=said,
            )
        assert self._process.stdout is not None
        async with asyncio.timeout(START_WITHIN):
            ready = await self._process.stdout.readline()
        assert ready.startswith(b"Parvis is ready"), self.said[-3000:]

    async def start_quickly(self, door: Door, forked: Forked) -> None:
        """The same bot, in a process that need not import it anew."""
        self._forked, self._pid = forked, await forked.start(**self._of_the_bot, **_by(door))

    async def kill(self) -> None:
        """As when the machine loses its power: nothing is finished."""
        if self._forked is not None:
            await self._forked.end(self._pid, signal.SIGKILL)
            self._forked = None
            return
        assert self._process is not None
        assert self._process.returncode is None, self.said[-3000:]
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> int:
        """In good order; gives the exit code."""
        assert self._process is not None
        self._process.terminate()
        await self._process.communicate()
        assert self._process.returncode is not None
        return self._process.returncode

    async def close(self) -> None:
        if self._forked is not None or (self._process is not None and self._process.returncode is None):
            await self.kill()

    @property
    def said(self) -> str:
        """What all processes wrote to their logs."""
        return (self.folder / "said").read_text()


def _by(door: Door) -> dict[str, str]:
    return {"PARVIS_TELEGRAM_MODE": "webhook", "PARVIS_PUBLIC_URL": PUBLIC} if door == "webhook" else {}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
