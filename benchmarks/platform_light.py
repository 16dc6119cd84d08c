"""A light Telegram in a process of its own: counts messages as Telegram does, answers late, and writes as a resident.

    python -m benchmarks.platform_light --limit 1000 --latency 0.05

The tests' own server checks every field of every call, which takes it longer than the bot takes to send: on two cores
it would be what is measured. Here a call is counted when its last byte has come, refused with 429 when the second
before it is full, and answered after the latency. What it saw is read over HTTP:

    GET  /sim/seen               {"counted": …, "refused": …, "most": …, "first": …, "last": …}, instants by time.time()
    POST /sim/forget             begins counting anew
    POST /sim/replies?…          residents write to the webhook at a rate; gives how long each waited for its answer
"""

import argparse
import asyncio
import gc
import json
import signal
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple, cast
from urllib.parse import parse_qs, urlsplit

import aiohttp
import msgspec
import uvloop

from benchmarks.updates import CHAT, MESSAGE, PATH, SECRET, template

Answer = Callable[[bytes], None]

ASK = template({"message": {**MESSAGE, "text": "/aide"}})
ANSWERS = {
    "getMe": {"id": 123456789, "is_bot": True, "first_name": "Parvis", "username": "parvis_bot"},
    "getMyCommands": [],
    "getMyName": {"name": ""},
    "getMyDescription": {"description": ""},
    "getMyShortDescription": {"short_description": ""},
}
YES = b'{"ok":true,"result":true}'


class _Call(msgspec.Struct):
    chat_id: int = 0


_chat_of = msgspec.json.Decoder(_Call).decode


class Reply(NamedTuple):
    """Instants of time.monotonic()."""

    counted: float  # the message has come
    answered: float  # and the bot is told so


class Seen:
    """Messages as they are counted."""

    def __init__(self, limit: int, latency: float) -> None:
        self.limit, self.latency = limit, latency
        self.awaited: dict[int, asyncio.Future[Reply]] = {}  # chats that wait for an answer
        self.forget()

    def forget(self) -> None:
        self.counted = self.refused = self.most = self.number = 0
        self.first = self.last = 0.0
        self._second: deque[float] = deque()

    def count(self) -> bool:
        now, second = time.monotonic(), self._second
        while second and second[0] <= now - 1.0:
            second.popleft()
        if len(second) >= self.limit:
            self.refused += 1
            return False
        second.append(now)
        self.counted += 1
        self.most = max(self.most, len(second))
        self.last = time.time()
        self.first = self.first or self.last
        return True


class Line(asyncio.Protocol):
    """One connection: whole requests, answered after the latency."""

    def __init__(self, seen: Seen, control: "Control") -> None:
        self._seen, self._control = seen, control
        self._loop = asyncio.get_running_loop()
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            length = 0
            for line in head.split(b"\r\n")[1:]:
                if line[:15].lower() == b"content-length:":
                    length = int(line[15:])
            if len(rest) < length:
                return
            self._buffer = rest[length:]
            self._take(head.split(b" ", 2)[1].decode(), rest[:length])

    def _take(self, path: str, body: bytes) -> None:
        if path.startswith("/sim/"):
            self._control.take(path, self._answer)
            return
        method = path.rpartition("/")[2]
        if method.startswith("send"):
            chat = _chat_of(body).chat_id if body.startswith(b"{") else 0  # aiogram sends forms
            if not self._seen.count():
                told = {"ok": False, "error_code": 429, "description": "Too Many Requests: retry after 1"}
                self._answer(json.dumps(told | {"parameters": {"retry_after": 1}}).encode(), b"429 Too Many Requests")
                return
            self._seen.number += 1
            answer = b'{"ok":true,"result":{"message_id":%d,"date":1,"chat":{"id":%d,"type":"private"}}}'
            # uvloop counts from the beginning of this turn of its loop, which may be long ago.
            late = time.monotonic() - self._loop.time()
            written = answer % (self._seen.number, chat)
            waiting = self._seen.awaited.pop(chat, None) if self._seen.awaited else None
            if waiting is None:
                self._loop.call_later(self._seen.latency + late, self._answer, written)
            else:
                self._loop.call_later(
                    self._seen.latency + late, self._answer_awaited, written, waiting, time.monotonic()
                )
        else:
            result = ANSWERS.get(method)
            self._answer(YES if result is None else json.dumps({"ok": True, "result": result}).encode())

    def _answer_awaited(self, body: bytes, waiting: asyncio.Future[Reply], counted: float) -> None:
        self._answer(body)
        waiting.set_result(Reply(counted, time.monotonic()))

    def _answer(self, body: bytes, status: bytes = b"200 OK") -> None:
        head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
        if not self._transport.is_closing():
            self._transport.write(head + body)


class Control:
    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, path: str, answer: Answer) -> None:
        parts = urlsplit(path)
        seen = self._seen
        if parts.path == "/sim/forget":
            seen.forget()
            answer(b"{}")
        elif parts.path == "/sim/seen":
            names = ("counted", "refused", "most", "first", "last")
            answer(json.dumps({name: getattr(seen, name) for name in names}).encode())
        else:
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            task = asyncio.get_running_loop().create_task(self._replies(asked, answer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _replies(self, asked: dict[str, str], answer: Answer) -> None:
        """Each resident writes once; the wait is from the first byte to the webhook until the answer is counted, and
        until the bot is told so."""
        asked_at: list[float] = []
        answers: list[asyncio.Future[Reply]] = []
        rate, seconds, first = float(asked["rate"]), float(asked["seconds"]), int(asked["first"])
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
        count = int(rate * seconds)
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
            start = time.monotonic()
            for at in range(count):
                await asyncio.sleep(max(0.0, start + at / rate - time.monotonic()))
                chat = first + at
                values = {"update": first + at, "chat": chat, "date": int(time.time()), "message": at + 1}
                asked_at.append(time.monotonic())
                answers.append(asyncio.get_running_loop().create_future())
                self._seen.awaited[chat] = answers[-1]
                group.create_task(
                    self._post(session, asked["webhook"], ASK % {k.encode(): v for k, v in values.items()}, headers)
                )
        await asyncio.wait(answers, timeout=10)
        replies = [(at, one.result()) for at, one in zip(asked_at, answers, strict=True) if one.done()]
        waits = [(reply.counted - at, reply.answered - at) for at, reply in replies]
        answer(json.dumps({"asked": count, "waits": waits}).encode())

    async def _post(self, session: aiohttp.ClientSession, webhook: str, body: bytes, headers: dict[str, str]) -> None:
        async with session.post(webhook + PATH, data=body, headers=headers) as answered:
            assert answered.status == 200, answered.status


async def serve(limit: int, latency: float) -> None:
    seen = Seen(limit, latency)
    control = Control(seen)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    server = await loop.create_server(lambda: Line(seen, control), "127.0.0.1", 0, backlog=1024)
    listening = server.sockets[0]
    gc.collect()
    gc.freeze()
    print("ready", listening.getsockname()[1], flush=True)
    await stop.wait()
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--limit", type=int, default=1000, help="messages in any second")
    parser.add_argument("--latency", type=float, default=0.05, help="seconds")
    chosen = parser.parse_args()
    uvloop.run(serve(chosen.limit, chosen.latency))


if __name__ == "__main__":
    assert CHAT
    main()
