"""Pieces of news for tests: written in a conversation, and carried by hand where delivery is not what is tested."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update

from bot.delivery import tally
from bot.delivery.broadcast import Settled, broadcast
from bot.delivery.broadcast import State as Run
from bot.delivery.broadcast import tally as counted
from bot.delivery.broadcasts import of_ref
from bot.delivery.model import Lane
from bot.delivery.outbox import letter
from bot.delivery.tally import Tallies
from bot.news.model import Item
from bot.news.store import item_by_ref
from bot.people.staff import audit
from bot.people.store import address
from bot.storage.tables import new_identity
from bot.storage.work import Work
from tests.kit.residents import CHANNEL, House, Resident

REF = re.compile(r"\bAC-[2-9A-Y]{6}\b")
TITLE = "Rue de la Forge fermée"
WORDS = "Lundi et mardi, la rue est fermée aux voitures."
A_DAY = timedelta(days=1)
"""Letters that wait are due so late that whoever carries the others leaves them alone."""

THE_END = "7 jours après l’envoi"


async def writes(author: Resident, topic: str = "Travaux", *, title: str = TITLE, words: str = WORDS) -> None:
    """From /diffuser to the preview, for whoever has a single quartier to write to and nothing to look at yet."""
    await author.says("/diffuser")
    await says_what(author, topic, title=title, words=words)


async def says_what(author: Resident, topic: str = "Travaux", *, title: str = TITLE, words: str = WORDS) -> None:
    """From the topic to the preview, with nothing optional."""
    await author.taps(topic)
    if "Personne ne reçoit encore ce sujet" in author.screen:
        await author.taps("Continuer")
    for said in (title, words, "passer", "passer"):
        await author.says(said)
    await author.taps("Non")
    await author.taps(THE_END)
    await author.taps("Passer")
    assert "Voilà ce que verront vos lecteurs" in author.screen


async def sends(author: Resident, topic: str = "Travaux") -> str:
    """Written and sent now, as far as the author is concerned; gives the reference."""
    await writes(author, topic)
    await author.taps("Oui, choisir quand")
    await author.taps("Maintenant")
    return ref_on(author)


def ref_on(person: Resident) -> str:
    found = REF.findall(person.screen)
    assert found, f"no reference on:\n{person.screen}"
    return str(found[-1])


def item_of(house: House, ref: str) -> Item:
    with house.desk.reading() as work:
        found = item_by_ref(work, ref)
    assert found is not None
    return found


def runs_of(house: House, ref: str) -> list[tuple[str, str]]:
    """(act, state) of every broadcast of an item, oldest first."""
    with house.desk.reading() as work:
        return [(one.act.value, one.state.value) for one in of_ref(work, "news", ref)]


def acts(house: House, about: str) -> list[str]:
    """What the audit says of an item, oldest first."""
    with house.desk.reading() as work:
        return list(work.connection.scalars(select(audit.c.act).where(audit.c.about == about).order_by(audit.c.id)))


_SENT = select(counted.c["count"]).where(counted.c.outcome == Settled.SENT.value)


async def runs(house: House, ref: str, readers: Sequence[Resident], *, sent: int, state: Run = Run.RUNNING) -> None:
    """As delivery leaves it: a letter for each reader, so many of them sent."""

    def carry(work: Work) -> None:
        one = of_ref(work, "news", ref)[0]
        work.connection.execute(
            update(broadcast)
            .where(broadcast.c.id == one.id)
            .values(state=state.value, began_at=work.now, spread_at=work.now)
        )
        known = set(work.connection.scalars(select(letter.c.address_id).where(letter.c.broadcast_id == one.id)))
        for at, reader in enumerate(readers):
            number = address_of(work, reader)
            arrived = {"state": "sent", "sent_at": work.now, "external_id": f"{CHANNEL}-{number}"}
            values: dict[str, Any] = arrived if at < sent else {"state": "queued"}
            if number in known:
                here = (letter.c.broadcast_id == one.id) & (letter.c.address_id == number)
                work.connection.execute(update(letter).where(here).values(**values))
                continue
            work.connection.execute(
                insert(letter).values(
                    id=new_identity(), address_id=number, lane=int(Lane.NEWS), due=work.now + A_DAY, attempts=0,
                    broadcast_id=one.id, channel=CHANNEL, **values,
                )
            )  # fmt: skip

        tallies = Tallies()
        tallies.add(one.id, CHANNEL, tally.WRITTEN, count=len(readers) - len(known))
        already = int(work.connection.scalar(_SENT.where(counted.c.broadcast_id == one.id)) or 0)
        tallies.add(one.id, CHANNEL, Settled.SENT, count=sent - already)
        tally.record(work, tallies)

    await house.desk.run(carry)


def address_of(work: Work, person: Resident) -> int:
    query = select(address.c.id).where(address.c.channel == CHANNEL, address.c.external == person.external)
    number: int = work.connection.execute(query).scalar_one()
    return number
