"""Secrets that the house makes for itself once and that every process on the same database shares."""

import secrets

from sqlalchemy import Column, String, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.storage.tables import metadata
from bot.storage.work import Work

house_key = Table(
    "house_key",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", String(64), nullable=False),
)


def house_secret(work: Work, name: str) -> str:
    """The secret called `name`: 64 hexadecimal characters, made at its first use."""
    insert = (postgresql if work.is_postgres else sqlite).insert(house_key)
    work.connection.execute(insert.on_conflict_do_nothing(), {"name": name, "value": secrets.token_hex(32)})
    value: str = work.connection.execute(select(house_key.c.value).where(house_key.c.name == name)).scalar_one()
    return value
