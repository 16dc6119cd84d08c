"""Items written when an item had one topic are as they were, on a database that was brought up to date."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import insert, inspect

from bot.news.model import State
from bot.news.store import item_by_ref, news_item
from bot.storage.database import open_database
from bot.storage.migrate import _config, migrate
from bot.storage.work import Desk
from tests.kit.clock import Time


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_what_was_about_one_topic_still_is(
    request: pytest.FixtureRequest, kind: str, tmp_path: Path, time: Time
) -> None:
    address = f"sqlite:///{tmp_path}/old.db" if kind == "sqlite" else request.getfixturevalue("blank_postgres")
    engine = open_database(address)
    migrate(engine, to="0002")
    empty = dict.fromkeys(("author_name", "author_role", "alternative", "link", "event_place", "approver_name"), "")
    row = {
        **empty, "id": 1, "ref": "AC-222222", "state": "planned", "topic": "works", "quartiers": "[1]", "rev": 1,
        "language": "fr", "pictures": "[]", "remark": "", "feed": "", "created_at": time.now(), "starts_at": time.now(),
    }  # fmt: skip
    with engine.begin() as connection:
        connection.execute(insert(news_item).values(row))
    migrate(engine)
    with Desk(engine, time.now).reading() as work:
        found = item_by_ref(work, "AC-222222")
    assert found is not None
    assert (found.topics, found.quartiers, found.state) == (("works",), (1,), State.PLANNED)
    with engine.begin() as connection:
        command.downgrade(_config(connection), "0002")
    with engine.connect() as connection:
        assert "also" not in {column["name"] for column in inspect(connection).get_columns("news_item")}
        assert connection.exec_driver_sql("SELECT topic FROM news_item").scalar() == "works"
    engine.dispose()
