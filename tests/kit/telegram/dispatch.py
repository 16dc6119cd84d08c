"""One call of the bot: known, spoiled by a fault, valid, in the pace, then done."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .asking import ASKING
from .editing import EDITING
from .faults import Faults
from .files import Upload
from .pacing import Rates
from .polling import WEBHOOK_ACTIVE, Polling
from .refusal import Json, RefusedError, bad, strict
from .sending import SENDING, send_chat_action
from .specification import Method, bot_api
from .webhook import Webhook
from .world import Call, World

UNSIMULATED = frozenset({
    "business_connection_id", "message_thread_id", "direct_messages_topic_id", "ephemeral_message_parameters",
    "suggested_post_parameters", "inline_message_id", "rich_message", "certificate",
    "thumbnail",
})  # fmt: skip


class DroppedError(Exception):
    """The connection is closed without an answer."""


@dataclass(slots=True)
class Dispatch:
    world: World
    rates: Rates
    faults: Faults
    polling: Polling
    webhook: Webhook

    async def answer(self, call: Call) -> Any:
        """The result of the call; raises RefusedError, or DroppedError when a fault closes the connection."""
        method = bot_api().by_lower_name.get(call.method.lower())
        if method is None:
            raise RefusedError("Not Found: method not found", 404)
        call.method = method.name
        fault = self.faults.strike(method.name, call.parameters)
        if fault is not None and not fault.drop:
            raise fault.refusal()
        if fault is not None and fault.drop == "before":
            raise DroppedError
        result = await self._do(method, call)
        if fault is not None:
            raise DroppedError
        return result

    async def _do(self, method: Method, call: Call) -> Any:
        call.parameters = _accept(method, call.parameters, call.files)
        if method.name in SENDING:
            return self._send(call)
        simulated = METHODS.get(method.name) or self._delivery().get(method.name)
        if simulated is None:
            raise strict(f"method {method.name} is not simulated")
        _check_simulated(call.parameters)
        result = simulated(self.world, call)
        return await result if inspect.isawaitable(result) else result

    def _send(self, call: Call) -> Any:
        _check_simulated(call.parameters)
        chat = self.world.chat(call.parameters["chat_id"])
        count = len(call.parameters["media"]) if call.method == "sendMediaGroup" else 1
        self.rates.check(chat.id, count)
        result = SENDING[call.method](self.world, call)
        self.rates.count(chat.id, count)
        return result

    def _delivery(self) -> dict[str, Callable[[World, Call], Any]]:
        return {
            "getUpdates": self._get_updates,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": lambda world, call: self.webhook.info(),
        }

    async def _get_updates(self, world: World, call: Call) -> list[Json]:
        if self.webhook.url:
            raise RefusedError(WEBHOOK_ACTIVE, 409)
        return await self.polling.get(call.parameters)

    def _set_webhook(self, world: World, call: Call) -> bool:
        self.webhook.set(call.parameters)
        return True

    def _delete_webhook(self, world: World, call: Call) -> bool:
        self.webhook.set(call.parameters | {"url": ""})
        return True


def _accept(method: Method, given: Json, files: dict[str, Upload]) -> Json:
    """A file sent in the field of its parameter is the same as `attach://` with that name."""
    for name in files:
        if name in method.parameters and name not in given:
            given = {**given, name: f"attach://{name}"}
    parameters = method.accept(given)
    attached = set(_attached(parameters))
    if attached - files.keys():
        raise bad(f"wrong HTTP URL specified: no file {', '.join(sorted(attached - files.keys()))} was attached")
    if files.keys() - attached:
        raise strict(f"uploaded file {', '.join(sorted(files.keys() - attached))} is not used")
    return parameters


def _attached(parameters: Json) -> list[str]:
    media = parameters.get("media", [])
    items = media if isinstance(media, list) else [media]
    values = [*parameters.values(), *(value for item in items for value in item.values())]
    return [each.removeprefix("attach://") for each in values if isinstance(each, str) and each.startswith("attach://")]


def _check_simulated(parameters: Json) -> None:
    unsimulated = UNSIMULATED.intersection(parameters)
    if unsimulated:
        raise strict(f"parameter {', '.join(sorted(unsimulated))} is not simulated")


METHODS: dict[str, Callable[[World, Call], Any]] = {**ASKING, **EDITING, "sendChatAction": send_chat_action}
