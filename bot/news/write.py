"""Writing a piece of news: filed as a draft, written anew while nobody reads it, submitted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import delete, insert
from sqlalchemy.dialects import postgresql, sqlite

from bot.city.model import City
from bot.news.audience import estimate
from bot.news.model import MOST_PICTURES, MOST_WORDS, REF_LENGTH, Details, Item, Recurrence, State, Text
from bot.news.moves import CHANGEABLE, Refused, change, held, move, rights_over
from bot.news.plan import plan_item
from bot.news.refs import draw_ref
from bot.news.store import item_by_ref, news_item, news_text
from bot.news.wakes import ACT, somebody_can_be_asked, wakes_people
from bot.people.audit import note_act
from bot.people.staff import rights_of
from bot.storage.tables import new_identity
from bot.storage.work import Work

MOST_TITLE = 80
"""Characters: a title is read at a glance, and fits the notification of a telephone."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What an author gives. `starts_at` None: as soon as it may leave."""

    topic: str
    quartiers: tuple[int, ...]
    author_name: str
    author_role: str
    language: str
    texts: Mapping[str, Text]
    pictures: tuple[str, ...] = ()
    alternative: str = ""
    link: str = ""
    event_at: datetime | None = None
    event_place: str = ""
    expires_at: datetime | None = None
    starts_at: datetime | None = None
    recurrence: Recurrence | None = None
    also: tuple[str, ...] = ()  # further topics


def file_item(
    work: Work,
    who: int | None,
    draft: Draft,
    *,
    feed: str = "",
    feed_key: str | None = None,
    template: int | None = None,
) -> Item:
    """File an item as a draft and give it with its reference. `who` None: a feed, or the clock, for what somebody
    wrote before. Raises Refused when their role does not reach these quartiers, or when there are no words."""
    if who is not None and template is None and not rights_of(work, who).may_write_to(draft.quartiers):
        raise Refused("no_right")
    _check_words(draft.texts)
    values = {
        "id": new_identity(),
        "state": State.DRAFT.value,
        "author_id": who,
        "created_at": work.now,
        "approver_name": "",
        "remark": "",
        "rev": 1,
        "feed": feed,
        "feed_key": feed_key,
        "template_id": template,
        **_columns(draft),
    }
    ref = _numbered(work, values)
    _write_texts(work, values["id"], draft.texts)
    note_act(work, None if template is not None else who, "news.file", ref, topic=draft.topic, to=draft.quartiers)
    filed = item_by_ref(work, ref)
    assert filed is not None
    return filed


def _columns(draft: Draft) -> dict[str, Any]:
    return {
        "topic": draft.topic,
        "also": msgspec.json.encode(draft.also).decode() if draft.also else None,
        "quartiers": msgspec.json.encode(draft.quartiers).decode(),
        "author_name": draft.author_name[:80],
        "author_role": draft.author_role[:120],
        "language": draft.language,
        "pictures": msgspec.json.encode(draft.pictures[:MOST_PICTURES]).decode(),
        "alternative": draft.alternative[:500],
        "link": draft.link,
        "event_at": draft.event_at,
        "event_place": draft.event_place[:200],
        "expires_at": draft.expires_at,
        "starts_at": draft.starts_at,
        "recurrence": msgspec.json.encode(draft.recurrence).decode() if draft.recurrence else None,
    }


def _check_words(texts: Mapping[str, Text]) -> None:
    """What the questions have let through already: this is for whoever comes by another way."""
    said = [(text.title.strip(), text.words.strip()) for text in texts.values()]
    if not said or any(not title or not words or len(words) > MOST_WORDS for title, words in said):
        raise Refused("nothing")


def _numbered(work: Work, values: dict[str, object]) -> str:
    """Write the item under a reference nobody has."""
    new = (postgresql if work.is_postgres else sqlite).insert(news_item).on_conflict_do_nothing(index_elements=["ref"])
    for length in (REF_LENGTH, REF_LENGTH, REF_LENGTH, REF_LENGTH + 2):
        ref = draw_ref(length)
        if work.connection.execute(new, {**values, "ref": ref}).rowcount:
            return ref
    raise RuntimeError("no free reference for a piece of news was found")


def _write_texts(work: Work, number: object, texts: Mapping[str, Text]) -> None:
    work.connection.execute(delete(news_text).where(news_text.c.item_id == number))
    rows = [
        {"item_id": number, "language": language, "title": text.title[:200], "words": text.words}
        for language, text in texts.items()
    ]
    work.connection.execute(insert(news_text), rows)


def rewrite(work: Work, who: int, ref: str, draft: Draft) -> Item:
    """Write anew an item that was sent back, taken back, or never submitted. It keeps its reference. Raises Refused."""
    item = held(work, ref)
    if item.author_id != who:
        raise Refused("not_yours", ref)
    if item.state not in CHANGEABLE:
        raise Refused("already", ref)
    if not rights_of(work, who).may_write_to(draft.quartiers):
        raise Refused("no_right", ref)
    _check_words(draft.texts)
    _write_texts(work, item.id, draft.texts)
    return change(work, who, item, "news.rewrite", rev=item.rev + 1, created_at=work.now, **_columns(draft))


def replace(
    work: Work, who: int, item: Item, texts: Mapping[str, Text], details: Details, act: str, **values: Any
) -> Item:
    """Other words for an item, other details; the audit keeps those that were there before: the town answers for what
    it said."""
    _check_words(texts)
    _write_texts(work, item.id, texts)
    old = {code: text for code, text in item.texts.items() if texts.get(code) != text}
    before = {name: was for name in Details.__struct_fields__ if (was := getattr(item, name)) != getattr(details, name)}
    said = {**({"texts": old} if old else {}), **before}
    return change(work, who, item, act, detail={"before": said}, rev=item.rev + 1, **_columns_of(details), **values)


def _columns_of(details: Details) -> dict[str, Any]:
    return {
        "alternative": details.alternative[:500],
        "link": details.link,
        "event_at": details.event_at,
        "event_place": details.event_place[:200],
        "expires_at": details.expires_at,
    }


def submit(work: Work, who: int, city: City, ref: str) -> Item:
    """Let an item go, or have a second member of staff read it: when the town wants that for so many people, and when
    it would wake them up while somebody else can be asked. Raises Refused: what is expired stays the draft it was."""
    item = held(work, ref)
    rights_over(work, who, item)
    if item.author_id != who:
        raise Refused("not_yours", ref)
    many = city.news.needs_review(estimate(work, item.topics, item.quartiers, city=city).people)
    wakes = wakes_people(work, city, item)
    if many or (wakes and somebody_can_be_asked(work, who, item.quartiers)):
        return move(work, who, item, State.REVIEW, "news.submit", remark="", approver_name="", approver_id=None)
    planned = plan_item(work, who, city, item, "news.plan")
    if wakes:
        note_act(work, who, ACT, ref)
    return planned
