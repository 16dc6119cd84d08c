"""What a newcomer relies on: the locks, the migration, the map of the project."""

import re
import tomllib
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from packaging.requirements import Requirement

import bot.tables
from bot.storage.database import open_database
from bot.storage.migrate import migrate
from bot.storage.tables import metadata
from tests.catalogues import mistakes

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)
FOREIGN = re.compile(r"://|^--|@ |file:|/(?:home|root|tmp|opt|usr|work)/", re.MULTILINE)

assert bot.tables.ROOMS


def _name(text: str) -> str:
    return re.sub(r"[-_.]+", "-", text).lower()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_names_versions_and_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not FOREIGN.search(text)
    pinned = PINNED.findall(text)
    assert len(pinned) > 40
    blocks = [block for block in re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE) if block.strip()]
    assert all("--hash=sha256:" in block for block in blocks)


def _wanted() -> dict[str, list[str]]:
    """What the project asks for in each lock."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked: list[str] = project["project"]["dependencies"]
    return {"requirements.lock": asked, "requirements-dev.lock": [*asked, *project["dependency-groups"]["dev"]]}


def test_the_locks_hold_what_the_project_asks_for() -> None:
    for lock, lines in _wanted().items():
        pinned = {_name(name): version for name, version in PINNED.findall((ROOT / lock).read_text())}
        for line in lines:
            requirement = Requirement(line)
            version = pinned.get(_name(requirement.name))
            assert version is not None, f"{lock} has no {requirement.name}: run `make lock`"
            assert requirement.specifier.contains(version, prereleases=True), f"{lock}: {requirement} is at {version}"


def leftovers(text: str, asked: set[str]) -> set[str]:
    """Packages of a lock that neither the project nor another one of it asks for any more."""
    blocks = {_name(block.split("==")[0]): block for block in re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)}
    wanted, fresh = set[str](), asked & set(blocks)
    while fresh:
        wanted |= fresh
        fresh = {name for name, block in blocks.items() if wanted & _askers(block)} - wanted
    return {name for name in blocks if name} - wanted


def _askers(block: str) -> set[str]:
    """Who wants a package, as uv notes below it."""
    return {_name(asker) for asker in re.findall(r"^    # (?:via|  )\s*([A-Za-z0-9._-]+)", block, re.MULTILINE)}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_keeps_nothing_that_nobody_asks_for(lock: str) -> None:
    text = (ROOT / lock).read_text()
    asked = {_name(Requirement(line).name) for line in _wanted()[lock]}
    assert leftovers(text, asked) == set(), "run `make lock`"
    assert leftovers(text, asked - {"aiogram"}) >= {"aiogram", "aiofiles"}  # had aiogram left, it would be seen


def test_nothing_locked_is_installed_twice_in_different_versions() -> None:
    runtime, development = ({_name(n): v for n, v in PINNED.findall((ROOT / lock).read_text())} for lock in LOCKS)
    assert {name: development.get(name) for name in runtime} == runtime


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_the_migrations_make_the_tables_that_the_code_expects(
    request: pytest.FixtureRequest, kind: str, tmp_path: Path
) -> None:
    address = f"sqlite:///{tmp_path}/fresh.db" if kind == "sqlite" else request.getfixturevalue("blank_postgres")
    engine = open_database(address)
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_every_sentence_is_translated() -> None:
    assert mistakes() == []


def test_the_town_is_data_and_never_code() -> None:
    """Nothing of the town that ships stands in the code."""
    named = re.compile(r"boulogne(?!-billancourt\")|billancourt(?!\")|GPSO|92100|92012", re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for folder in ("bot", "flows", "handlers")
        for path in (ROOT / folder).rglob("*.py")
        for line in path.read_text().splitlines()
        if named.search(line)
    ]
    assert found == []
