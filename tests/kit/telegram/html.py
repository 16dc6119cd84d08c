"""parse_mode=HTML, read as strictly as Telegram reads it, and a little more.

Telegram's own rules: a closed list of tags, properly nested; `&lt; &gt; &amp; &quot;` and numeric entities; an error
names the byte offset. Beyond them three things Telegram silently tolerates are refused with "strict:", because each
is a fault a resident would see: another named entity (`&nbsp;` would be shown as it is), a link whose address would
be dropped, and formatting inside code, where it is lost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .entities import slice_units, units
from .refusal import Json, RefusedError, bad

KINDS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
    "span": "spoiler", "a": "text_link", "tg-emoji": "custom_emoji", "tg-time": "date_time", "code": "code",
    "pre": "pre", "blockquote": "blockquote",
}  # fmt: skip
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
ENTITY = re.compile(r"&(?:#x(?P<hexadecimal>[0-9a-fA-F]+)|#(?P<decimal>[0-9]+)|(?P<name>[A-Za-z]+));?")
PIECE = re.compile(r"[^<&]+|[<&]")
TAG_END = re.compile(r"[\s>]")
ATTRIBUTE = re.compile(
    r"""\s*(?P<name>[^\s=>/"']+)"""
    r"""(?:\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<token>[\w.-]+)(?=[\s>])))?"""
)
LINK = re.compile(r"(?:https?://|tg://|mailto:|tel:)\S+|[\w-]+(?:\.[\w-]+)+(?:[/?#]\S*)?", re.IGNORECASE)
MENTION = re.compile(r"tg://user\?id=(\d+)")
TIME_FORMAT = re.compile(r"r|w?[dD]?[tT]?")


@dataclass(slots=True)
class Open:
    tag: str
    attributes: dict[str, str]
    offset: int


@dataclass(slots=True)
class Reading:
    source: str
    position: int = 0
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    opened: list[Open] = field(default_factory=list)
    entities: list[Json] = field(default_factory=list)

    def put(self, text: str) -> None:
        self.pieces.append(text)
        self.length += units(text)

    def fault(self, words: str, position: int) -> RefusedError:
        return bad(f"can't parse entities: {words} at byte offset {len(self.source[:position].encode())}")


def parse_html(source: str) -> tuple[str, list[Json]]:
    """Plain text and its entities, offsets in UTF-16 code units; raises RefusedError."""
    if "<" not in source and "&" not in source:
        return source, []
    reading = Reading(source)
    while reading.position < len(source):
        _read_piece(reading)
    if reading.opened:
        tag = reading.opened[-1].tag
        raise bad(f"can't parse entities: Can't find end tag corresponding to start tag \"{tag}\"")
    reading.entities.sort(key=lambda each: (each["offset"], -each["length"]))
    return "".join(reading.pieces), reading.entities


def _read_piece(reading: Reading) -> None:
    match = PIECE.match(reading.source, reading.position)
    assert match is not None
    if match.group() == "<":
        if reading.source.startswith("</", reading.position):
            _read_end(reading)
        else:
            _read_start(reading)
    elif match.group() == "&":
        _read_entity(reading)
    else:
        reading.put(match.group())
        reading.position = match.end()


def _read_entity(reading: Reading) -> None:
    match = ENTITY.match(reading.source, reading.position)
    if match is None:
        reading.put("&")
        reading.position += 1
        return
    reading.put(_character(match, reading))
    reading.position = match.end()


def _character(match: re.Match[str], reading: Reading) -> str:
    name = match["name"]
    if name is None:
        code = int(match["decimal"]) if match["decimal"] else int(match["hexadecimal"], 16)
        return chr(code) if 0 < code < 0x110000 else match.group()
    if name in NAMED:
        return NAMED[name]
    if match.group().endswith(";"):
        raise reading.fault(f"strict: unsupported named entity {match.group()}", match.start())
    return match.group()


def _read_start(reading: Reading) -> None:
    begin = reading.position
    end = TAG_END.search(reading.source, begin + 1)
    if end is None:
        raise reading.fault("Unclosed start tag", begin)
    tag = reading.source[begin + 1 : end.start()].lower()
    if tag not in KINDS:
        raise reading.fault(f'Unsupported start tag "{tag}"', begin)
    attributes, reading.position = _attributes(reading, tag, begin, end.start())
    _check_attributes(reading, tag, attributes, begin)
    _check_nesting(reading, tag, begin)
    reading.opened.append(Open(tag, attributes, reading.length))


def _attributes(reading: Reading, tag: str, begin: int, position: int) -> tuple[dict[str, str], int]:
    attributes: dict[str, str] = {}
    while True:
        rest = reading.source[position:].lstrip()
        if not rest:
            raise reading.fault(f'Unclosed start tag "{tag}"', begin)
        if rest.startswith(">"):
            return attributes, len(reading.source) - len(rest) + 1
        match = ATTRIBUTE.match(reading.source, position)
        if match is None or reading.source[match.end() : match.end() + 1] not in {" ", "\n", "\t", ">"}:
            raise reading.fault(f'Empty attribute name in the tag "{tag}"', begin)
        value = next((match[name] for name in ("double", "single", "token") if match[name] is not None), "")
        attributes[match["name"].lower()] = ENTITY.sub(lambda found: _character(found, reading), value)
        position = match.end()


def _check_attributes(reading: Reading, tag: str, attributes: dict[str, str], begin: int) -> None:
    if tag == "span" and attributes.get("class") != "tg-spoiler":
        raise reading.fault('Tag "span" must have class "tg-spoiler"', begin)
    if tag == "a" and attributes.get("href") and not LINK.fullmatch(attributes["href"]):
        raise reading.fault(f"strict: the link {attributes['href']!r} would be dropped", begin)
    if tag == "tg-emoji" and not attributes.get("emoji-id", "").isdecimal():
        raise reading.fault("Invalid custom emoji identifier specified", begin)
    if tag == "tg-time" and not attributes.get("unix", "").isdecimal():
        raise reading.fault('strict: tag "tg-time" needs a number in "unix"', begin)
    if tag == "tg-time" and not TIME_FORMAT.fullmatch(attributes.get("format", "")):
        raise reading.fault('strict: tag "tg-time" has an unknown "format"', begin)


def _check_nesting(reading: Reading, tag: str, begin: int) -> None:
    outer = [each.tag for each in reading.opened]
    if "blockquote" in outer and tag == "blockquote":
        raise reading.fault("strict: a blockquote can't stand in a blockquote", begin)
    if ("code" in outer or "pre" in outer) and not (tag == "code" and outer[-1] == "pre"):
        raise reading.fault(f'strict: "{tag}" has no effect inside code', begin)


def _read_end(reading: Reading) -> None:
    begin = reading.position
    if not reading.opened:
        raise reading.fault("Unexpected end tag", begin)
    end = TAG_END.search(reading.source, begin)
    tag = reading.source[begin + 2 : end.start()].lower() if end else ""
    rest = reading.source[end.start() :].lstrip() if end else ""
    if not rest.startswith(">"):
        raise reading.fault("Unclosed end tag", begin)
    opened = reading.opened.pop()
    if tag and tag != opened.tag:
        found = f'expected "</{opened.tag}>", found "</{tag}>"'
        offset = len(reading.source[:begin].encode())
        raise bad(f"can't parse entities: Unmatched end tag at byte offset {offset}, {found}")
    reading.position = len(reading.source) - len(rest) + 1
    if reading.length > opened.offset:
        _close(reading, opened)


def _close(reading: Reading, opened: Open) -> None:
    entity: Json = {"type": KINDS[opened.tag], "offset": opened.offset, "length": reading.length - opened.offset}
    attributes = opened.attributes
    if opened.tag == "a":
        text = slice_units("".join(reading.pieces), entity["offset"], entity["length"])
        entity.update(_link(attributes.get("href") or text))
    elif opened.tag == "tg-emoji":
        entity["custom_emoji_id"] = attributes["emoji-id"]
    elif opened.tag == "tg-time":
        entity.update(unix_time=int(attributes["unix"]), date_time_format=attributes.get("format", ""))
    elif opened.tag == "blockquote" and "expandable" in attributes:
        entity["type"] = "expandable_blockquote"
    elif opened.tag == "code" and reading.opened and reading.opened[-1].tag == "pre":
        reading.opened[-1].attributes["language"] = attributes.get("class", "").removeprefix("language-")
        return
    elif opened.tag == "pre" and attributes.get("language"):
        entity["language"] = attributes["language"]
    reading.entities.append(entity)


def _link(address: str) -> Json:
    mention = MENTION.fullmatch(address)
    if mention:
        user = {"id": int(mention[1]), "is_bot": False, "first_name": ""}
        return {"type": "text_mention", "user": user}
    return {"type": "text_link", "url": address}
