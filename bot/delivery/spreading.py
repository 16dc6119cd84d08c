"""Writing the letters of a broadcast, and cancelling those that will not leave: some thousands at a time, so that
replies pass in between."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Integer,
    Select,
    SmallInteger,
    String,
    Text,
    and_,
    bindparam,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)

from bot.delivery import tally
from bot.delivery.broadcast import Act, Broadcast, Kind, Nobody, Settled, State, broadcast
from bot.delivery.broadcasts import COLUMNS, as_broadcast
from bot.delivery.model import Lane
from bot.delivery.outbox import LEASE, is_in, letter
from bot.delivery.tally import WRITTEN, Tallies
from bot.people.store import address
from bot.storage.prepared import Prepared
from bot.storage.tables import MOST_IDENTITIES, Instant, new_identities
from bot.storage.work import Work

CHUNK = 3000
"""Letters written in one transaction: a reply waits for it 30 ms or so."""

MOST_QUEUED = 10_000
"""Letters of a lane that may leave now and have not, before another broadcast of the same lane is spread."""

CLOCKS_APART = timedelta(seconds=5)
"""How far the clocks of two processes may differ, and how long a transaction that takes letters may last."""


def active(work: Work) -> list[Broadcast]:
    """Broadcasts with something to do at this instant, in the order in which they go: by lane, then by start. A stopped
    one is among them until its letters are cancelled, a paused one until it expires."""
    return [as_broadcast(row) for row in _ACTIVE.rows(work, now=work.now)]


def _active(_dialect: str) -> Select[Any]:
    columns = broadcast.c
    waits = or_(*[columns.state == state.value for state in (State.PLANNED, State.RUNNING, State.PAUSED)])
    return (
        select(*COLUMNS)
        .where(
            or_(
                and_(waits, columns.starts_at <= bindparam("now", type_=Instant)),
                and_(columns.state == State.STOPPED.value, columns.ended_at.is_(None)),
            )
        )
        .order_by(columns.lane, columns.starts_at, columns.id)
    )


_ACTIVE = Prepared(_active)
"""Looked at in every round."""


def is_expired(work: Work, one: Broadcast) -> bool:
    return one.expires_at is not None and one.expires_at <= work.now


def to_sweep(work: Work, found: list[Broadcast]) -> list[Broadcast]:
    """Those whose letters that wait will not leave."""
    return [one for one in found if one.state is State.STOPPED or is_expired(work, one)]


def next_to_spread(work: Work, found: list[Broadcast], channels: Collection[str]) -> Broadcast | None:
    """The first whose letters are not all written, unless too many of its lane wait already. `found` are those of known
    kinds, `channels` those that are served: what is left alone holds nothing up."""
    full: dict[Lane, bool] = {}
    for one in found:
        if one.spread_at or one.state not in (State.PLANNED, State.RUNNING) or is_expired(work, one):
            continue
        if one.act is not Act.SEND and _is_under_way(work, one):
            continue
        if one.cursor:  # what is begun is finished
            return one
        if one.lane not in full:
            before = [each.id for each in found if each.lane is one.lane and each.state is State.RUNNING]
            full[one.lane] = _are_many(work, before, channels)
        if not full[one.lane]:
            return one
    return None


def _are_many(work: Work, numbers: Collection[int], channels: Collection[str]) -> bool:
    """Whether more than MOST_QUEUED letters of these wait for nothing but their turn."""
    left = MOST_QUEUED + 1
    for number in numbers:
        for channel in channels:  # one look each: the index then leads past all that waits for its hour
            due = _queued(number).where(letter.c.channel == channel, letter.c.due <= work.now).limit(left)
            left -= work.connection.execute(select(func.count()).select_from(due.subquery())).scalar_one()
            if left <= 0:
                return True
    return False


def _is_under_way(work: Work, one: Broadcast) -> bool:
    """Whether letters with the words of before are still on the wire: an edit waits for what became of them."""
    query = _on_the_wire(one.of).where(letter.c.lease <= one.starts_at + LEASE + CLOCKS_APART)
    return work.connection.execute(query.limit(1)).first() is not None


def spread(work: Work, one: Broadcast, kind: Kind, most: int = CHUNK) -> int:
    """Write the next letters, and move the cursor with them; gives how many."""
    most = min(most, MOST_IDENTITIES)
    people = kind.audience(work, one, one.cursor, most) if one.act is Act.SEND else _told(one, most)
    if isinstance(people, Nobody):
        count = 0
        work.connection.execute(update(broadcast).where(broadcast.c.id == one.id).values(cursor=people.up_to))
    elif not (count := _write(work, one, people, most)):
        work.connection.execute(update(broadcast).where(broadcast.c.id == one.id).values(spread_at=work.now))
    if one.state is State.PLANNED:  # unless it was stopped this very moment
        begun = update(broadcast).where(broadcast.c.id == one.id, broadcast.c.state == State.PLANNED.value)
        began = one.began_at or work.now
        work.connection.execute(begun.values(state=State.RUNNING.value, began_at=began))
    return count


def _write(work: Work, one: Broadcast, people: Select[Any], most: int) -> int:
    person, at, channel, *more = people.subquery().c
    first = new_identities(most)
    number = literal(first - 1, BigInteger) + func.row_number().over(order_by=person)
    values = {
        "id": number,
        "address_id": at,
        "lane": literal(int(one.lane), SmallInteger),
        "state": literal("queued", String),
        "due": literal(work.now, Instant),
        "attempts": literal(0, SmallInteger),
        "broadcast_id": literal(one.id, BigInteger),
        "channel": channel,
        "replaces": more[0] if more else null().cast(Text),
    }
    query = select(*values.values())
    written = insert(letter).from_select(list(values), query, include_defaults=False)
    count = work.connection.execute(written.execution_options(preserve_rowcount=True)).rowcount
    if count:
        _note_written(work, one, first, count)
    return count


def _told(one: Broadcast, most: int) -> Select[tuple[int, int, str, str]]:
    """Those who were sent what is now put right, with the message it is about. Of a letter that arrived in part, that
    part is taken away too; it is put right unless the letter still waits, and takes the new words when it leaves."""
    sent = select(letter.c.address_id, letter.c.address_id.label("at"), letter.c.channel, letter.c.external_id)
    sent = sent.where(letter.c.broadcast_id == one.of, letter.c.address_id > one.cursor)
    sent = sent.where(letter.c.external_id != "")
    if one.act is Act.EDIT:
        sent = sent.where(letter.c.state.in_(("sent", "failed")))
    return sent.order_by(letter.c.address_id).limit(most)


def _note_written(work: Work, one: Broadcast, first: int, count: int) -> None:
    last = select(letter.c.address_id).where(letter.c.id == first + count - 1).scalar_subquery()
    cursor = (
        select(address.c.resident_id).where(address.c.id == last).scalar_subquery() if one.act is Act.SEND else last
    )
    work.connection.execute(update(broadcast).where(broadcast.c.id == one.id).values(cursor=cursor))
    written = select(letter.c.channel, func.count().cast(Integer)).where(letter.c.id.between(first, first + count - 1))
    tallies = Tallies()
    for channel, letters in work.connection.execute(written.group_by(letter.c.channel)):
        tallies.add(one.id, channel, WRITTEN, count=letters)
    tally.record(work, tallies)


def sweep(work: Work, one: Broadcast, most: int = CHUNK) -> int:
    """Cancel the next letters that wait; gives how many, 0 when none is left."""
    stopped = one.state is State.STOPPED
    some = _queued(one.id).limit(most)
    swept = work.connection.execute(
        update(letter)
        .where(letter.c.id.in_(some))
        .values(state="dropped" if stopped else "expired", error="cancelled" if stopped else None)
        .returning(letter.c.channel)
    ).scalars()
    tallies = Tallies()
    for channel in swept:
        tallies.add(one.id, channel, Settled.CANCELLED if stopped else Settled.EXPIRED)
    tally.record(work, tallies)
    return tallies.total()


def is_empty(work: Work, one: Broadcast) -> bool:
    """Whether no letter of it waits or is under way."""
    return not any(work.connection.execute(query.limit(1)).first() for query in (_queued(one.id), _on_the_wire(one.id)))


def _queued(number: int) -> Select[tuple[int]]:
    """In the order of the index of what waits: else SQLite would go through all letters of the broadcast."""
    query = select(letter.c.id).where(letter.c.broadcast_id == number, is_in("queued"))
    return query.order_by(letter.c.channel, letter.c.due, letter.c.id)


def _on_the_wire(number: int | None) -> Select[tuple[int]]:
    """Through the index of what is under way, which is little."""
    return select(letter.c.id).where(is_in("sending"), letter.c.broadcast_id + 0 == number)


def end(work: Work, one: Broadcast) -> bool:
    """Nothing of it is left to do; gives whether that still holds."""
    state = one.state if one.state is State.STOPPED else State.DONE
    still = (broadcast.c.id == one.id) & (broadcast.c.state == one.state.value)
    ended = update(broadcast).where(still).values(state=state.value, ended_at=work.now)
    return work.connection.execute(ended).rowcount == 1
