"""The tables of the news, and reading them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    or_,
    select,
)

from bot.news.model import Item, Recurrence, State
from bot.news.model import Text as Said
from bot.storage.tables import NAMES, Identity, Instant, metadata
from bot.storage.work import Work

news_item = Table(
    "news_item",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("ref", String(16), nullable=False, unique=True),
    Column("state", String(10), nullable=False),
    Column("topic", String(32), nullable=False),
    Column("also", Text),  # JSON: further topics; nothing: none
    Column("quartiers", Text, nullable=False),  # JSON; empty: the whole town
    Column("author_id", ForeignKey("resident.id", ondelete="SET NULL")),
    Column("author_name", String(80), nullable=False, info={NAMES: "author_id"}),
    Column("author_role", String(120), nullable=False),
    Column("language", String(8), nullable=False),
    Column("pictures", Text, nullable=False),  # JSON
    Column("alternative", String(500), nullable=False),
    Column("link", String(500), nullable=False),
    Column("event_at", Instant),
    Column("event_place", String(200), nullable=False),
    Column("expires_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("starts_at", Instant),
    Column("approver_id", ForeignKey("resident.id", ondelete="SET NULL")),
    Column("approver_name", String(80), nullable=False, info={NAMES: "approver_id"}),
    Column("remark", String(1000), nullable=False),
    Column("broadcast_id", Identity),
    Column("rev", Integer, nullable=False),
    Column("corrected_at", Instant),
    Column("recalled_at", Instant),
    Column("recurrence", Text),  # JSON
    Column("next_at", Instant),  # when the next child of a recurring item is due
    Column("template_id", ForeignKey("news_item.id", ondelete="SET NULL")),
    Column("feed", String(500), nullable=False),
    Column("feed_key", String(64)),  # SHA-256 of the entry's own identity
    UniqueConstraint("feed", "feed_key"),
    Index("ix_news_item_state_starts_at", "state", "starts_at"),
    Index("ix_news_item_next_at", "next_at"),
    Index("ix_news_item_broadcast_id", "broadcast_id"),
    Index("ix_news_item_author_id", "author_id"),
    Index("ix_news_item_approver_id", "approver_id"),
    Index("ix_news_item_template_id", "template_id"),
)

news_text = Table(
    "news_text",
    metadata,
    Column("item_id", ForeignKey("news_item.id", ondelete="CASCADE"), primary_key=True),
    Column("language", String(8), primary_key=True),
    Column("title", String(200), nullable=False),
    Column("words", Text, nullable=False),
)

# A row: this resident asked for news. Hours are minutes since midnight in the town's time.
news_choice = Table(
    "news_choice",
    metadata,
    Column("resident_id", ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True),
    Column("rhythm", String(8), nullable=False),
    Column("hour", SmallInteger, nullable=False),
    Column("weekday", SmallInteger, nullable=False),
    Column("quiet_start", SmallInteger),
    Column("quiet_end", SmallInteger),
    Column("digest_at", Instant),  # when the next digest is due; nothing for those who read at once
    Column("digested_at", Instant),  # up to when news were looked at for a digest
    Column("letter_id", Identity),  # of their last digest
    Column("told", Text),  # JSON: the items in it
    Column("asked_at", Instant),  # when somebody who only reads was last asked whether to go on
    Column("owed", Text),  # JSON: items that left before `digested_at`, and are to be told nevertheless
    Index("ix_news_choice_digest_at", "digest_at"),
)

news_quartier = Table(
    "news_quartier",
    metadata,
    Column("resident_id", ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True),
    Column("quartier", SmallInteger, primary_key=True),
)

news_topic = Table(
    "news_topic",
    metadata,
    Column("resident_id", ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True),
    Column("topic", String(32), primary_key=True),
    Column("weekly", SmallInteger),  # at most so many items a week; nothing: as the town says
)

# What readers answered to an item: "less", "stop". One of each a person.
news_answer = Table(
    "news_answer",
    metadata,
    Column("item_id", ForeignKey("news_item.id", ondelete="CASCADE"), primary_key=True),
    Column("resident_id", ForeignKey("resident.id", ondelete="CASCADE"), primary_key=True),
    Column("answer", String(8), primary_key=True),
    Column("at", Instant, nullable=False),
    Index("ix_news_answer_resident_id", "resident_id"),
)

# How many had answered what by the time it was forgotten who.
news_answered = Table(
    "news_answered",
    metadata,
    Column("item_id", ForeignKey("news_item.id", ondelete="CASCADE"), primary_key=True),
    Column("answer", String(8), primary_key=True),
    Column("people", Integer, nullable=False),
)


_numbers = msgspec.json.Decoder(tuple[int, ...]).decode
_keys = msgspec.json.Decoder(tuple[str, ...]).decode
_recurrence = msgspec.json.Decoder(Recurrence).decode


def about(*topics: str) -> ColumnElement[bool]:
    """Of items: whether one of these is among their topics."""
    further = [news_item.c.also.contains(msgspec.json.encode(topic).decode(), autoescape=True) for topic in topics]
    return or_(news_item.c.topic.in_(topics), *further)


def items(work: Work, *where: ColumnElement[bool], most: int = 500) -> list[Item]:
    """Items with their texts, those that left last first."""
    query = select(news_item).where(*where).order_by(news_item.c.starts_at.desc(), news_item.c.id.desc()).limit(most)
    rows = work.connection.execute(query).all()
    texts = _texts(work, [row.id for row in rows])
    return [_item(row, texts.get(row.id, {})) for row in rows]


def newest(work: Work, *where: ColumnElement[bool], most: int) -> list[Item]:
    """Those written last first, whether they have left or not."""
    numbers = select(news_item.c.id).where(*where).order_by(news_item.c.id.desc()).limit(most)
    found = items(work, news_item.c.id.in_(work.connection.scalars(numbers).all()), most=most)
    return sorted(found, key=lambda item: -item.id)


def item_by_ref(work: Work, ref: str) -> Item | None:
    return next(iter(items(work, news_item.c.ref == ref, most=1)), None)


def item_by_id(work: Work, number: int) -> Item | None:
    return next(iter(items(work, news_item.c.id == number, most=1)), None)


def _texts(work: Work, numbers: Sequence[int]) -> dict[int, dict[str, Said]]:
    found: dict[int, dict[str, Said]] = {}
    if not numbers:
        return found
    for row in work.connection.execute(select(news_text).where(news_text.c.item_id.in_(numbers))):
        found.setdefault(row.item_id, {})[row.language] = Said(row.title, row.words)
    return found


def _item(row: Any, texts: dict[str, Said]) -> Item:
    return Item(
        id=row.id,
        ref=row.ref,
        state=State(row.state),
        topic=row.topic,
        quartiers=_numbers(row.quartiers),
        author_id=row.author_id,
        author_name=row.author_name,
        author_role=row.author_role,
        language=row.language,
        texts=texts,
        pictures=_keys(row.pictures),
        alternative=row.alternative,
        link=row.link,
        event_at=row.event_at,
        event_place=row.event_place,
        expires_at=row.expires_at,
        created_at=row.created_at,
        starts_at=row.starts_at,
        approver_name=row.approver_name,
        remark=row.remark,
        broadcast_id=row.broadcast_id,
        rev=row.rev,
        corrected_at=row.corrected_at,
        recalled_at=row.recalled_at,
        recurrence=_recurrence(row.recurrence) if row.recurrence else None,
        next_at=row.next_at,
        feed=row.feed,
        template_id=row.template_id,
        also=_keys(row.also) if row.also else (),
    )
