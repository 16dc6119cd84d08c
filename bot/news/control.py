"""What may still be done with an item once it is filed: take back, pause, stop, correct, recall, end it otherwise."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import and_, or_, select

from bot.delivery import broadcasts
from bot.delivery.broadcast import Act, Broadcast, broadcast
from bot.delivery.broadcast import State as Run
from bot.delivery.broadcasts import CannotChange
from bot.delivery.model import Lane
from bot.news.anew import make_anew
from bot.news.model import Details, Item, State, Text
from bot.news.moves import Refused, change, held, may_act, move, rights_over
from bot.news.plan import KIND
from bot.news.store import item_by_ref, items, newest, news_item
from bot.news.write import replace
from bot.people.audit import note_act
from bot.storage.work import Work

UNDER_WAY = (Run.PLANNED, Run.RUNNING, Run.PAUSED)


def carrying(work: Work, item: Item) -> Broadcast | None:
    """The broadcast that carries an item now: of those under way the newest, else the one that sent it."""
    known = broadcasts.of_ref(work, KIND, item.ref)
    going = [one for one in known if one.state in UNDER_WAY]
    return going[-1] if going else next((one for one in known if one.id == item.broadcast_id), None)


def has_left(item: Item, now: datetime) -> bool:
    return item.state is State.PLANNED and item.starts_at is not None and item.starts_at <= now


def withdraw(work: Work, who: int, ref: str) -> Item:
    """Take an item back before anything has left; of a recurring one, the series ends. Raises Refused."""
    item = held(work, ref)
    rights_over(work, who, item)
    return take_back(work, who, item)


def take_back(work: Work, who: int | None, item: Item, act: str = "") -> Item:
    """The same, whoever does it. `act`: as the audit says it, unless it is the usual."""
    if item.recurrence is not None and item.state is State.PLANNED:
        return _end_series(work, who, item, act or "news.series.end")
    return _take_back(work, who, item, act or "news.withdraw")


def _take_back(work: Work, who: int | None, item: Item, act: str) -> Item:
    if has_left(item, work.now):
        raise Refused("left", item.ref)
    if item.state is State.PLANNED and item.broadcast_id is not None:
        if broadcasts.has_begun(work, item.broadcast_id):  # maybe in another process, whose clock is ahead of ours
            raise Refused("left", item.ref)
        _ruled(item, lambda: broadcasts.stop(work, item.broadcast_id or 0, "withdrawn"), otherwise="left")
    return move(work, who, item, State.WITHDRAWN, act)


def _end_series(work: Work, who: int | None, template: Item, act: str) -> Item:
    """What was made of the series already and has not left is taken back too."""
    for child in items(work, news_item.c.template_id == template.id, most=20):
        if child.state in (State.DRAFT, State.REVIEW, State.PLANNED) and not has_left(child, work.now):
            with contextlib.suppress(Refused):  # it has begun elsewhere: it goes on
                _take_back(work, who, child, "news.withdraw")
    return move(work, who, template, State.WITHDRAWN, act, next_at=None)


def _ruled(item: Item, act: Callable[[], Broadcast], otherwise: str = "ended") -> Broadcast:
    """What delivery allows, in this room's words."""
    try:
        return act()
    except CannotChange as why:
        raise Refused("left" if otherwise == "left" else "ended", item.ref) from why


def _on_its_way(work: Work, who: int, ref: str) -> tuple[Item, Broadcast]:
    item = held(work, ref)
    rights_over(work, who, item)
    one = carrying(work, item)
    if one is None or one.state not in UNDER_WAY:
        raise Refused("ended", ref)
    return item, one


def pause(work: Work, who: int, ref: str) -> Item:
    """Hold what has not left yet, once some of it has: before that it is taken back. Raises Refused."""
    item, one = _on_its_way(work, who, ref)
    if one.state is Run.PLANNED and one.act is Act.SEND:
        raise Refused("not_left", ref)
    if one.state is not Run.RUNNING:
        raise Refused("already", ref)
    _ruled(item, lambda: broadcasts.pause(work, one.id, "asked"))
    make_anew(work)
    note_act(work, who, "news.pause", ref)
    return item


def resume(work: Work, who: int, ref: str) -> Item:
    item, one = _on_its_way(work, who, ref)
    if one.state is not Run.PAUSED:
        raise Refused("already", ref)
    _ruled(item, lambda: broadcasts.resume(work, one.id))
    note_act(work, who, "news.resume", ref)
    return item


