"""What an operator types: as a process, or, where the process itself is not what is tested, in this one."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.cli import main

ROOT = Path(__file__).parents[2]
LONGEST = 60.0
"""Seconds that a command may take on a busy machine."""


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


def environment(own: dict[str, str]) -> dict[str, str]:
    """Ours, without any setting of a bot but those given."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PARVIS_")}
    return clean | own


def parvis_process(*arguments: str, **settings: str) -> Done:
    """As typed. A second of the processor goes by before anything happens: it imports half of Python's libraries."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=ROOT,
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def parvis(*arguments: str, **settings: str) -> Done:
    """The same command, settings, exit code, words and logs, in a thread of ours with no event loop.

    What it raises, a process would have shown as a traceback: here it fails the test.
    """
    out, err = io.StringIO(), io.StringIO()
    ended: list[int | BaseException] = []

    def run() -> None:
        try:
            ended.append(main(list(arguments)))
        except SystemExit as wrong:  # of argparse
            ended.append(wrong.code if isinstance(wrong.code, int) else 1)
        except BaseException as failure:
            ended.append(failure)

    with _as_if_alone(settings), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(LONGEST)
    assert ended, f"parvis {' '.join(arguments)} did not end within {LONGEST} s"
    if isinstance(ended[0], BaseException):
        raise ended[0]
    return Done(ended[0], out.getvalue(), err.getvalue())


@contextlib.contextmanager
def _as_if_alone(settings: dict[str, str]) -> Iterator[None]:
    """The settings and the logs of a process that has just begun; afterwards all is as it was."""
    root = logging.getLogger()
    before, handlers, level = dict(os.environ), root.handlers[:], root.level
    names = ("alembic", "apscheduler", "uvicorn")  # what the command tells to be brief
    levels = {name: logging.getLogger(name).level for name in names}
    root.handlers[:] = []
    kept = environment(settings)
    os.environ.clear()
    os.environ.update(kept)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        root.handlers[:] = handlers
        root.setLevel(level)
        for name, was in levels.items():
            logging.getLogger(name).setLevel(was)
