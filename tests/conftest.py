"""What any test may ask for: a clock, an invented town, a database of each kind, the bot without its doors."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

import bot.tables
from bot.city.load import load
from bot.city.model import City
from bot.storage.database import open_database
from bot.storage.migrate import migrate
from bot.storage.tables import metadata
from bot.storage.work import Desk
from flows.engine.flow import Flows
from flows.engine.scene import Stage
from flows.subjects import all_flows
from tests.kit import memory, postgres, properties, samples
from tests.kit.clock import Time
from tests.kit.residents import House, Resident

assert bot.tables.ROOMS  # every table of the house is laid
memory.use()
properties.load()

VALOMBRE = Path(__file__).parent / "towns" / "valombre"

SLOW = (
    "conversations/test_broadcasts_killed.py",
    "conversations/test_killed.py",
    "test_command_line.py",
    "conversations/test_in_a_browser.py",
    "handlers/web/test_web_pages.py",
    "handlers/web/test_web_news_pages.py",
    "flows/test_staff_flows_under_any_input.py",
    "flows/test_every_flow_under_any_input.py",
    "bot/delivery/test_pace.py",
)
"""Files with tests of five seconds and more, in the order in which they are begun: the last to end is a short one, and
no worker waits for another."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    begun = {Path(__file__).parent / name: at for at, name in enumerate(SLOW)}
    items.sort(key=lambda item: begun.get(item.path, len(SLOW)))


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture(scope="session")
def valombre() -> City:
    return load(VALOMBRE)


# Databases


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL; skips, or fails where it is required, when there is none."""
    with contextlib.ExitStack() as stack:
        try:
            address = stack.enter_context(postgres.a_server())
        except postgres.NoPostgres as reason:
            postgres.unavailable(str(reason))
            return
        yield address


@pytest.fixture
def blank_postgres(postgres_server: str) -> Iterator[str]:
    """A database with nothing in it, for what makes tables itself."""
    with postgres.a_database(postgres_server) as address:
        yield address


@pytest.fixture(scope="session")
def _migrated_postgres(postgres_server: str) -> Iterator[str]:
    with postgres.a_database(postgres_server) as address:
        _migrate(address)
        yield address


@pytest.fixture
def migrated_postgres(postgres_server: str, _migrated_postgres: str) -> Iterator[str]:
    """A database as the migrations make it: made once, and copied."""
    with postgres.a_database(postgres_server, like=_migrated_postgres) as address:
        yield address


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file as the migrations make it, to copy."""
    path = tmp_path_factory.mktemp("migrated") / "parvis.db"
    _migrate(f"sqlite:///{path}")
    return path


def _migrate(address: str) -> None:
    engine = open_database(address)
    migrate(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def _postgres_with_tables(postgres_server: str) -> Iterator[postgres.WithTables]:
    with postgres.a_database(postgres_server) as address:
        tables = postgres.WithTables(address, metadata, samples.metadata)
        yield tables
        tables.close()


@pytest.fixture(scope="session")
def _sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tables") / "parvis.sqlite"
    engine = create_engine(f"sqlite:///{path}")
    metadata.create_all(engine)
    samples.metadata.create_all(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_database(_sqlite_with_tables: Path, tmp_path: Path) -> str:
    """The address of a database in a file, with every table and no row."""
    path = tmp_path / "parvis.sqlite"
    shutil.copy(_sqlite_with_tables, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_database(_postgres_with_tables: postgres.WithTables) -> str:
    """The address of a database on PostgreSQL, with every table and no row."""
    return _postgres_with_tables.empty()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> str:
    """Both kinds, one after the other."""
    address: str = request.getfixturevalue(f"{request.param}_database")
    return address


@pytest.fixture
def desk(database: str, time: Time) -> Iterator[Desk]:
    desk = Desk(open_database(database), time.now)
    yield desk
    desk.close()


# The bot without its doors


@pytest.fixture
def flows() -> Flows:
    """What the bot talks about; a module may have its own."""
    return all_flows()


@pytest.fixture
def stage(flows: Flows, valombre: City) -> Stage:
    return Stage(flows, valombre, lambda path: f"https://valombre.example{path}")


@pytest.fixture
async def house(desk: Desk, stage: Stage, time: Time) -> AsyncIterator[House]:
    async with House(desk, stage, time) as house:
        yield house


@pytest.fixture
def resident(house: House) -> Resident:
    return house.resident()


@pytest.fixture
def other_desk(request: pytest.FixtureRequest, database: str, tmp_path: Path, time: Time) -> Iterator[Desk]:
    """A second database of the same kind, with every table and no row."""
    if database.startswith("sqlite"):
        address = f"sqlite:///{shutil.copy(request.getfixturevalue('_sqlite_with_tables'), tmp_path / 'other.sqlite')}"
    else:
        address = request.getfixturevalue("blank_postgres")
        postgres.WithTables(address, metadata, samples.metadata).close()
    desk = Desk(open_database(address), time.now)
    yield desk
    desk.close()


@pytest.fixture
async def pair(house: House, other_desk: Desk, stage: Stage, time: Time) -> AsyncIterator[tuple[House, House]]:
    """Two bots that know nothing of one another."""
    async with House(other_desk, stage, time) as other:
        yield house, other
