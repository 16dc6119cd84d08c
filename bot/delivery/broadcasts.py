"""What staff and the clock may do with a broadcast: plan, pause, resume, stop, put off; and its figures."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import func, insert, select, update

from bot.delivery.broadcast import Act, Broadcast, State, broadcast
from bot.delivery.model import Lane
from bot.delivery.store import letter
from bot.people.store import address
from bot.storage.tables import new_identity
from bot.storage.work import Work


class NoSuchBroadcast(Exception):
    """There is no broadcast with this number."""


class CannotChange(Exception):
    """The broadcast is in a state that does not allow it; the message says which."""


class Figures(msgspec.Struct, frozen=True):
    """Letters of a broadcast, counted. `rate` is in letters a second."""

    queued: int = 0
    sent: int = 0
    gone: int = 0
    failed: int = 0
    unknown: int = 0
    expired: int = 0
    cancelled: int = 0
    unsubscribed: int = 0
    capped: int = 0
    total: int = 0
    by_channel: dict[str, int] = {}
    by_reason: dict[str, int] = {}
    rate: float = 0.0
    left: timedelta | None = None
    spread: bool = False


def plan(
    work: Work,
    *,
    kind: str,
    ref: str,
    lane: Lane,
    starts_at: datetime,
    expires_at: datetime | None = None,
    act: Act = Act.SEND,
    of: int | None = None,
) -> Broadcast:
    number = new_identity()
    work.connection.execute(
        insert(broadcast).values(
            id=number,
            kind=kind,
            ref=ref,
            act=act.value,
            of_id=of,
            lane=int(lane),
            state=State.PLANNED.value,
            starts_at=starts_at,
            expires_at=expires_at,
            cursor=0,
            rev=1,
        )
    )
    return _known(work, number)


def _broadcast(row: Any) -> Broadcast:
    return Broadcast(
        row.id,
        row.kind,
        row.ref,
        Act(row.act),
        row.of_id,
        Lane(row.lane),
        State(row.state),
        row.starts_at,
        row.expires_at,
        row.cursor,
        row.spread_at,
        row.began_at,
        row.ended_at,
        row.because or "",
        row.rev,
    )


def by_id(work: Work, number: int) -> Broadcast | None:
    row = work.connection.execute(select(broadcast).where(broadcast.c.id == number)).first()
    return _broadcast(row) if row else None


def of_ref(work: Work, kind: str, ref: str) -> list[Broadcast]:
    """Every broadcast of a thing, oldest first."""
    query = select(broadcast).where(broadcast.c.kind == kind, broadcast.c.ref == ref).order_by(broadcast.c.id)
    return [_broadcast(row) for row in work.connection.execute(query)]


def _known(work: Work, number: int) -> Broadcast:
    found = by_id(work, number)
    if found is None:
        raise NoSuchBroadcast(f"There is no broadcast {number}.")
    return found


def _change(work: Work, number: int, among: tuple[State, ...], **values: Any) -> Broadcast:
    before = _known(work, number)
    if before.state not in among:
        raise CannotChange(f"The broadcast is {before.state}.")
    work.connection.execute(update(broadcast).where(broadcast.c.id == number).values(**values))
    return _known(work, number)


def pause(work: Work, number: int, because: str = "") -> Broadcast:
    return _change(work, number, (State.PLANNED, State.RUNNING), state=State.PAUSED.value, because=because)


def resume(work: Work, number: int) -> Broadcast:
    return _change(work, number, (State.PAUSED,), state=State.RUNNING.value, because=None)


def stop(work: Work, number: int, because: str = "") -> Broadcast:
    stopped = _change(
        work,
        number,
        (State.PLANNED, State.RUNNING, State.PAUSED),
        state=State.STOPPED.value,
        because=because,
        ended_at=work.now,
    )
    work.connection.execute(
        update(letter)
        .where(letter.c.broadcast_id == number, letter.c.state == "queued")
        .values(state="failed", error="cancelled")
    )
    return stopped


def put_off(work: Work, number: int, starts_at: datetime) -> Broadcast:
    return _change(work, number, (State.PLANNED,), starts_at=starts_at)


def expire_on(work: Work, number: int, expires_at: datetime) -> None:
    work.connection.execute(update(broadcast).where(broadcast.c.id == number).values(expires_at=expires_at))
    work.connection.execute(
        update(letter).where(letter.c.broadcast_id == number, letter.c.state == "queued").values(expires_at=expires_at)
    )


NAMED = ("unknown", "cancelled", "unsubscribed", "capped", "gone")


def figures(work: Work, number: int) -> Figures:
    """What became of the letters so far."""
    one = _known(work, number)
    counts = {"queued": 0, "sent": 0, "failed": 0, "expired": 0, **dict.fromkeys(NAMED, 0)}
    by_reason: dict[str, int] = {}
    query = (
        select(letter.c.state, letter.c.error, func.count())
        .where(letter.c.broadcast_id == number)
        .group_by(letter.c.state, letter.c.error)
    )
    for state, error, count in work.connection.execute(query):
        name = "queued" if state == "sending" else error if state == "failed" and error in NAMED else state
        counts[name] += count
        if name == "failed":
            by_reason[error or "?"] = count
    channels = (
        select(address.c.channel, func.count())
        .join_from(letter, address, letter.c.address_id == address.c.id)
        .where(letter.c.broadcast_id == number, letter.c.state == "sent")
        .group_by(address.c.channel)
    )
    by_channel = {row[0]: row[1] for row in work.connection.execute(channels)}
    found = Figures(
        total=sum(counts.values()),
        by_channel=by_channel,
        by_reason=by_reason,
        spread=one.spread_at is not None,
    )
    return msgspec.structs.replace(found, **counts)
