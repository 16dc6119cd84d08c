"""What city.toml says of the town itself: its name, languages, hours, contacts, privacy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.city.days import Days
from bot.city.matter import Words
from bot.city.office import AUDIT_KEPT, Contacts, Emergency, Privacy, QuietHours, Retention, Tiles
from bot.city.place import NamedTown
from bot.city.read_table import Table

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
PREFIX = re.compile(r"[A-Z]{1,4}")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][A-Za-z]{1,3})?")


def read_slug(town: Table) -> str:
    slug = town.text("slug")
    if slug and not SLUG.fullmatch(slug):
        town.wrong("slug", f"The slug “{slug}” must be small letters, digits and dashes, as in an address of the web.")
    return slug


def read_prefix(town: Table) -> str:
    prefix = town.text("prefix")
    if prefix and not PREFIX.fullmatch(prefix):
        town.wrong("prefix", f"The prefix “{prefix}” must be 1 to 4 capital letters A to Z, as in “AB”.")
    return prefix


def read_languages(town: Table) -> tuple[str, ...]:
    languages = town.texts("languages")
    if not languages:
        town.wrong("languages", 'List the town\'s languages, the first language first: languages = ["fr", "en"].')
    for language in languages:
        if not LANGUAGE.fullmatch(language):
            town.wrong("languages", f"“{language}” is not a language code: write “fr”, “en” or “pt-BR”.")
    if len(set(languages)) < len(languages):
        town.wrong("languages", "A language is listed twice: keep it once.")
    return languages or ("",)


def read_postcodes(table: Table) -> tuple[str, ...]:
    """Of a neighbour, the beginning is enough: "75" for all of Paris."""
    codes = table.texts("postcodes")
    for code in codes:
        if not code.isdecimal():
            table.wrong("postcodes", f"“{code}” is no postcode: write its figures in quotes.")
    return codes


def read_neighbour_names(table: Table) -> tuple[NamedTown, ...]:
    """The towns that an address may name; they need no outline."""
    towns = []
    for one in table.tables("neighbour") if table.has("neighbour") else ():
        towns.append(NamedTown((one.text("name"), *one.texts("also")), read_postcodes(one)))
        one.close()
    return tuple(towns)


def read_zone(town: Table) -> ZoneInfo:
    name = town.text("zone")
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder's name, such as "Europe"
        town.wrong("zone", f"The time zone “{name}” does not exist: write it as “Europe/Paris”.")
        return ZoneInfo("UTC")


def read_days(town: Table) -> Days:
    country, part = town.text("holidays"), town.maybe_text("holidays_part")
    try:
        return Days(country, part)
    except NotImplementedError:
        if country:
            wrong, key = (f"{country}, part {part}", "holidays_part") if part else (country, "holidays")
            town.wrong(key, f"No public holidays are known for “{wrong}”: write a country code such as “FR”.")
        return Days("FR")


def read_quiet_hours(table: Table) -> QuietHours:
    hours = table.table("quiet_hours")
    if not hours:
        return QuietHours(time(0), time(0))
    read = QuietHours(hours.clock("start"), hours.clock("end"), hours.truth("days_off", default=False))
    hours.close()
    return read


def read_contacts(table: Table) -> Contacts:
    contacts = table.table("contacts")
    if not contacts:
        return Contacts("", "", "")
    read = Contacts(
        town_hall=contacts.text("town_hall"),
        address=contacts.text("address"),
        phone=contacts.text("phone"),
        link=contacts.maybe_text("link"),
    )
    contacts.close()
    return read


def read_emergencies(table: Table, languages: Sequence[str]) -> tuple[Emergency, ...]:
    emergencies = []
    for one in table.tables("emergency"):
        emergencies.append(Emergency(one.text("number"), one.words("name", languages)))
        one.close()
    return tuple(emergencies)


def read_privacy(table: Table) -> Privacy:
    privacy = table.table("privacy")
    kept = privacy.table("retention") if privacy else None
    if not privacy or not kept:
        return Privacy("", "", Retention(0, 0, 0, 0))
    retention = Retention(
        drafts=kept.whole("drafts", least=1),
        closed_reports=kept.whole("closed_reports", least=1),
        messages=kept.whole("messages", least=1),
        inactive_residents=kept.whole("inactive_residents", least=1),
        audit=kept.maybe_whole("audit", least=366) or AUDIT_KEPT,
    )
    read = Privacy(privacy.text("controller"), privacy.text("postal"), retention, privacy.maybe_text("email"))
    kept.close()
    privacy.close()
    return read


def read_welcome(table: Table, languages: Sequence[str]) -> Words | None:
    return table.maybe_words("welcome", languages)


def read_tiles(limits: Table) -> Tiles | None:
    tiles = limits.maybe_table("tiles")
    if not tiles:
        return None
    read = Tiles(tiles.text("url"), tiles.text("attribution"))
    if read.url and not all(part in read.url for part in ("{z}", "{x}", "{y}")):
        tiles.wrong("url", "The address of the tiles must hold {z}, {x} and {y}.")
    tiles.close()
    return read
