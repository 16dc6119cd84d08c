"""What a process needs before the house is put together, and commands that need no house: light to import."""

import asyncio
import gc
import socket
import sys
from collections.abc import Callable
from datetime import UTC, datetime


def utc_now() -> datetime:
    """The one place where the machine's clock is read."""
    return datetime.now(UTC)


class CannotStart(Exception):
    """Something outside prevents the start; the message says what to do."""


def event_loops() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The fastest event loop there is here: uvloop where it can be had."""
    import uvicorn

    return uvicorn.Config(app="", log_config=None).get_loop_factory()


def keep_for_good() -> None:
    """To be called once, when all is loaded: the collector of garbage need not look at it ever again.

    A look at the 300,000 objects of the libraries stops everything for a quarter of a second, again and again. What is
    made later is looked at after every 20,000 objects rather than 700: a group of turns makes as many, and nearly all
    are gone by themselves when it ends.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def take_short_turns() -> None:
    """Of Python's threads one runs at a time; whoever computes gives way after half a millisecond rather than five.

    The writing thread lets go at every statement, and then waits for as long as the event loop has something to
    compute: with many letters under way a turn of twenty statements would wait for a tenth of a second.
    """
    sys.setswitchinterval(0.0005)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises CannotStart when the port is taken or may not be used."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as wrong:
        listening.close()
        raise CannotStart(
            f"Cannot listen on {host}:{port}: {wrong.strerror}. "
            "Stop the other program, or choose another port: PARVIS_HTTP=127.0.0.1:8081."
        ) from wrong
    listening.listen(256)
    listening.setblocking(False)
    return listening
