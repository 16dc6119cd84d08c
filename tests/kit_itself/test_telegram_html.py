"""parse_mode=HTML as Telegram reads it."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis.strategies import characters, text

from tests.kit.telegram.html import parse_html
from tests.kit.telegram.refusal import RefusedError

READ = {
    "<b>Été</b> 😀 <i>x</i>": ("Été 😀 x", [("bold", 0, 3), ("italic", 7, 1)]),
    "<strong><em>deux</em></strong>": ("deux", [("italic", 0, 4), ("bold", 0, 4)]),
    "1 &lt; 2 &amp; 3 &gt; 2 &quot;": ('1 < 2 & 3 > 2 "', []),
    "&#233;&#xe9;": ("éé", []),
    "Pierre & Marie": ("Pierre & Marie", []),
    '<span class="tg-spoiler">ah</span>': ("ah", [("spoiler", 0, 2)]),
    "<tg-spoiler>ah</tg-spoiler>": ("ah", [("spoiler", 0, 2)]),
    "<blockquote expandable>long</blockquote>": ("long", [("expandable_blockquote", 0, 4)]),
    "<u>a</u><s>b</s><code>c</code>": ("abc", [("underline", 0, 1), ("strikethrough", 1, 1), ("code", 2, 1)]),
    "<b></b>vide": ("vide", []),
}
REFUSED = {
    "<p>x</p>": 'Unsupported start tag "p" at byte offset 0',
    "é <br>": 'Unsupported start tag "br" at byte offset 3',
    "1 < 2": 'Unsupported start tag "" at byte offset 2',
    "<b>x": 'Can\'t find end tag corresponding to start tag "b"',
    "x</b>": "Unexpected end tag at byte offset 1",
    "<b>x</i>": 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"',
    "<b><i>x</b></i>": 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"',
    "<b": "Unclosed start tag at byte offset 0",
    "<b>x</b": "Unclosed end tag at byte offset 4",
    '<a href="x.fr': 'Empty attribute name in the tag "a" at byte offset 0',
    '<span class="red">x</span>': 'Tag "span" must have class "tg-spoiler" at byte offset 0',
    "a&nbsp;b": "strict: unsupported named entity &nbsp; at byte offset 1",
    "caf&eacute;": "strict: unsupported named entity &eacute; at byte offset 3",
    '<a href="not a link">x</a>': "strict: the link 'not a link' would be dropped at byte offset 0",
    "<code><b>x</b></code>": 'strict: "b" has no effect inside code at byte offset 6',
    '<tg-time unix="demain">x</tg-time>': 'strict: tag "tg-time" needs a number in "unix" at byte offset 0',
}


@pytest.mark.parametrize("source", READ)
def test_what_is_well_formed_becomes_text_and_entities(source: str) -> None:
    plain, entities = parse_html(source)
    expected_text, expected = READ[source]
    assert plain == expected_text
    assert sorted((each["type"], each["offset"], each["length"]) for each in entities) == sorted(expected)


@pytest.mark.parametrize("source", REFUSED)
def test_what_is_not_is_refused_with_its_place(source: str) -> None:
    with pytest.raises(RefusedError) as refused:
        parse_html(source)
    assert refused.value.description == f"Bad Request: can't parse entities: {REFUSED[source]}"
    assert refused.value.code == 400


@given(text(characters(exclude_categories=["Cs"])))
def test_escaped_text_comes_out_as_it_was(words: str) -> None:
    assert parse_html(escape(words, quote=True).replace("&#x27;", "'")) == (words, [])


def test_a_link_keeps_its_address_with_its_entities_read() -> None:
    _, [entity] = parse_html('<a href="https://ville.example/?a=1&amp;b=2">ici</a>')
    assert entity == {"type": "text_link", "offset": 0, "length": 3, "url": "https://ville.example/?a=1&b=2"}


def test_code_inside_pre_names_its_language() -> None:
    _, [entity] = parse_html('<pre><code class="language-python">x = 1</code></pre>')
    assert entity == {"type": "pre", "offset": 0, "length": 5, "language": "python"}


def test_an_hour_is_an_entity() -> None:
    _, [entity] = parse_html('<tg-time unix="1780000000" format="wDT">jeudi</tg-time>')
    assert (entity["type"], entity["unix_time"], entity["date_time_format"]) == ("date_time", 1780000000, "wDT")
