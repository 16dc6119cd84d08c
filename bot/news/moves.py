"""The moves a piece of news may make, and the one place where it makes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from sqlalchemy import select, update

from bot.news.model import Item, State
from bot.news.store import item_by_ref, news_item
from bot.people.audit import note_act
from bot.people.staff import Rights, rights_of
from bot.storage.work import Work

MOVES: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.REVIEW, State.PLANNED, State.WITHDRAWN}),
    State.REVIEW: frozenset({State.PLANNED, State.SENT_BACK, State.WITHDRAWN}),
    State.SENT_BACK: frozenset({State.REVIEW, State.PLANNED, State.WITHDRAWN}),
    State.PLANNED: frozenset({State.WITHDRAWN, State.RECALLED}),
    State.WITHDRAWN: frozenset({State.REVIEW, State.PLANNED}),  # changed, and submitted again
    State.RECALLED: frozenset(),
}
"""A `planned` item is withdrawn while nothing has left, recalled afterwards: never the one for the other."""

CHANGEABLE = frozenset({State.DRAFT, State.SENT_BACK, State.WITHDRAWN})
"""States in which the author may write an item anew: nobody is reading it, nobody is about to."""

Why = Literal[
    "unknown",  # there is no such item
    "not_yours",  # somebody else's, and no role over its quartiers
    "no_right",  # their role does not reach these quartiers
    "own",  # nobody approves what they wrote themselves
    "already",  # somebody was first: it is in another state by now
    "changed",  # its words are not those that were shown
    "left",  # it has left: it can only be corrected or recalled
    "not_left",  # it has not left yet
    "expired",  # it would leave after its end
    "ended",  # nothing of it is on its way any more
    "nothing",  # no words, or nothing that changes
]


class Refused(Exception):
    """This may not be done to a piece of news. `why` is for whoever words it."""

    def __init__(self, why: Why, ref: str = "") -> None:
        super().__init__(f"{ref}: {why}" if ref else why)
        self.why = why
        self.ref = ref


def held(work: Work, ref: str) -> Item:
    """The item, kept from changing under us until the end of the transaction. Raises Refused."""
    if work.is_postgres:  # two acts at once: the second sees what the first made of it
        work.connection.execute(select(news_item.c.id).where(news_item.c.ref == ref).with_for_update())
    found = item_by_ref(work, ref)
    if found is None:
        raise Refused("unknown", ref)
    return found


def rights_over(work: Work, who: int, item: Item) -> Rights:
    """The rights of somebody who may act on an item that stands: its author while their role reaches it, or whoever may
    approve it. Raises Refused."""
    rights = rights_of(work, who)
    if not rights.may_write_to(item.quartiers):
        raise Refused("no_right", item.ref)
    if item.author_id != who and not rights.may_approve(item.quartiers):
        raise Refused("not_yours", item.ref)
    return rights


def may_act(work: Work, who: int, item: Item) -> bool:
    try:
        rights_over(work, who, item)
    except Refused:
        return False
    return True


def move(work: Work, who: int | None, item: Item, to: State, act: str, **values: Any) -> Item:
    """Make a move, note who made it, and give the item as it is now. Raises Refused("already")."""
    if to not in MOVES[item.state]:
        raise Refused("already", item.ref)
    return change(work, who, item, act, state=to.value, **values)


def change(
    work: Work, who: int | None, item: Item, act: str, *, detail: Mapping[str, Any] | None = None, **values: Any
) -> Item:
    """Change an item that stays in its state, or that `move` moves. `detail` is for the audit."""
    work.connection.execute(update(news_item).where(news_item.c.id == item.id).values(**values))
    note_act(work, who, act, item.ref, **(detail or {}))
    after = item_by_ref(work, item.ref)
    assert after is not None
    return after
