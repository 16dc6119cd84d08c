"""The Bot API over HTTP, as strict as Telegram's, on a free port of this machine."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Literal, Self

from aiohttp import web

from .asking import bot_moves
from .bell import Bell
from .dispatch import Dispatch, DroppedError
from .faults import Fault, Faults
from .front import Front
from .group import Group
from .pacing import Rates
from .person import TelegramUser
from .polling import Polling
from .refusal import Json, RefusedError
from .specification import bot_api
from .updates import Updates
from .webhook import Webhook
from .world import BOT_ID, Call, World

TOKEN = f"{BOT_ID}:AAF_parvis-tests-only_0123456789abcd"
KEPT_CALLS_WHEN_LIGHT = 2000


class BotApiServer:
    """`async with BotApiServer() as telegram:`; `telegram.address` and `telegram.token` are what a bot needs.

    `now` gives UTC seconds and `monotonic` the seconds of the pace; `later(seconds)` moves both forward. `haste`
    multiplies the delays between webhook deliveries. `reach` maps a public origin to a local one, so that a webhook
    set on https://example.org is delivered to 127.0.0.1. `light` keeps little history and knows every person.
    `answered` rings after every call.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        token: str = TOKEN,
        light: bool = False,
        rates: bool = False,
        latency: float = 0.0,
        haste: float = 1.0,
        reach: dict[str, str] | None = None,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.token = token
        self.latency = latency
        self.light = light
        self.calls: list[Call] = []
        self.counts: Counter[str] = Counter()
        self.answered = Bell()
        self._port = port
        self._shift = 0.0
        self._now, self._monotonic = now, monotonic
        self.updates = Updates(self.now, bot_api().update_kinds)
        self.world = World(self.now, self.updates, light)
        self.rates = Rates(lambda: self._monotonic() + self._shift, on=rates)
        self.faults = Faults()
        self.polling = Polling(self.updates)
        self.webhook = Webhook(self.updates, self.now, haste, reach or {})
        self.webhook.answered = self._answer_in_webhook
        self._dispatch = Dispatch(self.world, self.rates, self.faults, self.polling, self.webhook)
        self._people: dict[int, TelegramUser] = {}
        self._groups: dict[int, Group] = {}

    async def __aenter__(self) -> Self:
        self._runner = web.ServerRunner(Front(self).server())
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.polling.close()
        await self.webhook.close()
        await self._runner.cleanup()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def now(self) -> float:
        return self._now() + self._shift

    def later(self, seconds: float) -> None:
        """Let time pass without waiting: updates and queries grow old, the pace recovers."""
        self._shift += seconds
        self.updates.bell.ring()

    # What a test arranges

    def user(
        self,
        user_id: int | None = None,
        first_name: str = "Camille",
        language_code: str | None = "fr",
        *,
        last_name: str | None = None,
        username: str | None = None,
        known: bool = False,
    ) -> TelegramUser:
        """The person with this id, made when new. Until they write, a bot can't: `known` skips that."""
        if user_id is None:
            user_id = 100_000_000 + self.world.number()
        if user_id not in self._people:
            others = {"last_name": last_name, "username": username, "language_code": language_code}
            self._people[user_id] = TelegramUser.joins(self.world, user_id, first_name, **others)
        person = self._people[user_id]
        person.chat.known = person.chat.known or known
        return person

    def group(
        self,
        title: str = "Quartier",
        members: list[TelegramUser] | None = None,
        *,
        supergroup: bool = True,
        bot_is_administrator: bool = False,
    ) -> Group:
        """A group the bot belongs to; as an ordinary member it sees only commands and answers to itself."""
        group = Group.opens(self.world, title, supergroup, bot_is_administrator)
        for member in members or []:
            group.chat.members[member.id] = "member"
        self._groups[group.id] = group
        return group

    def fault(
        self,
        method: str,
        code: int = 500,
        *,
        description: str | None = None,
        retry_after: int = 1,
        times: int = 1,
        contains: str = "",
        drop: Literal["", "before", "after"] = "",
    ) -> Fault:
        """Spoil the next `times` calls of a method ("*": any); see Fault."""
        return self.faults.order(method, code, description, retry_after, times, contains, drop)

    def block(self, user: TelegramUser) -> int:
        return user.blocks()

    def unblock(self, user: TelegramUser) -> int:
        return user.unblocks()

    def deactivate(self, user: TelegramUser) -> None:
        """The account is deleted: sends get a 403, and no update says so."""
        user.chat.deactivated = True

    def migrate(self, group: Group) -> Group:
        """The group becomes a supergroup with another id; the old id answers 400 with migrate_to_chat_id."""
        moved = group.becomes_supergroup()
        self._groups[moved.id] = moved
        return moved

    def invite(self, group: Group, by: TelegramUser) -> int:
        """Somebody adds the bot to the group, for the first time or again."""
        if group.chat.bot_status not in {"left", "kicked"}:
            group.chat.bot_status = "left"
        return bot_moves(self.world, group.chat, self.world.users[by.id], "member")

    def kick(self, group: Group, by: TelegramUser) -> int:
        return bot_moves(self.world, group.chat, self.world.users[by.id], "kicked")

    def push(self, raw_update: Json) -> int:
        """Any update, also one that no client can decode."""
        return self.updates.push_raw(raw_update)

    # What a test reads

    def calls_of(self, *methods: str) -> list[Call]:
        return [call for call in self.calls if call.method in methods]

    async def all_delivered(self, timeout: float = 5.0) -> bool:
        """True once the bot has confirmed every update; False after `timeout` seconds."""
        return await self.updates.bell.until(lambda: self.updates.count == 0, timeout)

    async def answer(self, call: Call) -> object:
        """Log the call, then do it; the log is complete also when the call fails."""
        self.calls.append(call)
        if self.light and len(self.calls) > KEPT_CALLS_WHEN_LIGHT:
            del self.calls[: KEPT_CALLS_WHEN_LIGHT // 2]
        try:
            result: object = await self._dispatch.answer(call)
            call.status = 200
        except RefusedError as refused:
            call.status, call.description = refused.code, refused.description
            raise
        finally:
            self.counts[f"{call.method} {call.status}"] += 1
            self.answered.ring()
        return result

    async def _answer_in_webhook(self, method: str, parameters: Json) -> None:
        """A method in the webhook's response: nobody hears its result, so a refusal only stands in the log."""
        try:
            await self.answer(Call(method, parameters, {}, self.now()))
        except (RefusedError, DroppedError):
            return
