"""How the server says no, in the platform's own words."""

from __future__ import annotations

from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]


class RefusedError(Exception):
    """An answer with ok=false. `retry_after` is in seconds."""

    def __init__(self, description: str, code: int = 400, **parameters: int) -> None:
        super().__init__(description)
        self.description = description
        self.code = code
        self.parameters = parameters

    def body(self) -> Json:
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad(words: str) -> RefusedError:
    """A 400 whose words Telegram itself uses."""
    return RefusedError(f"Bad Request: {words}")


def strict(words: str) -> RefusedError:
    """A 400 Telegram would not give: it would silently ignore the mistake, or we don't simulate the matter."""
    return RefusedError(f"Bad Request: strict: {words}")


def forbidden(words: str) -> RefusedError:
    return RefusedError(f"Forbidden: {words}", 403)


def too_many(retry_after: int) -> RefusedError:
    return RefusedError(f"Too Many Requests: retry after {retry_after}", 429, retry_after=retry_after)
