"""Words in the language of the person who reads them: gettext catalogues; words compared without accents."""

import functools
import io
import re
import unicodedata
from collections.abc import Mapping
from contextvars import ContextVar
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE = "fr"
"""The language the sentences are written in, in the code."""

FORMATS = {"en": "en_GB", "pt": "pt_PT"}
"""Whose habits dates are written by, where the code alone would mean another continent's."""

LOCALES = Path(__file__).parent.parent.parent / "locales"


class Sentences(dict[str, str]):
    """Sentences by their source, each translated when it is first said: a turn says some fifteen."""

    def __init__(self, translations: NullTranslations) -> None:
        super().__init__({"": ""})  # gettext would give the header of its catalogue
        self._translations = translations

    def __missing__(self, text: str) -> str:
        said = self[text] = self._translations.gettext(text)
        return said


class Language:
    """One language a person may read: its translations, its own name, its direction of writing."""

    def __init__(self, code: str, translations: NullTranslations) -> None:
        self.code = code
        self.locale = Locale.parse(code)
        self.formats = Locale.parse(FORMATS.get(code, code))
        self.translations = translations
        self.sentences = Sentences(translations)
        self.name = (self.locale.get_display_name(code) or code).capitalize()
        self.direction = "rtl" if self.locale.text_direction == "rtl" else ""


@functools.cache
def languages() -> Mapping[str, Language]:
    """Every language that has a catalogue, the source first. Catalogues are read as text: nothing to compile."""
    found = {SOURCE: Language(SOURCE, NullTranslations())}
    for path in sorted(LOCALES.glob("*/LC_MESSAGES/parvis.po")):
        code = path.parent.parent.name
        with path.open("rb") as file:
            catalogue = read_po(file, locale=code)
        compiled = io.BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        found[code] = Language(code, GNUTranslations(compiled))
    return found


_current: ContextVar[Language | None] = ContextVar("language", default=None)


def current() -> Language:
    return _current.get() or languages()[SOURCE]


class speaking:  # noqa: N801 - it reads as what is done inside: `with speaking("ar"):`
    """Everything worded inside is in this language, or in the source when it has no catalogue."""

    def __init__(self, code: str) -> None:
        self._language = languages().get(code) or languages()[SOURCE]

    def __enter__(self) -> Language:
        self._token = _current.set(self._language)
        return self._language

    def __exit__(self, *_failure: object) -> None:
        _current.reset(self._token)


def switch(code: str) -> None:
    """Go on in another language, until the end of the `speaking` we are in."""
    _current.set(languages().get(code) or languages()[SOURCE])


def _(text: str) -> str:
    """The sentence in the language being spoken. An empty text stays empty."""
    return (_current.get() or languages()[SOURCE]).sentences[text]


def plural(one: str, many: str, count: int) -> str:
    """The sentence for `count` things; the catalogue of each language knows how many forms it has."""
    if current().code == SOURCE:
        return one if count < 2 else many  # French: zero and one are singular
    return current().translations.ngettext(one, many, count)


def left_to_right(text: str) -> str:
    """`text` kept in its own order where the words around it run from right to left: « 01 55 » would read « 55 01 »."""
    return f"\u2066{text}\u2069" if current().direction == "rtl" else text


def mark(text: str) -> str:
    """Mark a sentence for the catalogues without translating it yet, where no language is being spoken."""
    return text


def fold(text: str) -> str:
    """`text` without accents, case, punctuation or doubled spaces, to compare what people type."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[\W_]+", " ", kept).strip()


@functools.cache
def in_every_language(text: str) -> frozenset[str]:
    """A word as typed in any language, folded."""
    return frozenset(fold(language.translations.gettext(text)) for language in languages().values())


def guess(hint: str, offered: tuple[str, ...]) -> str:
    """The offered language nearest to what the client says it uses ("pt-BR" → "pt"), else the first one."""
    for code in (hint, hint.replace("_", "-").partition("-")[0].lower()):
        if code in offered:
            return code
    return offered[0] if offered else SOURCE
