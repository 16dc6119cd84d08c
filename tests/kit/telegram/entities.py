"""Lengths and offsets as Telegram counts them, and the entities it finds by itself."""

from __future__ import annotations

import re

from .refusal import Json, bad, strict

FOUND_BY_ITSELF = re.compile(
    r"(?P<url>https?://[^\s<>\"]+[^\s<>\".,;:!?)»’'])"
    r"|(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?<![\w/])(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?)(?![\w/])"
    r"|(?<!\w)(?P<mention>@[A-Za-z]\w{3,31})"
    r"|(?<!\w)(?P<hashtag>#(?=\w*[^\W\d])\w+)"
)
PLAIN_INSIDE = {"code", "pre", "text_link", "text_mention"}


def units(text: str) -> int:
    """UTF-16 code units: the unit of entity offsets.

    The limits of 4096 and 1024 are checked in the same unit. The documentation says "characters"; an emoji counts
    for two here, the stricter reading, so a text that passes here passes there.
    """
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def slice_units(text: str, offset: int, length: int) -> str:
    encoded = text.encode("utf-16-le")[offset * 2 : (offset + length) * 2]
    return encoded.decode("utf-16-le", errors="replace")


def found_in(text: str, known: list[Json]) -> list[Json]:
    """The given entities and those Telegram finds: links, addresses, commands, mentions, hashtags."""
    taken = [(each["offset"], each["offset"] + each["length"]) for each in known if each["type"] in PLAIN_INSIDE]
    found = list(known)
    for match in FOUND_BY_ITSELF.finditer(text):
        offset, length = units(text[: match.start()]), units(match.group())
        if any(start < offset + length and offset < end for start, end in taken):
            continue
        found.append({"type": match.lastgroup, "offset": offset, "length": length})
    return sorted(found, key=lambda each: (each["offset"], -each["length"]))


def trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Telegram drops the white space around a text and moves the entities accordingly."""
    kept = text.strip()
    if len(kept) == len(text):
        return text, entities
    shift = units(text[: len(text) - len(text.lstrip())])
    end = units(kept)
    moved = []
    for each in entities:
        start = max(0, each["offset"] - shift)
        stop = min(end, each["offset"] - shift + each["length"])
        if stop > start:
            moved.append({**each, "offset": start, "length": stop - start})
    return kept, moved


def check_given(text: str, entities: list[Json]) -> None:
    """Entities sent instead of a parse_mode must lie inside the text."""
    end = units(text)
    for each in entities:
        if each["offset"] < 0 or each["length"] <= 0 or each["offset"] + each["length"] > end:
            raise bad(f"entity beginning at UTF-16 offset {each['offset']} ends after the end of the text")
        if each["type"] == "text_link" and not each.get("url"):
            raise strict("a text_link entity needs its url")


def check_length(text: str, most: int, too_long: str) -> None:
    if units(text) > most:
        raise bad(too_long)
