"""Erasing someone: everything that says it was them goes; the state of the street stays."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update

from bot.people.audit import note_act
from bot.people.invitations import end_invitations_of
from bot.people.staff import rights_of
from bot.people.store import address, resident
from bot.storage.arrivals import forget_arrivals
from bot.storage.bell import ring
from bot.storage.heard import forget_set_aside
from bot.storage.tables import NAMES, metadata
from bot.storage.work import Work


def forget(work: Work, resident_id: int, by: int | None = None) -> int:
    """Erase a resident with their addresses, conversations, letters and follows; gives the number of addresses erased.
    `by`: themself, or None for the operator and the clock.

    What of theirs could not be handled, or waits for its photo, is dropped, and their name goes from what they wrote
    for the town. The foreign keys do the rest: whatever hangs on a resident or an address goes with it (ON DELETE
    CASCADE), and what they reported stays without any link to them (SET NULL). Nobody is asked whether the team can do
    without them: see `is_the_last_admin`.
    """
    _leave_the_team(work, resident_id, by)
    _take_their_name_off(work, resident_id)
    query = select(address.c.id, address.c.channel, address.c.external).where(address.c.resident_id == resident_id)
    addresses = work.connection.execute(query).all()
    for _number, channel, external in addresses:
        forget_set_aside(work, channel, external)
        forget_arrivals(work, channel, external)
    work.erased |= {row[0] for row in addresses}
    ring(work, "addresses", [row[0] for row in addresses])  # letters to them may be in the hands of another process
    work.connection.execute(delete(resident).where(resident.c.id == resident_id))
    return len(addresses)


def _leave_the_team(work: Work, resident_id: int, by: int | None) -> None:
    """Their roles go with them; that they had them is noted, and what they invited to ends."""
    held = rights_of(work, resident_id).posts
    for post in held:
        note_act(work, by, "staff.left", str(post.id), role=post.role, quartiers=post.quartiers, unit=post.unit)
    if held:
        end_invitations_of(work, resident_id, by)


def _take_their_name_off(work: Work, resident_id: int) -> None:
    for table in metadata.tables.values():
        for column in table.c:
            if whose := column.info.get(NAMES):
                work.connection.execute(update(table).where(table.c[whose] == resident_id).values({column: ""}))


def forget_inactive(
    work: Work,
    before: datetime,
    most: int = 200,
    *,
    erase: Callable[[Work, int], object] = forget,
    spared: ColumnElement[bool] | None = None,
) -> int:
    """Erase residents who have not been heard of since `before`, up to `most`, with `erase`; gives how many. Not those
    who have a role: what they said for the town has to be answered for, and an admin can end it. Nor those `spared`."""
    here = select(address.c.id).where(address.c.resident_id == resident.c.id, address.c.heard_at >= before)
    query = select(resident.c.id).where(resident.c.since < before, ~here.exists(), ~resident.c.staff)
    if spared is not None:
        query = query.where(~spared)
    inactive = list(work.connection.scalars(query.order_by(resident.c.id).limit(most)))
    for number in inactive:
        erase(work, number)
    return len(inactive)


def find_resident(work: Work, channel: str, external: str) -> int | None:
    """The resident behind an address on a channel."""
    query = select(address.c.resident_id).where(address.c.channel == channel, address.c.external == external)
    return work.connection.execute(query).scalar_one_or_none()
