"""What is forgotten, ended or asked about and when: the promise of the welcome, kept by the clock."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from sqlalchemy import select

from bot.city.model import City
from bot.delivery import outbox, previews
from bot.delivery import store as letters
from bot.delivery.forgetting import Forgetting
from bot.news import store as news
from bot.news.fold import fold_answers
from bot.news.still import not_asked_in_time
from bot.news.unsent import UNSENT_KEPT, forget_unsent
from bot.news.within_reach import carrying_what_stands
from bot.people.audit import forget_acts
from bot.people.forget import forget_inactive
from bot.people.invite import forget_invitations
from bot.pictures.keep import A_KEY, Pictures
from bot.reports import store as reports
from bot.storage import heard
from bot.storage.work import Work
from flows.engine import store as conversations
from flows.leaving import erase
from flows.news_feeds import end_of_entries
from flows.news_still import ask_silent_readers
from handlers.web import store as web

ORPHANS_AFTER = timedelta(days=1)
"""A picture that nothing mentions a day after it was kept belongs to nobody."""

MOST_ORPHANS = 500
"""Pictures removed at a tick: nobody should wait behind the disk."""

AT_ONCE = 500
"""Keys in a statement."""


def upkeep(city: City, pictures: Pictures) -> dict[str, Callable[[Work], int]]:
    """The jobs of the clock, by name."""
    retention = city.privacy.retention
    inactive_after = timedelta(days=retention.inactive_residents)
    words_kept = timedelta(days=retention.messages)
    return {
        "heard": heard.forget_old,
        "secrets": letters.forget_secrets,
        "letters": lambda work: letters.forget_old(work, words_kept),
        "broadcasts": Forgetting(words_kept, carrying_what_stands).forget,
        "web": lambda work: web.forget_old(work, words_kept),
        "reporters": lambda work: reports.forget_reporters(work, work.now - timedelta(days=retention.closed_reports)),
        "news": lambda work: forget_unsent(work, work.now - UNSENT_KEPT),
        "entries of feeds": end_of_entries,
        "answers to news": fold_answers,
        "silent readers": lambda work: ask_silent_readers(work, city, inactive_after),
        "residents": lambda work: forget_inactive(
            work, work.now - inactive_after, erase=erase, spared=not_asked_in_time(work, inactive_after)
        ),
        "previews": previews.forget_old,
        "audit": lambda work: forget_acts(work, work.now - timedelta(days=retention.audit)),
        "invitations": forget_invitations,
        "pictures": lambda work: remove_orphans(work, pictures),
    }


def remove_orphans(work: Work, pictures: Pictures, most: int = MOST_ORPHANS) -> int:
    """Remove up to `most` pictures that nothing mentions: no report, piece of news, draft, preview or dialogue.
    Gives how many."""
    orphans = _not_of_reports(work, list(pictures.keys_older_than(work.now - ORPHANS_AFTER)))
    if orphans:
        orphans -= _mentioned(work)
    for key in sorted(orphans)[:most]:
        pictures.remove(key)
    return min(len(orphans), most)


def _not_of_reports(work: Work, keys: Sequence[str]) -> set[str]:
    left: set[str] = set()
    for at in range(0, len(keys), AT_ONCE):
        some = keys[at : at + AT_ONCE]
        left |= set(some) - reports.pictures_in_use(work, some)
    return left


def _mentioned(work: Work) -> set[str]:
    """Every key in a piece of news, a draft, a preview, a line of a dialogue or a letter. One look at each table,
    however many."""
    said, told = web.web_line.c.pictures, outbox.letter.c.payload
    printed = news.news_item.c.pictures
    texts = (
        select(printed).where(printed != "[]"),
        select(conversations.conversation.c.state),
        select(previews.preview.c.payload),
        select(said).where(said != "[]"),
        select(told).where(told.contains('"pictures":')),
    )
    return {key for query in texts for text in work.connection.scalars(query) for key in A_KEY.findall(text)}
