"""Changing and revoking roles, cancelling invitations. An admin does it, or the operator (`by` None)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import select, update

from bot.people.audit import note_act
from bot.people.invitations import end_invitation, end_invitations_of, open_invitation
from bot.people.model import (
    BadInvitation,
    LastAdmin,
    NoSuchInvitation,
    NoSuchPost,
    NotAdmin,
    OpenInvitation,
    Post,
    Role,
)
from bot.people.staff import is_last_admin, post_by_id, posts, rights_of, staff
from bot.people.store import resident
from bot.storage.work import Work


def must_be_admin(work: Work, by: int | None) -> None:
    """Raises NotAdmin."""
    if by is not None and not rights_of(work, by).is_admin:
        raise NotAdmin


def change(work: Work, number: int, *, quartiers: Sequence[int], by: int | None = None) -> Post:
    """Give the conseiller of post `number` other quartiers. Raises NotAdmin, NoSuchPost, BadInvitation."""
    must_be_admin(work, by)
    post = _post(work, number)
    numbers = tuple(sorted(set(quartiers)))
    if post.role is not Role.CONSEILLER or not numbers:
        raise BadInvitation("A conseiller, and nobody else, speaks for at least one quartier.")
    encoded = msgspec.json.encode(numbers).decode()
    work.connection.execute(update(staff).where(staff.c.id == number).values(quartiers=encoded))
    note_act(work, by, "staff.change", str(number), before=post.quartiers, after=numbers)
    return msgspec.structs.replace(post, quartiers=numbers)


def revoke(work: Work, number: int, *, by: int | None = None) -> Post:
    """Take the role of post `number` away; gives it as it was. With the role of an admin go the invitations they made
    that nobody has taken yet. Raises NotAdmin, NoSuchPost, LastAdmin."""
    must_be_admin(work, by)
    post = _post(work, number)
    if is_last_admin(work, post):
        raise LastAdmin
    work.connection.execute(update(staff).where(staff.c.id == number).values(revoked_at=work.now))
    note_standing(work, [post.resident_id])
    note_act(work, by, "staff.revoke", str(number), role=post.role, quartiers=post.quartiers, unit=post.unit)
    if post.role is Role.ADMIN:
        end_invitations_of(work, post.resident_id, by)
    return post


def revoke_all(work: Work, resident_id: int, *, by: int | None = None) -> list[Post]:
    """Take every role of somebody away; gives them as they were. Raises NotAdmin, LastAdmin."""
    must_be_admin(work, by)
    held = posts(work, staff.c.resident_id == resident_id)
    if any(is_last_admin(work, post) for post in held):
        raise LastAdmin
    # Their own role of admin goes last: until then it is what lets an admin revoke themself.
    return [revoke(work, post.id, by=by) for post in sorted(held, key=lambda post: post.role is Role.ADMIN)]


def cancel_invitation(work: Work, number: int, *, by: int | None = None) -> OpenInvitation:
    """Its code is not taken any more; gives it as it was. Raises NotAdmin, NoSuchInvitation."""
    must_be_admin(work, by)
    found = open_invitation(work, number)
    if found is None or not end_invitation(work, found, by):
        raise NoSuchInvitation
    return found


def _post(work: Work, number: int) -> Post:
    post = post_by_id(work, number)
    if post is None:
        raise NoSuchPost
    return post


def note_standing(work: Work, residents: Iterable[int]) -> None:
    """Keep `resident.staff` true exactly while somebody has a role."""
    has_one = select(staff.c.id).where(staff.c.resident_id == resident.c.id, staff.c.revoked_at.is_(None)).exists()
    work.connection.execute(update(resident).where(resident.c.id.in_(list(residents))).values(staff=has_one))
