"""Four eyes: a second member of staff lets an item go, or sends it back with a remark."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, func, or_, select

from bot.city.model import City
from bot.news.model import Item, State
from bot.news.moves import Refused, held, move
from bot.news.plan import plan_item
from bot.news.store import newest, news_item
from bot.people.staff import Rights, rights_of, staff
from bot.storage.work import Work

AWAITING = or_(
    news_item.c.state == State.REVIEW.value, and_(news_item.c.state == State.DRAFT.value, news_item.c.feed != "")
)
LOOKED_AT = 100
"""Items at a time, of which somebody may approve some."""


def approvers_of(work: Work, item: Item) -> list[int]:
    """Residents' numbers of all who may approve an item: never its author."""
    return approvers_over(work, item.quartiers, item.author_id)


def approvers_over(work: Work, quartiers: Sequence[int], author: int | None) -> list[int]:
    working = select(staff.c.resident_id).where(staff.c.revoked_at.is_(None)).distinct().order_by(staff.c.resident_id)
    return [
        who
        for who in work.connection.scalars(working).all()
        if who != author and rights_of(work, who).may_approve(quartiers)
    ]


def approver_of(work: Work, item: Item) -> int | None:
    """The resident's number of whoever let an item go; None when nobody had to, or when they were erased."""
    query = select(news_item.c.approver_id).where(news_item.c.id == item.id)
    found: int | None = work.connection.execute(query).scalar_one()
    return found


def awaiting(work: Work, who: int, most: int = 10, before: int = 0) -> list[Item]:
    """Items that somebody may approve, what came from feeds included, the newest first; only those older than the item
    numbered `before`, unless it is 0."""
    rights = rights_of(work, who)
    found: list[Item] = []
    while len(found) < most:
        some = newest(work, AWAITING, *([news_item.c.id < before] if before else []), most=LOOKED_AT)
        found += [item for item in some if item.author_id != who and rights.may_approve(item.quartiers)]
        if len(some) < LOOKED_AT:
            break
        before = some[-1].id
    return found[:most]


def held_of_feed(work: Work, feed: str, most: int) -> tuple[int, list[Item]]:
    """How many entries of a feed wait for approval, and those of them that came last."""
    where = (AWAITING, news_item.c.feed == feed)
    count: int = work.connection.execute(select(func.count()).select_from(news_item).where(*where)).scalar_one()
    return count, newest(work, *where, most=most)


def is_awaiting(item: Item) -> bool:
    return item.state is State.REVIEW or (item.state is State.DRAFT and bool(item.feed))


def _reviewing(work: Work, who: int, ref: str) -> tuple[Item, Rights]:
    item = held(work, ref)
    rights = rights_of(work, who)
    if item.author_id == who:
        raise Refused("own", ref)
    if not rights.may_approve(item.quartiers):
        raise Refused("no_right", ref)
    if not is_awaiting(item):
        raise Refused("already", ref)
    return item, rights


def _name(rights: Rights, item: Item) -> str:
    post = rights.post_for(item.quartiers)
    return post.name if post else ""


def approve(work: Work, who: int, city: City, ref: str, rev: int) -> Item:
    """Let an item go. `rev` is that of the words that were read: others need another reading. Raises Refused: the first
    to answer wins, the others are told "already"."""
    item, rights = _reviewing(work, who, ref)
    if item.rev != rev:
        raise Refused("changed", ref)
    return plan_item(
        work, who, city, item, "news.approve", approver_id=who, approver_name=_name(rights, item), remark=""
    )


def send_back(work: Work, who: int, ref: str, remark: str) -> Item:
    """Give an item back to its author with a remark; what has no author, from a feed, is refused for good."""
    item, rights = _reviewing(work, who, ref)
    to = State.SENT_BACK if item.state is State.REVIEW and item.author_id is not None else State.WITHDRAWN
    return move(
        work, who, item, to, "news.send_back", approver_id=who, approver_name=_name(rights, item), remark=remark[:1000]
    )
