"""What readers answer to an item in one tap: less of this, no more of any. Counted for its author, once a person."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.delivery.broadcasts import consent_changed
from bot.news.choose import choices_of, unsubscribe
from bot.news.store import news_answer, news_topic
from bot.storage.work import Work

LESS, STOP = "less", "stop"


class Less(StrEnum):
    """What « less of this » has done."""

    WEEKLY = "weekly"  # one item of the topic a week from now on
    REMOVED = "removed"  # that was so already: the topic is not theirs any more
    ALREADY = "already"  # they had answered so to this very item: a second tap changes nothing
    NOT_THEIRS = "not_theirs"  # they get none of the topic anyway


def less_of(work: Work, resident_id: int, item_id: int, topic: str) -> Less:
    """One item of this topic a week is enough; said about another item once it is so, the topic goes."""
    mine = choices_of(work, resident_id)
    if mine is None or topic not in mine.topics:
        return Less.NOT_THEIRS
    if not _note(work, resident_id, item_id, LESS):
        return Less.ALREADY
    consent_changed(work, resident_id)
    row = news_topic.c.resident_id == resident_id, news_topic.c.topic == topic
    if topic in mine.less:
        work.connection.execute(delete(news_topic).where(*row))
        return Less.REMOVED
    work.connection.execute(update(news_topic).where(*row).values(weekly=1))
    return Less.WEEKLY


def more_of(work: Work, resident_id: int, item_id: int, topic: str, undone: Less) -> bool:
    """Take « less of this » back: what it had `undone`. False when they get no news any more."""
    if choices_of(work, resident_id) is None:
        return False
    weekly = 1 if undone is Less.REMOVED else None
    new = (postgresql if work.is_postgres else sqlite).insert(news_topic)
    work.connection.execute(
        new.values(resident_id=resident_id, topic=topic, weekly=weekly).on_conflict_do_update(
            index_elements=["resident_id", "topic"], set_={"weekly": weekly}
        )
    )
    answer = news_answer.c
    work.connection.execute(
        delete(news_answer).where(answer.item_id == item_id, answer.resident_id == resident_id, answer.answer == LESS)
    )
    return True


def stop_news(work: Work, resident_id: int, item_id: int | None) -> bool:
    """No more news at all, because of this item or of none. False when they got none anyway."""
    got = unsubscribe(work, resident_id)
    if got and item_id is not None:
        _note(work, resident_id, item_id, STOP)
    return got


def _note(work: Work, resident_id: int, item_id: int, answer: str) -> bool:
    """False when it was noted before."""
    new = (postgresql if work.is_postgres else sqlite).insert(news_answer)
    values = {"item_id": item_id, "resident_id": resident_id, "answer": answer, "at": work.now}
    noted = new.values(values).on_conflict_do_nothing().returning(news_answer.c.item_id)
    return work.connection.execute(noted).first() is not None


def answers_to(work: Work, item_id: int) -> dict[str, int]:
    """How many people answered what, by "less" and "stop"."""
    counted = select(news_answer.c.answer, func.count()).where(news_answer.c.item_id == item_id)
    return {row[0]: row[1] for row in work.connection.execute(counted.group_by(news_answer.c.answer))}
