"""The gazetteer of a town, read from places.csv."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

from bot.city import spelling
from bot.city.ground import Ground
from bot.city.place import Place
from bot.city.read_table import Notes

COLUMNS = ["name", "kind", "latitude", "longitude"]


def read_places(path: Path, language: str, ground: Ground | None, notes: Notes) -> list[tuple[Place, str]]:
    """Rows in the file's order. Both coordinates may be empty: a street's name alone is still worth knowing.
    A place outside the town (by more than its outline's uncertainty) is a mistake, or a point of another town."""
    try:
        rows = csv.DictReader(StringIO(path.read_text(encoding="utf-8-sig")))
    except UnicodeDecodeError:
        notes.wrong(path.name, 0, "The file is not in UTF-8: save it again in that encoding.")
        return []
    if rows.fieldnames != COLUMNS:
        notes.wrong(path.name, 1, f"The first line must be exactly: {','.join(COLUMNS)}")
        return []
    places: list[tuple[Place, str]] = []
    seen: dict[str, int] = {}
    for row in rows:
        if rows.restkey in row:
            notes.wrong(path.name, rows.line_num, "This line has too many commas: put a name that has one in quotes.")
            continue
        place = _place(row, rows.line_num, path.name, notes)
        if place is None:
            continue
        key = spelling.street(place.label, language)
        if key in seen:
            notes.wrong(path.name, rows.line_num, f"“{place.label}” is already on line {seen[key]}: keep one.")
        seen.setdefault(key, rows.line_num)
        if place.latitude is not None and ground and not _belongs(place, ground):
            notes.wrong(path.name, rows.line_num, f"“{place.label}” is outside the town: correct its coordinates.")
        places.append((place, row["kind"] or ""))
    return places


def _belongs(place: Place, ground: Ground) -> bool:
    located = ground.locate(place)
    return located.inside or located.near


def _place(row: dict[str, str | None], line: int, file: str, notes: Notes) -> Place | None:
    name = (row["name"] or "").strip()
    if not name:
        notes.wrong(file, line, "This place has no name: write it or remove the line.")
        return None
    try:
        latitude, longitude = _degrees(row["latitude"], 90), _degrees(row["longitude"], 180)
    except ValueError:
        notes.wrong(file, line, f"The coordinates of “{name}” are not degrees such as 48.8350 and 2.2417.")
        return None
    if (latitude is None) != (longitude is None):
        notes.wrong(file, line, f"“{name}” has only one of its two coordinates: give both or none.")
        return None
    return Place(latitude, longitude, label=name)


def _degrees(text: str | None, most: float) -> float | None:
    """Raises ValueError."""
    if not (text or "").strip():
        return None
    value = float(text or "")
    if not abs(value) <= most:
        raise ValueError(text)
    return value
