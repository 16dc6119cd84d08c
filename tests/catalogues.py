"""The sentences of the code and their translations: `python -m tests.catalogues --update` gathers, `--check` judges.

Sentences are extracted afresh from the code each time, so a catalogue can neither miss one nor keep one that is gone.
"""

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
LOCALES = ROOT / "locales"
LANGUAGES = ("ar", "en", "es", "pt")
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "mark": None, "plural": (1, 2)}
OPTIONS = {"**/templates/**.html": {"silent": "false"}}
PLURALS = {
    # The usual gettext order for Arabic; Babel's own swaps the last two forms, which translators' tools do not expect.
    "ar": (6, "(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5)"),
    "en": (2, "(n != 1)"),
    "es": (2, "(n != 1)"),
    "pt": (2, "(n > 1)"),
}
PLACEHOLDER = re.compile(r"\{(\w*)[^}]*\}")


def sentences() -> Catalog:
    """Every sentence of the code, with where it stands."""
    found = Catalog(project="Parvis", charset="utf-8")
    for folder in ("flows", "handlers"):
        extracted = extract_from_dir(str(ROOT / folder), METHODS, OPTIONS, KEYWORDS, strip_comment_tags=True)
        for name, _line, message, _comments, context in extracted:
            found.add(message, None, [(f"{folder}/{name}", 0)], context=context)
    return found


def path_of(language: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / "parvis.po"


def read(language: str) -> Catalog:
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language, project="Parvis", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update() -> None:
    """Bring every catalogue to the sentences of the code: new ones empty, gone ones dropped, nothing guessed."""
    template = sentences()
    for language in LANGUAGES:
        old = read(language)
        new = Catalog(locale=language, project="Parvis", charset="utf-8", fuzzy=False)
        for message in _messages(template):
            kept = old.get(message.id)
            forms = PLURALS[language][0]
            empty: str | tuple[str, ...] = ("",) * forms if message.pluralizable else ""
            string = kept.string if kept and bool(kept.pluralizable) == bool(message.pluralizable) else empty
            new.add(message.id, string, sorted({(name, 0) for name, _line in message.locations}))
        written = BytesIO()
        write_po(written, new, width=0, sort_output=True, include_lineno=False, omit_header=True)
        path_of(language).parent.mkdir(parents=True, exist_ok=True)
        path_of(language).write_text(_header(language) + written.getvalue().decode(), encoding="utf-8")


def _header(language: str) -> str:
    forms, rule = PLURALS[language]
    lines = (
        f"Language: {language}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        f"Plural-Forms: nplurals={forms}; plural={rule};",
    )
    return 'msgid ""\nmsgstr ""\n' + "".join(f'"{line}\\n"\n' for line in lines) + "\n"


def _messages(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def mistakes() -> list[str]:
    """What is wrong with the catalogues, one sentence each."""
    return [f"{language}: {mistake}" for language in LANGUAGES for mistake in _mistakes_in(language)]


def _mistakes_in(language: str) -> Iterator[str]:
    template, catalogue = sentences(), read(language)
    wanted = {_key(message) for message in _messages(template)}
    for message in _messages(catalogue):
        if _key(message) not in wanted:
            yield f"no longer said: {_key(message)!r}"
    for message in _messages(template):
        kept = catalogue.get(message.id)
        if kept is None:
            yield f"missing: {_key(message)!r}"
        else:
            yield from (f"{mistake}: {_key(message)!r}" for mistake in _mistakes_of(kept, message, language))


def _mistakes_of(kept: Message, message: Message, language: str) -> Iterator[str]:
    if kept.fuzzy:
        yield "fuzzy"
    strings = kept.string if isinstance(kept.string, tuple | list) else (kept.string,)
    if message.pluralizable and len(strings) != PLURALS[language][0]:
        yield f"{len(strings)} plural forms instead of {PLURALS[language][0]}"
    if not all(strings):
        yield "empty"
        return
    ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
    allowed = set().union(*({*PLACEHOLDER.findall(one)} for one in ids))
    for string in strings:
        used = set(PLACEHOLDER.findall(string))
        if used - allowed or (not message.pluralizable and used != allowed):
            yield f"placeholders {sorted(used)} instead of {sorted(allowed)}"
    if ids[0].startswith(" ") or ids[0].endswith(" "):
        yield "starts or ends with a space, which translators lose"


def _key(message: Message) -> str:
    return message.id[0] if isinstance(message.id, tuple | list) else message.id


def main() -> int:
    if "--update" in sys.argv:
        update()
    found = mistakes()
    print("\n".join(found) or f"Catalogues complete: {', '.join(LANGUAGES)}.")
    return 1 if found and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
