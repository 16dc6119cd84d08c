"""Alembic's entry: the house hands over its connection; from the command line, the settings give one."""

from alembic import context
from sqlalchemy import Connection

import bot.tables
from bot.storage.tables import metadata

assert bot.tables.__name__  # imported for the tables it brings


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        user_module_prefix="types.",
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    from bot.settings import Settings
    from bot.storage.database import open_database

    with open_database(Settings().database).begin() as own:
        run(own)
