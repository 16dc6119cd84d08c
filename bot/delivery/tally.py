"""How far a broadcast got: counted as letters end, read in an instant however many there are."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

import msgspec
from sqlalchemy import Executable, bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.delivery.broadcast import Settled, State, broadcast, tally
from bot.delivery.model import BULK_RETRY_AFTER
from bot.delivery.outbox import is_in, letter
from bot.storage.prepared import Prepared
from bot.storage.work import Work

WRITTEN = "written"
"""Counts the letters of a broadcast, beside the ways in which they end."""

MEASURED_EVERY = timedelta(seconds=5)
LATELY = timedelta(minutes=1)
"""A rate measured longer ago than that says nothing any more."""

Key = tuple[int, str, str, str]
"""Broadcast, channel, outcome, reason."""


class Tallies(Counter[Key]):
    """What is to be added, by broadcast, channel, outcome and, for failures, reason."""

    def add(self, number: int, channel: str, outcome: str, reason: str = "", count: int = 1) -> None:
        self[number, channel, outcome, reason[:120] if outcome == Settled.FAILED else ""] += count


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Where a broadcast stands. `rate` is in letters a second lately; `left` the time left at this rate."""

    queued: int = 0  # under way included
    sent: int = 0
    gone: int = 0
    failed: int = 0
    unknown: int = 0
    expired: int = 0
    cancelled: int = 0
    unsubscribed: int = 0
    capped: int = 0
    total: int = 0
    by_channel: dict[str, int] = {}  # sent
    by_reason: dict[str, int] = {}  # failed
    rate: float = 0.0
    left: timedelta | None = None
    spread: bool = False  # whether all letters are written, so that `total` is final


def outcome_of(state: str, error: str | None) -> Settled | None:
    """How a letter has ended, from its row; None while it has not."""
    match state:
        case "failed":
            return Settled.UNKNOWN if error == "unknown" else Settled.FAILED
        case "sent" | "gone" | "expired":
            return Settled(state)
        case "dropped":
            return dropped_as(error or "")
        case _:
            return None


def dropped_as(because: str) -> Settled:
    """What a letter that is not wanted counts as."""
    if because in ("unsubscribed", "stopped"):
        return Settled.UNSUBSCRIBED
    return Settled.CAPPED if because == "capped" else Settled.CANCELLED


def _adding(dialect: str) -> Executable:
    new = (postgresql if dialect == "postgresql" else sqlite).insert(tally)
    new = new.values({column.name: bindparam(column.name) for column in tally.c})
    keys = ["broadcast_id", "channel", "outcome", "reason"]
    done: Executable = new.on_conflict_do_update(
        index_elements=keys, set_={"count": tally.c["count"] + new.excluded["count"]}
    )
    return done


_ADD = Prepared(_adding)


def record(work: Work, tallies: Mapping[Key, int]) -> None:
    _ADD.run_many(
        work,
        [
            {"broadcast_id": number, "channel": channel, "outcome": outcome, "reason": reason, "count": count}
            for (number, channel, outcome, reason), count in sorted(tallies.items())  # two processes never cross
            if count
        ],
    )


def read(work: Work, number: int) -> Figures | None:
    """None when there is no such broadcast."""
    about = select(
        broadcast.c.state, broadcast.c.spread_at, broadcast.c.ended_at, broadcast.c.rate, broadcast.c.rate_at
    )
    row = work.connection.execute(about.where(broadcast.c.id == number)).first()
    if row is None:
        return None
    counted = work.connection.execute(
        select(tally.c.channel, tally.c.outcome, tally.c.reason, tally.c["count"]).where(tally.c.broadcast_id == number)
    ).all()
    outcomes: Counter[str] = Counter()
    for _channel, outcome, _reason, count in counted:
        outcomes[outcome] += count
    settled = {one.value: outcomes[one.value] for one in Settled}
    written, ended = outcomes.pop(WRITTEN, 0), sum(settled.values())
    queued = 0 if row.ended_at else max(0, written - ended)  # letters of those who were erased meanwhile never end
    lately = row.rate_at is not None and work.now - row.rate_at < LATELY and row.state == State.RUNNING
    rate = float(row.rate or 0.0) if lately else 0.0
    return Figures(
        **settled,
        queued=queued,
        total=queued + ended,
        by_channel={channel: count for channel, outcome, _, count in counted if outcome == Settled.SENT and count},
        by_reason=_by_reason([(reason, count) for _, outcome, reason, count in counted if outcome == Settled.FAILED]),
        rate=rate,
        left=timedelta(seconds=queued / rate) if rate else None,
        spread=row.spread_at is not None,
    )


def put_off(work: Work, number: int) -> int:
    """Letters of a broadcast that wait for the end of somebody's quiet hours: due later than any that is tried anew."""
    channels = work.connection.scalars(select(tally.c.channel).where(tally.c.broadcast_id == number).distinct()).all()
    query = select(func.count()).where(
        letter.c.broadcast_id == number,
        letter.c.channel.in_(channels),
        letter.c.due > work.now + BULK_RETRY_AFTER[-1],
        is_in("queued"),
    )
    return work.connection.execute(query).scalar_one()


def _by_reason(failed: list[tuple[str, int]]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for reason, count in failed:
        found[reason] += count
    return {reason: count for reason, count in found.items() if count}


def measure(work: Work, number: int) -> None:
    """Take the rate of a broadcast, from what was sent since it was last taken."""
    sent = work.connection.scalar(
        select(func.coalesce(func.sum(tally.c["count"]), 0)).where(
            tally.c.broadcast_id == number, tally.c.outcome == Settled.SENT.value
        )
    )
    before = select(broadcast.c.rate_at, broadcast.c.rate_from).where(broadcast.c.id == number)
    at, then = work.connection.execute(before).one()
    seconds = (work.now - at).total_seconds() if at else 0.0
    rate = (int(sent or 0) - int(then or 0)) / seconds if seconds > 0 else None
    work.connection.execute(
        update(broadcast).where(broadcast.c.id == number).values(rate=rate, rate_at=work.now, rate_from=int(sent or 0))
    )


def queued_by_lane(work: Work) -> dict[int, int]:
    """Letters of broadcasts that have not ended, by lane."""
    query = (
        select(broadcast.c.lane, tally.c.outcome, func.sum(tally.c["count"]))
        .join_from(broadcast, tally, tally.c.broadcast_id == broadcast.c.id)
        .where(broadcast.c.ended_at.is_(None))
        .group_by(broadcast.c.lane, tally.c.outcome)
    )
    found: Counter[int] = Counter()
    for lane, outcome, count in work.connection.execute(query):
        found[lane] += count if outcome == WRITTEN else -count
    return {lane: max(0, count) for lane, count in found.items()}
