"""Points, quartiers and neighbours. Coordinates are WGS 84 degrees, distances metres."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec
from shapely.geometry.base import BaseGeometry


class Place(msgspec.Struct, frozen=True):
    """Somewhere a resident points at. Latitude and longitude both None: only a typed address is known."""

    latitude: float | None
    longitude: float | None
    accuracy: float | None = None
    """Radius in metres, as the telephone gives it."""
    label: str = ""
    """What was typed, the name of a venue, or a known place."""


@dataclass(frozen=True, slots=True)
class Quartier:
    number: int
    name: str
    aliases: tuple[str, ...]
    shape: BaseGeometry = field(compare=False, repr=False)
    """In degrees; distances are asked of `City.locate`."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    name: str
    shape: BaseGeometry = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class NamedTown:
    """A town nearby as it is written in addresses: its name, other ways to say it, beginnings of its postcodes."""

    names: tuple[str, ...]
    postcodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Located:
    """Where a place is, and how sure we may be of it."""

    inside: bool
    quartier: Quartier | None
    """None outside the town, and whenever `candidates` must be asked."""
    candidates: tuple[Quartier, ...] = ()
    """Empty when the quartier is certain; else two or more, likeliest first: ask, never guess."""
    neighbour: str | None = None
    """The neighbouring town the point is in, when we have its outline."""
    near: bool = False
    """Outside, but by less than the outline's own uncertainty: ask rather than refuse."""


class Bounds(NamedTuple):
    """Degrees."""

    south: float
    west: float
    north: float
    east: float
