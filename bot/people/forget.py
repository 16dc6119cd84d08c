"""Erasing someone: everything that says it was them goes; the state of the street stays."""

from datetime import datetime

from sqlalchemy import delete, select

from bot.people.store import address, resident
from bot.storage.heard import forget_set_aside
from bot.storage.work import Work


def forget(work: Work, resident_id: int) -> int:
    """Erase a resident with their addresses, conversations, letters and follows; gives the number of addresses erased.

    What of theirs could not be handled is dropped. The foreign keys do the rest: whatever hangs on a resident or an
    address goes with it (ON DELETE CASCADE), and what they reported stays without any link to them (SET NULL).
    """
    query = select(address.c.id, address.c.channel, address.c.external).where(address.c.resident_id == resident_id)
    addresses = work.connection.execute(query).all()
    for _number, channel, external in addresses:
        forget_set_aside(work, channel, external)
    work.erased |= {row[0] for row in addresses}
    work.connection.execute(delete(resident).where(resident.c.id == resident_id))
    return len(addresses)


def forget_inactive(work: Work, before: datetime, most: int = 200) -> int:
    """Erase residents who have not been heard of since `before`, up to `most`; gives how many."""
    here = select(address.c.id).where(address.c.resident_id == resident.c.id, address.c.heard_at >= before)
    query = select(resident.c.id).where(resident.c.since < before, ~here.exists()).order_by(resident.c.id).limit(most)
    inactive = list(work.connection.scalars(query))
    for number in inactive:
        forget(work, number)
    return len(inactive)


def find_resident(work: Work, channel: str, external: str) -> int | None:
    """The resident behind an address on a channel."""
    query = select(address.c.resident_id).where(address.c.channel == channel, address.c.external == external)
    return work.connection.execute(query).scalar_one_or_none()
