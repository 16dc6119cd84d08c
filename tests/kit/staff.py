"""Members of staff and readers of news, written straight into the tables: how they came to be has tests of its own."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, select, update

from bot.news.store import news_choice, news_quartier, news_topic
from bot.people.staff import Role, staff
from bot.people.store import address, resident
from bot.storage.tables import new_identity
from bot.storage.work import Work
from tests.kit.residents import CHANNEL, House, Resident


def number_of(work: Work, external: str, channel: str = CHANNEL) -> int:
    query = select(address.c.resident_id).where(address.c.channel == channel, address.c.external == external)
    number: int = work.connection.execute(query).scalar_one()
    return number


def give_role(work: Work, who: int, role: Role, name: str, quartiers: Sequence[int] = (), unit: str = "") -> None:
    work.connection.execute(
        insert(staff).values(
            id=new_identity(),
            resident_id=who,
            role=role.value,
            quartiers="[" + ", ".join(map(str, quartiers)) + "]",
            unit=unit,
            name=name,
            since=work.now,
        )
    )
    work.connection.execute(update(resident).where(resident.c.id == who).values(staff=True))


def take_roles(work: Work, who: int) -> None:
    work.connection.execute(update(staff).where(staff.c.resident_id == who).values(revoked_at=work.now))
    work.connection.execute(update(resident).where(resident.c.id == who).values(staff=False))


async def a_member(
    house: House,
    role: Role = Role.CONSEILLER,
    name: str = "Anne Martin",
    quartiers: Sequence[int] = (),
    *,
    language: str = "fr",
    unit: str = "",
) -> Resident:
    """Somebody who has talked to the bot and works for the town."""
    member = house.resident(language)
    await member.says("/aide")
    await house.desk.run(lambda work: give_role(work, number_of(work, member.external), role, name, quartiers, unit))
    return member


async def a_reader(
    house: House, topics: Sequence[str], quartiers: Sequence[int], *, language: str = "fr", rhythm: str = "at_once"
) -> Resident:
    """Somebody who has chosen to receive news."""
    reader = house.resident(language)
    await reader.says("/aide")

    await house.desk.run(
        lambda work: choose_news(work, number_of(work, reader.external), topics, quartiers, rhythm=rhythm)
    )
    return reader


def choose_news(
    work: Work, who: int, topics: Sequence[str], quartiers: Sequence[int], *, rhythm: str = "at_once"
) -> None:
    work.connection.execute(insert(news_choice).values(resident_id=who, rhythm=rhythm, hour=18 * 60, weekday=4))
    for number in quartiers:
        work.connection.execute(insert(news_quartier).values(resident_id=who, quartier=number))
    for topic in topics:
        work.connection.execute(insert(news_topic).values(resident_id=who, topic=topic))
