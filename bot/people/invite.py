"""Inviting somebody into the team, and taking the invitation. A code is kept as its SHA-256 only."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import delete, insert, or_, select, update

from bot.people.audit import HOUR, acts_of, note_act
from bot.people.model import (
    INVITATION_KEPT,
    LONGEST_NAME,
    Hitch,
    Invitation,
    Post,
    Rights,
    Role,
    Taken,
    check_role,
)
from bot.people.staff import invitation, numbers_in, post_by_id, rights_of, staff
from bot.people.team import must_be_admin, note_standing
from bot.storage.tables import new_identity
from bot.storage.work import Work

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Read aloud and copied by hand without doubt: neither 0 nor O, neither 1 nor I. Five bits a sign."""

SIGNS = 16
"""80 bits: out of reach even for somebody who has the hash, within 48 hours."""

HIDDEN = "••••"

_GROUP = f"[{ALPHABET}]{{4}}"
_CODE = re.compile(rf"(?<![^\W_]){_GROUP}(?:\W{{0,3}}{_GROUP}){{3}}(?![^\W_])", re.IGNORECASE)
_COMMAND = re.compile(r"/\w+\s")

MOST_WRONG = 5
"""Wrong codes in an hour; after that even a right one is not looked at."""

SPENT_KEPT = INVITATION_KEPT * 15
"""How long a spent invitation is kept, so that whoever comes late is told what happened: 30 days."""


def invite(
    work: Work,
    *,
    role: Role,
    name: str = "",
    quartiers: Sequence[int] = (),
    unit: str = "",
    by: int | None = None,
) -> Invitation:
    """Make an invitation, good for 48 hours and one person. `by` None: the operator. Without a name, whoever takes it
    says theirs. Raises BadInvitation, NotAdmin."""
    must_be_admin(work, by)
    name, unit, numbers = " ".join(name.split()), " ".join(unit.split()), tuple(sorted(set(quartiers)))
    check_role(role, name, numbers, unit)
    signs = "".join(secrets.choice(ALPHABET) for _sign in range(SIGNS))
    made = Invitation(_grouped(signs), role, name, numbers, unit, work.now + INVITATION_KEPT)
    work.connection.execute(
        insert(invitation).values(
            id=new_identity(),
            code_hash=_hash(signs),
            role=role,
            quartiers=_json(numbers),
            unit=unit,
            name=name,
            made_at=work.now,
            made_by=by,
            expires_at=made.expires_at,
        )
    )
    note_act(work, by, "staff.invite", role, quartiers=numbers, unit=unit)
    return made


def take_invitation(work: Work, resident_id: int, code: str, name: str = "") -> Taken:
    """Give somebody the role that their code stands for. A second one for a role they have adds its quartiers.

    The same is looked up whether a code is right or wrong. Wrong ones are counted; after a few, none is taken for up
    to an hour. An invitation without a name is not used up until a `name` is given, unless they have one already.
    """
    row = work.connection.execute(select(invitation).where(invitation.c.code_hash == _hash(_signs(code)))).first()
    held = rights_of(work, resident_id)
    if acts_of(work, resident_id, "staff.wrong_code", work.now - HOUR) >= MOST_WRONG:
        return Taken(why=Hitch.TOO_MANY)
    hitch = _hitch(work, row)
    if row is None or hitch:
        note_act(work, resident_id, "staff.wrong_code", why=hitch)
        return Taken(why=hitch)
    known = row.name or " ".join(name.split())[:LONGEST_NAME] or next((post.name for post in held.posts), "")
    if not known:
        return Taken(why=Hitch.UNNAMED)
    good = (invitation.c.used_at.is_(None), invitation.c.expires_at > work.now)
    using = update(invitation).where(invitation.c.id == row.id, *good)
    if not work.connection.execute(using.values(used_at=work.now, name="")).rowcount:
        return Taken(why=Hitch.USED)  # or cancelled, in another process, at this very moment
    post = _give(work, resident_id, held, row, known)
    note_standing(work, [resident_id])
    note_act(work, resident_id, "staff.take", str(post.id), role=post.role, quartiers=post.quartiers, unit=post.unit)
    return Taken(post)


def _hitch(work: Work, row: Any) -> Hitch | None:
    if row is None:
        return Hitch.UNKNOWN
    if row.used_at:
        return Hitch.USED
    return Hitch.EXPIRED if row.expires_at <= work.now else None


def _give(work: Work, resident_id: int, held: Rights, row: Any, name: str) -> Post:
    same = next((post for post in held.posts if post.role == row.role and post.unit == row.unit), None)
    if same:
        quartiers = sorted({*same.quartiers, *numbers_in(row.quartiers)})
        changed = update(staff).where(staff.c.id == same.id)
        work.connection.execute(changed.values(quartiers=_json(quartiers), name=name))
        number = same.id
    else:
        number = new_identity()
        work.connection.execute(
            insert(staff).values(
                id=number,
                resident_id=resident_id,
                role=row.role,
                quartiers=row.quartiers,
                unit=row.unit,
                name=name,
                since=work.now,
            )
        )
    post = post_by_id(work, number)
    assert post is not None
    return post


def forget_invitations(work: Work) -> int:
    """Remove invitations that were used or ran out a month ago; gives how many."""
    long_ago = work.now - SPENT_KEPT
    spent = delete(invitation).where(or_(invitation.c.used_at < long_ago, invitation.c.expires_at < long_ago))
    return work.connection.execute(spent).rowcount


def _grouped(signs: str) -> str:
    return "-".join(re.findall("....", signs))


def _signs(code: str) -> str:
    """A code as typed: small letters, spaces and other dashes are no matter."""
    return "".join(sign for sign in code.upper() if sign.isalnum())


def without_codes(text: str) -> str:
    """What somebody typed, as it may be kept: every code that could be one of an invitation is hidden."""
    command = _COMMAND.match(text)
    if command and len(typed := _signs(text[command.end() :])) == SIGNS and set(typed) <= set(ALPHABET):
        return command[0] + HIDDEN
    return _CODE.sub(HIDDEN, text)


def _hash(signs: str) -> str:
    return sha256(signs.encode()).hexdigest()


def _json(numbers: Sequence[int]) -> str:
    return msgspec.json.encode(numbers).decode()
