"""The outlines of a town, its quartiers and its neighbours, read from GeoJSON and judged."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from bot.city.place import Neighbour, Quartier
from bot.city.read_table import Notes

FEATURE = re.compile(r'"type"\s*:\s*"Feature"')

MOST_APART = 0.01
"""Of an area: slivers between shapes drawn by different hands are no mistake, more is."""


@dataclass(frozen=True, slots=True)
class Feature:
    line: int
    shape: BaseGeometry
    properties: Mapping[str, Any]


def read_features(path: Path, notes: Notes) -> list[Feature]:
    """The sound polygons of a GeoJSON file; everything else is noted."""
    try:
        source = path.read_text(encoding="utf-8")
        document = json.loads(source)
    except json.JSONDecodeError as error:
        notes.wrong(path.name, error.lineno, f"This is not JSON ({error.msg}): export the layer again as GeoJSON.")
        return []
    except UnicodeDecodeError:
        notes.wrong(path.name, 0, "The file is not in UTF-8: save it again in that encoding.")
        return []
    if not isinstance(document, dict):
        notes.wrong(path.name, 1, "GeoJSON starts with an object { … }: export the layer again.")
        return []
    lines = [source.count("\n", 0, found.start()) + 1 for found in FEATURE.finditer(source)]
    members = document.get("features") if document.get("type") == "FeatureCollection" else [document]
    if not isinstance(members, list) or not members:
        notes.wrong(path.name, 1, "The file has no feature: export the layer again with its polygons.")
        return []
    read = [_feature(one, _line(lines, index), path.name, notes) for index, one in enumerate(members)]
    return [feature for feature in read if feature]


def _line(lines: Sequence[int], index: int) -> int:
    return lines[index] if index < len(lines) else 1


def _feature(member: Any, line: int, file: str, notes: Notes) -> Feature | None:
    member = member if isinstance(member, dict) else {}
    geometry = member.get("geometry") if member.get("type") == "Feature" else member
    polygon = _polygon(geometry, line, file, notes)
    properties = member.get("properties")
    return Feature(line, polygon, properties if isinstance(properties, dict) else {}) if polygon else None


def _polygon(geometry: Any, line: int, file: str, notes: Notes) -> BaseGeometry | None:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        notes.wrong(file, line, f"A Polygon or a MultiPolygon is needed here, not {kind or 'nothing'}.")
        return None
    try:
        polygon = shape(geometry)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, shapely.errors.ShapelyError) as error:
        notes.wrong(file, line, f"These coordinates cannot be read ({error}): export the layer again.")
        return None
    return polygon if _is_sound(polygon, line, file, notes) else None


def _is_sound(polygon: BaseGeometry, line: int, file: str, notes: Notes) -> bool:
    if polygon.is_empty:
        notes.wrong(file, line, "This polygon is empty: draw it, or remove the feature.")
        return False
    west, south, east, north = polygon.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        notes.wrong(file, line, "These coordinates are not degrees: export the layer in WGS 84 (EPSG:4326).")
        return False
    if not polygon.is_valid:
        reason = shapely.is_valid_reason(polygon)
        notes.wrong(file, line, f"This polygon is invalid ({reason}): redraw the line that crosses itself.")
        return False
    return True


def read_outline(path: Path, notes: Notes) -> BaseGeometry | None:
    features = read_features(path, notes)
    if len(features) > 1:
        notes.wrong(path.name, features[1].line, "The town has one outline: merge these features into one.")
    return features[0].shape if features else None


def read_quartiers(path: Path, outline: BaseGeometry | None, notes: Notes) -> tuple[Quartier, ...]:
    features = read_features(path, notes)
    found = [(feature, _quartier(feature, path.name, notes)) for feature in features]
    numbers = [(quartier.number, feature) for feature, quartier in found]
    names = [(quartier.name.casefold(), feature) for feature, quartier in found]
    _once("number", [pair for pair in numbers if pair[0]], path.name, notes)
    _once("name", [pair for pair in names if pair[0]], path.name, notes)
    _apart(found, path.name, notes)
    if outline:
        _inside(found, outline, path.name, notes)
    return tuple(sorted((quartier for _, quartier in found), key=lambda quartier: quartier.number))


def _quartier(feature: Feature, file: str, notes: Notes) -> Quartier:
    number, name = feature.properties.get("number"), feature.properties.get("name")
    aliases = feature.properties.get("aliases", [])
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        notes.wrong(file, feature.line, "This quartier has no “number”: give a whole number from 1 in its properties.")
        number = 0
    if not isinstance(name, str) or not name.strip():
        notes.wrong(file, feature.line, "This quartier has no “name”: write it in its properties.")
        name = ""
    if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
        notes.wrong(file, feature.line, "“aliases” must be a list of other names of the quartier.")
        aliases = []
    return Quartier(number, name, tuple(aliases), feature.shape)


def _once(what: str, pairs: Sequence[tuple[object, Feature]], file: str, notes: Notes) -> None:
    first: dict[object, int] = {}
    for value, feature in pairs:
        if value in first:
            sentence = f"The {what} “{value}” is already used on line {first[value]}: give each its own."
            notes.wrong(file, feature.line, sentence)
        first.setdefault(value, feature.line)


def _apart(found: Sequence[tuple[Feature, Quartier]], file: str, notes: Notes) -> None:
    for index, (feature, quartier) in enumerate(found):
        for earlier, other in found[:index]:
            common = shapely.intersection(feature.shape, earlier.shape).area
            share = common / min(feature.shape.area, earlier.shape.area)
            if share > MOST_APART:
                sentence = f"The quartiers “{other.name}” and “{quartier.name}” overlap by {share:.0%}: redraw one."
                notes.wrong(file, feature.line, sentence)


def _inside(found: Sequence[tuple[Feature, Quartier]], outline: BaseGeometry, file: str, notes: Notes) -> None:
    for feature, quartier in found:
        outside: float = feature.shape.difference(outline).area / feature.shape.area
        if outside > MOST_APART:
            sentence = f"The quartier “{quartier.name}” is {outside:.0%} outside the town's outline: redraw it"
            notes.wrong(file, feature.line, sentence + " (are latitude and longitude exchanged?).")


def read_neighbours(path: Path, outline: BaseGeometry | None, notes: Notes) -> tuple[Neighbour, ...]:
    """None when the file is absent: neighbours only make a refusal kinder."""
    neighbours = []
    for feature in read_features(path, notes) if path.exists() else ():
        name = feature.properties.get("name")
        if not isinstance(name, str) or not name.strip():
            notes.wrong(path.name, feature.line, "This neighbour has no “name”: write it in its properties.")
            continue
        if outline and shapely.intersection(feature.shape, outline).area > MOST_APART * feature.shape.area:
            notes.wrong(path.name, feature.line, f"The neighbour “{name}” overlaps the town: remove or redraw it.")
        neighbours.append(Neighbour(name, feature.shape))
    return tuple(neighbours)
