"""What is done with broadcasts and with what waits for one person."""

from collections.abc import Sequence

from sqlalchemy import select, update

from bot.delivery.model import Lane
from bot.delivery.store import letter
from bot.people.store import address
from bot.storage.work import Work

PUSHED = (Lane.URGENT, Lane.STATUS, Lane.NEWS)
"""Lanes in which the bot speaks first. Changes of messages already there are not among them: they make no sound."""


def cancel_pushes(work: Work, resident_id: int, because: str = "stopped", *, lanes: Sequence[Lane] = PUSHED) -> int:
    """Nothing unasked of these lanes that still waits goes to this resident: reminders, urgent and other news, digests.
    Gives the number of letters cancelled."""
    theirs = select(address.c.id).where(address.c.resident_id == resident_id)
    return work.connection.execute(
        update(letter)
        .where(
            letter.c.address_id.in_(theirs),
            letter.c.state == "queued",
            letter.c.lane.in_([int(lane) for lane in lanes]),
        )
        .values(state="failed", error=because[:300], lease=None, payload=None)
    ).rowcount
