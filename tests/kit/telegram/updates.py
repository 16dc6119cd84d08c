"""Updates waiting for the bot: at most 24 hours, a tapped button 150 seconds."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from .bell import Bell
from .refusal import Json

DAY = 86_400.0
CALLBACK_LIFETIME = 150.0
LIFETIMES = {"callback_query": CALLBACK_LIFETIME, "inline_query": 30.0}
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(slots=True, eq=False)
class Waiting:
    """`queue`: updates of one queue are delivered to a webhook strictly one after another."""

    update_id: int
    body: Json
    queue: str
    expires_at: float


def queue_of(update: Json) -> str:
    """Messages by chat, button taps by user, polls by poll: no order is promised between two of these queues."""
    for kind, content in update.items():
        if kind == "update_id" or not isinstance(content, dict):
            continue
        if kind == "callback_query":
            return f"user {content.get('from', {}).get('id')}"
        if kind in {"poll", "poll_answer"}:
            return f"poll {content.get('poll_id') or content.get('id')}"
        return f"chat {content.get('chat', {}).get('id')}"
    return "others"


class Updates:
    """`opened` is told of every queue that was empty and is not any more."""

    def __init__(self, now: Callable[[], float], kinds: tuple[str, ...], first: int = 700_000_001) -> None:
        self._now = now
        self._kinds = frozenset(kinds)
        self._next = first
        self.allowed: frozenset[str] = self._kinds - NOT_BY_DEFAULT
        self.asked: list[str] = []
        self._queues: dict[str, deque[Waiting]] = {}
        self._waiting: dict[int, Waiting] = {}
        self.bell = Bell()
        self.opened: Callable[[str], None] | None = None

    def allow(self, kinds: list[str] | None) -> None:
        """None keeps the previous choice; an empty list is the default one."""
        if kinds is None:
            return
        self.asked = kinds
        self.allowed = frozenset(kinds) if kinds else self._kinds - NOT_BY_DEFAULT

    def push(self, kind: str, content: Json, age: float = 0.0) -> int:
        """The update_id; 0 when the bot asked not to receive this kind. `age` in seconds."""
        if kind not in self.allowed:
            return 0
        return self.push_raw({kind: content}, LIFETIMES.get(kind, DAY) - age)

    def push_raw(self, update: Json, lifetime: float = DAY) -> int:
        """Any content, decodable or not. An update_id in it is kept, which allows duplicates and jumps."""
        update_id = int(update.get("update_id", self._next))
        body = {"update_id": update_id, **{key: value for key, value in update.items() if key != "update_id"}}
        waiting = Waiting(update_id, body, queue_of(body), self._now() + lifetime)
        self._place(waiting)
        is_new = waiting.queue not in self._queues
        self._queues.setdefault(waiting.queue, deque()).append(waiting)
        if is_new and self.opened is not None:
            self.opened(waiting.queue)
        self.bell.ring()
        return update_id

    def _place(self, waiting: Waiting) -> None:
        """In the order of update_id, whatever the order of arrival."""
        same = self._waiting.get(waiting.update_id)
        if same is not None:
            self.remove(same)
        self._waiting[waiting.update_id] = waiting
        if waiting.update_id < self._next:
            self._waiting = dict(sorted(self._waiting.items()))
        self._next = max(self._next, waiting.update_id + 1)

    def first(self, limit: int) -> list[Json]:
        """The oldest updates still alive."""
        now = self._now()
        found: list[Json] = []
        expired: list[Waiting] = []
        for waiting in self._waiting.values():
            if waiting.expires_at <= now:
                expired.append(waiting)
                continue
            found.append(waiting.body)
            if len(found) == limit:
                break
        for waiting in expired:
            self.remove(waiting)
        return found

    def confirm_below(self, offset: int) -> None:
        while self._waiting:
            oldest = next(iter(self._waiting.values()))
            if oldest.update_id >= offset:
                return
            self.remove(oldest)

    def forget_all_but(self, last: int) -> None:
        """A negative offset of getUpdates: all older updates are forgotten."""
        for waiting in list(self._waiting.values())[:-last]:
            self.remove(waiting)

    def remove(self, waiting: Waiting) -> None:
        if self._waiting.pop(waiting.update_id, None) is None:
            return
        queue = self._queues[waiting.queue]
        queue.remove(waiting)
        if not queue:
            del self._queues[waiting.queue]
        self.bell.ring()

    def clear(self) -> None:
        self._waiting.clear()
        self._queues.clear()
        self.bell.ring()

    @property
    def count(self) -> int:
        return len(self._waiting)

    def queues(self) -> list[str]:
        return list(self._queues)

    def head(self, queue: str) -> Waiting | None:
        """The oldest update of the queue that is still alive."""
        while queue in self._queues:
            waiting = self._queues[queue][0]
            if waiting.expires_at > self._now():
                return waiting
            self.remove(waiting)
        return None
