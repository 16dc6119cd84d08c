"""Taking letters from the outbox, and what becomes of those that did not leave."""

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Executable, Integer, Update, bindparam, select, update

from bot.delivery import tally
from bot.delivery.broadcast import Settled
from bot.delivery.model import Lane, Letter, Message
from bot.delivery.outbox import LEASE, is_in, letter
from bot.people.store import address
from bot.storage.prepared import Prepared, Row, among
from bot.storage.work import Work

log = logging.getLogger(__name__)

_decode = msgspec.json.Decoder(Message).decode

_LETTERS = Prepared(
    lambda dialect: (
        select(
            letter.c.id,
            letter.c.address_id,
            address.c.channel,
            address.c.external,
            letter.c.lane,
            letter.c.payload,
            letter.c.attempts,
            letter.c.expires_at,
            letter.c.external_id,
        )
        .join_from(letter, address, letter.c.address_id == address.c.id)
        .where(among(letter.c.id, "numbers", dialect), letter.c.state == "sending")
        .order_by(letter.c.lane, letter.c.id)
    )
)


def _due(dialect: str) -> Executable:
    query = (
        select(letter.c.id)
        .join_from(letter, address, letter.c.address_id == address.c.id)
        .where(
            is_in("queued"),
            letter.c.broadcast_id.is_(None),
            letter.c.lane == bindparam("lane"),
            letter.c.due <= bindparam("now"),
            among(address.c.channel, "channels", dialect),
            address.c.gone_because.is_(None),
        )
        .order_by(letter.c.due, letter.c.id)
        .limit(bindparam("most", type_=Integer))
    )
    return query.with_for_update(skip_locked=True, of=letter) if dialect == "postgresql" else query


_DUE = Prepared(_due)
_LEASED = Prepared(
    lambda dialect: (
        update(letter).where(among(letter.c.id, "numbers", dialect)).values(state="sending", lease=bindparam("until"))
    )
)
_EXPIRED = Prepared(
    lambda dialect: (
        update(letter).where(among(letter.c.id, "numbers", dialect)).values(state="expired", lease=None, payload=None)
    )
)

_WORDLESS = Prepared(
    lambda dialect: (
        update(letter)
        .where(among(letter.c.id, "numbers", dialect))
        .values(state="failed", error="no words", lease=None)
    )
)


Untrue = Callable[[Work, Sequence[Letter]], Collection[int]]
"""Given letters about to leave, or too late to, settles those that say what is no longer so; gives their numbers."""

TRIES = 10
"""Looks in one claim, while much of what is found is no longer true."""


def all_true(_work: Work, _letters: Sequence[Letter]) -> Collection[int]:
    return ()


def claim(
    work: Work,
    channels: Sequence[str],
    most: int,
    most_pushed: int | None = None,
    ours: Collection[int] = (),
    untrue: Untrue = all_true,
) -> list[Letter]:
    """Take up to `most` letters that are due, first lane first, oldest first, and lease them to this process; of those
    that answer nobody at most `most_pushed`. Letters of broadcasts are taken by `bot.delivery.rounds`.

    Letters whose lease ran out, but for `ours`, belong to a process that died. Replies and reminders are sent again
    (they may arrive twice); corrections and recalls too, which do no harm twice; other letters of broadcasts become
    `failed` with the reason `unknown`.
    """
    _take_back(work, [row for row in _LOST.rows(work, now=work.now) if row[0] not in ours])
    taken: list[Letter] = []
    for _try in range(TRIES):
        pushed = sum(one.lane is not Lane.REPLY for one in taken)
        found = _lease(work, channels, most - len(taken), None if most_pushed is None else most_pushed - pushed)
        dropped = untrue(work, found) if found else ()
        taken += _in_time(work, [one for one in found if one.id not in dropped])
        if not dropped:
            break
    return taken


def _lease(work: Work, channels: Sequence[str], most: int, most_pushed: int | None) -> list[Letter]:
    due: list[Row] = []
    pushed = 0
    for lane in Lane:  # one look each: the index then leads to what is due, past all that waits for its hour
        room = most - len(due)
        if lane is not Lane.REPLY and most_pushed is not None:
            room = min(room, most_pushed - pushed)
        if room > 0:
            found = _DUE.rows(work, lane=int(lane), now=work.now, channels=channels, most=room)
            pushed += len(found) if lane is not Lane.REPLY else 0
            due += found
    if not due:
        return []
    numbers = [number for (number,) in due]
    _LEASED.run(work, numbers=numbers, until=work.now + LEASE)
    rows = _LETTERS.rows(work, numbers=numbers)
    if wordless := [row[0] for row in rows if row[5] is None]:  # one bad row must not stop all others
        log.error("Letters without words cannot be sent: %s.", wordless)
        _WORDLESS.run(work, numbers=wordless)
    return [
        Letter(row[0], row[1], row[2], row[3], Lane(row[4]), _decode(row[5]), row[6], "", row[7], row[8] or "")
        for row in rows
        if row[5] is not None
    ]


