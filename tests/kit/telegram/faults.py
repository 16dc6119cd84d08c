"""Failures a test orders in advance."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import msgspec

from .refusal import Json, RefusedError

DESCRIPTIONS = {
    400: "Bad Request: chat not found",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    409: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    429: "Too Many Requests: retry after {retry_after}",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


@dataclass(slots=True)
class Fault:
    """Spoils the next `times` calls of `method` ("*": any) whose parameters contain `contains`.

    `drop` closes the connection instead of answering: "before" nothing was done, "after" the message was sent and the
    bot can't know it.
    """

    method: str
    code: int
    description: str
    retry_after: int
    times: int
    contains: str
    drop: Literal["", "before", "after"]

    def concerns(self, method: str, parameters: Json) -> bool:
        if self.times <= 0 or self.method.lower() not in {"*", method.lower()}:
            return False
        return not self.contains or self.contains in msgspec.json.encode(parameters, enc_hook=str).decode()

    def refusal(self) -> RefusedError:
        parameters = {"retry_after": self.retry_after} if self.code == 429 else {}
        return RefusedError(self.description, self.code, **parameters)


@dataclass(slots=True)
class Faults:
    waiting: list[Fault] = field(default_factory=list)

    def order(
        self,
        method: str,
        code: int = 500,
        description: str | None = None,
        retry_after: int = 1,
        times: int = 1,
        contains: str = "",
        drop: Literal["", "before", "after"] = "",
    ) -> Fault:
        words = description or DESCRIPTIONS.get(code, "Internal Server Error").format(retry_after=retry_after)
        fault = Fault(method, code, words, retry_after, times, contains, drop)
        self.waiting.append(fault)
        return fault

    def strike(self, method: str, parameters: Json) -> Fault | None:
        """The fault that spoils this call, counted down; None when the call is spared."""
        for fault in self.waiting:
            if fault.concerns(method, parameters):
                fault.times -= 1
                self.waiting = [each for each in self.waiting if each.times > 0]
                return fault
        return None
