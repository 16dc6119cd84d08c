"""What is forgotten and when: the promise of the welcome, kept by the clock."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import or_, select

from bot.city.model import City
from bot.delivery import store as letters
from bot.pictures.keep import Pictures
from bot.reports import store as reports
from bot.storage import heard
from bot.storage.work import Work
from flows.engine import store as conversations
from handlers.web import store as web

ORPHANS_AFTER = timedelta(days=1)
"""A picture that nothing mentions a day after it was kept belongs to nobody."""

MOST_ORPHANS = 500


def upkeep(city: City, pictures: Pictures) -> dict[str, Callable[[Work], int]]:
    """The jobs of the clock, by name."""
    retention = city.privacy.retention
    words_kept = timedelta(days=retention.messages)
    return {
        "heard": heard.forget_old,
        "letters": lambda work: letters.forget_old(work, words_kept, words_kept),
        "web": lambda work: web.forget_old(work, words_kept),
        "reporters": lambda work: reports.forget_reporters(work, work.now - timedelta(days=retention.closed_reports)),
        "pictures": lambda work: remove_orphans(work, pictures),
    }


def remove_orphans(work: Work, pictures: Pictures) -> int:
    """Remove pictures that no report, draft or dialogue mentions."""
    old = []
    for key in pictures.keys_older_than(work.now - ORPHANS_AFTER):
        old.append(key)
        if len(old) >= MOST_ORPHANS:
            break
    orphans = [key for key in old if key not in reports.pictures_in_use(work, [key]) and not _mentioned(work, key)]
    for key in orphans:
        pictures.remove(key)
    return len(orphans)


def _mentioned(work: Work, key: str) -> bool:
    kept, said, letter = conversations.conversation, web.web_line, letters.letter
    queries = (
        select(kept.c.address_id).where(kept.c.state.contains(key)),
        select(said.c.id).where(or_(said.c.pictures.contains(key))),
        select(letter.c.id).where(letter.c.payload.contains(key)),
    )
    return any(work.connection.execute(query.limit(1)).first() for query in queries)
