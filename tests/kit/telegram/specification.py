"""Every method and parameter of the Bot API, compiled once into checks that cost little per call.

Telegram ignores a parameter it doesn't know; here it is refused, so that a misspelt name is found by a test and
not by a resident. Form values arrive as text: numbers, booleans and JSON are read from it first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from .limits import Limits
from .refusal import Json, bad, strict
from .scalars import SCALARS, Check, first_that_accepts, reader

EMPTY = {"chat_id": "chat_id is empty", "text": "message text is empty"}


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    read: Callable[[str, str], Any]
    check: Check


@dataclass(frozen=True, slots=True)
class Method:
    name: str
    parameters: dict[str, Parameter]
    required: tuple[str, ...]

    def accept(self, given: Json) -> Json:
        """The parameters with their real types; raises RefusedError at the first mistake."""
        accepted: Json = {}
        for name, value in given.items():
            parameter = self.parameters.get(name)
            if parameter is None:
                raise strict(f"unknown parameter {name}")
            read = parameter.read(value, name) if isinstance(value, str) else value
            if read is not None:
                parameter.check(read, name)
                accepted[name] = read
        for name in self.required:
            if name not in accepted:
                raise bad(EMPTY.get(name, f"strict: required parameter {name} is missing"))
        return accepted


class Specification:
    def __init__(self, facts: Json) -> None:
        self._types: Json = facts["types"]
        self._unions: Json = facts["unions"]
        self._objects: dict[str, Check] = {}
        self.version: str = facts["version"]
        self.update_kinds: tuple[str, ...] = tuple(facts["updates"])
        self.methods = {name: self._method(name, fields) for name, fields in facts["methods"].items()}
        self.type_names = tuple(self._types)
        self.union_names = tuple(self._unions)
        self.by_lower_name = {name.lower(): method for name, method in self.methods.items()}

    def _method(self, name: str, fields: list[Any]) -> Method:
        parameters = {field[0]: Parameter(field[0], reader(field[1]), self._field(field)) for field in fields}
        return Method(name, parameters, tuple(field[0] for field in fields if field[2]))

    def _field(self, field: list[Any]) -> Check:
        check = self.check_for(field[1])
        return Limits(**field[3]).after(check) if len(field) > 3 else check

    def check_for(self, expression: str) -> Check:
        """`expression` is a type's name, `[]` before it for an array, `|` between alternatives."""
        if expression.startswith("[]"):
            return self._array(expression[2:])
        if "|" in expression:
            return self._union(expression.split("|"))
        if expression in SCALARS:
            return SCALARS[expression]
        if expression in self._unions:
            return self._lazily(expression, lambda: self._union(self._unions[expression]))
        return self._lazily(expression, lambda: self._object(expression))

    def _lazily(self, name: str, build: Callable[[], Check]) -> Check:
        """Types refer to themselves (rich text), so a type is compiled when it is first met."""

        def check(value: Any, path: str) -> None:
            compiled = self._objects.get(name)
            if compiled is None:
                compiled = self._objects[name] = build()
            compiled(value, path)

        return check

    def _array(self, item: str) -> Check:
        check_item = self.check_for(item)

        def check(value: Any, path: str) -> None:
            if type(value) is not list:
                raise strict(f"{path} must be an array")
            for index, each in enumerate(value):
                check_item(each, f"{path}[{index}]")

        return check

    def _object(self, name: str) -> Check:
        fields = {field[0]: self._field(field) for field in self._types[name]}
        required = tuple(field[0] for field in self._types[name] if field[2])

        def check(value: Any, path: str) -> None:
            if type(value) is not dict:
                raise strict(f"{path} must be an object {name}")
            for key, each in value.items():
                field = fields.get(key)
                if field is None:
                    raise strict(f"unknown field {path}.{key} in {name}")
                if each is not None:
                    field(each, f"{path}.{key}")
            for key in required:
                if value.get(key) is None:
                    raise strict(f"required field {path}.{key} of {name} is missing")

        return check

    def _union(self, members: list[str]) -> Check:
        plain = [self.check_for(member) for member in members if self._is_plain(member)]
        objects = [member for member in members if not self._is_plain(member)]
        checks = {member: self.check_for(member) for member in objects}

        def check(value: Any, path: str) -> None:
            if type(value) is not dict:
                first_that_accepts(plain, value, path)
                return
            fitting = [member for member in objects if self._fits(member, value)]
            if not fitting:
                raise strict(f"{path} is none of {', '.join(objects) or 'the expected values'}")
            first_that_accepts([checks[member] for member in fitting], value, path)

        return check

    def _is_plain(self, expression: str) -> bool:
        return expression in SCALARS or expression.startswith("[]")

    def _fits(self, name: str, value: Json) -> bool:
        """By the constant field (`type`, `source`) when the type has one, else by its required fields."""
        if name in self._unions:
            return any(self._fits(member, value) for member in self._unions[name])
        for field in self._types[name]:
            if len(field) > 3 and "const" in field[3]:
                return bool(value.get(field[0]) == field[3]["const"])
        return all(field[0] in value for field in self._types[name] if field[2])


@cache
def bot_api() -> Specification:
    facts = msgspec.json.decode(Path(__file__).with_name("bot_api.json").read_bytes())
    return Specification(facts)
