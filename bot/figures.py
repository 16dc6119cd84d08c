"""The figures of the house for /metrics: one function a subject, listed in `house_figures`."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from bot.delivery.broadcast import State, broadcast
from bot.delivery.counters import Counters
from bot.delivery.model import Lane
from bot.delivery.postman import Postman
from bot.news import model as news
from bot.news.store import news_item
from bot.storage.heard import count_set_aside
from bot.storage.work import Work
from flows.engine.reception import Reception
from handlers.web.metrics import Figure, Figures

UNDER_WAY = (State.PLANNED, State.RUNNING, State.PAUSED)


def house_figures(postman: Postman, reception: Reception) -> Figures:
    """What `handlers.web.metrics` asks for at each look."""

    def figures(work: Work) -> Iterator[Figure]:
        yield from _carried(work, postman)
        yield from _taken(reception)
        yield from _broadcasts(work)
        yield from _news(work)
        yield from _set_aside(work)

    return figures


def _carried(work: Work, postman: Postman) -> Iterator[Figure]:
    now = postman.figures(work)
    by_lane = {lane.name.lower(): float(now.queued.get(lane, 0)) for lane in Lane}
    yield Figure("letters_waiting", "Letters that wait or are under way, by lane.", by_lane, "lane")
    yield Figure("oldest_reply_seconds", "For how long the oldest reply has been waiting.", {"": now.oldest_reply})
    yield Figure("letters_in_hand", "Letters this process is carrying.", {"": float(now.in_hand)})
    yield Figure("on_duty", "1 in the process that sends for this database.", {"": float(now.on_duty)})
    yield Figure("pace", "Letters a second that each channel may take now.", now.pace, "channel")
    yield from _counted(now.counters)


def _counted(counters: Counters) -> Iterator[Figure]:
    """Since the start of this process; each only grows."""
    failed = {kind: float(number) for kind, number in counters.failed.items()}
    settled = {outcome.value: float(number) for outcome, number in counters.settled.items()}
    for name, about, values, label in (
        ("letters_sent", "Letters that arrived.", {"": float(counters.sent)}, ""),
        ("throttled", "Times a platform said « too many requests » (429).", {"": float(counters.throttled)}, ""),
        ("retried", "Letters tried again after a fault of the network.", {"": float(counters.retried)}, ""),
        ("letters_failed", "Letters that failed for good, by kind of reason.", failed, "reason"),
        ("broadcast_letters", "Letters of broadcasts, by what became of them.", settled, "outcome"),
    ):
        yield Figure(name, about, values, label, kind="counter")


def _taken(reception: Reception) -> Iterator[Figure]:
    yield Figure(
        "updates_taken", "What people did, taken since the start.", {"": float(reception.taken)}, kind="counter"
    )
    yield Figure("groups_taken", "Transactions in which it was taken.", {"": float(reception.groups)}, kind="counter")


def _broadcasts(work: Work) -> Iterator[Figure]:
    query = select(broadcast.c.state, func.count()).where(broadcast.c.state.in_(UNDER_WAY)).group_by(broadcast.c.state)
    found = {str(state): number for state, number in work.connection.execute(query)}
    values = {state.value: float(found.get(state.value, 0)) for state in UNDER_WAY}
    yield Figure("broadcasts", "Broadcasts that have not ended, by state.", values, "state")


def _news(work: Work) -> Iterator[Figure]:
    query = select(func.count()).where(news_item.c.state == news.State.REVIEW.value)
    awaiting = float(work.connection.execute(query).scalar_one())
    yield Figure("news_awaiting_approval", "Pieces of news that wait for a second member of staff.", {"": awaiting})


def _set_aside(work: Work) -> Iterator[Figure]:
    yield Figure("updates_set_aside", "Updates that could not be handled.", {"": float(count_set_aside(work))})
