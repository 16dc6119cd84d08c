"""What the operator types, and what they are told."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot.storage.database import open_database

ROOT = Path(__file__).parent.parent


def parvis(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=ROOT,
        env=_environment(environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _environment(own: dict[str, str]) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PARVIS_")}
    return clean | own


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def serving(tmp_path: Path, free_port: int) -> Iterator[subprocess.Popen[str]]:
    environment = _environment({"PARVIS_DATA": str(tmp_path), "PARVIS_HTTP": f"127.0.0.1:{free_port}"})
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    yield process
    process.kill()
    process.wait()


def test_serving_says_where_to_click_and_stops_in_good_order(
    serving: subprocess.Popen[str], free_port: int, tmp_path: Path
) -> None:
    assert serving.stdout is not None
    said = "".join(serving.stdout.readline() for _line in range(5))
    assert f"http://127.0.0.1:{free_port}/chat" in said
    assert "PARVIS_TELEGRAM_TOKEN" in said
    assert str(tmp_path) in said
    assert httpx.get(f"http://127.0.0.1:{free_port}/readyz").json()["ready"] is True
    serving.send_signal(signal.SIGTERM)
    assert serving.wait(15) == 0


def test_a_second_bot_on_the_same_folder_is_refused_in_a_sentence(
    serving: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert serving.stdout is not None
    assert "ready" in serving.stdout.readline()
    done = parvis("serve", PARVIS_DATA=str(tmp_path), PARVIS_HTTP="127.0.0.1:0")
    assert done.returncode == 1
    assert f"process {serving.pid}" in done.stderr
    assert "PARVIS_DATA" in done.stderr
    assert "Traceback" not in done.stderr
    assert parvis("check", PARVIS_DATA=str(tmp_path)).returncode == 0  # commands are not kept out
    serving.kill()
    serving.wait()
    assert "ready" in _first_line(tmp_path)


def _first_line(folder: Path) -> str:
    """What a bot started on the folder says first."""
    environment = _environment({"PARVIS_DATA": str(folder), "PARVIS_HTTP": "127.0.0.1:0"})
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "serve"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        process.terminate()
    return said


def test_a_taken_port_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = parvis("serve", PARVIS_DATA=str(tmp_path), PARVIS_HTTP=f"127.0.0.1:{other.getsockname()[1]}")
    assert done.returncode == 1
    assert "Cannot listen" in done.stderr
    assert "PARVIS_HTTP" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_made_is_said_in_a_sentence(tmp_path: Path, free_port: int) -> None:
    (tmp_path / "file").write_text("")
    done = parvis("serve", PARVIS_DATA=str(tmp_path / "file" / "data"), PARVIS_HTTP=f"127.0.0.1:{free_port}")
    assert done.returncode == 1
    assert "PARVIS_DATA" in done.stderr
    assert "Traceback" not in done.stderr


def test_something_that_is_no_token_is_said_in_a_sentence(tmp_path: Path, free_port: int) -> None:
    done = parvis(
        "serve", PARVIS_DATA=str(tmp_path), PARVIS_HTTP=f"127.0.0.1:{free_port}", PARVIS_TELEGRAM_TOKEN="nonsense"
    )
    assert done.returncode == 1
    assert "@BotFather" in done.stderr
    assert "nonsense" not in done.stderr


def test_a_database_from_a_newer_version_is_left_alone(tmp_path: Path, free_port: int) -> None:
    assert parvis("migrate", PARVIS_DATA=str(tmp_path)).returncode == 0
    engine = open_database(f"sqlite:///{tmp_path}/parvis.db")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    done = parvis("serve", PARVIS_DATA=str(tmp_path), PARVIS_HTTP=f"127.0.0.1:{free_port}")
    assert done.returncode == 1
    assert "newer version" in done.stderr


def test_a_wrong_setting_is_named_and_its_value_is_not_shown(tmp_path: Path) -> None:
    done = parvis("check", PARVIS_DATA=str(tmp_path), PARVIS_HTTP="8080", PARVIS_PUBLIC_URL="ville.example")
    assert done.returncode == 1
    assert "PARVIS_HTTP" in done.stderr
    assert "PARVIS_PUBLIC_URL" in done.stderr


def test_the_webhook_needs_a_public_address(tmp_path: Path) -> None:
    done = parvis("serve", PARVIS_DATA=str(tmp_path), PARVIS_TELEGRAM_TOKEN="1:a", PARVIS_TELEGRAM_MODE="webhook")
    assert done.returncode == 1
    assert "PARVIS_PUBLIC_URL" in done.stderr


def test_a_town_that_is_not_there_is_said_with_those_that_are(tmp_path: Path) -> None:
    done = parvis("check", PARVIS_DATA=str(tmp_path), PARVIS_CITY="atlantide")
    assert done.returncode == 1
    assert "atlantide" in done.stderr
    assert "boulogne-billancourt" in done.stderr


def test_check_says_what_is_configured(tmp_path: Path) -> None:
    parvis("migrate", PARVIS_DATA=str(tmp_path))
    done = parvis("check", PARVIS_DATA=str(tmp_path))
    assert done.returncode == 0
    assert "up to date" in done.stdout
    assert "no token" in done.stdout


def test_forgetting_somebody_unknown_says_so(tmp_path: Path) -> None:
    parvis("migrate", PARVIS_DATA=str(tmp_path))
    done = parvis("forget", "telegram", "12345", PARVIS_DATA=str(tmp_path))
    assert done.returncode == 1
    assert "nobody is known" in done.stderr


def test_moving_an_unknown_report_says_so(tmp_path: Path) -> None:
    parvis("migrate", PARVIS_DATA=str(tmp_path))
    done = parvis("move", "BB-7K3F", "done", PARVIS_DATA=str(tmp_path))
    assert done.returncode == 1
    assert "no report BB-7K3F" in done.stderr


def test_the_rate_of_telegram_is_a_number_from_1_to_1000(tmp_path: Path) -> None:
    for wrong in ("0", "1001", "vite"):
        done = parvis("check", PARVIS_DATA=str(tmp_path), PARVIS_TELEGRAM_RATE=wrong)
        assert done.returncode == 1
        assert "PARVIS_TELEGRAM_RATE: write a number of messages a second from 1 to 1000" in done.stderr
    assert "30 messages a second" in parvis("check", PARVIS_DATA=str(tmp_path), PARVIS_TELEGRAM_RATE="").stdout
    paid = parvis("check", PARVIS_DATA=str(tmp_path), PARVIS_TELEGRAM_RATE="1000").stdout
    assert "1000 messages a second" in paid
    assert "Stars" in paid
