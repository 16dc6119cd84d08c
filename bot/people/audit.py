"""What staff did: who, what, when. Rows are only ever added."""

from typing import Any

import msgspec
from sqlalchemy import insert

from bot.people.staff import audit
from bot.storage.tables import new_identity
from bot.storage.work import Work


def note_act(work: Work, who: int | None, act: str, about: str = "", **detail: Any) -> None:
    """Note an act of staff, in the transaction that does it. `who` None: the operator, or the clock. `detail` must hold
    nothing about a resident who is not staff."""
    work.connection.execute(
        insert(audit).values(
            id=new_identity(),
            at=work.now,
            who=who,
            act=act[:40],
            about=about[:80],
            detail=msgspec.json.encode(detail).decode(),
        )
    )
