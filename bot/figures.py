"""The figures of the house for /metrics: one function a subject, listed in `house_figures`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from sqlalchemy import func, select

from bot.delivery.broadcast import State, broadcast
from bot.delivery.model import Lane
from bot.delivery.postman import Postman
from bot.delivery.store import waiting
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
        yield from _letters(work)
        yield from _carried(work, postman)
        yield from _taken(reception)
        yield from _broadcasts(work)
        yield from _news(work)
        yield from _set_aside(work)

    return figures


def _letters(work: Work) -> Iterator[Figure]:
    now = waiting(work)
    by_lane = {lane.name.lower(): float(now.by_lane.get(lane, 0)) for lane in Lane}
    yield Figure("letters_waiting", "Letters that wait or are under way, by lane.", by_lane, "lane")
    waited = max(0.0, (work.now - now.oldest_reply).total_seconds()) if now.oldest_reply else 0.0
    yield Figure("oldest_reply_seconds", "For how long the oldest reply has been due.", {"": waited})


def _carried(work: Work, postman: Postman) -> Iterator[Figure]:
    yield Figure("letters_sent", "Letters that arrived since the start.", {"": float(postman.sent)}, kind="counter")
    yield Figure("on_duty", "1 in the process that sends for this database.", {"": float(postman.on_duty)})
    look = getattr(postman, "figures", None)
    if look is not None:
        pace = {str(channel): float(rate) for channel, rate in look(work).pace.items()}
        yield Figure("pace", "Letters a second that each channel may take now.", pace, "channel")
    yield from counted(getattr(postman, "counters", None))


def counted(counters: Any) -> Iterator[Figure]:
    """Whatever the postman counts, each under its own name: whole numbers and tables of them only grow, a number with
    decimals is how it is now (the pace)."""
    if not isinstance(counters, msgspec.Struct):
        return
    for name, value in msgspec.structs.asdict(counters).items():
        if name == "sent":
            continue
        about = f"{name.replace('_', ' ').capitalize()}, as the postman counts."
        if isinstance(value, Mapping):
            by_name = {str(key): float(one) for key, one in value.items()}
            now = any(isinstance(one, float) for one in value.values())
            yield Figure(f"delivery_{name}", about, by_name, "of", "gauge" if now else "counter")
        elif isinstance(value, int | float):
            yield Figure(
                f"delivery_{name}", about, {"": float(value)}, kind="gauge" if isinstance(value, float) else "counter"
            )


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
