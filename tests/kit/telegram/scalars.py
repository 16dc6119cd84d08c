"""Plain values: what they must be, and how they are read from the text of a form."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec

from .refusal import RefusedError, bad, strict

Check: TypeAlias = Callable[[Any, str], None]

INTEGER = re.compile(r"-?[0-9]{1,19}")
NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
TRUE = {"true", "1", "yes"}
FALSE = {"false", "0", "no"}


def first_that_accepts(checks: list[Check], value: Any, path: str) -> None:
    refusal: RefusedError = strict(f"{path} has the wrong type")
    for check in checks:
        try:
            return check(value, path)
        except RefusedError as refused:
            refusal = refused
    raise refusal


def _of(kinds: tuple[type, ...], words: str) -> Check:
    def check(value: Any, path: str) -> None:
        if type(value) not in kinds:
            raise strict(f"{path} must be {words}")

    return check


SCALARS: dict[str, Check] = {
    "String": _of((str,), "a string"),
    "Integer": _of((int,), "an integer"),
    "Float": _of((int, float), "a number"),
    "Boolean": _of((bool,), "a boolean"),
    "True": _of((bool,), "true"),
    "InputFile": _of((str,), "an uploaded file"),
}


def _integer(text: str, name: str) -> int:
    if not INTEGER.fullmatch(text):
        raise strict(f"{name} must be an integer, not {text[:40]!r}")
    return int(text)


def _float(text: str, name: str) -> float:
    if not NUMBER.fullmatch(text):
        raise strict(f"{name} must be a number, not {text[:40]!r}")
    return float(text)


def _boolean(text: str, name: str) -> bool:
    if text.lower() in TRUE:
        return True
    if text.lower() in FALSE:
        return False
    raise strict(f"{name} must be true or false, not {text[:40]!r}")


def _chat(text: str, name: str) -> int | str:
    return int(text) if INTEGER.fullmatch(text) else text


def _json(text: str, name: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        raise bad(f"can't parse {name} JSON object") from None


def _as_it_is(text: str, name: str) -> str:
    return text


READERS: dict[str, Callable[[str, str], Any]] = {
    "String": _as_it_is,
    "InputFile": _as_it_is,
    "InputFile|String": _as_it_is,
    "Integer": _integer,
    "Float": _float,
    "Boolean": _boolean,
    "Integer|String": _chat,
}


def reader(expression: str) -> Callable[[str, str], Any]:
    return READERS.get(expression, _json)
