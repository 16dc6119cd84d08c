"""A client of the Bot API that checks nothing."""

from __future__ import annotations

from typing import Any

from aiohttp import ClientSession

from .telegram import BotApiServer, Json


class Bare:
    """Calls the Bot API with JSON and no opinion: what no client library would let through.

    `result` and `refusal` raise AssertionError when it is the other one.
    """

    def __init__(self, telegram: BotApiServer, session: ClientSession) -> None:
        self.root = f"{telegram.address}/bot{telegram.token}"
        self._session = session

    async def __call__(self, method: str, **parameters: object) -> Json:
        async with self._session.post(f"{self.root}/{method}", json=parameters) as answer:
            body: Json = await answer.json()
            if body["ok"] != (answer.status == 200):
                raise AssertionError(f"HTTP status {answer.status} with {body}")
            return body

    async def result(self, method: str, **parameters: object) -> Any:
        body = await self(method, **parameters)
        if not body["ok"]:
            raise AssertionError(f"{method} was refused: {body}")
        return body["result"]

    async def refusal(self, method: str, **parameters: object) -> str:
        body = await self(method, **parameters)
        if body["ok"]:
            raise AssertionError(f"{method} was not refused: {body}")
        return str(body["description"])
