"""Where a town's folder is: towns that ship stand beside this file, any other may live anywhere."""

from __future__ import annotations

from pathlib import Path

from bot.city.load import TOWN_FILE

HERE = Path(__file__).parent


class NoSuchTown(LookupError):
    """Neither a folder with a town in it nor the name of a town that ships."""


def shipped() -> Path:
    """The town that ships; the first by name if an operator added others beside it."""
    return _shipped()[0]


def find(name_or_path: str | Path) -> Path:
    """The folder of a town, given that folder or the name of a town that ships. Raises NoSuchTown."""
    path = Path(name_or_path).expanduser()
    if (path / TOWN_FILE).is_file():
        return path
    for folder in _shipped():
        if folder.name == str(name_or_path):
            return folder
    names = ", ".join(folder.name for folder in _shipped())
    ways = f"give a folder that holds {TOWN_FILE}, or the name of a town that ships ({names})."
    raise NoSuchTown(f"No town at “{name_or_path}”: {ways}")


def _shipped() -> list[Path]:
    return sorted(file.parent for file in HERE.glob(f"*/{TOWN_FILE}"))
