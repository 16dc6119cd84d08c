"""Reading a town's folder. Every mistake in it is named at once, with its line and how to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from shapely import box
from shapely.geometry.base import BaseGeometry

from bot.city import read_office
from bot.city.alarms import Alarms
from bot.city.elsewhere import Elsewhere
from bot.city.gazetteer import Gazetteer
from bot.city.ground import Ground
from bot.city.mistake import CityMistakes
from bot.city.model import City
from bot.city.place import Bounds, NamedTown, Neighbour, Quartier
from bot.city.proposals import Proposals
from bot.city.read_bulletin import read_bulletin
from bot.city.read_matters import read_matters
from bot.city.read_places import read_places
from bot.city.read_shapes import read_neighbours, read_outline, read_quartiers
from bot.city.read_table import Notes, Table, read_toml

__all__ = ["TOWN_FILE", "CityMistakes", "load"]

TOWN_FILE = "city.toml"
NEEDED = (TOWN_FILE, "outline.geojson", "quartiers.geojson", "places.csv")

NOWHERE = box(0, 0, 1, 1)
"""Stands for an outline that could not be read, so that the other files are still judged."""


def load(folder: Path) -> City:
    """Raises CityMistakes with everything that is wrong in the folder."""
    notes = Notes()
    for name in NEEDED:
        if not (folder / name).is_file():
            notes.wrong(name, 0, "This file of the town is missing: write it beside the others.")
    city = None if notes.mistakes else _read(folder, notes)
    if city is None or notes.mistakes:
        raise CityMistakes(notes.mistakes)
    return city


def _read(folder: Path, notes: Notes) -> City | None:
    """Reads on after a mistake, so that one run names those of every file. None when there is nothing to build."""
    table = _table(folder / TOWN_FILE, notes)
    town = table.table("town") if table else None
    limits = table.table("map") if table else None
    outline = read_outline(folder / "outline.geojson", notes)
    quartiers = read_quartiers(folder / "quartiers.geojson", outline, notes)
    neighbours = read_neighbours(folder / "neighbours.geojson", outline, notes)
    ground = _ground(outline or NOWHERE, quartiers, neighbours, limits)
    languages = read_office.read_languages(town) if town else ("",)
    rows = read_places(folder / "places.csv", languages[0], ground if outline else None, notes)
    if not table or not town:
        return None
    gazetteer = Gazetteer(rows, languages[0], town.text("name"), ground.projection)
    return _city(
        table=table,
        town=town,
        limits=limits,
        languages=languages,
        ground=ground,
        neighbours=neighbours,
        gazetteer=gazetteer,
        notes=notes,
    )


def _city(
    *,
    table: Table,
    town: Table,
    limits: Table | None,
    languages: tuple[str, ...],
    ground: Ground,
    neighbours: tuple[Neighbour, ...],
    gazetteer: Gazetteer,
    notes: Notes,
) -> City:
    matters = read_matters(table, languages, gazetteer.kinds)
    west, south, east, north = ground.outline.bounds
    city = City(
        slug=read_office.read_slug(town),
        name=town.text("name"),
        area=town.text("area"),
        zone=read_office.read_zone(town),
        languages=languages,
        prefix=read_office.read_prefix(town),
        population=town.whole("population", least=1),
        quiet_hours=read_office.read_quiet_hours(table),
        holidays=town.text("holidays"),
        bodies=matters.bodies,
        families=matters.families,
        categories=matters.categories,
        quartiers=ground.quartiers,
        neighbours=neighbours,
        contacts=read_office.read_contacts(table),
        emergencies=read_office.read_emergencies(table, languages),
        privacy=read_office.read_privacy(table),
        welcome=table.maybe_words("welcome", languages),
        tiles=read_office.read_tiles(limits) if limits else None,
        news=read_bulletin(table, languages, {quartier.number for quartier in ground.quartiers}),
        centre=((south + north) / 2, (west + east) / 2),
        bounds=Bounds(south, west, north, east),
        limit_uncertainty=ground.limit,
        quartiers_official=limits.truth("quartiers_official", default=False) if limits else False,
        untranslated=tuple(notes.untranslated),
        ground=ground,
        gazetteer=gazetteer,
        proposals=Proposals(matters.categories, matters.families, languages[0]),
        elsewhere=_elsewhere(table, town, neighbours, gazetteer),
        alarms=Alarms(matters.categories),
        days=read_office.read_days(town),
    )
    for one in (table, town, limits):
        if one:
            one.close()
    return city


def _elsewhere(table: Table, town: Table, drawn: Sequence[Neighbour], gazetteer: Gazetteer) -> Elsewhere:
    own = NamedTown((town.text("name"),), read_office.read_postcodes(town))
    named = read_office.read_neighbour_names(table)
    known = {name for one in named for name in one.names}
    others = [NamedTown((one.name,)) for one in drawn if one.name not in known]
    return Elsewhere(own, (*named, *others), gazetteer.language, gazetteer.names)


def _table(path: Path, notes: Notes) -> Table | None:
    try:
        return read_toml(path.read_text(encoding="utf-8"), path.name, notes)
    except UnicodeDecodeError:
        notes.wrong(path.name, 0, "The file is not in UTF-8: save it again in that encoding.")
        return None


def _ground(
    outline: BaseGeometry,
    quartiers: Sequence[Quartier],
    neighbours: Sequence[Neighbour],
    limits: Table | None,
) -> Ground:
    limit = limits.number("limit_uncertainty") if limits else 0.0
    edge = limits.number("outline_uncertainty") if limits and limits.has("outline_uncertainty") else 0.0
    return Ground(outline, quartiers, neighbours, limit, edge)
