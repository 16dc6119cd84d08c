"""Who works for the town: the tables, and reading them. The words are in `model`, the verbs beside."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, ForeignKey, Index, String, Table, Text, select

from bot.people.audit import audit
from bot.people.model import INVITATION_KEPT, LONGEST_NAME, Post, Rights, Role
from bot.storage.tables import Identity, Instant, metadata
from bot.storage.work import Work

__all__ = ["INVITATION_KEPT", "Post", "Rights", "Role", "audit", "invitation", "posts", "rights_of", "staff"]

# One row a role that somebody has or had. `name` is how they are shown to residents: « Anne Martin ».
staff = Table(
    "staff",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("resident_id", ForeignKey("resident.id", ondelete="CASCADE"), nullable=False),
    Column("role", String(12), nullable=False),
    Column("quartiers", Text, nullable=False),  # JSON: [3, 4]; empty but for a conseiller
    Column("unit", String(LONGEST_NAME), nullable=False),  # the service of an agent, in words
    Column("name", String(LONGEST_NAME), nullable=False),
    Column("since", Instant, nullable=False),
    Column("revoked_at", Instant),
    Index("ix_staff_resident_id", "resident_id"),
)

# A code is kept as its SHA-256 only. It is used once; once it is, the name goes from here.
invitation = Table(
    "invitation",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("code_hash", String(64), nullable=False, unique=True),
    Column("role", String(12), nullable=False),
    Column("quartiers", Text, nullable=False),
    Column("unit", String(LONGEST_NAME), nullable=False),
    Column("name", String(LONGEST_NAME), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_by", Identity),  # a resident's number, or nothing for the operator
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

numbers_in = msgspec.json.Decoder(tuple[int, ...]).decode
"""The quartiers of a row."""


def posts(work: Work, *where: ColumnElement[bool]) -> list[Post]:
    """The roles that people have now, the oldest first."""
    query = select(staff).where(staff.c.revoked_at.is_(None), *where).order_by(staff.c.id)
    return [_post(row) for row in work.connection.execute(query)]


def _post(row: Any) -> Post:
    return Post(row.id, Role(row.role), row.name, numbers_in(row.quartiers), row.unit, row.since, row.resident_id)


def rights_of(work: Work, resident_id: int) -> Rights:
    return Rights(tuple(posts(work, staff.c.resident_id == resident_id)))


def staff_members(work: Work) -> list[Post]:
    """Everybody's roles; somebody who has several is there several times."""
    return posts(work)


def post_by_id(work: Work, number: int) -> Post | None:
    """A role that somebody has now."""
    return next(iter(posts(work, staff.c.id == number)), None)


def is_last_admin(work: Work, post: Post) -> bool:
    """Whether nobody else could invite any more if this role went. With PostgreSQL the admins' rows stay locked until
    the end of the transaction, so that two of them cannot revoke each other at once."""
    if post.role is not Role.ADMIN:
        return False
    query = select(staff.c.id).where(staff.c.role == Role.ADMIN, staff.c.revoked_at.is_(None)).with_for_update()
    return {*work.connection.scalars(query)} <= {post.id}


def is_the_last_admin(work: Work, resident_id: int) -> bool:
    """The same about a person."""
    return any(is_last_admin(work, post) for post in rights_of(work, resident_id).posts)
