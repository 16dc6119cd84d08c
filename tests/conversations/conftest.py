"""The same conversations through every door, on both databases."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import VALOMBRE
from tests.kit.clock import Time
from tests.kit.forking import Forked
from tests.kit.whole import Door, Person, WholeBot, a_whole_bot


@pytest.fixture(params=["polling", "webhook", "web"])
def door(request: pytest.FixtureRequest) -> Door:
    name: Door = request.param
    return name


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def blank_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with nothing in it: the bot makes its tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'data' / 'parvis.db'}"
    address: str = request.getfixturevalue("blank_postgres")
    return address


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database as the first start of the bot makes it."""
    if request.param == "sqlite":
        (tmp_path / "data").mkdir(exist_ok=True)
        copy = shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "data" / "parvis.db")
        return f"sqlite:///{copy}"
    address: str = request.getfixturevalue("migrated_postgres")
    return address


@pytest.fixture(scope="session")
async def _forked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Forked]:
    async with Forked(tmp_path_factory.mktemp("forked")) as forked:
        yield forked


@pytest.fixture
async def forked(_forked: Forked) -> AsyncIterator[Forked]:
    """Processes that are quickly made, and that end with the test."""
    yield _forked
    await _forked.end_all()


@pytest.fixture
async def bot(tmp_path: Path, new_database: str, door: Door, time: Time) -> AsyncIterator[WholeBot]:
    """The invented town, so that nothing of the first one can hide in the code."""
    async with a_whole_bot(tmp_path / "data", new_database, VALOMBRE, door, time) as opened:
        yield opened


@pytest.fixture
def resident(bot: WholeBot) -> Person:
    return bot.person()