def _in_time(work: Work, letters: Sequence[Letter]) -> list[Letter]:
    """Without those that it is too late for: they never leave."""
    late = {one.id for one in letters if one.expires_at is not None and one.expires_at <= work.now}
    if late:
        _EXPIRED.run(work, numbers=list(late))
    return [one for one in letters if one.id not in late]


_LEFT_BEHIND = select(letter.c.id, letter.c.broadcast_id, letter.c.channel, letter.c.replaces).where(is_in("sending"))
_UNDER_WAY = Prepared(lambda _dialect: _LEFT_BEHIND)
_LOST = Prepared(lambda _dialect: _LEFT_BEHIND.where(letter.c.lease < bindparam("now")))


def take_back(work: Work, ours: Sequence[int]) -> None:
    """Whoever had letters under way is certainly dead: all but `ours` are taken back, without waiting for leases."""
    kept = frozenset(ours)
    _take_back(work, [row for row in _UNDER_WAY.rows(work) if row[0] not in kept])


def _take_back(work: Work, lost: Sequence[Row]) -> None:
    again = [number for number, of, _channel, replaces in lost if of is None or replaces]
    unknown = [number for number, of, _channel, replaces in lost if of is not None and not replaces]
    if again:
        work.connection.execute(update(letter).where(letter.c.id.in_(again)).values(state="queued", lease=None))
    if unknown:
        values = {"state": "failed", "error": "unknown", "lease": None}
        work.connection.execute(update(letter).where(letter.c.id.in_(unknown)).values(values))
        tallies = tally.Tallies()
        for _number, of, channel, replaces in lost:
            if of is not None and not replaces:
                tallies.add(of, channel, Settled.UNKNOWN)
        tally.record(work, tallies)


def put_back(work: Work, number: int, address_id: int, due: datetime, *, counted: bool, partly: str = "") -> None:
    """Try a letter again at `due`, and hold the later letters of its address until then, so that order is kept. One
    that was given up meanwhile, as its address is gone, stays so. `partly` is the channel's id of what has arrived."""
    values = {"state": "queued", "lease": None, "due": due, "attempts": letter.c.attempts + int(counted)}
    if partly:
        values["external_id"] = partly
    work.connection.execute(update(letter).where(letter.c.id == number, letter.c.state == "sending").values(**values))
    work.connection.execute(
        update(letter)
        .where(letter.c.address_id == address_id, letter.c.id > number, letter.c.state == "queued", letter.c.due < due)
        .values(due=due)
    )


def give_back(work: Work, numbers: Iterable[int], due: datetime) -> None:
    """Letters that were leased and not tried go back to the outbox."""
    work.connection.execute(
        update(letter)
        .where(letter.c.id.in_(list(numbers)), letter.c.state == "sending")
        .values(state="queued", lease=None, due=due)
    )


def forget_parts(work: Work, number: int) -> None:
    """What has arrived of it did so where nobody is any more: it begins anew."""
    work.connection.execute(update(letter).where(letter.c.id == number).values(external_id=None))


def renew(work: Work, numbers: Sequence[int]) -> None:
    """These letters are still in this process's hands."""
    for at in range(0, len(numbers), 1000):  # a statement takes some thirty thousand parameters at most
        work.connection.execute(
            update(letter)
            .where(letter.c.id.in_(numbers[at : at + 1000]), letter.c.state == "sending")
            .values(lease=work.now + LEASE)
        )


def readdress(work: Work, old: int, new: int) -> None:
    """What waits for one address goes to another, but for broadcasts that write to that one already."""
    theirs = letter.alias()
    written = select(theirs.c.id).where(theirs.c.address_id == new, theirs.c.broadcast_id == letter.c.broadcast_id)
    waits = letter.c.state.in_(("queued", "sending"))
    _drop(work, update(letter).where(letter.c.address_id == old, waits, written.exists()), "dropped", "moved")
    work.connection.execute(update(letter).where(letter.c.address_id == old, waits).values(address_id=new))


def cancel_for(work: Work, address_ids: Iterable[int], because: str) -> int:
    """Nothing that still waits goes to these addresses, which are gone; gives the number of letters cancelled."""
    waits = letter.c.address_id.in_(list(address_ids)) & letter.c.state.in_(("queued", "sending"))
    singles = work.connection.execute(
        update(letter)
        .where(waits, letter.c.broadcast_id.is_(None))
        .values(state="failed", error=because[:300], lease=None, payload=None)
    ).rowcount
    return singles + _drop(work, update(letter).where(waits, letter.c.broadcast_id.is_not(None)), "gone", because)


def _drop(work: Work, letters: Update, state: str, because: str) -> int:
    """Settle letters of broadcasts, and count them."""
    settled = letters.values(state=state, error=because[:300], lease=None)
    tallies = tally.Tallies()
    for number, channel in work.connection.execute(settled.returning(letter.c.broadcast_id, letter.c.channel)):
        tallies.add(number, channel, tally.outcome_of(state, because) or Settled.CANCELLED)
    tally.record(work, tallies)
    return tallies.total()
