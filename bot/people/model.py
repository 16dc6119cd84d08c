"""Who is at the other end."""

from datetime import datetime

import msgspec


class Person(msgspec.Struct, frozen=True):
    """A resident at one of their addresses. `id` is ours; `external` is what the channel calls them."""

    id: int
    address: int
    channel: str
    external: str
    language: str = ""
    chosen_language: bool = False
    pushes: bool = True
    gone: bool = False
    heard_at: datetime | None = None  # to the day: it is noted once a day at most
    staff: bool = False  # has at least one role now: bot.people.staff says which
    new: bool = False


class Summary(msgspec.Struct, frozen=True):
    """What is kept about a person, in numbers, so that they can be told before it is erased."""

    since: datetime
    addresses: int
    reports: int
    followed: int
