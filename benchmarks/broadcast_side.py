"""Our side of a broadcast: the whole bot as it is served, told what to do line by line.

    python -m benchmarks.broadcast_side --api http://127.0.0.1:8081 --residents 120000 --rate 1000 --bulk 1000

Each line of its input is an order in JSON, each line of its output the answer: {"do": "plan"}, "figures", "pause",
"resume", "stop", "usage". After the line `ready PORT` it serves the webhook there.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import insert, select

from benchmarks.updates import SECRET
from bot.app import App, World
from bot.delivery import broadcasts
from bot.delivery.broadcast import Broadcast
from bot.delivery.model import Button, Lane, Message
from bot.people.store import address, resident
from bot.settings import Settings
from bot.start import event_loops, keep_for_good, listen, take_short_turns, utc_now
from bot.storage.work import Work
from handlers.telegram.pace import Pace
from tests.kit import postgres
from tests.kit.broadcasts import KIND, Everybody

TOKEN = "123456789:AAbenchmarkbenchmarkbenchmarkbench"
WORDS = (
    "La rue de Silly sera fermée à la circulation du lundi 30 novembre au vendredi 11 décembre, de 8 h à 17 h, pour le "
    "renouvellement d’une conduite d’eau. Le passage des piétons est maintenu. Les lignes 126 et 571 sont déviées."
)
FIRST_CHAT = 5_000_000_000


class News(Everybody):
    """As long as a real piece of news, with its buttons, in four languages."""

    def worded(self, work: Work, one: Broadcast, language: str, address: int) -> Message:
        key = language, self.words
        if key not in self._made:
            buttons = ((Button("Moins de ce sujet", f"n.less.{one.ref}"), Button("Stop", f"n.stop.{one.ref}")),)
            self._made[key] = Message(
                text=WORDS, title="🚧 Travaux rue de Silly", note="Claire Dupont, conseillère", buttons=buttons,
                slot=f"{KIND}:{one.ref}", language=language,
            )  # fmt: skip
        return self._made[key]


def settle_residents(work: Work, count: int) -> None:
    for at in range(0, count, 10_000):
        numbers = range(at + 1, min(count, at + 10_000) + 1)
        work.connection.execute(
            insert(resident),
            [
                {
                    "id": number,
                    "language": ("fr", "en", "es", "pt")[number % 4],
                    "chosen_language": False,
                    "pushes": True,
                    "since": work.now,
                    "staff": False,
                }
                for number in numbers
            ],
        )  # fmt: skip
        work.connection.execute(
            insert(address),
            [
                {"id": number, "resident_id": number, "channel": "telegram", "external": str(FIRST_CHAT + number),
                 "heard_at": work.now}
                for number in numbers
            ],
        )  # fmt: skip


def resident_memory() -> float:
    """In MiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


class Side:
    def __init__(self, app: App) -> None:
        self._app = app
        self._number = 0

    async def plan(self) -> dict[str, Any]:
        def job(work: Work) -> int:
            one = broadcasts.plan(work, kind=KIND, ref=f"AC-{work.now:%H%M%S}", lane=Lane.NEWS, starts_at=work.now)
            return one.id

        self._number = await self._app.desk.run(job)
        return {}

    async def figures(self) -> dict[str, Any]:
        def read() -> dict[str, Any]:
            with self._app.desk.reading() as work:
                found, one = broadcasts.figures(work, self._number), broadcasts.by_id(work, self._number)
                return {"queued": found.queued, "sent": found.sent, "spread": found.spread, "failed": found.failed,
                        "total": found.total, "ended": bool(one and one.ended_at)}  # fmt: skip

        return await asyncio.to_thread(read)

    async def stop(self) -> dict[str, Any]:
        began = time.perf_counter()
        await self._app.desk.run(lambda work: broadcasts.stop(work, self._number))
        return {"took": time.perf_counter() - began, "at": time.time()}

    async def pause(self) -> dict[str, Any]:
        await self._app.desk.run(lambda work: broadcasts.pause(work, self._number))
        return {}

    async def resume(self) -> dict[str, Any]:
        await self._app.desk.run(lambda work: broadcasts.resume(work, self._number))
        return {}

    async def usage(self) -> dict[str, Any]:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return {"cpu": used.ru_utime + used.ru_stime, "memory": resident_memory()}

    async def obey(self, stop: asyncio.Event) -> None:
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            print(json.dumps(await getattr(self, json.loads(line)["do"])()), flush=True)
        stop.set()


async def serve(chosen: argparse.Namespace, database: str, folder: Path) -> None:
    settings = Settings(
        telegram_token=SecretStr(TOKEN),
        telegram_api=chosen.api,
        telegram_mode="webhook",
        telegram_rate=chosen.rate,
        public_url="https://parvis.example",
        database_url=SecretStr(database) if database else None,
        data=folder,
    )
    pace = Pace(chosen.rate, bulk=chosen.bulk or None)
    app = App(settings, utc_now, World(secret=SECRET, kinds={KIND: News()}, pace=pace))
    await app.desk.run(lambda work: settle_residents(work, chosen.residents))
    await app.desk.run(lambda work: work.connection.execute(select(1)))
    stop = asyncio.Event()
    listening = listen("127.0.0.1", 0)
    obeying: list[asyncio.Task[None]] = []

    def ready() -> None:
        keep_for_good()
        take_short_turns()
        obeying.append(asyncio.get_running_loop().create_task(Side(app).obey(stop)))
        print("ready", listening.getsockname()[1], flush=True)

    await app.serve(listening, stop, ready)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--api", required=True)
    parser.add_argument("--residents", type=int, default=120_000)
    parser.add_argument("--rate", type=int, default=30)
    parser.add_argument(
        "--bulk", type=int, default=0, help="of the rate, for broadcasts; the bot's own share unless given"
    )
    parser.add_argument("--folder", help="where the database is made; the system’s temporary folder unless given")
    parser.add_argument("--postgres", action="store_true", help="SQLite unless given")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="parvis-benchmark-", dir=chosen.folder))
        database = ""
        if chosen.postgres:
            database = stack.enter_context(postgres.a_database(stack.enter_context(postgres.a_server(durable=True))))
        runner = stack.enter_context(asyncio.Runner(loop_factory=event_loops()))
        runner.run(serve(chosen, database, Path(folder)))


if __name__ == "__main__":
    main()
