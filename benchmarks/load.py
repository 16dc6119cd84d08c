"""The load generator: residents on a webhook over HTTP/1.1, each waiting for the answer before going on."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast
from urllib.request import urlopen

from benchmarks.figures import Figures, percentile
from benchmarks.processes import Usage, usage
from benchmarks.scripts import Answer, Script
from benchmarks.updates import PATH, SECRET

REQUEST = (
    f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\nContent-Length: "
).encode()

SILENCE = 30.0
"""Seconds granted after the end of a run for its last conversations."""


class RunFailed(Exception):
    """A side refused an update, fell silent or lost a conversation: its figures would mean nothing."""


@dataclass
class Watch:
    """Counts the updates answered between two instants of the monotonic clock, in seconds, and their cost."""

    pid: int
    start: float
    end: float
    latencies: list[float] = field(default_factory=list)
    conversations: int = 0
    used: list[Usage] = field(default_factory=list)
    own: list[float] = field(default_factory=list)

    def answered(self, sent: float, now: float) -> None:
        if self.start <= now <= self.end:
            self.latencies.append(now - sent)

    def note_usage(self) -> None:
        """Once at the start and once at the end."""
        self.used.append(usage(self.pid))
        self.own.append(time.process_time())

    def figures(self) -> Figures:
        updates = len(self.latencies)
        return Figures(
            updates_per_second=updates / (self.end - self.start),
            p50=percentile(self.latencies, 0.50) * 1000,
            p99=percentile(self.latencies, 0.99) * 1000,
            cpu=(self.used[1].cpu - self.used[0].cpu) / updates * 1e6,
            load_cpu=(self.own[1] - self.own[0]) / updates * 1e6,
            memory=usage(self.pid).memory,
            conversations=self.conversations,
        )


class Line(asyncio.Protocol):
    """One keep-alive connection, one conversation after another; no task and no future for an update."""

    def __init__(self, begin: Callable[[], Script | None], watch: Watch) -> None:
        self.begin = begin
        self.watch = watch
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.script: Script | None = None
        self.received = b""
        self.sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's own is not declared as one
        self._step(None)

    def data_received(self, data: bytes) -> None:
        self.received += data
        try:
            answer = whole_answer(self.received)
        except RunFailed as error:
            self._give_up(error)
            return
        if answer is None:
            return
        self.received = b""
        self.watch.answered(self.sent, time.perf_counter())
        if answer.status == 200:
            self._step(answer)
        else:
            self._give_up(RunFailed(f"The side answered {answer.status}: {answer.body[:300]!r}"))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.finished.done():
            self.finished.set_exception(RunFailed(f"The side closed a connection: {exc or 'without a word'}."))

    def _step(self, answer: Answer | None) -> None:
        try:
            body = self._next_body(answer)
        except Exception as error:  # a script that cannot go on must end the run, not only this callback
            self._give_up(error)
            return
        if body is None:
            self.finished.set_result(None)
            self.transport.close()
            return
        self.sent = time.perf_counter()
        self.transport.write(b"%b%d\r\n\r\n%b" % (REQUEST, len(body), body))

    def _next_body(self, answer: Answer | None) -> bytes | None:
        """From the conversation under way, or from the next one; None when no more is to begin."""
        if self.script is not None:
            body = self.script.next(answer)
            if body is not None:
                return body
            self.watch.conversations += 1
        self.script = self.begin()
        return self.script.next(None) if self.script is not None else None

    def _give_up(self, error: Exception) -> None:
        if not self.finished.done():
            self.finished.set_exception(error)
        self.transport.close()


def whole_answer(received: bytes) -> Answer | None:
    """None while some of it is still under way. Raises `RunFailed` for an answer that gives no length."""
    head, blank, body = received.partition(b"\r\n\r\n")
    if not blank:
        return None
    lowered = head.lower()
    at = lowered.find(b"\r\ncontent-length:")
    if at < 0:
        raise RunFailed(f"An answer without Content-Length cannot be read: {head[:300]!r}")
    length = int(lowered[at + 17 :].split(b"\r\n", 1)[0])
    return Answer(int(head[9:12]), head, body) if len(body) >= length else None


async def played(
    port: int, pid: int, scripts: Callable[[int], Script], connections: int, warm_up: float, seconds: float
) -> Figures:
    """Talks for `warm_up` seconds, then for `seconds` that are measured, then lets the conversations end.

    `scripts` makes the conversation of that number, counted from 0.
    """
    loop = asyncio.get_running_loop()
    start = time.perf_counter() + warm_up
    watch = Watch(pid, start, start + seconds)
    begun = 0

    def begin() -> Script | None:
        nonlocal begun
        if time.perf_counter() >= watch.end:
            return None
        begun += 1
        return scripts(begun - 1)

    lines = [
        (await loop.create_connection(lambda: Line(begin, watch), "127.0.0.1", port))[1] for _ in range(connections)
    ]
    for instant in (watch.start, watch.end):
        loop.call_later(instant - time.perf_counter(), watch.note_usage)
    try:
        async with asyncio.timeout(warm_up + seconds + SILENCE):
            await asyncio.gather(*(line.finished for line in lines))
    except TimeoutError as error:
        raise RunFailed(f"Some updates were not answered {SILENCE:g} s after the end.") from error
    return watch.figures()


def number_at(address: str) -> int:
    with urlopen(address, timeout=SILENCE) as answer:
        return int(answer.read())


def check_filed(port: int, conversations: int) -> None:
    """Each conversation must have become a report: a side that answers 200 and does nothing is fast too."""
    filed = number_at(f"http://127.0.0.1:{port}/filed")
    if filed != conversations:
        raise RunFailed(f"{conversations} conversations were played, {filed} reports were filed.")
