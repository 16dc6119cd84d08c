"""The letters of broadcasts, from the outbox into our hands and back: what is taken, and what became of it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Executable, Integer, bindparam, select, update

from bot.delivery import tally
from bot.delivery.broadcast import Act, Broadcast, Kind, Later, Never, Settled
from bot.delivery.claims import cancel_for, forget_parts, readdress
from bot.delivery.model import Letter, Message
from bot.delivery.outbox import LEASE, is_in, letter
from bot.delivery.tally import Tallies, dropped_as
from bot.people.store import address, mark_gone, move_address, resident, without_address
from bot.storage.prepared import Prepared, Row, among
from bot.storage.work import Work

OnGone = Callable[[Work, Sequence[int]], object]
"""Told, in the same transaction, of residents whose last address is no longer good."""

TRIES = 10
"""Looks at the outbox in one round, while most of what is found may not leave."""


def _waiting(dialect: str) -> Executable:
    query = (
        select(
            letter.c.id,
            letter.c.address_id,
            address.c.external,
            resident.c.language,
            letter.c.attempts,
            letter.c.replaces,
            address.c.gone_because,
            letter.c.external_id,
        )
        .join_from(letter, address, letter.c.address_id == address.c.id)
        .join(resident, address.c.resident_id == resident.c.id)
        .where(
            is_in("queued"),
            letter.c.broadcast_id == bindparam("broadcast"),
            letter.c.channel == bindparam("channel"),
            letter.c.due <= bindparam("now"),
        )
        .order_by(letter.c.due, letter.c.id)
        .limit(bindparam("most", type_=Integer))
    )
    return query.with_for_update(skip_locked=True, of=letter) if dialect == "postgresql" else query


_WAITING = Prepared(_waiting)
_LEASED = Prepared(
    lambda dialect: (
        update(letter).where(among(letter.c.id, "numbers", dialect)).values(state="sending", lease=bindparam("until"))
    )
)
_PUT_OFF = Prepared(
    lambda dialect: update(letter).where(among(letter.c.id, "numbers", dialect)).values(due=bindparam("until"))
)
_ENDED = Prepared(
    lambda dialect: (
        update(letter)
        .where(among(letter.c.id, "numbers", dialect))
        .values(state=bindparam("state"), error=bindparam("error"), lease=None)
    )
)


def take(work: Work, one: Broadcast, kind: Kind, channel: str, most: int) -> tuple[list[Letter], bool]:
    """Up to `most` letters that may leave at this instant, leased to this process and worded; and whether more of them
    may be found at once."""
    taken: list[Letter] = []
    for _try in range(TRIES):
        found = _WAITING.rows(work, broadcast=one.id, channel=channel, now=work.now, most=most - len(taken))
        if not found:
            return taken, False
        taken += _worded(work, one, kind, channel, _those_that_may(work, one, kind, channel, found))
        if len(taken) == most:
            break
    return taken, True


def _those_that_may(work: Work, one: Broadcast, kind: Kind, channel: str, found: Sequence[Row]) -> list[Row]:
    """Settles or puts off the others."""
    verdicts = kind.judge(work, one, [row[1] for row in found]) if one.act is Act.SEND else {}
    tallies, go = Tallies(), []
    ended: dict[tuple[str, str], list[int]] = {}
    later: dict[datetime, list[int]] = {}
    for row in found:
        match verdicts.get(row[1]):
            case _ if row[6] is not None:
                ended.setdefault(("gone", row[6]), []).append(row[0])
                tallies.add(one.id, channel, Settled.GONE)
            case Never(because):
                ended.setdefault(("dropped", because), []).append(row[0])
                tallies.add(one.id, channel, dropped_as(because))
            case Later(until) if until > work.now:
                later.setdefault(until, []).append(row[0])
            case _:
                go.append(row)
    for (state, because), numbers in ended.items():
        _ENDED.run(work, numbers=numbers, state=state, error=because[:300])
    for until, numbers in later.items():
        _PUT_OFF.run(work, numbers=numbers, until=until)
    tally.record(work, tallies)
    return go


def _worded(work: Work, one: Broadcast, kind: Kind, channel: str, found: Sequence[Row]) -> list[Letter]:
    if not found:
        return []
    letters = [
        Letter(
            id=number,
            address=at,
            channel=channel,
            external=external,
            lane=one.lane,
            message=kind.worded(work, one, language, at),
            attempts=attempts,
            replaces=replaces or "",
            expires_at=one.expires_at,
            partly=partly or "",
        )
        for number, at, external, language, attempts, replaces, _gone, partly in found
    ]
    _LEASED.run(work, numbers=[one.id for one in letters], until=work.now + LEASE)
    return letters


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a letter that was in hand."""

    letter: Letter
    broadcast: Broadcast
    settled: Settled | None = None  # None: it goes back to the outbox
    external: str = ""  # of a letter sent
    words: Message | None = None  # to be kept with it
    error: str = ""
    due: datetime | None = None  # of a letter that goes back; None: at once
    counted: bool = False  # whether it was really tried
    moved_to: str = ""
    partly: str = ""  # the channel's id of what arrived of one that did not arrive whole


