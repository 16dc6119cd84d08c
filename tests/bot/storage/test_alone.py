"""One process sends for a database, and another takes over as soon as that one is gone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.storage.alone import AdvisoryLock, AnotherServes, FileLock, alone
from bot.storage.database import open_database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "parvis.db.lock"


@pytest.fixture
def locks(postgres_database: str) -> Iterator[tuple[AdvisoryLock, AdvisoryLock]]:
    engines = [open_database(postgres_database) for _process in range(2)]
    locks = AdvisoryLock(engines[0]), AdvisoryLock(engines[1])
    yield locks
    for lock, engine in zip(locks, engines, strict=True):
        lock.let_go()
        engine.dispose()


def test_each_kind_of_database_has_its_lock(database: str, tmp_path: Path) -> None:
    engine = open_database(database)
    lock = alone(engine)
    assert lock.hold()
    assert isinstance(lock, FileLock if database.startswith("sqlite") else AdvisoryLock)
    assert (tmp_path / "parvis.sqlite.lock").exists() == database.startswith("sqlite")
    lock.let_go()
    engine.dispose()


def test_a_second_process_on_the_same_folder_is_told_what_to_do(path: Path) -> None:
    first = FileLock(path)
    assert first.hold()
    with pytest.raises(AnotherServes, match=r"process \d+\) already serves .*parvis\.db\. .*PARVIS_DATA"):
        FileLock(path).hold()
    assert first.hold()


def test_a_file_that_stayed_behind_stops_nobody(path: Path) -> None:
    first = FileLock(path)
    first.hold()
    first.let_go()
    assert path.exists()
    assert FileLock(path).hold()


@pytest.mark.postgres
def test_the_second_waits_until_the_first_lets_go(locks: tuple[AdvisoryLock, AdvisoryLock]) -> None:
    first, second = locks
    assert first.hold()
    assert not second.hold()
    assert first.hold()
    first.let_go()
    assert second.hold()
    assert not first.hold()


@pytest.mark.postgres
def test_a_machine_that_is_lost_is_noticed_at_both_ends(locks: tuple[AdvisoryLock, AdvisoryLock]) -> None:
    """By name; over a socket file, as in most runs of these tests, the system knows no such thing and says 0."""
    first, _second = locks
    assert first.hold()
    assert first._connection is not None
    driver = first._connection.connection.dbapi_connection
    assert driver is not None
    asked = driver.info.get_parameters()  # type: ignore[attr-defined]
    assert (asked["keepalives_idle"], asked["keepalives_interval"], asked["keepalives_count"]) == ("3", "2", "2")
    assert asked["tcp_user_timeout"] == "7000"
    there = {
        name: first._connection.execute(text(f"SHOW {name}")).scalar_one()
        for name in ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count", "tcp_user_timeout")
    }
    assert list(there.values()) in (["3", "2", "2", "7s"], ["0", "0", "0", "0"])


@pytest.mark.postgres
def test_a_broken_connection_is_a_lost_lock(locks: tuple[AdvisoryLock, AdvisoryLock], postgres_database: str) -> None:
    first, second = locks
    assert first.hold()
    engine = open_database(postgres_database)
    with engine.begin() as connection:
        others = "pid <> pg_backend_pid() AND datname = current_database()"
        ended = connection.execute(
            text(
                f"SELECT pg_terminate_backend(pid, 5000) FROM pg_locks JOIN pg_stat_activity "
                f"USING (pid) WHERE locktype = 'advisory' AND {others}"
            )
        ).all()
        assert ended
    engine.dispose()
    assert second.hold()
    assert not first.hold()
    second.let_go()
    assert first.hold()


@pytest.mark.postgres
def test_every_connection_notices_a_machine_that_is_lost(postgres_database: str) -> None:
    engine = open_database(postgres_database)
    lock = AdvisoryLock(engine)
    assert lock.hold()
    with engine.connect() as connection:
        for one in (connection, lock._connection):
            assert one is not None
            driver = one.connection.driver_connection
            assert driver is not None
            asked = driver.info.get_parameters()
            assert (asked["keepalives_idle"], asked["tcp_user_timeout"]) == ("3", "7000")
    lock.let_go()
    engine.dispose()
