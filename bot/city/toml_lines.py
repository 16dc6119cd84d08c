"""On which line of a TOML file a key stands: the standard reader does not say, and people look for lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

Steps: TypeAlias = tuple[str | int, ...]
"""`("category", 3, "name", "fr")`: the fourth [[category]], its name in French."""

HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
KEY = re.compile(r"""^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=(.*)$""", re.DOTALL)
PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")
PIECE = re.compile(r'''"""|\'\'\'|"(?:\\.|[^"\\])*"|'[^']*'|#.*|[\[{]|[\]}]''')
TRIPLE = ('"""', "'''")


@dataclass(slots=True)
class Lines:
    """Lines count from 1. `twice`: keys written again, which the standard reader stops at."""

    known: dict[Steps, int] = field(default_factory=dict)
    twice: list[tuple[Steps, int, int]] = field(default_factory=list)

    def line(self, path: Steps) -> int:
        """The line of the key, else that of the nearest table or key around it, else 0."""
        while path and path not in self.known:
            path = path[:-1]
        return self.known.get(path, 0)

    def note(self, path: Steps, line: int) -> None:
        if path in self.known:
            self.twice.append((path, line, self.known[path]))
        else:
            self.known[path] = line


def lines_of(source: str) -> Lines:
    lines = Lines()
    counts: dict[Steps, int] = {}
    table: Steps = ()
    for number, text in _statements(source):
        if header := HEADER.match(text):
            table = _table(_parts(header[2]), header[1] == "[[", counts)
            lines.note(table, number)
        elif key := KEY.match(text):
            parts = _parts(key[1])
            for depth in range(1, len(parts)):  # "name.fr" also opens "name", on its first line
                lines.known.setdefault((*table, *parts[:depth]), number)
            lines.note((*table, *parts), number)
    return lines


def _table(parts: Steps, array: bool, counts: dict[Steps, int]) -> Steps:
    """`[a.b]` under the last `[[a]]` is ("a", n, "b")."""
    path: Steps = ()
    for depth, part in enumerate(parts):
        path = (*path, part)
        if array and depth == len(parts) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _parts(dotted: str) -> Steps:
    return tuple(part.strip("\"'") for part in PART.findall(dotted))


def _statements(source: str) -> Iterator[tuple[int, str]]:
    """Lines that start a statement: not those inside a long string, a list or an inline table."""
    depth, quote = 0, ""
    for number, text in enumerate(source.splitlines(), start=1):
        if not depth and not quote:
            yield number, text
            if HEADER.match(text):
                continue
        depth, quote = _after(text, depth, quote)


def _after(text: str, depth: int, quote: str) -> tuple[int, str]:
    """How many brackets, and which long string, are still open at the end of a line."""
    position = 0
    while True:
        if quote:
            end = text.find(quote, position)
            if end < 0:
                return depth, quote
            position, quote = end + 3, ""
        found = PIECE.search(text, position)
        if not found:
            return depth, ""
        position = found.end()
        piece = found.group()
        if piece in TRIPLE:
            quote = piece
        elif piece in "[{":
            depth += 1
        elif piece in "]}":
            depth = max(0, depth - 1)
