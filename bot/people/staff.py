"""Who works for the town, and what each may do. The words and the tables; the verbs are beside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, select

from bot.storage.tables import Identity, Instant, metadata
from bot.storage.work import Work


class Role(StrEnum):
    CONSEILLER = "conseiller"  # speaks for one or more quartiers
    AGENT = "agent"  # of a service
    MODERATOR = "moderator"  # approves what others write
    ADMIN = "admin"  # invites, changes, revokes


INVITATION_KEPT = timedelta(hours=48)

# One row a role that somebody has or had. `name` is how they are shown to residents: « Anne Martin ».
staff = Table(
    "staff",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("resident_id", ForeignKey("resident.id", ondelete="CASCADE"), nullable=False),
    Column("role", String(12), nullable=False),
    Column("quartiers", Text, nullable=False),  # JSON: [3, 4]; empty but for a conseiller
    Column("unit", String(80), nullable=False),  # the service of an agent, in words
    Column("name", String(80), nullable=False),
    Column("since", Instant, nullable=False),
    Column("revoked_at", Instant),
    Index("ix_staff_resident_id", "resident_id"),
)

# A code is kept as its SHA-256 only. It is used once.
invitation = Table(
    "invitation",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("code_hash", String(64), nullable=False, unique=True),
    Column("role", String(12), nullable=False),
    Column("quartiers", Text, nullable=False),
    Column("unit", String(80), nullable=False),
    Column("name", String(80), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_by", Identity),  # a resident's number, or nothing for the operator
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

# Rows are only ever added. `who` is a resident's number without a foreign key, so that erasing somebody changes no
# row: the number alone then leads to nobody.
audit = Table(
    "audit",
    metadata,
    Column("id", Identity, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("who", Identity),  # nothing: the operator, at the command line, or the clock
    Column("act", String(40), nullable=False),  # "news.approve"
    Column("about", String(80), nullable=False),  # "AC-7K3FQ2"
    Column("detail", Text, nullable=False),
    Index("ix_audit_at", "at"),
    Index("ix_audit_about", "about"),
)


class Post(msgspec.Struct, frozen=True):
    """One role of one person."""

    id: int
    role: Role
    name: str
    quartiers: tuple[int, ...] = ()
    unit: str = ""
    since: datetime | None = None


class Rights(msgspec.Struct, frozen=True):
    """All that somebody may do now; nothing for a resident without a role."""

    posts: tuple[Post, ...] = ()

    def has(self, *roles: Role) -> bool:
        return any(post.role in roles for post in self.posts)

    @property
    def is_admin(self) -> bool:
        return self.has(Role.ADMIN)

    @property
    def quartiers(self) -> frozenset[int]:
        """Those a conseiller speaks for."""
        return frozenset(number for post in self.posts for number in post.quartiers)

    def may_write_to(self, quartiers: Sequence[int]) -> bool:
        """Whether they may address these quartiers; an empty list is the whole town, which a conseiller may not."""
        if self.has(Role.ADMIN, Role.MODERATOR, Role.AGENT):
            return True
        return bool(quartiers) and set(quartiers) <= self.quartiers

    def may_approve(self, quartiers: Sequence[int]) -> bool:
        """Whether they may let go what somebody else wrote to these quartiers."""
        if self.has(Role.ADMIN, Role.MODERATOR):
            return True
        return bool(quartiers) and set(quartiers) <= self.quartiers

    def post_for(self, quartiers: Sequence[int]) -> Post | None:
        """In which capacity they speak to these quartiers: the nearest to the people first."""
        speaking = [
            post for post in self.posts if post.role is not Role.CONSEILLER or set(quartiers) <= {*post.quartiers}
        ]
        order = (Role.CONSEILLER, Role.AGENT, Role.MODERATOR, Role.ADMIN)
        if not quartiers:
            speaking = [post for post in speaking if post.role is not Role.CONSEILLER]
        return min(speaking, key=lambda post: order.index(post.role), default=None)


_quartiers = msgspec.json.Decoder(tuple[int, ...]).decode


def rights_of(work: Work, resident_id: int) -> Rights:
    query = (
        select(staff.c.id, staff.c.role, staff.c.name, staff.c.quartiers, staff.c.unit, staff.c.since)
        .where(staff.c.resident_id == resident_id, staff.c.revoked_at.is_(None))
        .order_by(staff.c.id)
    )
    return Rights(
        tuple(
            Post(number, Role(role), name, _quartiers(quartiers), unit, since)
            for number, role, name, quartiers, unit, since in work.connection.execute(query)
        )
    )
