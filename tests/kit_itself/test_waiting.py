"""What waits, and what stands for a process, do as they say."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.kit.command import parvis, parvis_process
from tests.kit.waiting import until


async def test_waiting_ends_as_soon_as_it_holds() -> None:
    seen: list[int] = []

    async def holds() -> bool:
        seen.append(len(seen))
        return len(seen) == 3

    await until(holds, "the third look")
    await until(lambda: len(seen) == 3, "nothing")
    assert seen == [0, 1, 2]


async def test_waiting_too_long_says_for_what() -> None:
    with pytest.raises(TimeoutError, match="spring"):
        await until(lambda: False, "spring", within=0.0)


@pytest.mark.parametrize(
    ("arguments", "settings"),
    [
        (("check",), {"PARVIS_HTTP": "8080"}),
        (("staff", "invite", "--role", "maire"), {}),
        (("dance",), {}),
    ],
    ids=["a wrong setting", "a wrong answer", "no such command"],
)
def test_a_command_called_here_does_what_the_process_does(
    tmp_path: Path, arguments: tuple[str, ...], settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARVIS_CITY", "atlantide")  # of whoever runs the tests: it is not for the bot
    place = {"PARVIS_DATA": str(tmp_path), "COLUMNS": "80", **settings}
    here, process = parvis(*arguments, **place), parvis_process(*arguments, **place)
    assert (here.returncode, here.stdout, here.stderr) == (process.returncode, process.stdout, process.stderr)
    assert here.stderr
    assert os.environ["PARVIS_CITY"] == "atlantide"
    assert "PARVIS_DATA" not in os.environ
