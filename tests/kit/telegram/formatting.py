"""A text or a caption with its entities, from whichever of the three ways the bot wrote it."""

from __future__ import annotations

from .entities import check_given, check_length, found_in, trimmed
from .html import parse_html
from .refusal import Json, bad, strict

MOST_TEXT = 4096
MOST_CAPTION = 1024


def _formatted(text: str, parameters: Json, entities_name: str) -> tuple[str, list[Json]]:
    mode = parameters.get("parse_mode")
    given = parameters.get(entities_name)
    if mode and given:
        raise strict(f"parse_mode and {entities_name} exclude each other")
    if mode and mode != "HTML":
        raise strict(f"parse_mode {mode} is not simulated")
    if mode:
        return parse_html(text)
    if given:
        check_given(text, given)
    return text, list(given or [])


def text_of(parameters: Json) -> Json:
    """The fields `text` and `entities`; raises RefusedError."""
    plain, entities = trimmed(*_formatted(parameters["text"], parameters, "entities"))
    if not plain:
        raise bad("message text is empty")
    check_length(plain, MOST_TEXT, "message is too long")
    found = found_in(plain, entities)
    return {"text": plain, "entities": found} if found else {"text": plain}


def caption_of(parameters: Json) -> Json:
    """The fields `caption` and `caption_entities`, none when there is no caption; raises RefusedError."""
    if not parameters.get("caption"):
        return {}
    plain, entities = trimmed(*_formatted(parameters["caption"], parameters, "caption_entities"))
    check_length(plain, MOST_CAPTION, "message caption is too long")
    if not plain:
        return {}
    found = found_in(plain, entities)
    shown: Json = {"caption": plain, "caption_entities": found} if found else {"caption": plain}
    if parameters.get("show_caption_above_media"):
        shown["show_caption_above_media"] = True
    return shown
