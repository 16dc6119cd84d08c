"""What stands in for Telegram answers every call, however its bytes come in."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from benchmarks.load import whole_answer
from benchmarks.peers.canned import ANSWERS, YES
from benchmarks.stand_in import Telegram

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def connection(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Connection]:
    monkeypatch.setattr(Telegram, "calls", 0)
    server = await asyncio.get_running_loop().create_server(Telegram, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
    yield reader, writer
    writer.close()
    server.close()
    await server.wait_closed()


def call(method: str, body: bytes = b"") -> bytes:
    return b"POST /bot42:token/%b HTTP/1.1\r\nContent-length: %d\r\n\r\n%b" % (method.encode(), len(body), body)


async def answered(reader: asyncio.StreamReader) -> bytes:
    received = b""
    while (answer := whole_answer(received)) is None:
        received += await reader.read(1)
    return answer.body


async def test_calls_are_answered_and_counted(connection: Connection) -> None:
    reader, writer = connection
    writer.write(call("sendMessage", b'{"chat_id":1}'))
    assert await answered(reader) == ANSWERS["sendMessage"]
    writer.write(call("setWebhook"))
    assert await answered(reader) == YES
    writer.write(b"GET /calls HTTP/1.1\r\n\r\n")
    assert await answered(reader) == b"2"


async def test_a_call_in_pieces_is_one_and_two_at_once_are_two(connection: Connection) -> None:
    reader, writer = connection
    first = call("sendMessage", b"x" * 40)
    writer.write(first[:30])
    await writer.drain()
    writer.write(first[30:-10])
    await writer.drain()
    writer.write(first[-10:] + call("getMe"))
    assert await answered(reader) == ANSWERS["sendMessage"]
    assert await answered(reader) == ANSWERS["getMe"]
