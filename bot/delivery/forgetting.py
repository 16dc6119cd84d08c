"""Forgetting the letters of broadcasts, and what that leaves beyond reach.

Of what still stands, the messages can be corrected or taken away only while it is known which they are: a line without
words for each person who got one. Their channel has the words. Where a page shows them from the outbox they go as all
that is old: then that page shows nothing any more that could be changed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, Select, delete, func, or_, select

from bot.delivery.broadcast import Settled, broadcast, tally
from bot.delivery.outbox import is_in, letter
from bot.delivery.store import SLICE
from bot.storage.work import Work

Standing = Callable[[Work], Select[tuple[int]]]
"""Broadcasts whose messages may still have to be changed."""


class Forgetting:
    """A job of upkeep. Broadcasts that nothing is left to be forgotten of are remembered in memory: those that stand
    have a line for each person, and nobody should wait for all of them to be read at every tick."""

    def __init__(self, kept: timedelta, standing: Standing) -> None:
        self._kept = kept
        self._standing = standing
        self._bare: set[int] = set()
        self._gone: set[int] = set()

    def forget(self, work: Work, most: int = SLICE) -> int:
        """Drop letters of broadcasts that ended long ago, at most `most`; gives how many. One that still stands is read
        whole, once: 40 ms for 120,000 people on SQLite."""
        stands = self._those_that_stand(work)
        left = most
        for number in _ended_before(work, work.now - self._kept):
            done = self._bare if number in stands else self._gone
            if number in done:
                continue
            left -= _drop(work, number, left, *([_USELESS] if number in stands else []))
            if not left:
                break
            done.add(number)
            if number in stands:  # all its lines were read: one such broadcast a tick
                break
        return most - left

    def _those_that_stand(self, work: Work) -> set[int]:
        """Those that are being changed at this instant too."""
        changing = select(broadcast.c.of_id).where(broadcast.c.of_id.is_not(None), broadcast.c.ended_at.is_(None))
        return {*work.connection.scalars(self._standing(work)), *filter(None, work.connection.scalars(changing))}


_USELESS = or_(letter.c.external_id.is_(None), letter.c.external_id == "", letter.c.payload.is_not(None))
"""Letters that arrived nowhere, and those that a page shows from here."""


def _ended_before(work: Work, then: datetime) -> list[int]:
    query = select(broadcast.c.id).where(broadcast.c.ended_at < then).order_by(broadcast.c.id)
    return list(work.connection.scalars(query))


def _drop(work: Work, number: int, most: int, *which: ColumnElement[bool]) -> int:
    some = select(letter.c.id).where(letter.c.broadcast_id == number, *which).limit(most)
    return work.connection.execute(delete(letter).where(letter.c.id.in_(some))).rowcount


class Reach(msgspec.Struct, frozen=True):
    """Of messages that arrived: whether any can be changed, and how many stay as they are, by channel."""

    changes: bool = True
    stays: dict[str, int] = {}


def reach(work: Work, number: int) -> Reach:
    """Of a channel all letters are known, or none: quick however many there are."""
    sent = select(tally.c.channel, func.sum(tally.c.count)).group_by(tally.c.channel)
    sent = sent.where(tally.c.broadcast_id == number, tally.c.outcome == Settled.SENT.value)
    counted = {row[0]: int(row[1]) for row in work.connection.execute(sent) if row[1]}
    stays = {channel: count for channel, count in counted.items() if not _is_known(work, number, channel)}
    waits = select(letter.c.id).where(letter.c.broadcast_id == number, is_in("queued"))
    changes = not stays or len(stays) < len(counted) or work.connection.execute(waits.limit(1)).first() is not None
    return Reach(changes, stays)


def _is_known(work: Work, number: int, channel: str) -> bool:
    of = letter.c.broadcast_id == number, letter.c.channel == channel, letter.c.external_id != ""
    return work.connection.execute(select(letter.c.id).where(*of).limit(1)).first() is not None
