"""What may be reported and who answers for it: the bodies, families and categories of city.toml."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.city.matter import Alarm, Body, Category, Family
from bot.city.read_table import Table

KEY = re.compile(r"[a-z][a-z0-9-]{1,31}")


@dataclass(frozen=True, slots=True)
class Matters:
    bodies: tuple[Body, ...]
    families: tuple[Family, ...]
    categories: tuple[Category, ...]


def read_matters(table: Table, languages: Sequence[str], kinds: Collection[str]) -> Matters:
    """`kinds`: those of the known places, which a category may be near."""
    body_tables, family_tables = table.tables("body"), table.tables("family")
    category_tables = table.tables("category")
    bodies = tuple(_body(one, languages) for one in body_tables)
    families = tuple(_family(one, languages) for one in family_tables)
    categories = tuple(_category(one, languages) for one in category_tables)
    for tables in (body_tables, family_tables, category_tables):
        keys_once(tables)
        for one in tables:
            one.close()
    _check_links(category_tables, "body", {body.key for body in bodies})
    _check_links(category_tables, "family", {family.key for family in families})
    for one, category in zip(category_tables, categories, strict=True):
        for kind in category.near:
            if kind not in kinds:
                one.wrong("near", f"In {one.title}, no known place is a “{kind}”: use a kind of places.csv.")
    used = {category.family for category in categories}
    for one, family in zip(family_tables, families, strict=True):
        if family.key and family.key not in used:
            one.wrong("key", f"The family “{family.key}” has no category: give it one or remove it.")
    return Matters(bodies, families, categories)


def read_key(table: Table) -> str:
    key = table.text("key")
    if key and not KEY.fullmatch(key):
        table.wrong("key", f"The key “{key}” must be 2 to 32 small letters, digits or dashes, a letter first.")
    return key


def _body(table: Table, languages: Sequence[str]) -> Body:
    return Body(
        key=read_key(table),
        name=table.words("name", languages),
        sentence=table.words("sentence", languages),
        phone=table.maybe_text("phone"),
        link=table.maybe_text("link"),
    )


def _family(table: Table, languages: Sequence[str]) -> Family:
    return Family(
        key=read_key(table),
        icon=table.text("icon"),
        name=table.words("name", languages),
        urgent=table.truth("urgent", default=False),
    )


def _category(table: Table, languages: Sequence[str]) -> Category:
    """A category that stops the conversation makes no report: it needs no radius."""
    stop = table.maybe_words("stop", languages)
    if stop is None and table.has("alarm"):
        table.wrong("alarm", f"In {table.title}, “alarm” needs “stop”: the words that are said at once.")
    return Category(
        key=read_key(table),
        family=table.text("family"),
        name=table.words("name", languages),
        body=table.text("body"),
        delay_days=table.maybe_whole("delay_days"),
        radius=table.number("radius") if stop is None or table.has("radius") else 0.0,
        stop=stop,
        words=table.keywords("words", languages),
        photo_hint=table.maybe_words("photo_hint", languages),
        alarm=_alarm(table, languages),
        near=table.texts("near"),
    )


def _alarm(table: Table, languages: Sequence[str]) -> Alarm | None:
    alarm = table.table("alarm") if table.has("alarm") else None
    if alarm is None:
        return None
    read = Alarm(
        words=alarm.keywords("words", languages),
        alone=alarm.keywords("alone", languages),
        unless=alarm.keywords("unless", languages),
    )
    if not read.words and not read.alone:
        table.wrong("alarm", f"In {table.title}, “alarm” has no words: write them, or remove it.")
    alarm.close()
    return read


def keys_once(tables: Sequence[Table]) -> None:
    first: dict[object, int] = {}
    for table in tables:
        key = table.values.get("key")
        line = table.lines.line((*table.path, "key"))
        if not isinstance(key, str):
            continue
        if key in first:
            table.wrong("key", f"The key “{key}” is already used on line {first[key]}: give each its own.")
        first.setdefault(key, line)


def _check_links(tables: Sequence[Table], name: str, known: Collection[str]) -> None:
    for table in tables:
        key = table.values.get(name)
        if isinstance(key, str) and key and key not in known:
            sentence = f"In {table.title}, the {name} “{key}” does not exist: use one of {', '.join(sorted(known))}."
            table.wrong(name, sentence)
