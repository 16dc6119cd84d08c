"""Feeds as other sites write them, good and bad, read into entries."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.news.entries import MOST_BEFORE_THE_LINK, Entry, FeedTrouble, read_feed

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>Ville de Valombre &#8211; actualités</title><language>fr-FR</language><link>https://valombre.example/</link>
<item><title>Collecte &amp; tri</title><link>/collecte</link><guid isPermaLink="false">12-a</guid>
<pubDate>Sun, 22 Nov 2026 10:00:00 +0100</pubDate>
<description>&lt;p&gt;La collecte &lt;b&gt;change&lt;/b&gt;.&lt;/p&gt;&lt;p&gt;Dès lundi.&lt;/p&gt;</description>
<content:encoded><![CDATA[<p>Tout l’article.</p>]]></content:encoded></item>
<item><title>Sans date</title><link>javascript:alert(1)</link></item>
<item><description></description></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>GPSO</title><id>urn:x</id>
<updated>2026-11-22T08:00:00Z</updated>
<entry><title type="text">a &lt; b</title><id>urn:x:1</id><updated>2026-11-22T08:00:00+01:00</updated>
<link href="https://gpso.example/1"/><content type="text">Un.

Deux.</content></entry></feed>"""

BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">
<!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;"><!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;">
<!ENTITY x SYSTEM "file:///etc/passwd">]>
<rss version="2.0"><channel><title>t</title><item><title>&f;&x;</title><guid>1</guid></item></channel></rss>"""


def test_an_rss_feed_is_read() -> None:
    read = read_feed(RSS.encode(), address="https://valombre.example/rss.xml")
    assert (read.title, read.language) == ("Ville de Valombre – actualités", "fr-fr")
    first, second = read.entries
    assert first.title == "Collecte & tri"
    assert first.words == "La collecte change.\n\nDès lundi."
    assert first.link == "https://valombre.example/collecte"
    assert first.published == datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert (second.title, second.words, second.link, second.published) == ("Sans date", "Sans date", "", None)


def test_the_end_of_an_entry_is_read_when_its_feed_gives_one() -> None:
    with_end = RSS.replace("<pubDate>", "<expirationDate>2026-11-25T10:00:00Z</expirationDate><pubDate>", 1)
    first, second = read_feed(with_end.encode()).entries
    assert (first.ends, second.ends) == (datetime(2026, 11, 25, 10, tzinfo=UTC), None)


def test_an_atom_feed_is_read() -> None:
    (entry,) = read_feed(ATOM.encode()).entries
    assert (entry.title, entry.words) == ("a < b", "Un.\n\nDeux.")
    assert entry.published == datetime(2026, 11, 22, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "link",
    ["http://[x", "https://a.example:99999999/x", "https://localhost/x", "https://a.example/ x", "ftp://a.example"],
)
def test_a_link_that_opens_nowhere_is_left_out(link: str) -> None:
    first, second = read_feed(RSS.replace("/collecte", link).encode()).entries
    assert (first.title, first.link) == ("Collecte & tri", "")
    assert second.title == "Sans date"


def test_letters_are_read_as_the_server_says_they_are_written() -> None:
    raw = RSS.replace(' encoding="utf-8"', "").replace("’", "'").encode("latin-1", "xmlcharrefreplace")
    entry = read_feed(raw, content_type="application/rss+xml; charset=iso-8859-1").entries[0]
    assert entry.words.endswith("Dès lundi.")


def test_an_entry_is_known_by_its_identity_whatever_else_changes() -> None:
    before = read_feed(RSS.encode()).entries[0]
    after = read_feed(RSS.replace("Collecte", "Rectificatif").replace("/collecte", "/autre").encode()).entries[0]
    assert before.key == after.key
    other = read_feed(RSS.replace("12-a", "12-b").encode()).entries[0]
    assert before.key != other.key


def test_an_entry_named_twice_is_one() -> None:
    item = RSS[RSS.index("<item>") : RSS.index("</item>") + 7]
    assert len(read_feed(RSS.replace(item, item * 3).encode()).entries) == 2


def test_long_words_end_where_their_own_page_goes_on() -> None:
    long = RSS.replace("Dès lundi", "mot " * 2000).encode()
    entry = read_feed(long, address="https://valombre.example/").entries[0]
    assert len(entry.words) <= MOST_BEFORE_THE_LINK
    assert entry.words.endswith("mot…")


@pytest.mark.parametrize(
    "raw",
    [b"", b"\0\xff\xfe", b"<html><body><h1>Accueil</h1></body></html>", b'{"version": 1}', b"/etc/passwd", b"nothing"],
)
def test_what_is_no_feed_is_said_in_a_sentence(raw: bytes) -> None:
    with pytest.raises(FeedTrouble, match="neither RSS nor Atom"):
        read_feed(raw)


def test_a_bomb_of_entities_is_harmless_and_no_file_is_opened() -> None:
    entries: tuple[Entry, ...] = ()
    try:
        entries = read_feed(BOMB).entries
    except FeedTrouble:
        return
    assert all(len(entry.title) <= 200 and "root:" not in entry.title for entry in entries)


@settings(max_examples=150)
@given(st.binary(max_size=200), st.integers(0, len(RSS)), st.sampled_from([RSS, ATOM]))
def test_a_feed_broken_anywhere_is_read_or_refused(noise: bytes, at: int, feed: str) -> None:
    raw = feed.encode()
    try:
        read = read_feed(raw[:at] + noise + raw[at + len(noise) :])
    except FeedTrouble:
        return
    for entry in read.entries:
        assert entry.title.strip()
        assert entry.words.strip()
        assert "\0" not in entry.title + entry.words + entry.link
        assert entry.link == "" or entry.link.startswith(("http://", "https://"))
        assert len(entry.key) == 64