_STATES = Prepared(
    lambda dialect: select(letter.c.id, letter.c.state, letter.c.error).where(among(letter.c.id, "numbers", dialect))
)
_SENT = Prepared(
    lambda _dialect: (
        update(letter)
        .where(letter.c.id == bindparam("number"))
        .values(state="sent", lease=None, error=None, external_id=bindparam("external"), sent_at=bindparam("at"))
    )
)
_WITH_WORDS = Prepared(
    lambda _dialect: (
        update(letter)
        .where(letter.c.id == bindparam("number"))
        .values(payload=bindparam("payload"), slot=bindparam("slot"), due=bindparam("at"))
    )
)
_PARTLY = Prepared(
    lambda _dialect: (
        update(letter)
        .where(letter.c.id == bindparam("number"), letter.c.state != "sent")
        .values(external_id=bindparam("external"))
    )
)
_BACK = Prepared(
    lambda _dialect: (
        update(letter)
        .where(letter.c.id == bindparam("number"), letter.c.state == "sending")
        .values(
            state="queued",
            lease=None,
            due=bindparam("due"),
            attempts=letter.c.attempts + bindparam("more", type_=Integer),
        )
    )
)


def note(work: Work, notes: Sequence[Note], on_gone: OnGone) -> Counter[Settled]:
    """Write down what became of letters, all at once; gives how many ended how.

    A letter that another process has given up for lost meanwhile, and that has arrived after all, counts as sent.
    """
    states = {
        number: (state, error) for number, state, error in _STATES.rows(work, numbers=[n.letter.id for n in notes])
    }
    tallies = Tallies()
    ended: list[Note] = []
    for one in notes:
        state, error = states.get(one.letter.id, ("sending", None))  # erased meanwhile, with whom it was for
        before = tally.outcome_of(state, error)
        if one.settled is None or (before is not None and one.settled is not Settled.SENT):
            continue
        if before is not None:
            tallies.add(one.broadcast.id, one.letter.channel, before, error or "", -1)
        tallies.add(one.broadcast.id, one.letter.channel, one.settled, one.error)
        ended.append(one)
    _note_sent(work, [one for one in ended if one.settled is Settled.SENT])
    _note_failed(work, [one for one in ended if one.settled not in (None, Settled.SENT)])
    _put_back(work, [one for one in notes if one.settled is None])
    _PARTLY.run_many(work, [{"number": one.letter.id, "external": one.partly} for one in notes if one.partly])
    tally.record(work, tallies)
    _note_gone(work, [one for one in ended if one.settled is Settled.GONE], on_gone)
    return Counter(one.settled for one in ended if one.settled)


def _note_sent(work: Work, sent: Sequence[Note]) -> None:
    _SENT.run_many(work, [{"number": one.letter.id, "external": one.external, "at": work.now} for one in sent])
    _WITH_WORDS.run_many(
        work,
        [
            {
                "number": one.letter.id,
                "payload": msgspec.json.encode(one.words).decode(),
                "slot": one.words.slot or None,
                "at": work.now,
            }
            for one in sent
            if one.words is not None
        ],
    )
    for one in sent:
        if one.letter.replaces and one.external != one.letter.replaces:  # the next edit has to find it
            of = (letter.c.broadcast_id == one.broadcast.of) & (letter.c.address_id == one.letter.address)
            work.connection.execute(update(letter).where(of).values(external_id=one.external))


def _note_failed(work: Work, failed: Sequence[Note]) -> None:
    for one in failed:
        state = {Settled.GONE: "gone", Settled.EXPIRED: "expired", Settled.CANCELLED: "dropped"}.get(
            one.settled or Settled.FAILED, "failed"
        )
        _ENDED.run(work, numbers=[one.letter.id], state=state, error=one.error[:300])


def _put_back(work: Work, back: Sequence[Note]) -> None:
    for one in back:
        if one.moved_to:
            now_at = move_address(work, one.letter.address, one.moved_to)
            forget_parts(work, one.letter.id)
            if now_at != one.letter.address:
                readdress(work, one.letter.address, now_at)
    _BACK.run_many(
        work, [{"number": one.letter.id, "due": one.due or work.now, "more": int(one.counted)} for one in back]
    )


def _note_gone(work: Work, gone: Sequence[Note], on_gone: OnGone) -> None:
    for one in gone:
        lose(work, one.letter.address, one.error, on_gone)


def lose(work: Work, at: int, because: str, on_gone: OnGone) -> None:
    """An address is no longer good: nothing that waits goes there, and whoever cannot be reached at all any more
    wants no news when they are back, unless they say so."""
    mark_gone(work, [at], because)
    cancel_for(work, [at], because)
    if lost := without_address(work, [at]):
        on_gone(work, lost)


def try_again(work: Work, one: Broadcast, numbers: Sequence[int]) -> None:
    """Letters that were refused go back to the outbox, as if they had never been tried."""
    rows = work.connection.execute(
        select(letter.c.id, letter.c.channel, letter.c.error).where(
            letter.c.id.in_(numbers), letter.c.state == "failed"
        )
    ).all()
    tallies = Tallies()
    for _number, channel, error in rows:
        tallies.add(one.id, channel, Settled.FAILED, error or "", -1)
    tally.record(work, tallies)
    work.connection.execute(
        update(letter).where(letter.c.id.in_([row[0] for row in rows])).values(state="queued", error=None, attempts=0)
    )


Kinds = Mapping[str, Kind]
