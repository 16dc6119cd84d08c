"""Digests made anew: nobody reads in one what was taken back, corrected, held up or past before it left.

Whether a digest is still true is asked as it is about to leave (`drop_untrue`), of as many as leave in half a second.
So whoever recalls an item while 100,000 digests wait changes none of them, and a process that dies in between leaves
nothing half done. Those in hand, which have passed already, are called back, to be asked about once more.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import bindparam, func, select, update

from bot.delivery import broadcast as broadcasts
from bot.delivery.broadcast import broadcast
from bot.delivery.hands import look_again
from bot.delivery.model import Lane, Letter
from bot.delivery.outbox import is_in, letter
from bot.news.owed import PREFIX, drop, standing, told
from bot.news.store import news_choice, news_item
from bot.people.store import address
from bot.storage.work import Work

_DUE_ANEW = update(news_choice).where(news_choice.c.resident_id == bindparam("whose")).values(digest_at=bindparam("at"))


def make_anew(work: Work) -> None:
    """An item has other words, or may not be read for now or at all: digests that tell it and have not left are to be
    made anew."""
    digests = letter.c.broadcast_id.is_(None), letter.c.key.startswith(PREFIX)
    in_hand = select(letter.c.address_id).where(is_in("sending"), *digests)
    look_again(work, addresses=work.connection.scalars(in_hand).all())


def drop_untrue(work: Work, letters: Sequence[Letter]) -> set[int]:
    """For `bot.delivery.claims`: drop the digests among these letters, about to leave, that tell what is no longer so.
    Their readers are due anew, as on the day of the one dropped: after it, the next one carries everything. Gives the
    numbers of those dropped."""
    news = {one.id: one.address for one in letters if one.lane is Lane.NEWS}
    if not news:
        return set()
    choice = news_choice.c
    written = func.coalesce(letter.c.first_due, letter.c.due)
    query = select(choice.letter_id, choice.resident_id, choice.told, written)
    query = query.join_from(address, news_choice, address.c.resident_id == choice.resident_id)
    query = query.join(letter, letter.c.id == choice.letter_id)
    query = query.where(address.c.id.in_(list(news.values())), choice.letter_id.in_(list(news)))
    digests = [(row[0], row[1], told(row[2]), row[3]) for row in work.connection.execute(query)]
    stand = _as_they_stand(work, {item for *_whose, items, _at in digests for item in items})
    untrue = {number: (whose, at) for number, whose, items, at in digests if not _is_true(items, stand)}
    if untrue:
        gone = {"state": "dropped", "error": "made anew", "payload": None, "key": None, "lease": None}
        work.connection.execute(update(letter).where(letter.c.id.in_(list(untrue))).values(**gone))
        work.connection.execute(_DUE_ANEW, [{"whose": whose, "at": at} for whose, at in untrue.values()])
    return set(untrue)


def _is_true(items: dict[int, int | None], stand: dict[int, int]) -> bool:
    return all(item in stand and rev in (None, stand[item]) for item, rev in items.items())


def _as_they_stand(work: Work, items: Collection[int]) -> dict[int, int]:
    """Of these, the revision of each that may be read now."""
    if not items:
        return {}
    held_up = select(broadcast.c.id).where(
        broadcast.c.id == news_item.c.broadcast_id, broadcast.c.state == str(broadcasts.State.PAUSED)
    )
    found = select(news_item.c.id, news_item.c.rev).where(news_item.c.id.in_(items), *standing(work), ~held_up.exists())
    return {row[0]: row[1] for row in work.connection.execute(found)}


def make_theirs_anew(work: Work, resident_id: int) -> None:
    """What somebody wishes has changed, and their digest may be waiting."""
    last = select(news_choice.c.letter_id).where(news_choice.c.resident_id == resident_id)
    waiting = select(letter.c.id).where(is_in("queued"), letter.c.key.startswith(PREFIX), letter.c.id.in_(last))
    theirs = update(news_choice).where(news_choice.c.letter_id.in_(waiting)).values(digest_at=work.now)
    if work.connection.execute(theirs).rowcount:
        drop(work, letter.c.id.in_(waiting))
