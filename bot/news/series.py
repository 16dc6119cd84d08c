"""What comes back, made when its day comes near: each occurrence is an item of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, select, update

from bot.city.model import City
from bot.news.model import Item, State
from bot.news.moves import Refused, move
from bot.news.plan import plan_item
from bot.news.recur import asked_about, asked_at, moved, next_occurrence
from bot.news.store import item_by_id, items, news_item
from bot.news.write import Draft, file_item
from bot.people.audit import note_act
from bot.people.staff import rights_of
from bot.storage.work import Work

LATE = timedelta(hours=6)
"""An occurrence missed by less, the house being down, is caught up; one missed by more is skipped and noted. However
many were missed, one leaves at most."""

AT_ONCE = 20

What = Literal["write", "skipped", "expired"]
Tell = Callable[[Work, Item, What], None]
"""How the author of a series is told that words are awaited, or that an occurrence did not leave: its words were not
written, or it would have left after its end."""


def make_due(work: Work, city: City, tell: Tell) -> int:
    """Make the items whose day is near, and skip those that were not written in time; gives how many of both.

    Two processes doing it at once do no harm: whoever moves `next_at` first makes the item.
    """
    query = (
        select(news_item.c.id, news_item.c.next_at)
        .where(news_item.c.next_at <= work.now, news_item.c.state == State.PLANNED.value)
        .order_by(news_item.c.next_at)
        .limit(AT_ONCE)
    )
    made = sum(_make(work, city, number, at, tell) for number, at in work.connection.execute(query).all())
    return made + _skip_unwritten(work, tell)


def _make(work: Work, city: City, number: int, next_at: datetime, tell: Tell) -> int:
    template = item_by_id(work, number)
    assert template is not None and template.recurrence is not None
    occurrence = asked_about(template.recurrence, next_at, city.zone)
    missed = occurrence < work.now - LATE
    following = next_occurrence(template.recurrence, work.now - LATE if missed else occurrence, city.zone)
    ours = work.connection.execute(
        update(news_item)
        .where(news_item.c.id == number, news_item.c.next_at == next_at)
        .values(next_at=asked_at(city, following))
    ).rowcount
    if not ours:
        return 0
    if template.author_id is None or not rights_of(work, template.author_id).may_write_to(template.quartiers):
        move(work, None, template, State.WITHDRAWN, "news.series.end", next_at=None)
        return 1
    awaits = template.recurrence.asks and _has_begun(work, template)
    if missed or (awaits and occurrence <= work.now):
        note_act(work, None, "news.skipped", template.ref, at=occurrence.isoformat(), why="late")
        return 1
    _make_child(work, city, template, occurrence, tell, awaits=awaits)
    return 1


def _has_begun(work: Work, template: Item) -> bool:
    """Whether the words of the template have been used: those its author gave are for the first time."""
    query = select(func.count()).where(
        news_item.c.template_id == template.id, news_item.c.created_at >= template.created_at
    )
    return work.connection.execute(query).scalar_one() > 0


def _make_child(work: Work, city: City, template: Item, occurrence: datetime, tell: Tell, *, awaits: bool) -> None:
    child = file_item(work, template.author_id, _draft(template, occurrence, city), template=template.id)
    if awaits:
        tell(work, child, "write")
        return
    approver = work.connection.scalar(select(news_item.c.approver_id).where(news_item.c.id == template.id))
    approved = {"approver_id": approver, "approver_name": template.approver_name}
    try:
        plan_item(work, None, city, child, "news.repeat", **approved)
    except Refused:
        tell(work, move(work, None, child, State.WITHDRAWN, "news.skipped"), "expired")


def _draft(template: Item, occurrence: datetime, city: City) -> Draft:
    """The template on another day: its event and its end move along on the town's clock."""
    assert template.recurrence is not None
    first = next_occurrence(template.recurrence, template.created_at, city.zone)

    def then(instant: datetime | None) -> datetime | None:
        return moved(instant, first, occurrence, city.zone) if instant else None

    return Draft(
        topic=template.topic,
        also=template.also,
        quartiers=template.quartiers,
        author_name=template.author_name,
        author_role=template.author_role,
        language=template.language,
        texts=template.texts,
        pictures=template.pictures,
        alternative=template.alternative,
        link=template.link,
        event_at=then(template.event_at),
        event_place=template.event_place,
        expires_at=then(template.expires_at),
        starts_at=occurrence,
    )


def _skip_unwritten(work: Work, tell: Tell) -> int:
    late = items(
        work,
        news_item.c.state == State.DRAFT.value,
        news_item.c.template_id.is_not(None),
        news_item.c.starts_at <= work.now,
        most=AT_ONCE,
    )
    for child in late:
        tell(work, move(work, None, child, State.WITHDRAWN, "news.skipped"), "skipped")
    return len(late)
