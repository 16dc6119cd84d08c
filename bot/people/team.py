"""Changing and revoking roles, cancelling invitations. An admin does it, or the operator (`by` None)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import select, update

from bot.people.audit import note_act
from bot.people.invitations import end_invitation, end_invitations_of, open_invitation
from bot.people.model import (
    AlreadyTheirs,
    BadInvitation,
    Change,
    ChangedMeanwhile,
    LastAdmin,
    NoSuchInvitation,
    NoSuchPost,
    NotAdmin,
    NothingChanges,
    OpenInvitation,
    Post,
    Role,
    check_role,
)
from bot.people.staff import is_last_admin, post_by_id, posts, rights_of, staff
from bot.people.store import resident
from bot.storage.work import Work


def must_be_admin(work: Work, by: int | None) -> None:
    """Raises NotAdmin."""
    if by is not None and not rights_of(work, by).is_admin:
        raise NotAdmin


def _hold_the_team(work: Work, number: int) -> None:
    """Two admins at once: the second sees what the first made of it, and whether they are one still. Always in the same
    order, so that neither waits for the other for ever. SQLite has one writer anyway."""
    if not work.is_postgres:
        return
    now = staff.c.revoked_at.is_(None)
    for which in (staff.c.role == Role.ADMIN, staff.c.id == number):
        work.connection.execute(select(staff.c.id).where(now, which).order_by(staff.c.id).with_for_update())


def change(
    work: Work,
    number: int,
    *,
    role: Role | None = None,
    quartiers: Sequence[int] | None = None,
    unit: str | None = None,
    name: str | None = None,
    by: int | None = None,
    seen: Post | None = None,
) -> Change:
    """Give post `number` another role, other quartiers, another service, or its holder another name; None leaves as it
    is. With another role, quartiers and service go unless they are given. A name is that of a person: all their roles
    take it. `seen`: the post as it was shown to whoever asks.

    Nothing is written before everything is allowed. Whoever is an admin no more invites nobody, as when it is revoked.
    Raises NotAdmin, NoSuchPost, ChangedMeanwhile, BadInvitation, NothingChanges, AlreadyTheirs, LastAdmin.
    """
    _hold_the_team(work, number)
    must_be_admin(work, by)
    before = _post(work, number)
    if seen is not None and seen != before:
        raise ChangedMeanwhile
    after = _wished(before, role, quartiers, unit, name)
    _check(work, before, after)
    work.connection.execute(update(staff).where(staff.c.id == number).values(**_columns(after)))
    _note_change(work, by, before, after)
    for other in posts(work, staff.c.resident_id == before.resident_id, staff.c.name != after.name):
        work.connection.execute(update(staff).where(staff.c.id == other.id).values(name=after.name))
        _note_change(work, by, other, msgspec.structs.replace(other, name=after.name))
    if before.role is Role.ADMIN and after.role is not Role.ADMIN:
        end_invitations_of(work, before.resident_id, by)
    return Change(before, after)


def _wished(
    before: Post, role: Role | None, quartiers: Sequence[int] | None, unit: str | None, name: str | None
) -> Post:
    kept = role is None or role is before.role
    return msgspec.structs.replace(
        before,
        role=role or before.role,
        quartiers=tuple(sorted(set(quartiers))) if quartiers is not None else before.quartiers if kept else (),
        unit=" ".join(unit.split()) if unit is not None else before.unit if kept else "",
        name=" ".join(name.split()) if name is not None else before.name,
    )


def _check(work: Work, before: Post, after: Post) -> None:
    check_role(after.role, after.name, after.quartiers, after.unit)
    if not after.name:
        raise BadInvitation("Residents must see a name.")
    if after == before:
        raise NothingChanges
    theirs = posts(work, staff.c.resident_id == before.resident_id, staff.c.id != before.id)
    wished = (after.role, after.unit)
    if wished != (before.role, before.unit) and wished in {(post.role, post.unit) for post in theirs}:
        raise AlreadyTheirs
    if after.role is not Role.ADMIN and is_last_admin(work, before):
        raise LastAdmin


def _columns(post: Post) -> dict[str, str]:
    quartiers = msgspec.json.encode(post.quartiers).decode()
    return {"role": post.role, "quartiers": quartiers, "unit": post.unit, "name": post.name}


def _note_change(work: Work, by: int | None, before: Post, after: Post) -> None:
    """What was and what is, of what changed; of a name only that it changed, for the audit holds none."""
    changed = [part for part in ("role", "quartiers", "unit") if getattr(before, part) != getattr(after, part)]
    detail = {
        when: {part: getattr(post, part) for part in changed}
        for when, post in (("before", before), ("after", after))
        if changed
    }
    if before.name != after.name:
        detail["name"] = {"changed": True}
    note_act(work, by, "staff.change", str(before.id), **detail)


def revoke(work: Work, number: int, *, by: int | None = None) -> Post:
    """Take the role of post `number` away; gives it as it was. With the role of an admin go the invitations they made
    that nobody has taken yet. Raises NotAdmin, NoSuchPost, LastAdmin."""
    _hold_the_team(work, number)
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
