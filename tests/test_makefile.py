"""What a newcomer types. Python and apt are stand-ins that note how they were called: nothing is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAKE = shutil.which("make")
pytestmark = pytest.mark.skipif(MAKE is None, reason="there is no make here")

TOOLS = ("cat", "chmod", "env", "mkdir", "rm", "sh", "touch")

A_PYTHON = """#!/bin/sh
echo "python $*" >> "{log}"
case "$*" in
  "-c import venv, ensurepip") [ -e "{have}" ] ;;
  "-m venv .venv") mkdir -p .venv/bin && cat "$0" > .venv/bin/python && chmod +x .venv/bin/python ;;
  -c*) exec "{real}" -c "import sys; sys.version_info = {version}; sys.version = '{name} (a stand-in)'
$2" ;;
esac
"""

AN_APT = """#!/bin/sh
echo "apt-get $*" >> "{log}"
[ -e "{reach}" ] || exit 100
case "$*" in install*) touch "{have}" ;; esac
"""


class Newcomer:
    """A checkout with the Makefile and the locks, and a machine of which only what is put there can be found."""

    def __init__(self, folder: Path) -> None:
        self.checkout, self._bin = folder / "check out", folder / "bin"
        self._log, self._have, self._reach = folder / "log", folder / "have-venv", folder / "reach"
        for each in (self.checkout, self._bin):
            each.mkdir()
        for name in ("Makefile", "requirements.lock", "requirements-dev.lock"):
            shutil.copy(ROOT / name, self.checkout)
        for tool in TOOLS:
            (self._bin / tool).symlink_to(str(shutil.which(tool)))
        self.has_python((3, 12))
        self.is_root(yes=False)

    def has_python(self, version: tuple[int, int], *, venv: bool = True) -> None:
        text = A_PYTHON.format(
            log=self._log, have=self._have, real=sys.executable, version=version, name=".".join(map(str, version))
        )
        self._tool("python3", text)
        if venv:
            self._have.touch()
        else:
            self._have.unlink(missing_ok=True)

    def is_root(self, *, yes: bool) -> None:
        self._tool("id", f"#!/bin/sh\necho {0 if yes else 1000}\n")

    def has_apt(self, *, network: bool = True) -> None:
        self._tool("apt-get", AN_APT.format(log=self._log, have=self._have, reach=self._reach))
        if network:
            self._reach.touch()

    def _tool(self, name: str, text: str) -> None:
        (self._bin / name).write_text(text)
        (self._bin / name).chmod(0o755)

    def makes(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        assert MAKE is not None
        own = {"PATH": str(self._bin), "HOME": os.environ.get("HOME", "/")}
        return subprocess.run(
            [MAKE, *arguments], cwd=self.checkout, env=own, capture_output=True, text=True, timeout=30, check=False
        )

    @property
    def called(self) -> list[str]:
        """How the stand-ins were called, save for the questions that change nothing."""
        lines = self._log.read_text().splitlines() if self._log.exists() else []
        return [line for line in lines if line.startswith(("python -m", "apt-get"))]


@pytest.fixture
def newcomer(tmp_path: Path) -> Newcomer:
    return Newcomer(tmp_path)


def test_make_run_makes_the_environment_from_the_lock_and_serves(newcomer: Newcomer) -> None:
    done = newcomer.makes("run")
    assert done.returncode == 0, done.stderr
    environment, installing, serving = newcomer.called
    assert environment == "python -m venv .venv"
    assert installing.startswith("python -m pip install ")
    assert "--require-hashes" in installing
    assert installing.endswith("-r requirements.lock")
    assert serving == "python -m bot serve"


def test_a_second_start_installs_nothing(newcomer: Newcomer) -> None:
    newcomer.makes("run")
    before = len(newcomer.called)
    newcomer.makes("run")
    assert newcomer.called[before:] == ["python -m bot serve"]


def test_a_new_lock_is_installed_at_the_next_start(newcomer: Newcomer) -> None:
    newcomer.makes("run")
    before = len(newcomer.called)
    later = (newcomer.checkout / ".venv" / "installed").stat().st_mtime + 10
    os.utime(newcomer.checkout / "requirements.lock", (later, later))
    newcomer.makes("run")
    assert newcomer.called[before].startswith("python -m pip install ")


def test_what_debian_leaves_out_of_python_is_installed_when_apt_may_be_used(newcomer: Newcomer) -> None:
    newcomer.has_python((3, 12), venv=False)
    newcomer.has_apt()
    newcomer.is_root(yes=True)
    done = newcomer.makes("run")
    assert done.returncode == 0, done.stderr
    assert "Installing python3.12-venv" in done.stdout
    updating, installing, *others = newcomer.called
    assert updating.startswith("apt-get update")
    assert installing.startswith("apt-get install")
    assert installing.endswith(" python3.12-venv")
    assert others[0] == "python -m venv .venv"
    assert others[-1] == "python -m bot serve"


@pytest.mark.parametrize("why", ["not root", "no apt", "no network"])
def test_otherwise_one_sentence_says_what_to_install(newcomer: Newcomer, why: str) -> None:
    newcomer.has_python((3, 12), venv=False)
    newcomer.is_root(yes=why != "not root")
    if why != "no apt":
        newcomer.has_apt(network=why != "no network")
    done = newcomer.makes("run")
    assert done.returncode != 0
    assert "sudo apt install python3.12-venv" in done.stdout
    assert not (newcomer.checkout / ".venv").exists()
    assert not any(call.startswith("python -m") for call in newcomer.called)
    assert bool(newcomer.called) == (why == "no network")


def test_an_old_python_and_a_missing_one_are_said_in_a_sentence(newcomer: Newcomer) -> None:
    newcomer.has_python((3, 9))
    done = newcomer.makes("run")
    assert done.returncode != 0
    assert "Parvis needs Python 3.11 or newer; this is 3.9" in done.stdout + done.stderr
    done = newcomer.makes("run", "PYTHON=python3.99")
    assert done.returncode != 0
    assert "There is no python3.99 here" in done.stdout + done.stderr
    assert newcomer.called == []


def test_without_chromium_one_line_says_that_the_browser_tests_are_skipped(newcomer: Newcomer) -> None:
    done = newcomer.makes("chromium")
    assert done.returncode == 0
    assert "the browser tests will be skipped" in done.stdout


def test_chromium_is_installed_with_letters_and_signs_when_apt_may_be_used(newcomer: Newcomer) -> None:
    newcomer.has_apt()
    newcomer.is_root(yes=True)
    assert newcomer.makes("chromium").returncode == 0
    assert {"chromium", "fonts-noto-core", "fonts-noto-color-emoji"} <= set(newcomer.called[-1].split())


def test_no_rule_needs_anything_that_is_not_there(newcomer: Newcomer) -> None:
    for target in ("run", "install", "install-dev", "lint", "format", "test", "bench", "lock", "words", "clean"):
        assert newcomer.makes("-n", target).returncode == 0
