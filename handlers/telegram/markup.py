"""A message's parts as Telegram's HTML, whole or cut into several messages.

Texts are cut before they are marked up, so that a mark never straddles two messages and its length never counts.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bot.delivery.model import Message
from flows.signs import telegram as signs

MOST_TEXT = 4096
MOST_CAPTION = 1024
"""UTF-16 code units once the marks are read: the documentation says characters, this is the stricter reading."""

RIGHT_TO_LEFT = "\u200f"


class Piece(NamedTuple):
    """Some text, plain, bold (`b`) or italic (`i`)."""

    text: str
    tag: str = ""


def pieces_of(message: Message, links: Iterable[tuple[str, str]] = ()) -> list[Piece]:
    """Title, text, facts, note, then the links that no button can open: a blank line between two of them.

    To be called while speaking the message's language, for its colon.
    """
    pieces: list[Piece] = []
    for text, tag in ((message.title, "b"), (message.text, "")):
        if text:
            pieces += [_PARAGRAPH, Piece(text, tag)]
    if message.facts:
        pieces += [_PARAGRAPH, *_facts(message)]
    if message.note:
        pieces += [_PARAGRAPH, Piece(message.note, "i")]
    if written := "\n".join([signs.written_link(label, address) for label, address in links]):
        pieces += [_PARAGRAPH, Piece(written)]
    return [_leaning_right(piece) for piece in pieces[1:]] if message.direction == "rtl" else pieces[1:]


_PARAGRAPH = Piece("\n\n")


def _facts(message: Message) -> list[Piece]:
    colon = signs.colon()
    pieces: list[Piece] = []
    for fact in message.facts:
        pieces += [Piece("\n" if pieces else ""), Piece(fact.name, "b"), Piece(f"{colon}{fact.value}")]
    return pieces


def _leaning_right(piece: Piece) -> Piece:
    """A line that starts with a number or a Latin word would be laid out from the left."""
    return Piece(piece.text.replace("\n", f"\n{RIGHT_TO_LEFT}"), piece.tag)


def fits(pieces: Sequence[Piece], most: int) -> bool:
    """Whether the pieces take at most `most` units. A character takes two at most: few texts need exact counting."""
    text = "".join([piece.text for piece in pieces])
    return 2 * len(text) <= most or _units(text) <= most


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def html(pieces: Sequence[Piece]) -> str:
    marked = [f"<{tag}>{_escaped(text)}</{tag}>" if tag else _escaped(text) for text, tag in pieces if text]
    return "".join(marked)


def _escaped(text: str) -> str:
    """The only four entities with a name that Telegram knows."""
    return text.translate(_ENTITIES) if _SPECIAL.search(text) else text


_SPECIAL = re.compile('[&<>"]')
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def split(pieces: Sequence[Piece], most: int = MOST_TEXT) -> list[list[Piece]]:
    """The pieces in parts of at most `most` units, cut after a paragraph, else a line, else a word, else anywhere."""
    if fits(pieces, most):
        return [list(pieces)] if any(piece.text.strip() for piece in pieces) else []
    whole = "".join(piece.text for piece in pieces)
    parts = []
    start = 0
    while start < len(whole):
        end = _cut(whole, start, most)
        part = _slice(pieces, start, end)
        if any(piece.text.strip() for piece in part):
            parts.append(part)
        start = end
        while start < len(whole) and whole[start].isspace():
            start += 1
    return parts


def _cut(whole: str, start: int, most: int) -> int:
    """Where the part that begins at `start` ends. A break in the first half would waste too much of a message."""
    window = whole[start : start + most]
    if _units(window) > most:
        window = window.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")
    if start + len(window) == len(whole):
        return len(whole)
    for separator in ("\n\n", "\n", " "):
        at = window.rfind(separator)
        if at > len(window) // 2:
            return start + at
    return start + len(window)


def _slice(pieces: Sequence[Piece], start: int, end: int) -> list[Piece]:
    """The pieces between two places of the whole text."""
    found = []
    at = 0
    for text, tag in pieces:
        part = text[max(0, start - at) : max(0, end - at)]
        if part:
            found.append(Piece(part, tag))
        at += len(text)
    return found
