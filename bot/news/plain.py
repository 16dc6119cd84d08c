"""Words without markup: what an outside page says, as plain text that any channel can show."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = frozenset(
    ("address", "article", "aside", "blockquote", "dd", "div", "dl", "dt", "figcaption", "figure", "footer", "h1", "h2",
     "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "table", "tr", "ul")
)  # fmt: skip
_UNSAID = frozenset(("head", "script", "style", "template", "noscript", "title", "svg", "iframe", "object"))
_LOOSE = frozenset(("svg", "iframe", "object"))
"""Of those, the ones that writers forget to close: the next paragraph does, or everything after would be lost."""

_CELLS = frozenset(("td", "th"))
_CONTROLS = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What is no letter: controls, halves of letters, and what PostgreSQL or XML refuse."""


def legible(text: str) -> str:
    """`text` with one kind of new line and nothing that cannot be shown."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """Unbreakable spaces stay: French has them before its signs."""
    return re.sub(r"[ \t\n]+", " ", legible(text)).strip()


def text_of(html: str) -> str:
    """The words of a piece of HTML, however broken: paragraphs apart, list items with a bullet, the rest dropped."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return tidy("".join(reader.parts))


def tidy(text: str) -> str:
    """No more than one blank line together, no spaces around lines."""
    lines = "\n".join(one_line(line) for line in legible(text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def shortened(text: str, most: int) -> str:
    """At most `most` characters of `text`, cut between two words and then ended by « … »."""
    if len(text) <= most:
        return text
    cut = text[:most]
    whole = cut[: max(cut.rfind(" "), cut.rfind("\n"))] if re.search(r"\s", cut) else cut[:-1]
    return whole.rstrip(" \n,;:.–-") + "…"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unsaid: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self._close_what_was_forgotten()
        if tag in _UNSAID:
            self._unsaid.append(tag)
        elif self._unsaid:
            return
        elif tag in _CELLS:
            self.parts.append(" ")
        elif tag == "br":
            self.parts.append("\n")
        elif tag in _BLOCKS:
            self.parts.append("\n• " if tag == "li" else "\n\n")

    def set_cdata_mode(self, elem: str, **options: bool) -> None:
        """Newer Pythons take all after `<iframe>` for its text, closed or not."""
        if elem not in _LOOSE:
            super().set_cdata_mode(elem, **options)

    def _close_what_was_forgotten(self) -> None:
        loose = next((at for at, tag in enumerate(self._unsaid) if tag in _LOOSE), None)
        if loose is not None:
            del self._unsaid[loose:]

    def handle_endtag(self, tag: str) -> None:
        if tag in self._unsaid:
            del self._unsaid[self._unsaid.index(tag) :]
        elif tag in _BLOCKS and tag != "li" and not self._unsaid:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._unsaid:
            self.parts.append(re.sub(r"[ \t\r\n\f]+", " ", data))
