"""What a resident asks of the news: subscribing, every choice, leaving. Whoever has no row gets nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, time, timedelta
from typing import Any

import msgspec
from sqlalchemy import Table, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.city.model import City
from bot.delivery.broadcasts import cancel_pushes, consent_changed
from bot.delivery.model import Lane
from bot.news.anew import make_theirs_anew
from bot.news.digest_hours import next_digest
from bot.news.model import Choices, Rhythm
from bot.news.owed import owe_what_came
from bot.news.store import news_choice, news_quartier, news_topic
from bot.people.store import address, allow_pushes
from bot.storage.work import Work

BACK = timedelta(days=1)
"""How far back the first digest of somebody who read at once looks: for what was still on its way to them."""


def choices_of(work: Work, resident_id: int) -> Choices | None:
    """What this resident chose; None when they never asked for news, or left."""
    row = work.connection.execute(select(news_choice).where(news_choice.c.resident_id == resident_id)).first()
    if row is None:
        return None
    quartier, topic = news_quartier.c, news_topic.c
    numbers = select(quartier.quartier).where(quartier.resident_id == resident_id).order_by(quartier.quartier)
    keys = select(topic.topic, topic.weekly).where(topic.resident_id == resident_id).order_by(topic.topic)
    topics = work.connection.execute(keys).all()
    return choices_from(
        row,
        tuple(work.connection.scalars(numbers)),
        tuple(key for key, _weekly in topics),
        tuple(key for key, weekly in topics if weekly is not None),
    )


def choices_from(row: Any, quartiers: tuple[int, ...], topics: tuple[str, ...], less: tuple[str, ...]) -> Choices:
    """From a row of `news_choice` and what belongs to it."""
    return Choices(
        resident_id=row.resident_id,
        rhythm=Rhythm(row.rhythm),
        hour=clock(row.hour),
        weekday=row.weekday,
        quiet_start=None if row.quiet_start is None else clock(row.quiet_start),
        quiet_end=None if row.quiet_end is None else clock(row.quiet_end),
        quartiers=quartiers,
        topics=topics,
        less=less,
    )


def clock(minutes: int) -> time:
    """The hour kept as minutes since midnight."""
    return time(minutes // 60, minutes % 60)


def subscribe(work: Work, city: City, wish: Choices) -> None:
    """From now on this resident gets what they ask for; what left before is not sent after. Asking for news is asking
    to be written to, so that an earlier « ne plus m’écrire » is over."""
    allow_pushes(work, wish.resident_id, True)
    new = (postgresql if work.is_postgres else sqlite).insert(news_choice)
    new = new.values(resident_id=wish.resident_id, digested_at=work.now, **_columns(work, city, wish))
    work.connection.execute(
        new.on_conflict_do_update(index_elements=["resident_id"], set_=_columns(work, city, wish)),
    )
    set_quartiers(work, wish.resident_id, wish.quartiers)
    set_topics(work, wish.resident_id, wish.topics)


def _columns(work: Work, city: City, wish: Choices) -> dict[str, Any]:
    return {
        "rhythm": str(wish.rhythm),
        "hour": _minutes(wish.hour),
        "weekday": wish.weekday,
        "quiet_start": None if wish.quiet_start is None else _minutes(wish.quiet_start),
        "quiet_end": None if wish.quiet_end is None else _minutes(wish.quiet_end),
        "digest_at": next_digest(wish, work.now, city),
    }


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def set_quartiers(work: Work, resident_id: int, quartiers: Sequence[int]) -> bool:
    """Choose quartiers anew; none at all leaves the news of the whole town. False when they get no news."""
    rows = [{"resident_id": resident_id, "quartier": number} for number in dict.fromkeys(quartiers)]
    return _replace(work, news_quartier, resident_id, rows)


def set_topics(work: Work, resident_id: int, topics: Sequence[str]) -> bool:
    """Choose topics anew. « Moins de ce sujet » stays where it was said. False when they get no news."""
    mine = choices_of(work, resident_id)
    less = mine.less if mine else ()
    rows = [
        {"resident_id": resident_id, "topic": key, "weekly": 1 if key in less else None}
        for key in dict.fromkeys(topics)
    ]
    return _replace(work, news_topic, resident_id, rows)


def _replace(work: Work, table: Table, resident_id: int, rows: list[dict[str, Any]]) -> bool:
    if not _gets_news(work, resident_id):
        return False
    work.connection.execute(delete(table).where(table.c.resident_id == resident_id))
    if rows:
        work.connection.execute(insert(table), rows)
    consent_changed(work, resident_id)
    make_theirs_anew(work, resident_id)
    return True


def _gets_news(work: Work, resident_id: int) -> bool:
    query = select(news_choice.c.resident_id).where(news_choice.c.resident_id == resident_id)
    return work.connection.execute(query).first() is not None


def set_rhythm(
    work: Work, city: City, resident_id: int, rhythm: Rhythm, hour: time | None = None, weekday: int | None = None
) -> bool:
    """At once, each day or each week; the hour and the weekday stay as they were unless given.

    Whoever read at once and now wants digests finds in the first what was still on its way; whoever had digests and
    now reads at once gets what came since in a last one.
    """
    mine = choices_of(work, resident_id)
    if mine is None:
        return False
    changes: dict[str, Any] = {"rhythm": rhythm}
    if hour is not None:
        changes["hour"] = hour
    if weekday is not None:
        changes["weekday"] = weekday
    if mine.rhythm is Rhythm.AT_ONCE and rhythm is not Rhythm.AT_ONCE:
        _look_back_to(work, resident_id, work.now - BACK)
    _change(work, city, msgspec.structs.replace(mine, **changes))
    if mine.rhythm is not Rhythm.AT_ONCE and rhythm is Rhythm.AT_ONCE:
        owe_what_came(work, city, mine)
    return True


def _look_back_to(work: Work, resident_id: int, since: datetime) -> None:
    digested = news_choice.c.digested_at
    work.connection.execute(
        update(news_choice)
        .where(news_choice.c.resident_id == resident_id, or_(digested.is_(None), digested < since))
        .values(digested_at=since)
    )


def set_quiet_hours(work: Work, city: City, resident_id: int, start: time | None, end: time | None) -> bool:
    """Own quiet hours; the same hour twice: none; None: those of the town. A digest that would fall in them moves."""
    mine = choices_of(work, resident_id)
    return mine is not None and _change(work, city, msgspec.structs.replace(mine, quiet_start=start, quiet_end=end))


def _change(work: Work, city: City, wish: Choices) -> bool:
    columns = _columns(work, city, wish)
    if wish.rhythm is Rhythm.AT_ONCE:
        del columns["digest_at"]  # a last digest may be due
    row = update(news_choice).where(news_choice.c.resident_id == wish.resident_id)
    work.connection.execute(row.values(**columns))
    consent_changed(work, wish.resident_id)
    make_theirs_anew(work, wish.resident_id)
    return True


def unsubscribe(work: Work, resident_id: int) -> bool:
    """No more news, those already in the outbox included. False when they got none anyway."""
    got = _gets_news(work, resident_id)
    for table in (news_choice, news_quartier, news_topic):
        work.connection.execute(delete(table).where(table.c.resident_id == resident_id))
    cancel_pushes(work, resident_id, "unsubscribed", lanes=(Lane.URGENT, Lane.NEWS))
    return got


def drop_choices_of_gone(work: Work, resident_ids: Collection[int]) -> int:
    """Whoever blocked the bot on their last good address no longer asked for news, even if they come back. Gives how
    many had asked."""
    if not resident_ids:
        return 0
    dropped = 0
    for table in (news_quartier, news_topic, news_choice):
        whose = table.c.resident_id
        here = select(address.c.id).where(address.c.resident_id == whose, address.c.gone_because.is_(None))
        gone = delete(table).where(whose.in_(list(resident_ids)), ~here.exists())
        dropped = work.connection.execute(gone).rowcount
    return dropped
