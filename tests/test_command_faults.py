"""What the operator is told when something around the bot is not as it should be: a sentence, and never a traceback."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.cli import main
from bot.storage.database import open_database
from bot.storage.migrate import current, migrate
from tests.kit.telegram import BotApiServer

ROOT = Path(__file__).parent.parent
NOBODY = "127.0.0.1:1"
"""A port on which nothing listens."""


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def told(self) -> str:
        return self.out + self.err


Parvis = Callable[..., Done]


@pytest.fixture
def parvis(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Parvis:
    """Runs a command in this process, with an environment of its own; the data lie in `tmp_path / "data"`."""

    def run(*arguments: str, **environment: str) -> Done:
        with monkeypatch.context() as own:
            for name in [name for name in os.environ if name.startswith("PARVIS_")]:
                own.delenv(name)
            for name, value in {"PARVIS_DATA": str(tmp_path / "data"), "PARVIS_HTTP": NOBODY, **environment}.items():
                own.setenv(name, value)
            code = main(list(arguments))
        done = Done(code, *capsys.readouterr())
        assert "Traceback" not in done.told
        return done

    return run


@pytest.fixture
def bare_hands() -> list[str]:
    """What to put before a command so that it may not write where the file modes forbid it; root may by default."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("root may write everywhere, and there is no setpriv to give that up")
    return [setpriv, "--bounding-set", "-dac_override,-dac_read_search,-fowner"]


@pytest.fixture
def restricted(bare_hands: list[str], tmp_path: Path) -> Parvis:
    """As `parvis`, in a process that file modes hold back."""

    def run(*arguments: str, **environment: str) -> Done:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PARVIS_")}
        own = {"PARVIS_DATA": str(tmp_path / "data"), "PARVIS_HTTP": "127.0.0.1:0", **environment}
        done = subprocess.run(
            [*bare_hands, sys.executable, "-m", "bot", *arguments],
            cwd=ROOT, env=clean | own, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """The folder, with a database that is up to date; whatever becomes of its modes, it can be removed."""
    folder = tmp_path / "data"
    engine = open_database(f"sqlite:///{folder}/parvis.db")
    migrate(engine)
    engine.dispose()
    yield folder
    folder.chmod(0o700)


def mends(done: Done) -> list[str]:
    return [line for line in done.out.splitlines() if line.startswith("MEND")]


NO_POSTGRES = "postgresql://parvis:a-secret@127.0.0.1:1/parvis"


@pytest.mark.parametrize(
    "command", [["serve"], ["migrate"], ["move", "BB-7K3F", "done"], ["forget", "web", "x"], ["staff", "list"]]
)
def test_a_database_that_is_away_is_said_in_a_sentence(parvis: Parvis, command: list[str]) -> None:
    done = parvis(*command, PARVIS_DATABASE_URL=NO_POSTGRES, PARVIS_HTTP="127.0.0.1:0")
    assert done.code == 1
    assert "refused" in done.err
    assert "PARVIS_DATABASE_URL" in done.err
    assert "a-secret" not in done.told
    assert done.err.count("\n") == 1


def test_the_check_goes_on_when_the_database_is_away(parvis: Parvis) -> None:
    done = parvis("check", PARVIS_DATABASE_URL=NO_POSTGRES)
    assert done.code == 1
    (wrong,) = mends(done)
    assert "refused" in wrong
    assert "a-secret" not in done.told
    assert "Town: Boulogne-Billancourt" in done.out
    assert "Telegram: no token" in done.out


def test_the_check_goes_on_when_the_town_is_not_there(parvis: Parvis) -> None:
    done = parvis("check", PARVIS_CITY="atlantide")
    assert done.code == 1
    assert "atlantide" in mends(done)[0]
    assert "Database:" in done.out


@pytest.mark.parametrize("command", [["move", "BB-7K3F", "done"], ["forget", "web", "x"]])
def test_a_command_before_the_first_start_says_what_to_run(parvis: Parvis, command: list[str]) -> None:
    done = parvis(*command)
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "`parvis migrate`" in done.err


@pytest.mark.parametrize("command", ["serve", "check", "migrate"])
def test_a_file_that_is_no_database_is_said_in_a_sentence(parvis: Parvis, tmp_path: Path, command: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "parvis.db").write_bytes(b"The words of something else. " * 200)
    done = parvis(command, PARVIS_HTTP="127.0.0.1:0")
    assert done.code == 1
    assert "file is not a database" in done.told
    assert "restore a copy" in done.told


@pytest.mark.parametrize("command", ["serve", "check"])
def test_a_folder_that_may_not_be_written_is_said_in_a_sentence(
    restricted: Parvis, tmp_path: Path, command: str
) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o500)
    done = restricted(command)
    folder.chmod(0o700)
    assert done.code == 1
    assert "PARVIS_DATA" in done.told
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("command", ["serve", "check", "migrate"])
def test_a_database_that_may_not_be_written_is_said_in_a_sentence(restricted: Parvis, data: Path, command: str) -> None:
    for one in data.iterdir():
        one.chmod(0o400)
    done = restricted(command)
    if command == "migrate":  # there is nothing to change
        assert done.code == 0
        return
    assert done.code == 1
    assert "readonly database" in done.told
    assert "chown" in done.told
    assert "parameters" not in done.told


