"""Pieces of news put straight into the database, in any state, for those who only read them."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import insert

from bot.news.model import Item, State, Text
from bot.news.store import item_by_id, news_item, news_text
from bot.storage.tables import new_identity
from bot.storage.work import Work

_COUNT = itertools.count(1)


def put_item(work: Work, **values: Any) -> Item:
    """An item for the whole town that left an hour ago; `values` are fields of `Item` in their place, or `title` and
    `words` for a text in its language only."""
    number = new_identity()
    language = values.get("language", "fr")
    title = values.pop("title", "Le marché change de place")
    words = values.pop("words", "Il se tient devant la maison communale.")
    texts = values.pop("texts", {language: Text(title, words)})
    row: dict[str, Any] = {
        "id": number,
        "ref": f"AC-{next(_COUNT):06d}",
        "state": State.PLANNED,
        "topic": "works",
        "quartiers": (),
        "author_name": "Anne Martin",
        "author_role": "conseillère du quartier",
        "language": language,
        "pictures": (),
        "alternative": "",
        "link": "",
        "event_place": "",
        "created_at": work.now - timedelta(hours=2),
        "starts_at": work.now - timedelta(hours=1),
        "approver_name": "",
        "remark": "",
        "rev": 1,
        "feed": "",
    } | values
    for name in ("quartiers", "pictures", *(["also"] if "also" in row else [])):
        row[name] = msgspec.json.encode(row[name]).decode()
    row["state"] = row["state"].value
    work.connection.execute(insert(news_item).values(row))
    given = [
        {"item_id": number, "language": code, "title": text.title, "words": text.words} for code, text in texts.items()
    ]
    work.connection.execute(insert(news_text), given)
    item = item_by_id(work, number)
    assert item is not None
    return item
