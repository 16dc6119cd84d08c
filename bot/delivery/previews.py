"""What is not sent yet, as its readers will see it: kept for a day under an address that nobody can guess."""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec
from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, delete, insert, select, update

from bot.delivery.model import Message
from bot.storage.keys import house_secret
from bot.storage.tables import Identity, Instant, metadata, new_identity
from bot.storage.work import Work

KEPT = timedelta(hours=24)
"""From when it was last asked for."""

PATH = "/apercu/"
"""Where the page of a preview is; what follows is its token."""

preview = Table(
    "preview",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),  # SHA-256
    Column("seed", String(32), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("author_id", ForeignKey("resident.id", ondelete="CASCADE")),  # whose words they are; None: a feed's
    Column("made_at", Instant, nullable=False),
    Column("payload", Text, nullable=False),
    Index("ix_preview_author_id_digest", "author_id", "digest"),
    Index("ix_preview_made_at", "made_at"),
)


class Reading(msgspec.Struct, frozen=True):
    """What readers of one language get."""

    language: str
    message: Message


class Preview(msgspec.Struct, frozen=True):
    """`until`: when its address stops working (UTC)."""

    readings: tuple[Reading, ...]
    until: datetime

    @property
    def pictures(self) -> frozenset[str]:
        return frozenset(key for one in self.readings for key in one.message.pictures)


_decode = msgspec.json.Decoder(tuple[Reading, ...]).decode


def keep(work: Work, author: int | None, readings: Sequence[Reading]) -> str:
    """The token of a preview of `readings`; the same as before while nothing has changed and it still works, which it
    then does for another day.

    It is 256 bits drawn from a seed of 128 random ones with a secret of the house, so that it can be given again; what
    is looked up is its hash.
    """
    payload = msgspec.json.encode(tuple(readings))
    digest = sha256(payload).hexdigest()
    row = work.connection.execute(
        select(preview.c.id, preview.c.seed)
        .where(preview.c.author_id.is_(None) if author is None else preview.c.author_id == author)
        .where(preview.c.digest == digest, preview.c.made_at > work.now - KEPT)
        .order_by(preview.c.id.desc())
        .limit(1)
    ).first()
    if row:
        work.connection.execute(update(preview).where(preview.c.id == row[0]).values(made_at=work.now))
        return _token(work, row[1])
    seed = secrets.token_hex(16)
    token = _token(work, seed)
    work.connection.execute(
        insert(preview).values(
            id=new_identity(),
            token_hash=_hash(token),
            seed=seed,
            digest=digest,
            author_id=author,
            made_at=work.now,
            payload=payload.decode(),
        )
    )
    return token


def find(work: Work, token: str) -> Preview | None:
    """The preview of that token, unless its time is over."""
    query = select(preview.c.payload, preview.c.made_at).where(
        preview.c.token_hash == _hash(token), preview.c.made_at > work.now - KEPT
    )
    row = work.connection.execute(query).first()
    return Preview(_decode(row[0]), row[1] + KEPT) if row else None


def forget_old(work: Work) -> int:
    """Gives how many were dropped."""
    return work.connection.execute(delete(preview).where(preview.c.made_at <= work.now - KEPT)).rowcount


def _token(work: Work, seed: str) -> str:
    """43 characters that an address may hold."""
    drawn = hmac.digest(bytes.fromhex(house_secret(work, "preview")), bytes.fromhex(seed), "sha256")
    return base64.urlsafe_b64encode(drawn).rstrip(b"=").decode()


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
