"""Erasing someone: everything that says it was them goes; the state of the street stays."""

from sqlalchemy import delete, select

from bot.people.store import address, resident
from bot.storage.work import Work


def forget(work: Work, resident_id: int) -> int:
    """Erase a resident with their addresses, conversations, letters and follows; gives the number of addresses erased.

    The foreign keys do it: whatever hangs on a resident or an address goes with it (ON DELETE CASCADE), and what
    they reported stays without any link to them (ON DELETE SET NULL).
    """
    addresses = set(work.connection.scalars(select(address.c.id).where(address.c.resident_id == resident_id)))
    work.erased |= addresses
    work.connection.execute(delete(resident).where(resident.c.id == resident_id))
    return len(addresses)


def find_resident(work: Work, channel: str, external: str) -> int | None:
    """The resident behind an address on a channel."""
    query = select(address.c.resident_id).where(address.c.channel == channel, address.c.external == external)
    return work.connection.execute(query).scalar_one_or_none()
