"""What is done with broadcasts and with what waits for one person."""

from sqlalchemy import select, update

from bot.delivery.model import Lane
from bot.delivery.store import letter
from bot.people.store import address
from bot.storage.work import Work


def cancel_pushes(work: Work, resident_id: int, because: str = "stopped") -> int:
    """Nothing unasked that still waits goes to this resident: reminders, urgent and other news, digests. Replies and
    changes of messages already there stay. Gives the number of letters cancelled."""
    theirs = select(address.c.id).where(address.c.resident_id == resident_id)
    return work.connection.execute(
        update(letter)
        .where(
            letter.c.address_id.in_(theirs),
            letter.c.state == "queued",
            letter.c.lane.in_((int(Lane.URGENT), int(Lane.STATUS), int(Lane.NEWS))),
        )
        .values(state="failed", error=because[:300], lease=None, payload=None)
    ).rowcount
