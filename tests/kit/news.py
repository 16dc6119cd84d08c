"""News that have left already, and what became of them, without those who write them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import func, insert, select, update

from bot.delivery.broadcast import broadcast
from bot.delivery.model import Lane
from bot.delivery.outbox import letter
from bot.news.model import Item, State
from bot.news.store import item_by_ref, news_answer, news_choice, news_item, news_text
from bot.people.store import address
from bot.storage.tables import new_identity
from bot.storage.work import Work

_IS_DIGEST = letter.c.key.startswith("digest:")

_ALPHABET = "23456789ACDEFGHJKLMNPQRTUVWXY"


def an_item(
    work: Work,
    title: str = "La rue de la Forge est fermée",
    words: str = "Du lundi au vendredi.",
    *,
    topic: str = "fairs",
    quartiers: Sequence[int] = (),
    starts_at: datetime | None = None,
    expires_at: datetime | None = None,
    state: State = State.PLANNED,
    broadcast_state: str = "done",
    english: str = "",
    also: Sequence[str] = (),
) -> Item:
    """An item that left an hour ago unless said otherwise, with its broadcast."""
    number, sends = new_identity(), new_identity()
    at = starts_at or work.now - timedelta(hours=1)
    ref = _ref(work)
    work.connection.execute(
        insert(broadcast).values(
            id=sends, kind="news", ref=ref, act="send", lane=int(Lane.NEWS), state=broadcast_state, starts_at=at,
            cursor=0,
        )
    )  # fmt: skip
    values: dict[str, Any] = {
        "id": number, "ref": ref, "state": str(state), "topic": topic, "author_name": "Anne Martin",
        "quartiers": msgspec.json.encode(list(quartiers)).decode(), "author_role": "conseillère de quartier",
        "language": "fr", "pictures": "[]", "alternative": "", "link": "", "event_place": "", "expires_at": expires_at,
        "created_at": at, "starts_at": at, "approver_name": "", "remark": "", "broadcast_id": sends, "rev": 1,
        "feed": "", "also": msgspec.json.encode(list(also)).decode() if also else None,
    }  # fmt: skip
    work.connection.execute(insert(news_item).values(values))
    texts = {"fr": (title, words)} | ({"en": (english, english)} if english else {})
    for language, (heading, said) in texts.items():
        work.connection.execute(insert(news_text).values(item_id=number, language=language, title=heading, words=said))
    found = item_by_ref(work, ref)
    assert found is not None
    return found


def _ref(work: Work) -> str:
    count = work.connection.execute(select(func.count()).select_from(news_item)).scalar_one()
    return f"AC-7K3F{_ALPHABET[count // len(_ALPHABET)]}{_ALPHABET[count % len(_ALPHABET)]}"


def resident_number(work: Work, external: str) -> int:
    return work.connection.execute(select(address.c.resident_id).where(address.c.external == external)).scalar_one()


def a_letter(work: Work, item: Item, external: str, state: str = "queued", sent_at: datetime | None = None) -> int:
    """A letter of the item's broadcast for somebody. One that is queued waits for somebody to carry it: nobody does."""
    at = work.connection.execute(select(address.c.id).where(address.c.external == external)).scalar_one()
    number = new_identity()
    work.connection.execute(
        insert(letter).values(
            id=number, address_id=at, lane=int(Lane.NEWS), state=state, due=work.now + timedelta(days=400), attempts=0,
            broadcast_id=item.broadcast_id, channel="kit", sent_at=sent_at or (work.now if state == "sent" else None),
        )
    )  # fmt: skip
    return at


def states_of_letters(work: Work, item: Item) -> list[str]:
    query = select(letter.c.state).where(letter.c.broadcast_id == item.broadcast_id).order_by(letter.c.id)
    return list(work.connection.scalars(query))


def runs(work: Work, item: Item, state: str) -> None:
    """Its broadcast is in this state from now on."""
    began = {"began_at": item.starts_at} if state in ("running", "paused") else {}
    work.connection.execute(update(broadcast).where(broadcast.c.id == item.broadcast_id).values(state=state, **began))


def digests_become(work: Work, state: str, before: str = "queued") -> int:
    """What becomes of every digest that waits in the outbox; gives how many there are."""
    waiting = _IS_DIGEST, letter.c.state == before
    return work.connection.execute(update(letter).where(*waiting).values(state=state)).rowcount


def expiries_of_digests(work: Work) -> list[datetime | None]:
    """Until when each digest that waits may leave."""
    return list(work.connection.scalars(select(letter.c.expires_at).where(_IS_DIGEST, letter.c.state == "queued")))


def answers(work: Work) -> list[str]:
    return sorted(work.connection.scalars(select(news_answer.c.answer)))


def digest_at(work: Work, external: str) -> datetime | None:
    number = resident_number(work, external)
    query = select(news_choice.c.digest_at).where(news_choice.c.resident_id == number)
    return work.connection.execute(query).scalar_one_or_none()


def rewrite(work: Work, item: Item, **values: Any) -> None:
    work.connection.execute(update(news_item).where(news_item.c.id == item.id).values(**values))


def has_items(work: Work) -> bool:
    return work.connection.execute(select(news_item.c.id).limit(1)).first() is not None
