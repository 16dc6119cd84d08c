"""Whoever asks to be erased is: through every door, no row of any table leads to them any more."""

from __future__ import annotations

from sqlalchemy import select

from bot.people.store import address
from bot.storage.tables import metadata
from tests.kit.pictures import make_photo
from tests.kit.whole import Person, WholeBot


async def test_after_erasing_nothing_says_who_was_there(bot: WholeBot, resident: Person) -> None:
    await resident.says("/signaler")
    await resident.sends(make_photo())
    await resident.says("/reglages")
    with bot.app.desk.reading() as work:
        external = work.connection.execute(select(address.c.external)).scalar_one()
    await resident.taps("Effacer mes données")
    assert external in everything(bot)
    await resident.taps("Oui, tout effacer")
    assert external not in everything(bot)


def everything(bot: WholeBot) -> str:
    with bot.app.desk.reading() as work:
        return "".join(
            f"{table.name}: {tuple(row)}\n"
            for table in metadata.sorted_tables
            for row in work.connection.execute(select(table))
        )