def stop(work: Work, who: int, ref: str) -> Item:
    """For good: what has left stays where it is, the rest is cancelled. Raises Refused."""
    item, one = _on_its_way(work, who, ref)
    _ruled(item, lambda: broadcasts.stop(work, one.id, "asked"))
    make_anew(work)
    note_act(work, who, "news.stop", ref)
    return item


def correct(work: Work, who: int, ref: str, texts: Mapping[str, Text], details: Details | None = None) -> Item:
    """Other words for an item that has left, or another day, place, link, end: letters that wait take them, messages
    already read are changed.

    A mistake cannot wait for a second pair of eyes, so a correction needs no approval: somebody else is to be told at
    once by the caller (docs/decisions/0007). Raises Refused.
    """
    item = held(work, ref)
    rights_over(work, who, item)
    if item.state is not State.PLANNED:
        raise Refused("already", ref)
    if not has_left(item, work.now):
        raise Refused("not_left", ref)
    details = details or item.details
    if dict(texts) == dict(item.texts) and details == item.details:
        raise Refused("nothing", ref)
    corrected = replace(work, who, item, texts, details, "news.correct", corrected_at=work.now)
    if details.expires_at != item.expires_at and item.broadcast_id is not None:
        broadcasts.expire_on(work, item.broadcast_id, details.expires_at)
    _change_what_was_sent(work, corrected, Act.EDIT)
    return corrected


def recall(work: Work, who: int, ref: str) -> Item:
    """Take away an item that has left: deleted where the channel still can, replaced by a notice elsewhere."""
    item = held(work, ref)
    rights_over(work, who, item)
    if item.state is State.PLANNED and not has_left(item, work.now):
        raise Refused("not_left", ref)
    recalled = move(work, who, item, State.RECALLED, "news.recall", recalled_at=work.now, rev=item.rev + 1)
    sender = broadcasts.by_id(work, item.broadcast_id) if item.broadcast_id else None
    if sender and sender.state in UNDER_WAY:
        with contextlib.suppress(CannotChange):  # it ended meanwhile
            broadcasts.stop(work, sender.id, "recalled")
    _change_what_was_sent(work, recalled, Act.DELETE)
    return recalled


def _change_what_was_sent(work: Work, item: Item, act: Act) -> None:
    """A broadcast over the letters of the first one, and digests that wait made anew. An older correction still under
    way has no use any more."""
    make_anew(work)
    if item.broadcast_id is None:
        return
    for one in broadcasts.of_ref(work, KIND, item.ref):
        if one.act is not Act.SEND and one.state in UNDER_WAY:
            with contextlib.suppress(CannotChange):  # it ended meanwhile
                broadcasts.stop(work, one.id, "replaced")
    broadcasts.plan(work, kind=KIND, ref=item.ref, lane=Lane.EDIT, starts_at=work.now, act=act, of=item.broadcast_id)


def end_on(work: Work, who: int, ref: str, expires_at: datetime) -> Item:
    """Change when an item ends: letters that have not left by then never do. Digests that tell it may leave until then,
    so those that wait are made anew. Raises Refused."""
    item = held(work, ref)
    rights_over(work, who, item)
    if item.state is not State.PLANNED:
        raise Refused("already", ref)
    if expires_at <= max(work.now, item.starts_at or work.now):
        raise Refused("expired", ref)
    if item.broadcast_id is not None:
        broadcasts.expire_on(work, item.broadcast_id, expires_at)
    make_anew(work)
    told = {"before": item.expires_at, "to": expires_at}
    return change(work, who, item, "news.end", detail=told, expires_at=expires_at, rev=item.rev + 1)


def recent(work: Work, who: int, most: int = 8) -> list[Item]:
    """What somebody wrote, the newest first."""
    return newest(work, news_item.c.author_id == who, most=most)


def under_way(work: Work, who: int, most: int = 8) -> list[Item]:
    """What others wrote, on which somebody may act: planned, on its way, paused, series; the newest first."""
    carried = select(broadcast.c.ref).where(
        broadcast.c.kind == KIND, broadcast.c.state.in_([run.value for run in UNDER_WAY])
    )
    not_theirs = or_(news_item.c.author_id != who, news_item.c.author_id.is_(None))
    going = or_(
        news_item.c.ref.in_(carried),
        and_(news_item.c.state == State.PLANNED.value, news_item.c.recurrence.is_not(None)),
    )
    return [item for item in newest(work, not_theirs, going, most=100) if may_act(work, who, item)][:most]


def visible(work: Work, who: int, ref: str) -> Item | None:
    """The item, for those of the staff who may act on it."""
    found = item_by_ref(work, ref) if ref else None
    return found if found and may_act(work, who, found) else None
