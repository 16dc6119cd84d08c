"""Whom a piece of news is for: how many, who, and what holds for each just before it leaves."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Select, func, select

from bot.city.model import City
from bot.delivery.broadcast import Go, Never, Verdict
from bot.news.model import Item, Rhythm
from bot.news.store import news_choice, news_quartier, news_topic
from bot.people.store import address, resident
from bot.storage.work import Work


class Estimate(msgspec.Struct, frozen=True):
    """How many would get a piece of news. `by_channel` and `by_language` count people."""

    people: int = 0
    at_once: int = 0
    digests: int = 0
    by_channel: dict[str, int] = {}
    by_language: dict[str, int] = {}


def _wanting(topic: str, quartiers: Sequence[int]) -> Select[tuple[int, int, str]]:
    """One row a person: the address heard of last that still works."""
    latest = (
        select(
            address.c.id,
            address.c.resident_id,
            address.c.channel,
            func.row_number()
            .over(partition_by=address.c.resident_id, order_by=(address.c.heard_at.desc(), address.c.id.desc()))
            .label("rank"),
        )
        .where(address.c.gone_because.is_(None))
        .subquery()
    )
    here = select(news_quartier.c.resident_id).where(news_quartier.c.quartier.in_(quartiers))
    wants = select(news_topic.c.resident_id).where(news_topic.c.topic == topic)
    query = (
        select(resident.c.id, latest.c.id, latest.c.channel)
        .join_from(resident, latest, latest.c.resident_id == resident.c.id)
        .join(news_choice, news_choice.c.resident_id == resident.c.id)
        .where(resident.c.pushes, latest.c.rank == 1, resident.c.id.in_(wants))
    )
    return query.where(resident.c.id.in_(here)) if quartiers else query


def estimate(work: Work, topic: str, quartiers: Sequence[int], *, city: City) -> Estimate:
    found = city.news.topic(topic)
    people = _wanting(topic, quartiers).add_columns(resident.c.language, news_choice.c.rhythm).subquery()
    by_channel: dict[str, int] = {}
    by_language: dict[str, int] = {}
    at_once = digests = 0
    columns = (people.c.channel, people.c.language, people.c.rhythm)
    for channel, language, rhythm, count in work.connection.execute(
        select(*columns, func.count()).group_by(*columns).order_by(*columns)
    ):
        by_channel[channel] = by_channel.get(channel, 0) + count
        by_language[language] = by_language.get(language, 0) + count
        if rhythm == Rhythm.AT_ONCE or (found and found.urgent):
            at_once += count
        else:
            digests += count
    return Estimate(at_once + digests, at_once, digests, by_channel, by_language)


def audience(work: Work, item: Item, after: int, most: int, *, city: City) -> Select[tuple[int, int, str]]:
    found = city.news.topic(item.topic)
    query = _wanting(item.topic, item.quartiers).where(resident.c.id > after).order_by(resident.c.id).limit(most)
    if not (found and found.urgent):
        query = query.where(news_choice.c.rhythm == Rhythm.AT_ONCE.value)
    return query


def judge(work: Work, item: Item, addresses: Sequence[int], *, city: City) -> dict[int, Verdict]:
    wanting = _wanting(item.topic, item.quartiers).subquery()
    still = set(work.connection.scalars(select(wanting.c[1]).where(wanting.c[1].in_(addresses))))
    return {number: Go() if number in still else Never("unsubscribed") for number in addresses}
