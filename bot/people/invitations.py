"""Invitations that nobody has taken yet: reading them, ending them. Making and taking one is in `invite`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, select, update

from bot.people.audit import note_act
from bot.people.model import OpenInvitation, Role
from bot.people.staff import invitation, numbers_in
from bot.storage.work import Work


def open_invitations(work: Work, *where: ColumnElement[bool]) -> list[OpenInvitation]:
    """Those that can still be taken, the oldest first."""
    can_be_taken = (invitation.c.used_at.is_(None), invitation.c.expires_at > work.now)
    query = select(invitation).where(*can_be_taken, *where).order_by(invitation.c.id)
    return [_open(row) for row in work.connection.execute(query)]


def _open(row: Any) -> OpenInvitation:
    return OpenInvitation(row.id, Role(row.role), row.name, numbers_in(row.quartiers), row.unit, row.expires_at)


def open_invitation(work: Work, number: int) -> OpenInvitation | None:
    return next(iter(open_invitations(work, invitation.c.id == number)), None)


def end_invitation(work: Work, one: OpenInvitation, by: int | None) -> bool:
    """Its code is not taken any more. False when somebody took it at this very moment."""
    ending = update(invitation).where(invitation.c.id == one.id, invitation.c.used_at.is_(None))
    ended = work.connection.execute(ending.values(expires_at=work.now, name="")).rowcount > 0
    if ended:
        note_act(work, by, "staff.cancel", str(one.id), role=one.role, quartiers=one.quartiers, unit=one.unit)
    return ended


def end_invitations_of(work: Work, resident_id: int, by: int | None) -> int:
    """Whoever is no admin any more invites nobody, not by what they made before either; gives how many ended."""
    return sum(end_invitation(work, one, by) for one in open_invitations(work, invitation.c.made_by == resident_id))
