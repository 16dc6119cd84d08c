"""What readers answer to an item in one tap: less of this, no more of any. Counted for its author, once a person."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.city.model import City
from bot.delivery.broadcasts import consent_changed
from bot.news.anew import make_theirs_anew
from bot.news.choose import choices_of, unsubscribe
from bot.news.model import Item
from bot.news.store import news_answer, news_topic
from bot.storage.work import Work

LESS, STOP = "less", "stop"


class Less(StrEnum):
    """What « less of this » has done."""

    WEEKLY = "weekly"  # one item of the topic a week from now on
    REMOVED = "removed"  # that was so already, or the topic is urgent: it is not theirs any more
    ALREADY = "already"  # they had answered so to this very item: a second tap changes nothing
    NOT_THEIRS = "not_theirs"  # they get none of the topic anyway


class More(StrEnum):
    """What taking « less of this » back has done."""

    DONE = "done"
    NOTHING = "nothing"  # they had not answered so to this item, or have taken it back already
    NO_NEWS = "no_news"  # they get no news any more


def less_of(work: Work, city: City, resident_id: int, item: Item) -> Less:
    """One item a week is enough of the topic for which they got this one; said about another item once it is so, the
    topic goes. One that is urgent goes at once: no cap holds for it."""
    mine = choices_of(work, resident_id)
    topic = item.topic_for(mine.topics) if mine else None
    if mine is None or topic is None:
        return Less.NOT_THEIRS
    if not _note(work, resident_id, item.id, LESS):
        return Less.ALREADY
    consent_changed(work, resident_id)
    make_theirs_anew(work, resident_id)
    row = news_topic.c.resident_id == resident_id, news_topic.c.topic == topic
    if topic in mine.less or _is_urgent(city, topic):
        work.connection.execute(delete(news_topic).where(*row))
        return Less.REMOVED
    work.connection.execute(update(news_topic).where(*row).values(weekly=1))
    return Less.WEEKLY


def _is_urgent(city: City, key: str) -> bool:
    topic = city.news.topic(key)
    return topic is not None and topic.urgent


def more_of(work: Work, city: City, resident_id: int, item: Item, topic: str, undone: Less) -> More:
    """Take « less of this » back: what it had `undone`, of one of the topics of the item. Nobody gets a topic so that
    they had not answered about."""
    if choices_of(work, resident_id) is None:
        return More.NO_NEWS
    answer = news_answer.c
    answered = answer.item_id == item.id, answer.resident_id == resident_id, answer.answer == LESS
    if not work.connection.execute(delete(news_answer).where(*answered)).rowcount:
        return More.NOTHING
    weekly = 1 if undone is Less.REMOVED and not _is_urgent(city, topic) else None
    new = (postgresql if work.is_postgres else sqlite).insert(news_topic)
    work.connection.execute(
        new.values(resident_id=resident_id, topic=topic, weekly=weekly).on_conflict_do_update(
            index_elements=["resident_id", "topic"], set_={"weekly": weekly}
        )
    )
    return More.DONE


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
