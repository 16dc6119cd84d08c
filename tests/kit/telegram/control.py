"""Doors for another process, a benchmark: `/sim/...` makes people, lets them act, reads the log and the counters.

Every answer is JSON. A POST takes a JSON object.

    POST /sim/users      {"count": 1000, "first": 1, "known": true, "first_name", "language_code"} -> {"ids": [...]}
    POST /sim/act        {"user": 1, "act": "says", "text": "..."}  any act of a person; bytes travel in base64
    POST /sim/acts       {"acts": [...]}                            many at once -> {"updates": [...]}
    POST /sim/updates    {"updates": [...]}                         raw updates -> {"updates": [ids]}
    POST /sim/fault      {"method": "sendMessage", "code": 429, "retry_after": 2, "times": 3, ...}
    POST /sim/settings   {"latency": 0.05, "rates": true}
    POST /sim/forget     {}                                         empties the log and the counters
    GET  /sim/calls?method=sendMessage&last=100
    GET  /sim/counters
    GET  /sim/screen/USER
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from .refusal import Json, RefusedError, bad

if TYPE_CHECKING:
    from .server import BotApiServer

ACTS = frozenset({
    "starts", "says", "edits", "blocks", "unblocks", "presses", "presses_old", "presses_data", "sends_photo",
    "sends_album", "sends_live_photo", "sends_file", "sends_voice", "sends_video", "sends_video_note",
    "sends_sticker", "shares_place", "moves_live", "shares_venue", "shares_contact",
})  # fmt: skip


async def control(server: BotApiServer, path: str, request: web.BaseRequest) -> web.Response:
    door = DOORS.get((request.method, path.partition("/")[0]))
    try:
        if door is None:
            raise RefusedError(f"there is no {request.method} /sim/{path}", 404)
        body = await request.read()
        given = msgspec.json.decode(body) if body else {}
        answer = door(server, dict(request.query) | given | {"path": path})
    except (msgspec.DecodeError, TypeError, KeyError, LookupError, AssertionError) as error:
        return _answer({"error": f"{type(error).__name__}: {error}"}, 400)
    except RefusedError as refused:
        return _answer({"error": refused.description}, refused.code)
    return _answer(answer, 200)


def _answer(content: Json, status: int) -> web.Response:
    return web.Response(body=msgspec.json.encode(content), status=status, content_type="application/json")


def _users(server: BotApiServer, given: Json) -> Json:
    first = given.get("first", 200_000_000 + server.world.number())
    about = {key: given[key] for key in ("first_name", "language_code") if key in given}
    numbers = range(first, first + given.get("count", 1))
    return {"ids": [server.user(each, known=given.get("known", True), **about).id for each in numbers]}


def _act(server: BotApiServer, given: Json) -> Json:
    act = given["act"]
    if act not in ACTS:
        raise bad(f"a person can't {act!r}; they can {', '.join(sorted(ACTS))}")
    details = {key: _bytes(key, value) for key, value in given.items() if key not in {"user", "act", "path"}}
    return {"updates": getattr(server.user(int(given["user"])), act)(**details)}


def _bytes(key: str, value: Any) -> Any:
    try:
        if key == "content":
            return base64.b64decode(value, validate=True)
        if key == "contents":
            return [base64.b64decode(each, validate=True) for each in value]
    except binascii.Error:
        raise bad(f"{key} must be base64") from None
    return value


def _acts(server: BotApiServer, given: Json) -> Json:
    return {"updates": [_act(server, each)["updates"] for each in given["acts"]]}


def _updates(server: BotApiServer, given: Json) -> Json:
    return {"updates": [server.push(update) for update in given["updates"]]}


def _fault(server: BotApiServer, given: Json) -> Json:
    server.fault(**{key: value for key, value in given.items() if key != "path"})
    return {"waiting": len(server.faults.waiting)}


def _settings(server: BotApiServer, given: Json) -> Json:
    server.latency = given.get("latency", server.latency)
    server.rates.on = given.get("rates", server.rates.on)
    return {"latency": server.latency, "rates": server.rates.on}


def _forget(server: BotApiServer, given: Json) -> Json:
    server.calls.clear()
    server.counts.clear()
    server.rates.reset()
    return {}


def _calls(server: BotApiServer, given: Json) -> Json:
    wanted = given.get("method")
    calls = [call for call in server.calls if wanted in {None, call.method}][-int(given.get("last", 100)) :]
    return {"calls": [_written(call) for call in calls]}


def _written(call: Any) -> Json:
    files = {name: {"name": each.name, "size": each.size} for name, each in call.files.items()}
    about = {key: getattr(call, key) for key in ("method", "parameters", "status", "description", "at")}
    return about | {"files": files}


def _counters(server: BotApiServer, given: Json) -> Json:
    return {
        "calls": dict(server.counts),
        "sends_accepted": server.rates.accepted,
        "sends_refused": server.rates.refused,
        "highest_in_a_second": server.rates.highest_in_a_second,
        "updates_waiting": server.updates.count,
        "webhook_attempts": len(server.webhook.attempts),
    }


def _screen(server: BotApiServer, given: Json) -> Json:
    person = server.user(int(given["path"].partition("/")[2]))
    return {"screen": person.screen, "toasts": person.toasts}


DOORS: dict[tuple[str, str], Callable[[BotApiServer, Json], Json]] = {
    ("POST", "users"): _users,
    ("POST", "act"): _act,
    ("POST", "acts"): _acts,
    ("POST", "updates"): _updates,
    ("POST", "fault"): _fault,
    ("POST", "settings"): _settings,
    ("POST", "forget"): _forget,
    ("GET", "calls"): _calls,
    ("GET", "counters"): _counters,
    ("GET", "screen"): _screen,
}
