"""Delivery to a webhook with Telegram's rules of retry and order.

Any answer outside 2xx, or none: one more try at once, then after 2, 4, 8 seconds and so on up to a random cap of 60 to
120; a Retry-After of at most an hour is followed; an update that expires is dropped. 410 for 23 hours removes the
webhook. Within a queue strictly one after another, queues in parallel. (tdlib/telegram-bot-api, WebhookActor.cpp.)
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec
from aiohttp import ClientError, ClientSession, ClientTimeout

from .refusal import Json, bad
from .updates import Updates, Waiting

PORTS = {443, 80, 88, 8443}
LOCAL = {"127.0.0.1", "localhost", "::1"}
MOST_RETRY_AFTER = 3600.0
GONE_FOR = 23 * 3600.0
ANSWER_WITHIN = 60.0
IGNORED_IN_ANSWERS = {"setwebhook", "deletewebhook", "close", "logout"}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request to the webhook; status 0 when no answer came."""

    update_id: int
    status: int
    at: float


class Webhook:
    """`haste` multiplies every delay: 0.001 makes an hour 3.6 seconds. `reach` maps a public origin to a local one."""

    def __init__(self, updates: Updates, now: Callable[[], float], haste: float, reach: dict[str, str]) -> None:
        self._updates = updates
        self._now = now
        self.haste = haste
        self.reach = reach
        self.url = ""
        self.secret = ""
        self.max_connections = 40
        self.attempts: list[Attempt] = []
        self.last_error: tuple[int, str] | None = None
        self.answered: Callable[[str, Json], Awaitable[None]] | None = None
        self._gone_since: float | None = None
        self._queues: dict[str, asyncio.Task[None]] = {}
        self._places = asyncio.Semaphore(self.max_connections)
        self._session: ClientSession | None = None

    def set(self, parameters: Json) -> None:
        """Raises RefusedError for an address Telegram would not accept; plain http is for this machine only."""
        url = parameters["url"]
        if url:
            _check_address(url)
        self.stop()
        if parameters.get("drop_pending_updates"):
            self._updates.clear()
        self._updates.allow(parameters.get("allowed_updates"))
        self.url = url
        self.secret = parameters.get("secret_token", "")
        self.max_connections = parameters.get("max_connections", 40)
        self.last_error = self._gone_since = None
        if url:
            self._places = asyncio.Semaphore(self.max_connections)
            self._updates.opened = self._open
            for queue in self._updates.queues():
                self._open(queue)

    def info(self) -> Json:
        info: Json = {
            "url": self.url,
            "has_custom_certificate": False,
            "pending_update_count": self._updates.count,
            "max_connections": self.max_connections,
        }
        if self._updates.asked:
            info["allowed_updates"] = self._updates.asked
        if self.last_error is not None:
            info["last_error_date"], info["last_error_message"] = self.last_error
        return info

    def stop(self) -> None:
        self._updates.opened = None
        for task in self._queues.values():
            task.cancel()
        self._queues.clear()

    async def close(self) -> None:
        tasks = list(self._queues.values())
        self.stop()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def _open(self, queue: str) -> None:
        if queue not in self._queues:
            self._queues[queue] = asyncio.create_task(self._empty(queue))

    async def _empty(self, queue: str) -> None:
        failures = 0
        while (waiting := self._updates.head(queue)) is not None:
            async with self._places:
                status, retry_after = await self._deliver(waiting)
            if 200 <= status < 300:
                self._updates.remove(waiting)
                failures = 0
                continue
            failures += 1
            if self._is_gone(status):
                self._forget()
                return
            await asyncio.sleep(delay(failures, retry_after) * self.haste)
        self._queues.pop(queue, None)

    async def _deliver(self, waiting: Waiting) -> tuple[int, float]:
        headers = {"Content-Type": "application/json"}
        if self.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self.secret
        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=ANSWER_WITHIN))
        body = msgspec.json.encode(waiting.body)
        try:
            async with self._session.post(self._address(), data=body, headers=headers) as answer:
                status, content = answer.status, await answer.read()
                retry_after = _seconds(answer.headers.get("Retry-After", ""))
        except (ClientError, TimeoutError, OSError) as error:
            self._note(waiting, 0, f"Connection failed: {type(error).__name__}")
            return 0, 0.0
        failed = not 200 <= status < 300
        self._note(waiting, status, f"Wrong response from the webhook: {status}" if failed else "")
        if not failed:
            await self._follow(content)
        return status, retry_after

    def _address(self) -> str:
        parts = urlsplit(self.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        return self.reach.get(origin, origin) + self.url.removeprefix(origin)

    def _note(self, waiting: Waiting, status: int, error: str) -> None:
        self.attempts.append(Attempt(waiting.update_id, status, self._now()))
        if error:
            self.last_error = (int(self._now()), error)

    async def _follow(self, content: bytes) -> None:
        """A method may stand in the answer; its result is lost, and these methods are ignored."""
        if not content.lstrip().startswith(b"{") or self.answered is None:
            return
        try:
            call = msgspec.json.decode(content)
        except msgspec.DecodeError:
            return
        method = str(call.pop("method", ""))
        if method and not method.lower().startswith("get") and method.lower() not in IGNORED_IN_ANSWERS:
            await self.answered(method, call)

    def _is_gone(self, status: int) -> bool:
        if status != 410:
            self._gone_since = None
            return False
        self._gone_since = self._gone_since or self._now()
        return self._now() - self._gone_since >= GONE_FOR

    def _forget(self) -> None:
        self.url = ""
        asyncio.get_running_loop().call_soon(self.stop)
        self._updates.bell.ring()


def _check_address(url: str) -> None:
    parts = urlsplit(url)
    if parts.hostname in LOCAL:
        return
    if parts.scheme != "https" or not parts.hostname:
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if (parts.port or 443) not in PORTS:
        raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")


def delay(failures: int, retry_after: float) -> float:
    """Seconds until the next try."""
    if retry_after:
        return min(retry_after, MOST_RETRY_AFTER)
    return 0.0 if failures == 1 else min(2.0 ** (failures - 1), random.uniform(60, 120))


def _seconds(header: str) -> float:
    return float(header) if header.isdecimal() else 0.0
