"""What may be done with a broadcast: planned, put off, paused, taken up again, stopped for good; and how far it got.

Each is one small statement, however many letters wait: the postman brings the letters into line afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, or_, select, update

from bot.delivery import tally
from bot.delivery.broadcast import Act, Broadcast, State, broadcast
from bot.delivery.hands import look_again
from bot.delivery.model import Lane
from bot.delivery.outbox import is_in, letter
from bot.delivery.tally import Figures, Tallies, dropped_as
from bot.people.store import address
from bot.storage.tables import new_identity
from bot.storage.work import Work

__all__ = ["Figures", "by_id", "cancel_pushes", "consent_changed", "expire_on", "figures", "has_begun",
           "of_ref", "pause", "plan", "put_off", "put_off_letters", "resume", "stop"]  # fmt: skip

PUSHED = (Lane.URGENT, Lane.STATUS, Lane.NEWS)
"""Lanes in which the bot speaks first. Edits of what was sent are not among them: they make no sound."""


class NoSuchBroadcast(Exception):
    def __init__(self, number: int) -> None:
        super().__init__(f"There is no broadcast {number}.")


class CannotChange(Exception):
    """It is too late, or too early. `state` is the one it is in."""

    def __init__(self, state: State, wish: str) -> None:
        super().__init__(f"This broadcast is {state}: it cannot be {wish}.")
        self.state = state


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
    """A broadcast that leaves by itself from `starts_at` on. With EDIT and DELETE, `of` is the one whose messages are
    changed; what of it is in hand is worded anew."""
    if (of is None) != (act is Act.SEND):
        raise ValueError("an edit or a deletion, and nothing else, is of another broadcast")
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
        )
    )
    look_again(work, broadcasts=[] if of is None else [of])
    return _known(work, number)


def by_id(work: Work, number: int) -> Broadcast | None:
    row = work.connection.execute(select(*COLUMNS).where(broadcast.c.id == number)).first()
    return as_broadcast(row) if row else None


def of_ref(work: Work, kind: str, ref: str) -> list[Broadcast]:
    """All that carried this, the oldest first."""
    query = select(*COLUMNS).where(broadcast.c.kind == kind, broadcast.c.ref == ref).order_by(broadcast.c.id)
    return [as_broadcast(row) for row in work.connection.execute(query)]


def pause(work: Work, number: int, because: str = "") -> Broadcast:
    """Nothing more leaves until `resume`; what is on the wire at this instant arrives."""
    one = _known(work, number)
    if one.state is State.PAUSED:
        return one
    if one.state not in (State.PLANNED, State.RUNNING):
        raise CannotChange(one.state, "paused")
    return _change(work, number, state=State.PAUSED.value, because=because[:300])


def resume(work: Work, number: int) -> Broadcast:
    one = _known(work, number)
    if one.state is not State.PAUSED:
        raise CannotChange(one.state, "resumed")
    state = State.RUNNING if one.began_at else State.PLANNED
    return _change(work, number, state=state.value, because=None)


def stop(work: Work, number: int, because: str = "") -> Broadcast:
    """For good. Takes hold at once; the letters that wait are cancelled afterwards, some thousands at a time."""
    one = _known(work, number)
    if one.state is State.STOPPED:
        return one
    if one.state is State.DONE:
        raise CannotChange(one.state, "stopped")
    return _change(work, number, state=State.STOPPED.value, because=because[:300])


def has_begun(work: Work, number: int) -> bool:
    """Whether something of it may have left. With PostgreSQL the answer holds until the end of the transaction."""
    one = _known(work, number)
    return one.began_at is not None or one.state in (State.RUNNING, State.DONE)


def put_off(work: Work, number: int, starts_at: datetime) -> Broadcast:
    """Another time, while nothing has left."""
    one = _known(work, number)
    if one.state is not State.PLANNED:
        raise CannotChange(one.state, "put off")
    return _change(work, number, starts_at=starts_at)


def expire_on(work: Work, number: int, expires_at: datetime | None) -> None:
    """Until when it may leave; holds for letters that wait already."""
    _known(work, number)
    _change(work, number, expires_at=expires_at)


def figures(work: Work, number: int) -> Figures:
    """Raises NoSuchBroadcast."""
    found = tally.read(work, number)
    if found is None:
        raise NoSuchBroadcast(number)
    return found


def put_off_letters(work: Work, number: int) -> int:
    """How many of its letters wait for the end of somebody's quiet hours."""
    return tally.put_off(work, number)


def consent_changed(work: Work, resident_id: int) -> None:
    """To be called with any change of what somebody wishes to get: what of theirs is in hand is judged anew."""
    look_again(work, addresses=_addresses(work, resident_id))


def cancel_pushes(work: Work, resident_id: int, because: str = "stopped", *, lanes: Sequence[Lane] = PUSHED) -> int:
    """Cancel what waits for somebody who wants none of it any more: news, digests, reminders; not replies, not edits.
    Gives the number of letters.

    One in hand that has left by now arrives, and is noted as sent. Those of broadcasts are asked about anew."""
    places = _addresses(work, resident_id)
    waits = or_(is_in("queued"), is_in("sending") & letter.c.broadcast_id.is_(None))
    cancelled = work.connection.execute(
        update(letter)
        .where(letter.c.address_id.in_(places), waits, letter.c.lane.in_([int(lane) for lane in lanes]))
        .values(state="dropped", error=because[:300], lease=None, payload=None)
        .returning(letter.c.broadcast_id, letter.c.channel)
    ).all()
    tallies = Tallies()
    for number, channel in cancelled:
        if number is not None:
            tallies.add(number, channel, dropped_as(because))
    tally.record(work, tallies)
    look_again(work, addresses=places)
    return len(cancelled)


def _addresses(work: Work, resident_id: int) -> list[int]:
    return list(work.connection.scalars(select(address.c.id).where(address.c.resident_id == resident_id)))


def _known(work: Work, number: int) -> Broadcast:
    """With PostgreSQL locked until the end of the transaction: two members of staff may press at once."""
    row = work.connection.execute(select(*COLUMNS).where(broadcast.c.id == number).with_for_update()).first()
    if row is None:
        raise NoSuchBroadcast(number)
    return as_broadcast(row)


def _change(work: Work, number: int, **values: Any) -> Broadcast:
    work.connection.execute(update(broadcast).where(broadcast.c.id == number).values(**values))
    look_again(work, broadcasts=[number])
    return _known(work, number)


_NAMES = ("id", "kind", "ref", "act", "of_id", "lane", "state", "starts_at", "expires_at", "cursor", "spread_at",
          "began_at", "ended_at", "because")  # fmt: skip
COLUMNS = [broadcast.c[name] for name in _NAMES]
"""What `as_broadcast` reads, in this order."""


def as_broadcast(row: Sequence[Any]) -> Broadcast:
    number, kind, ref, act, of, lane, state, starts_at, expires_at, cursor, spread_at, began_at, ended_at, because = row
    return Broadcast(
        id=number,
        kind=kind,
        ref=ref,
        act=Act(act),
        of=of,
        lane=Lane(lane),
        state=State(state),
        starts_at=starts_at,
        expires_at=expires_at,
        cursor=cursor,
        spread_at=spread_at,
        began_at=began_at,
        ended_at=ended_at,
        because=because or "",
    )
