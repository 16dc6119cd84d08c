"""Words of other sites made plain: nothing of the markup is left, nothing of what is said is lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.news.plain import legible, one_line, shortened, text_of, tidy


@pytest.mark.parametrize(
    ("html", "plain"),
    [
        ("<p>Un.</p><p>Deux.</p>", "Un.\n\nDeux."),
        ("Rue <b>de la <i>Forge</i></b>", "Rue de la Forge"),
        ("un<br>deux<br/>trois", "un\ndeux\ntrois"),
        ("<ul><li>un</li><li>deux</li></ul>fin", "• un\n• deux\n\nfin"),
        ("l&rsquo;&eacute;t&eacute; &amp; apr&#232;s &lt;3", "l’été & après <3"),
        ("avant<script>alert('<p>non</p>')</script> après", "avant après"),
        ("avant<style>p{}</style><svg><title>x</title></svg> après", "avant après"),
        ("avant<script>jamais fermé", "avant"),
        ("  des\n\n   espaces \t partout ", "des espaces partout"),
        ("Est-ce ouvert\u00a0?", "Est-ce ouvert\u00a0?"),
        ('<a href="https://x.example" onclick="f()">lien</a>', "lien"),
        ("<<p>>", "<\n\n>"),
        ("a < b et c > d", "a < b et c > d"),
        ("</p></script>fin", "fin"),
        ("<table><tr><th>Jour<th>Heure</tr><tr><td>Lundi</td><td>9h</td></tr></table>", "Jour Heure\n\nLundi 9h"),
        ("<p>avant</p><iframe src='https://x.example'><p>après</p>", "avant\n\naprès"),
        ("avant<svg><title>x</title><path d='M0'><p>après</p>", "avant\n\naprès"),
        ("avant<object data='x.pdf'><p>après</p>fin", "avant\n\naprès\n\nfin"),
        ("avant<iframe src='https://x.example'></iframe> après", "avant après"),
        ("avant<template><svg><p>non</p></template> après", "avant après"),
        ("", ""),
    ],
)
def test_html_becomes_plain_words(html: str, plain: str) -> None:
    assert text_of(html) == plain


@given(st.text())
def test_any_text_becomes_something_that_can_be_shown_and_stored(text: str) -> None:
    for made in (text_of(text), tidy(text), legible(text)):
        assert "\0" not in made
        assert not re.search("[\ud800-\udfff\x00-\x08\x0b-\x1f\x7f-\x9f]", made)
        made.encode()
    assert "\n\n\n" not in text_of(text)
    assert "\n" not in one_line(text)


@given(st.text(st.characters(codec="utf-8"), max_size=300), st.integers(min_value=2, max_value=100))
def test_what_is_shortened_is_never_longer_than_asked(text: str, most: int) -> None:
    made = shortened(text, most)
    assert len(made) <= most
    assert made == text or made.endswith("…")


def test_words_are_cut_between_words() -> None:
    assert shortened("La rue de Paris est fermée", 16) == "La rue de Paris…"
    assert shortened("La rue, de Paris", 8) == "La rue…"
    assert shortened("Donaudampfschifffahrt", 6) == "Donau…"
