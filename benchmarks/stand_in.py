"""In Telegram's place: a Bot API server that answers every call at once, from a process of its own.

    python -m benchmarks.stand_in

A raw asyncio protocol and ready-made answers, so that it is never what is measured. It prints `ready PORT` and tells
at `/calls` how many calls it has answered.
"""

import asyncio
from typing import cast

import uvloop

from benchmarks.peers.canned import ANSWERS, YES

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length:"


def _http(content: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d"
    return b"".join((head % len(content), _HEAD_END, content))


_READY = {name.lower().encode(): _http(content) for name, content in ANSWERS.items()}
_YES = _http(YES)


class Telegram(asyncio.Protocol):
    """One connection. What is posted is read to its end and thrown away."""

    calls = 0

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is not declared as one

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(_HEAD_END)) >= 0:
            head = self._received[:end].lower()
            whole = end + len(_HEAD_END) + _length(head)
            if len(self._received) < whole:
                return
            self._received = self._received[whole:]
            self._transport.write(self._answer(head.split(b" ", 2)[1].rpartition(b"/")[2]))

    def _answer(self, method: bytes) -> bytes:
        if method == b"calls":
            return _http(b"%d" % Telegram.calls)
        Telegram.calls += 1
        return _READY.get(method, _YES)


def _length(head: bytes) -> int:
    at = head.find(_LENGTH)
    return int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Telegram, "127.0.0.1", 0)
    print("ready", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())


if __name__ == "__main__":
    main()
