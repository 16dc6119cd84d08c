"""The webhook: retries, order, what its answers may contain."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.kit.bare import Bare
from tests.kit.telegram import BotApiServer, Json, TelegramUser
from tests.kit.telegram.bell import Bell
from tests.kit.telegram.webhook import delay


class Endpoint:
    """A webhook that answers with the ordered statuses per person, then 200."""

    def __init__(self) -> None:
        self.received: list[Json] = []
        self.statuses: dict[int, deque[int]] = defaultdict(deque)
        self.secrets: set[str | None] = set()
        self.always: int | None = None
        self.headers: dict[str, str] = {}
        self.answer: Json | None = None
        self.bell = Bell()

    async def handle(self, request: web.Request) -> web.Response:
        update = await request.json()
        self.secrets.add(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        self.received.append(update)
        waiting = self.statuses[update["message"]["from"]["id"]]
        status = self.always or (waiting.popleft() if waiting else 200)
        self.bell.ring()
        if status == 200 and self.answer:
            return web.json_response(self.answer)
        return web.Response(status=status, headers=self.headers)

    async def has(self, count: int) -> list[str]:
        assert await self.bell.until(lambda: len(self.received) >= count, 5), self.received
        return [update["message"]["text"] for update in self.received]


@pytest.fixture
async def endpoint(telegram: BotApiServer, call: Bare) -> AsyncIterator[Endpoint]:
    made = Endpoint()
    pages = web.Application()
    pages.router.add_post("/hook", made.handle)
    async with TestServer(pages) as server:
        telegram.webhook.reach["https://ville.example"] = f"http://127.0.0.1:{server.port}"
        await call.result("setWebhook", url="https://ville.example/hook", secret_token="Sesame-1")
        yield made
        await call.result("deleteWebhook")


async def test_a_failed_update_comes_again_with_its_secret(
    telegram: BotApiServer, endpoint: Endpoint, call: Bare, camille: TelegramUser
) -> None:
    endpoint.statuses[camille.id].extend([500, 503, 404])
    camille.says("un")
    assert await endpoint.has(4) == ["un"] * 4
    assert await telegram.all_delivered()
    assert endpoint.secrets == {"Sesame-1"}
    assert [attempt.status for attempt in telegram.webhook.attempts] == [500, 503, 404, 200]
    info = await call.result("getWebhookInfo")
    assert info["last_error_message"] == "Wrong response from the webhook: 404"
    assert info["pending_update_count"] == 0


async def test_the_first_retry_of_every_update_comes_at_once(
    telegram: BotApiServer, endpoint: Endpoint, camille: TelegramUser
) -> None:
    telegram.webhook.haste = 1000.0
    endpoint.statuses[camille.id].extend([500, 200, 500, 200])
    camille.says("un")
    camille.says("deux")
    assert await endpoint.has(4) == ["un", "un", "deux", "deux"]


async def test_a_failure_holds_up_its_own_queue_only(
    telegram: BotApiServer, endpoint: Endpoint, camille: TelegramUser
) -> None:
    neighbour = telegram.user(first_name="Sacha")
    endpoint.statuses[camille.id].extend([500] * 6)
    camille.says("un")
    camille.says("deux")
    neighbour.says("bonjour")
    texts = await endpoint.has(9)
    assert texts.index("bonjour") < texts.index("deux")
    assert [text for text in texts if text != "bonjour"] == ["un"] * 7 + ["deux"]


async def test_an_update_that_always_fails_is_dropped_after_a_day(
    telegram: BotApiServer, endpoint: Endpoint, camille: TelegramUser
) -> None:
    endpoint.always = 500
    camille.says("jamais")
    await endpoint.has(3)
    telegram.later(86_401)
    assert await telegram.all_delivered()


async def test_410_for_23_hours_removes_the_webhook(
    telegram: BotApiServer, endpoint: Endpoint, call: Bare, camille: TelegramUser
) -> None:
    endpoint.always = 410
    camille.says("un")
    await endpoint.has(2)
    assert telegram.webhook.url
    telegram.later(23 * 3600)
    assert await telegram.updates.bell.until(lambda: not telegram.webhook.url, 5)
    assert len(await call.result("getUpdates")) == 1


async def test_a_method_in_the_answer_is_done_unless_its_result_matters(
    telegram: BotApiServer, endpoint: Endpoint, camille: TelegramUser
) -> None:
    endpoint.answer = {"method": "sendMessage", "chat_id": camille.id, "text": "Reçu"}
    camille.says("un")
    await camille.wait_for("Reçu")
    endpoint.answer = {"method": "getMe"}
    camille.says("deux")
    assert await telegram.all_delivered()
    assert telegram.calls_of("getMe") == []


async def test_what_waited_before_the_webhook_is_delivered_or_dropped(
    telegram: BotApiServer, endpoint: Endpoint, call: Bare, camille: TelegramUser
) -> None:
    await call.result("deleteWebhook")
    camille.says("avant")
    await call.result("setWebhook", url="https://ville.example/hook", drop_pending_updates=True)
    camille.says("après")
    assert await telegram.all_delivered()
    assert await endpoint.has(1) == ["après"]


WRONG = {
    "http://ville.example/hook": "bad webhook: An HTTPS URL must be provided for webhook",
    "https://ville.example:8081/hook": "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
}


@pytest.mark.parametrize("url", WRONG)
async def test_a_webhook_stands_where_telegram_can_reach_it(call: Bare, url: str) -> None:
    assert await call.refusal("setWebhook", url=url) == f"Bad Request: {WRONG[url]}"


async def test_a_secret_has_its_alphabet(call: Bare) -> None:
    refusal = await call.refusal("setWebhook", url="https://ville.example/hook", secret_token="é!")
    assert refusal == "Bad Request: secret token contains unallowed characters"


def test_delays_double_up_to_a_random_cap() -> None:
    assert [delay(failures, 0) for failures in (1, 2, 3, 4, 5)] == [0, 2, 4, 8, 16]
    assert 60 <= delay(12, 0) <= 120
    assert delay(1, 30) == 30
    assert delay(1, 9999) == 3600