def test_a_lock_that_may_not_be_written_is_said_in_a_sentence(restricted: Parvis, data: Path) -> None:
    (data / "parvis.db.lock").touch(mode=0o400)
    done = restricted("serve")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "parvis.db.lock" in done.err
    assert "chown" in done.err


def test_the_check_really_tries_to_write_photos(restricted: Parvis, data: Path) -> None:
    (data / "photos").mkdir(mode=0o500)
    done = restricted("check")
    assert done.code == 1
    (wrong,) = mends(done)
    assert str(data / "photos") in wrong


def test_the_check_changes_nothing(parvis: Parvis, tmp_path: Path) -> None:
    done = parvis("check")
    assert done.code == 0
    assert "the first `parvis serve` makes it" in done.out
    assert list(tmp_path.iterdir()) == []


def test_the_check_makes_no_database_that_is_named_either(parvis: Parvis, tmp_path: Path) -> None:
    done = parvis("check", PARVIS_DATABASE_URL=f"sqlite:///{tmp_path}/elsewhere/town.db")
    assert (done.code, list(tmp_path.iterdir())) == (0, [])
    assert "the first `parvis serve` makes it" in done.out


async def test_the_check_with_a_token_does_not_bring_the_database_up_to_date(parvis: Parvis, tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}/data/parvis.db")
    migrate(engine, to="0001")
    async with BotApiServer() as telegram:
        environment = {"PARVIS_TELEGRAM_TOKEN": telegram.token, "PARVIS_TELEGRAM_API": telegram.address}
        done = await asyncio.to_thread(parvis, "check", **environment)
    assert done.code == 1
    assert "@parvis_test_bot" in done.out
    assert "Run `parvis migrate`" in mends(done)[0]
    assert current(engine) == "0001"
    engine.dispose()


def test_the_check_of_something_that_is_no_token_goes_on(parvis: Parvis) -> None:
    done = parvis("check", PARVIS_TELEGRAM_TOKEN="nonsense")
    assert done.code == 1
    assert "@BotFather" in mends(done)[0]
    assert "Pages:" in done.out


def test_a_database_from_a_newer_version_is_not_to_be_migrated(parvis: Parvis, data: Path) -> None:
    engine = open_database(f"sqlite:///{data}/parvis.db")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    (wrong,) = mends(parvis("check"))
    assert "newer version" in wrong
    assert "migrate" not in wrong


def test_whoever_stops_reading_gets_no_traceback(data: Path) -> None:
    """As in `parvis check | head -1`."""
    reading, writing = os.pipe()
    os.close(reading)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PARVIS_")}
    done = subprocess.run(
        [sys.executable, "-m", "bot", "reports"],
        cwd=ROOT, env=clean | {"PARVIS_DATA": str(data)}, stdout=writing, stderr=subprocess.PIPE, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


# What answers


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(getattr(self.server, "words", b""))

    def log_message(self, *_words: object) -> None:
        """Nothing: the tests' output stays readable."""


@pytest.fixture
def answering() -> Iterator[Callable[[bytes], str]]:
    """Starts something that answers any request with the same words; gives its host and port."""
    servers = []

    def start(words: bytes) -> str:
        server = HTTPServer(("127.0.0.1", 0), _Answers)
        server.words = words  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        return f"127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_the_check_says_whether_parvis_answers(parvis: Parvis, answering: Callable[[bytes], str]) -> None:
    assert f"nothing answers at http://{NOBODY}" in parvis("check").out
    there = answering(b'{"alive":true}')
    done = parvis("check", PARVIS_HTTP=there, PARVIS_PUBLIC_URL=f"http://{there}")
    assert done.code == 0
    assert f"Parvis answers at http://{there}." in done.out


def test_the_check_says_when_another_program_answers(parvis: Parvis, answering: Callable[[bytes], str]) -> None:
    done = parvis("check", PARVIS_HTTP=answering(b"<h1>It works!</h1>"))
    assert "another program answers" in mends(done)[0]


def test_the_check_says_when_the_public_address_leads_nowhere(
    parvis: Parvis, answering: Callable[[bytes], str]
) -> None:
    done = parvis("check", PARVIS_HTTP=answering(b'{"alive":true}'), PARVIS_PUBLIC_URL=f"https://{NOBODY}")
    assert f"https://{NOBODY} does not lead to it" in mends(done)[0]


def test_the_check_names_the_proxies_that_are_believed(parvis: Parvis) -> None:
    assert "Proxies:" not in parvis("check").out
    done = parvis("check", PARVIS_PUBLIC_URL="https://parvis.example.invalid")
    assert "Proxies: who visitors are is believed of 127.0.0.1, ::1" in done.out
    assert "PARVIS_PROXIES" in done.out
    done = parvis("check", PARVIS_PUBLIC_URL="https://parvis.example.invalid", PARVIS_PROXIES="172.16.0.0/12")
    assert "believed of 172.16.0.0/12" in done.out
