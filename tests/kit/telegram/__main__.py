"""`python -m tests.kit.telegram --port 8081`: the server by itself, for benchmarks and for trying the bot by hand."""

from __future__ import annotations

import argparse
import asyncio
import signal

from .server import TOKEN, BotApiServer


async def serve(choices: argparse.Namespace) -> None:
    server = BotApiServer(
        port=choices.port, token=choices.token, light=choices.light, rates=choices.rates, latency=choices.latency
    )
    stopped = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    async with server:
        print(f"Bot API on {server.address}, token {server.token}", flush=True)
        await stopped.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.kit.telegram", description=__doc__)
    parser.add_argument("--port", type=int, default=8081, help="0 takes a free one, which is printed")
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds added to each call")
    parser.add_argument("--rates", action="store_true", help="refuse what goes faster than Telegram allows")
    parser.add_argument("--light", action="store_true", help="little history, every person known: for benchmarks")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
