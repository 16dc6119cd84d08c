"""A side in its own process: started, asked what it used, stopped."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple


class Usage(NamedTuple):
    """Since the process started: seconds of processor time, most resident memory in MiB. Linux only."""

    cpu: float
    memory: float


def usage(pid: int) -> Usage:
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(after_name[11]) + int(after_name[12])
    status = Path(f"/proc/{pid}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return Usage(ticks / os.sysconf("SC_CLK_TCK"), int(peak.split()[1]) / 1024)


class Running(NamedTuple):
    pid: int
    port: int


@contextmanager
def running(command: Sequence[str]) -> Iterator[Running]:
    """A side, from its line `ready PORT` on; what it prints before is passed on to be read."""
    with subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Running(process.pid, ready_port(process))
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def ready_port(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    for line in process.stdout:
        word, _, port = line.partition(" ")
        if word == "ready":
            return int(port)
        print(line, end="", file=sys.stderr)
    raise RuntimeError("The side ended before it was ready; its own words are above.")
