"""The feeds of the news, read back by feedparser as a reader of feeds would."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import feedparser
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.city.model import City
from bot.news.model import Item, State, Text
from bot.news.public import IN_A_FEED
from flows.engine.flow import Flows
from flows.engine.scene import Stage
from flows.engine.wording import speaking
from handlers.web.atom import write
from handlers.web.news import news_pages
from tests.handlers.web.house import START, TOWN, House
from tests.kit.news_items import put_item

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with House(tmp_path, rooms=[news_pages]).open() as one:
        yield one


@pytest.fixture
async def reader(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.visitor(Accept="*/*") as visitor:
        yield visitor


async def put(house: House, **values: Any) -> Item:
    return await house.desk.run(lambda work: put_item(work, **values))


def parsed(raw: bytes) -> Any:
    read = feedparser.parse(BytesIO(raw))
    assert not read.bozo, read.get("bozo_exception")
    assert read.version == "atom10"
    return read


async def feed(reader: httpx.AsyncClient, path: str = "/actualites.atom") -> Any:
    answer = await reader.get(path)
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    return parsed(answer.content)


async def test_an_entry_says_what_the_page_says(house: House, reader: httpx.AsyncClient) -> None:
    item = await put(
        house,
        title="Travaux & détours <rue>",
        words="La rue est fermée.\nÀ pied, on passe.\n\nMerci <3",
        event_at=house.time.now + DAY,
        event_place="Rue de la Forge",
        corrected_at=house.time.now - timedelta(minutes=5),
        link="https://valombre.example/?a=1&b=2",
        pictures=("c" * 64,),
        alternative="Un plan",
    )
    (entry,) = (await feed(reader)).entries
    page = f"{house.url}/actualites/{item.ref}"
    name = f"tag:valombre.parvis.invalid,2026:{item.ref}"
    assert (entry.id, entry.title, entry.link) == (name, "Travaux & détours <rue>", page)
    assert entry.author == "Anne Martin, conseillère du quartier"
    assert entry.published == "2026-11-23T08:30:00Z"
    assert entry.updated == "2026-11-23T09:25:00Z"
    assert entry.tags[0].label == "🚧 Travaux"
    assert {"rel": "related", "href": "https://valombre.example/?a=1&b=2"}.items() <= entry.links[1].items()
    (content,) = entry.content
    assert (content.type, content.language) == ("text/html", "fr")
    for told in (
        "<p>La rue est fermée.<br />À pied, on passe.</p>",
        "Merci &lt;3",
        "<strong>Quand</strong> mardi 24 novembre 2026, 10:30",
        "<strong>Où</strong> Rue de la Forge",
        "Corrigé le 23 novembre 2026.",
        f'src="{house.url}/photos/{"c" * 64}.jpg"',
        'alt="Un plan"',
    ):
        assert told in content.value, content.value


async def test_an_entry_and_its_page_name_every_topic(house: House, reader: httpx.AsyncClient) -> None:
    item = await put(house, topic="works", also=("fairs",))
    (entry,) = (await feed(reader)).entries
    assert [(tag.term, tag.label) for tag in entry.tags] == [("works", "🚧 Travaux"), ("fairs", "🎪 Fêtes et foires")]
    for page in (f"/actualites/{item.ref}", "/actualites?sujet=fairs", "/actualites?sujet=works"):
        assert "🚧 Travaux · 🎪 Fêtes et foires" in (await reader.get(page)).text
    assert "Le marché" not in (await reader.get("/actualites?sujet=alert")).text


async def test_the_feed_says_whose_it_is_and_where(house: House, reader: httpx.AsyncClient) -> None:
    await put(house)
    town = (await feed(reader)).feed
    assert (town.title, town.id) == ("Actualités : Valombre", "tag:valombre.parvis.invalid,2026:actualites")
    assert town.author == "Valombre"
    assert town.updated == "2026-11-23T08:30:00Z"
    links = {link.rel: link.href for link in town.links}
    assert links == {"self": f"{house.url}/actualites.atom", "alternate": f"{house.url}/actualites"}
    scierie = (await feed(reader, "/actualites/2.atom")).feed
    assert scierie.title == "Actualités : Valombre – La Scierie"
    assert scierie.links[1].href == f"{house.url}/actualites?quartier=2"


async def test_a_quartier_s_feed_holds_its_own_news_and_those_for_all(house: House, reader: httpx.AsyncClient) -> None:
    await put(house, title="Pour tous", starts_at=house.time.now - 3 * HOUR)
    await put(house, title="Scierie", quartiers=(2,), starts_at=house.time.now - 2 * HOUR)
    await put(house, title="Bourg et Scierie", quartiers=(1, 2), starts_at=house.time.now - HOUR)

    async def titles(path: str) -> list[str]:
        return [entry.title for entry in (await feed(reader, path)).entries]

    assert await titles("/actualites.atom") == ["Bourg et Scierie", "Scierie", "Pour tous"]
    assert await titles("/actualites/1.atom") == ["Bourg et Scierie", "Pour tous"]
    assert await titles("/actualites/3.atom") == ["Pour tous"]
    for nowhere in ("/actualites/4.atom", "/actualites/0.atom", "/actualites/-1.atom", "/actualites/x.atom"):
        assert (await reader.get(nowhere)).status_code == 404


async def test_a_recalled_item_becomes_an_entry_that_says_so(house: House, reader: httpx.AsyncClient) -> None:
    item = await put(house, title="Une erreur", words="Faux", state=State.RECALLED, recalled_at=house.time.now)
    (entry,) = (await feed(reader)).entries
    assert entry.id.endswith(item.ref)
    assert entry.title == "Actualité retirée"
    assert entry.updated == "2026-11-23T09:30:00Z"
    assert "retirée" in entry.content[0].value
    assert "Faux" not in (await reader.get("/actualites.atom")).text


async def test_an_expired_item_leaves_the_feed(house: House, reader: httpx.AsyncClient) -> None:
    await put(house, expires_at=house.time.now + HOUR)
    before = await reader.get("/actualites.atom")
    assert len(parsed(before.content).entries) == 1
    house.time.pass_by(HOUR)
    for headers in (
        {"If-None-Match": before.headers["etag"]},
        {"If-Modified-Since": before.headers["last-modified"]},
    ):
        after = await reader.get("/actualites.atom", headers=headers)
        assert after.status_code == 200
        assert parsed(after.content).entries == []


async def test_an_empty_feed_is_a_feed(reader: httpx.AsyncClient) -> None:
    empty = await feed(reader)
    assert (empty.entries, empty.feed.updated) == ([], "1970-01-01T00:00:00Z")


async def test_a_feed_that_did_not_change_is_not_sent_again(house: House, reader: httpx.AsyncClient) -> None:
    await put(house)
    first = await reader.get("/actualites.atom")
    assert first.headers["cache-control"] == "public, max-age=300"
    assert first.headers["last-modified"] == format_datetime(START - HOUR, usegmt=True)
    for headers in (
        {"If-None-Match": first.headers["etag"]},
        {"If-None-Match": f'"other", W/{first.headers["etag"]}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": first.headers["last-modified"]},
        {"If-None-Match": first.headers["etag"], "If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    ):
        again = await reader.get("/actualites.atom", headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    house.time.pass_by(timedelta(minutes=1))
    assert (await reader.get("/actualites.atom")).content == first.content, "nothing but news changes a feed"


@pytest.mark.parametrize(
    "headers",
    [
        {"If-None-Match": '"other"'},
        {"If-None-Match": '"other"', "If-Modified-Since": format_datetime(START, usegmt=True)},
        {"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"If-Modified-Since": "yesterday"},
        {"If-Modified-Since": "Mon, 23 Nov 2026 08:00:00"},
        {"If-Modified-Since": "Mon, 23 Nov 2026 08:00:00 +99999999999"},
        {"If-Modified-Since": "Mon, 01 Jan 0001 00:00:00 +2300"},
    ],
    ids=str,
)
async def test_a_feed_that_changed_is_sent(house: House, reader: httpx.AsyncClient, headers: dict[str, str]) -> None:
    await put(house)
    assert (await reader.get("/actualites.atom", headers=headers)).status_code == 200


async def test_a_correction_is_seen(house: House, reader: httpx.AsyncClient) -> None:
    await put(house)
    first = await reader.get("/actualites.atom")
    await put(house, corrected_at=house.time.now)
    again = await reader.get("/actualites.atom", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 200
    assert again.headers["last-modified"] == format_datetime(START, usegmt=True)


async def test_a_feed_holds_the_latest_only(house: House, reader: httpx.AsyncClient) -> None:
    def fill(work: Any) -> None:
        for at in range(IN_A_FEED + 5):
            put_item(work, title=f"{at}", starts_at=work.now - at * HOUR)

    await house.desk.run(fill)
    assert [entry.title for entry in (await feed(reader)).entries] == [f"{at}" for at in range(IN_A_FEED)]


async def test_an_entry_in_another_language_says_which(house: House, reader: httpx.AsyncClient) -> None:
    await put(house, language="ar", texts={"ar": Text("إغلاق شارع", "شارع مغلق")})
    answer = await reader.get("/actualites.atom")
    entry = ElementTree.fromstring(answer.content).find(f"{ATOM}entry")
    assert entry is not None
    assert entry.get("{http://www.w3.org/XML/1998/namespace}lang") == "ar"
    assert '<p dir="rtl">شارع مغلق</p>' in (entry.findtext(f"{ATOM}content") or "")


async def test_pages_lead_to_their_feed(house: House, reader: httpx.AsyncClient) -> None:
    item = await put(house, quartiers=(2,))
    for path in ("/actualites?quartier=2", f"/actualites/{item.ref}"):
        page = (await reader.get(path)).text
        assert 'rel="alternate" type="application/atom+xml"' in page
        assert 'href="/actualites/2.atom"' in page


COUNT = itertools.count(1)
NASTY = ("\0", "]]>", "<![CDATA[", "&amp;", "\ud800", "\x0b\x1f", "\ufffe", "</p>", "\r\n")
ANY_TEXT = st.text(max_size=60) | st.sampled_from(NASTY)


@given(title=ANY_TEXT, words=ANY_TEXT, name=ANY_TEXT, link=ANY_TEXT, place=ANY_TEXT)
def test_any_words_make_a_feed_that_can_be_read(title: str, words: str, name: str, link: str, place: str) -> None:
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    item = _item(now, title=title, words=words, name=name, link=link, place=place)
    with speaking("fr"):
        raw = write(_stage(TOWN), [item], None, "fr", now, now)
    tree = ElementTree.fromstring(raw)
    assert _lines(tree.findtext(f"{ATOM}entry/{ATOM}title") or "") == _lines(_legible(title or "Actualité"))
    assert tree.findtext(f"{ATOM}entry/{ATOM}id") == "tag:valombre.parvis.invalid,2026:AC-222222"


def _lines(text: str) -> list[str]:
    """XML has one kind of new line."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _legible(text: str) -> str:
    def may_stand(letter: str) -> bool:
        code = ord(letter)
        return letter in "\t\n\r" or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000

    return "".join(filter(may_stand, text))


def _stage(town: City) -> Stage:
    return Stage(Flows([]), town, lambda path: f"https://valombre.example{path}")


def _item(now: datetime, *, title: str, words: str, name: str, link: str, place: str) -> Item:
    return Item(
        id=next(COUNT),
        ref="AC-222222",
        state=State.PLANNED,
        topic="works",
        quartiers=(),
        author_id=None,
        author_name=name,
        author_role="",
        language="fr",
        texts={"fr": Text(title, words)},
        pictures=(),
        alternative="",
        link=link,
        event_at=now,
        event_place=place,
        expires_at=None,
        created_at=now,
        starts_at=now,
    )
