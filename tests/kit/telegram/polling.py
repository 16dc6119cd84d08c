"""getUpdates: a real long poll with one consumer."""

from __future__ import annotations

import asyncio

from .refusal import Json, RefusedError
from .updates import Updates

LONGEST = 50.0
OTHER_CONSUMER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)


class Polling:
    def __init__(self, updates: Updates) -> None:
        self._updates = updates
        self._turn = 0
        self.closed = False

    async def get(self, parameters: Json) -> list[Json]:
        """The updates from `offset` on. A second consumer ends the first one's wait with a 409, as at Telegram."""
        self._turn += 1
        turn = self._turn
        self._updates.bell.ring()
        await asyncio.sleep(0)
        self._confirm(parameters.get("offset", 0))
        self._updates.allow(parameters.get("allowed_updates"))
        limit = parameters.get("limit", 100)
        timeout = min(float(parameters.get("timeout", 0)), LONGEST)
        await self._updates.bell.until(lambda: self._ends(turn), timeout)
        if turn != self._turn:
            raise RefusedError(OTHER_CONSUMER, 409)
        return self._updates.first(limit)

    def _ends(self, turn: int) -> bool:
        return self.closed or turn != self._turn or bool(self._updates.first(1))

    def _confirm(self, offset: int) -> None:
        if offset > 0:
            self._updates.confirm_below(offset)
        elif offset < 0:
            self._updates.forget_all_but(-offset)

    def close(self) -> None:
        self.closed = True
        self._updates.bell.ring()
