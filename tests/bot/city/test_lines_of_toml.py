"""The line of a key, where the standard reader gives none."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as some

from bot.city.toml_lines import lines_of

SOURCE = '''# a comment = 1
first = "a [bracket] and a # sign"
long = """
not_a_key = 1
[not.a.table]
"""
list = [
  "x",
  { inner = 1 },
]

[table]
"quoted key" = 1
dotted.path = 2

[[many]]
key = "one"

[[many]]
key = "two"

[many.inside]
deep = 3
'''


def test_keys_tables_and_lists_are_found_where_they_stand() -> None:
    tomllib.loads(SOURCE)  # the sample is sound
    known = lines_of(SOURCE).known
    assert known[("first",)] == 2
    assert known[("long",)] == 3
    assert known[("list",)] == 7
    assert known[("table", "quoted key")] == 13
    assert known[("table", "dotted", "path")] == 14
    assert known[("many", 0, "key")] == 17
    assert known[("many", 1, "key")] == 20
    assert known[("many", 1, "inside", "deep")] == 23
    assert not any("not_a_key" in path or "inner" in path for path in known)


def test_a_key_that_is_nowhere_gets_the_line_of_its_table() -> None:
    lines = lines_of(SOURCE)
    assert lines.line(("many", 1, "absent")) == 19
    assert lines.line(("absent",)) == 0


def test_a_key_written_twice_is_told_with_both_lines() -> None:
    assert lines_of("a = 1\nb = 2\na = 3\n").twice == [(("a",), 3, 1)]
    assert lines_of("[[t]]\na = 1\n[[t]]\na = 1\n").twice == []


@given(some.text(alphabet="ab=[]{}\"'#.\n \\", max_size=60))
def test_any_text_at_all_is_scanned_without_failing(source: str) -> None:
    lines = lines_of(source)
    assert all(1 <= line <= len(source.splitlines()) for line in lines.known.values())
