"""The load generator against a small server: it counts what was said, and names a side that fails."""

import asyncio
import os
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread

import pytest

from benchmarks.load import RunFailed, check_filed, played, whole_answer
from benchmarks.scripts import ButtonsToRead, KnownButtons, Script
from benchmarks.updates import Resident

EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
HANG_UP = b"hang up"
PLACE = (10.0, 20.0)
UPDATES = count(1)


class Side(asyncio.Protocol):
    """Answers each whole post at once, in two pieces, and counts them."""

    def __init__(self, answer: Callable[[int], bytes], taken: list[bytes]) -> None:
        self.answer = answer
        self.taken = taken
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, blank, body = self.received.partition(b"\r\n\r\n")
        if not blank or len(body) < int(head.rpartition(b"Content-Length: ")[2]):
            return
        self.received = b""
        self.taken.append(body)
        answer = self.answer(len(self.taken))
        if answer is HANG_UP:
            self.transport.close()
            return
        self.transport.write(answer[:20])
        self.transport.write(answer[20:])


def resident(number: int) -> Resident:
    return Resident(number, 1_700_000_000, UPDATES)


def known(number: int) -> Script:
    return KnownButtons(resident(number), PLACE)


def run(
    answer: Callable[[int], bytes], taken: list[bytes], script: Callable[[int], Script] = known
) -> tuple[float, int]:
    """Plays for a fifth of a second on three connections; updates a second, and conversations held."""

    async def both() -> tuple[float, int]:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Side(answer, taken), "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            figures = await played(port, os.getpid(), script, connections=3, warm_up=0.0, seconds=0.2)
        return figures.updates_per_second, figures.conversations

    return asyncio.run(both())


def test_every_conversation_begun_is_held_to_its_end() -> None:
    taken: list[bytes] = []
    rate, conversations = run(lambda _: EMPTY, taken)
    assert conversations >= 3
    assert len(taken) == 6 * conversations
    assert sum(b"review:send" in body and b'"data": "review:send"' in body for body in taken) == conversations
    assert 0 < rate * 0.2 <= len(taken)


def test_an_update_that_is_refused_ends_the_run() -> None:
    refusal = b"HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\nwrong"
    with pytest.raises(RunFailed, match=r"answered 500: b'wrong'"):
        run(lambda number: refusal if number == 10 else EMPTY, [])


class Filed(BaseHTTPRequestHandler):
    """Says that twelve reports were filed."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"12" if self.path == "/filed" else b"")

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: the lines would only fill the screen."""


def test_an_answer_that_gives_no_length_ends_the_run() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    with pytest.raises(RunFailed, match="without Content-Length"):
        run(lambda _: chunked, [])


def test_a_script_that_cannot_go_on_ends_the_run() -> None:
    with pytest.raises(LookupError, match="No button says 'Envoyer'"):
        run(lambda _: EMPTY, [], lambda number: ButtonsToRead(resident(number), PLACE, ["Envoyer"]))


def test_a_side_that_hangs_up_ends_the_run() -> None:
    with pytest.raises(RunFailed, match="closed a connection"):
        run(lambda number: EMPTY if number < 5 else HANG_UP, [])


def test_conversations_that_became_no_report_are_noticed() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Filed) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            check_filed(server.server_port, 12)
            with pytest.raises(RunFailed, match="13 conversations were played, 12 reports were filed"):
                check_filed(server.server_port, 13)
        finally:
            server.shutdown()
            thread.join()


def test_an_answer_is_whole_only_with_all_of_its_body() -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nX-Last-Buttons: []\r\n\r\n1234"
    assert all(whole_answer(answer[:cut]) is None for cut in range(len(answer)))
    whole = whole_answer(answer)
    assert whole is not None
    assert (whole.status, whole.body, whole.header("X-Last-Buttons")) == (200, b"1234", "[]")
    assert whole.header("X-Other") is None
