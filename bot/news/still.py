"""Readers who only read are heard of never: before the clock takes them for gone, they are asked."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, or_, select, update

from bot.news.store import news_choice
from bot.people.store import address, resident
from bot.storage.work import Work

NOTICE = timedelta(days=30)
"""How long before the end they are asked; half of the time the town gives, when that is less than two months."""


def notice(inactive_after: timedelta) -> timedelta:
    return min(NOTICE, inactive_after / 2)


def due_to_be_asked(work: Work, inactive_after: timedelta, most: int = 200) -> list[int]:
    """Residents' numbers of up to `most` readers who have said nothing for so long that they are to be asked. Noted as
    asked at once: nobody is asked twice."""
    silent = work.now - inactive_after + notice(inactive_after)
    heard = select(address.c.id).where(address.c.resident_id == resident.c.id, address.c.heard_at >= silent).exists()
    asked = news_choice.c.asked_at
    query = (
        select(resident.c.id)
        .join(news_choice, news_choice.c.resident_id == resident.c.id)
        .where(resident.c.since < silent, ~heard, ~resident.c.staff, or_(asked.is_(None), asked <= silent))
        .order_by(resident.c.id)
        .limit(most)
    )
    found = list(work.connection.scalars(query))
    work.connection.execute(update(news_choice).where(news_choice.c.resident_id.in_(found)).values(asked_at=work.now))
    return found


def not_asked_in_time(work: Work, inactive_after: timedelta) -> ColumnElement[bool]:
    """Of a resident: they read the news, and were not asked or may still answer. What they were asked years ago, and
    answered, is over."""
    early = work.now - notice(inactive_after)
    over = work.now - inactive_after + notice(inactive_after)
    asked = news_choice.c.asked_at
    reads = news_choice.c.resident_id == resident.c.id
    waits = or_(asked.is_(None), asked > early, asked <= over)
    return select(news_choice.c.resident_id).where(reads, waits).exists()
