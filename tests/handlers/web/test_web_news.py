"""The pages of the news, as plain requests: what they show, what they keep to themselves."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.city.bulletin import Bulletin
from bot.news.model import Item, State, Text
from bot.news.public import A_PAGE, shows_picture
from handlers.web.news import news_pages
from tests.handlers.web.house import HOMELY, House
from tests.kit.news_items import put_item
from tests.kit.pictures import make_photo

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with House(tmp_path, rooms=[news_pages], may_see=[shows_picture]).open() as one:
        yield one


@pytest.fixture
async def reader(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.visitor(Accept="text/html") as visitor:
        yield visitor


async def put(house: House, **values: Any) -> Item:
    return await house.desk.run(lambda work: put_item(work, **values))


async def test_the_front_page_leads_to_the_news(reader: httpx.AsyncClient) -> None:
    assert 'href="/actualites?langue=fr"' in (await reader.get("/")).text


async def test_a_town_without_news_has_no_such_page(tmp_path: Path) -> None:
    silent = replace(HOMELY, news=Bulletin())
    async with (
        House(tmp_path, rooms=[news_pages], town=silent).open() as house,
        house.visitor(Accept="text/html") as reader,
    ):
        assert "/actualites" not in (await reader.get("/")).text
        for path in ("/actualites", "/actualites.atom", "/actualites/1.atom"):
            assert (await reader.get(path)).status_code == 404


async def test_the_latest_item_comes_first(house: House, reader: httpx.AsyncClient) -> None:
    await put(house, title="Avant-hier", starts_at=house.time.now - 2 * DAY)
    await put(house, title="Tout à l’heure", starts_at=house.time.now - HOUR)
    await put(house, title="Hier", starts_at=house.time.now - DAY)
    titles = re.findall(r"<h2><a [^>]*>([^<]+)</a>", (await reader.get("/actualites")).text)
    assert titles == ["Tout à l’heure", "Hier", "Avant-hier"]


async def test_only_what_has_left_is_public(house: House, reader: httpx.AsyncClient) -> None:
    hidden = [
        await put(house, state=state, title="Encore un secret", starts_at=starts_at)
        for state, starts_at in (
            (State.DRAFT, None),
            (State.REVIEW, None),
            (State.REVIEW, house.time.now - HOUR),
            (State.SENT_BACK, None),
            (State.WITHDRAWN, house.time.now - HOUR),
            (State.PLANNED, house.time.now + timedelta(seconds=1)),
            (State.PLANNED, None),
        )
    ]
    for path in ("/actualites", "/actualites?passees=oui", "/actualites.atom"):
        assert "Encore un secret" not in (await reader.get(path)).text
    for item in hidden:
        answer = await reader.get(f"/actualites/{item.ref}")
        assert answer.status_code == 404
        assert "Cette page n’existe pas" in answer.text
        assert "Encore un secret" not in answer.text
    house.time.pass_by(timedelta(seconds=1))
    assert (await reader.get(f"/actualites/{hidden[5].ref}")).status_code == 200


@pytest.mark.parametrize("ref", ["AC-999999", "n-importe-quoi", "AC-1'--", "..%2f..", "99.atom", "AC-" + "2" * 40])
async def test_an_unknown_ref_is_a_page_that_does_not_exist(reader: httpx.AsyncClient, ref: str) -> None:
    assert (await reader.get(f"/actualites/{ref}")).status_code == 404


@pytest.mark.parametrize("after", ["%00", "AC-%00", "AC-ABCDE%00", "AC-999999", "%ff", "'", "x" * 500])
async def test_an_unknown_last_one_begins_at_the_beginning(tmp_path: Path, database: str, after: str) -> None:
    async with (
        House(tmp_path, database=database, rooms=[news_pages]).open() as house,
        house.visitor(Accept="text/html") as reader,
    ):
        await put(house, title="Tout à l’heure")
        answer = await reader.get(f"/actualites?apres={after}")
        assert answer.status_code == 200
        assert "Tout à l’heure" in answer.text


async def test_a_ref_typed_in_small_letters_leads_to_the_item(house: House, reader: httpx.AsyncClient) -> None:
    item = await put(house, ref="AC-ABCDEF")
    for host in (httpx.URL(house.url).netloc.decode(), "elsewhere.example"):  # whatever it calls us
        answer = await reader.get("/actualites/ac-abcdef?langue=fr", headers={"Host": host})
        assert (answer.status_code, answer.headers["location"]) == (308, f"/actualites/{item.ref}?langue=fr")


async def test_the_page_of_an_item_says_everything_about_it(house: House, reader: httpx.AsyncClient) -> None:
    now = house.time.now
    item = await put(
        house,
        title="Travaux <b>rue</b> de la Forge",
        words="La rue est fermée.\nLes piétons passent.\n\nMerci de votre patience.",
        quartiers=(2,),
        event_at=now + DAY,
        event_place="Rue de la Forge",
        link="https://valombre.example/travaux?a=1&b=2",
        corrected_at=now - timedelta(minutes=5),
    )
    page = (await reader.get(f"/actualites/{item.ref}")).text
    for told in (
        "Travaux &lt;b&gt;rue&lt;/b&gt; de la Forge",
        "<p>La rue est fermée.\nLes piétons passent.</p>",
        "<p>Merci de votre patience.</p>",
        "Anne Martin, conseillère du quartier",
        '<time datetime="2026-11-23">23 novembre 2026</time>',
        '<time datetime="2026-11-24T10:30+01:00">mardi 24 novembre 2026, 10:30</time>',
        "Rue de la Forge",
        "La Scierie",
        "🚧 Travaux",
        "https://valombre.example/travaux?a=1&amp;b=2",
        "Corrigé le 23 novembre 2026.",
        "S’il vient de nous, il dit la même chose que cette page.",
        "https://t.me/parvis_bot?start=actus",
        "/chat?langue=fr&amp;start=actus",
        'href="/actualites/2.atom"',
    ):
        assert told in page, told


async def test_an_item_for_all_says_so(house: House, reader: httpx.AsyncClient) -> None:
    item = await put(house)
    assert "Toute la ville" in (await reader.get(f"/actualites/{item.ref}")).text


async def test_a_recalled_item_keeps_its_address_without_its_words(house: House, reader: httpx.AsyncClient) -> None:
    now = house.time.now
    item = await put(
        house,
        title="Une erreur de date",
        words="Les mots retirés",
        state=State.RECALLED,
        recalled_at=now,
        event_at=now + DAY,
        event_place="Place du Tilleul",
        link="https://valombre.example/erreur",
    )
    answer = await reader.get(f"/actualites/{item.ref}")
    assert answer.status_code == 200
    assert "Cette actualité a été retirée." in answer.text
    assert "plus valable" in answer.text
    for gone in (
        "Une erreur de date",
        "Les mots retirés",
        "<dt>",
        "valombre.example/erreur",
        "S’il vient de nous",
    ):
        assert gone not in answer.text
    assert item.ref not in (await reader.get("/actualites")).text


async def test_an_expired_item_leaves_the_list_and_keeps_its_page(house: House, reader: httpx.AsyncClient) -> None:
    item = await put(house, title="Vide-greniers", expires_at=house.time.now + HOUR)
    assert "Vide-greniers" in (await reader.get("/actualites")).text
    assert "Vide-greniers" not in (await reader.get("/actualites?passees=oui")).text
    house.time.pass_by(HOUR)
    assert "Vide-greniers" not in (await reader.get("/actualites")).text
    assert "Vide-greniers" in (await reader.get("/actualites?passees=oui")).text
    page = (await reader.get(f"/actualites/{item.ref}")).text
    assert "Vide-greniers" in page
    assert "Cette actualité est passée depuis le 23 novembre 2026." in page


async def test_the_list_is_narrowed_to_a_quartier_and_to_a_topic(house: House, reader: httpx.AsyncClient) -> None:
    await put(house, title="Pour tous", topic="fairs")
    await put(house, title="Au Bourg", quartiers=(1,))
    await put(house, title="À la Scierie et aux Alpages", quartiers=(2, 3))
    await put(house, title="Foire de la Scierie", quartiers=(2,), topic="fairs")

    async def titles(query: str) -> set[str]:
        return set(re.findall(r"<h2><a [^>]*>([^<]+)</a>", (await reader.get(f"/actualites{query}")).text))

    everything = {"Pour tous", "Au Bourg", "À la Scierie et aux Alpages", "Foire de la Scierie"}
    assert await titles("") == everything
    assert await titles("?quartier=1") == {"Pour tous", "Au Bourg"}
    assert await titles("?quartier=2") == {"Pour tous", "À la Scierie et aux Alpages", "Foire de la Scierie"}
    assert await titles("?quartier=3&sujet=works") == {"À la Scierie et aux Alpages"}
    assert await titles("?sujet=fairs&quartier=2") == {"Pour tous", "Foire de la Scierie"}
    assert await titles("?sujet=alert") == set()
    assert await titles("?quartier=12&sujet=nothing") == everything, "what is unknown is as if it were not asked"
    assert await titles("?quartier=²&apres=AC-nothing") == everything


async def test_quartier_1_is_not_quartier_11(house: House, reader: httpx.AsyncClient) -> None:
    await put(house, title="Ailleurs", quartiers=(11, 21))
    assert "Ailleurs" not in (await reader.get("/actualites?quartier=1")).text


async def test_the_form_keeps_what_was_chosen(reader: httpx.AsyncClient) -> None:
    page = (await reader.get("/actualites?quartier=2&sujet=works")).text
    assert '<option value="2" selected>La Scierie</option>' in page
    assert '<option value="works" selected>🚧 Travaux</option>' in page
    assert 'href="/actualites/2.atom?langue=fr"' in page


async def test_older_items_are_one_page_further_and_none_is_lost(house: House, reader: httpx.AsyncClient) -> None:
    same = house.time.now - DAY  # many at the very same instant
    made = [(await put(house, starts_at=same, quartiers=(2,))).ref for _number in range(A_PAGE * 2 + 3)]
    await put(house, title="Ailleurs", quartiers=(1,))
    seen: list[str] = []
    path = "/actualites?quartier=2"
    for _page in range(3):
        page = (await reader.get(path)).text
        seen += re.findall(r'<h2><a href="/actualites/(AC-\w+)\?', page)
        further = re.search(r'href="(\?[^"]*apres=[^"]*)"', page)
        if further:
            assert "quartier=2" in further[1]
            path = "/actualites" + further[1].replace("&amp;", "&")
    assert further is None
    assert seen == made[::-1]
    assert "Revenir au début" in page


async def test_an_item_is_read_in_the_reader_s_language_or_says_which_it_is_in(
    house: House, reader: httpx.AsyncClient
) -> None:
    german = Text("Der Markt zieht um", "Er steht vor dem Gemeindehaus.")
    both = await put(house, texts={"fr": Text("Le marché déménage", "Devant la maison communale."), "de": german})
    only = await put(house, texts={"de": german}, language="de")
    french = (await reader.get(f"/actualites/{both.ref}")).text
    assert "Le marché déménage" in french
    assert 'href="?langue=de" lang="de" hreflang="de">Deutsch</a>' in french
    other = (await reader.get(f"/actualites/{both.ref}?langue=de")).text
    assert '<h1 lang="de" dir="ltr">Der Markt zieht um</h1>' in other
    assert "Ce texte n’existe qu’en" not in other
    page = (await reader.get(f"/actualites/{only.ref}")).text
    assert '<h1 lang="de" dir="ltr">Der Markt zieht um</h1>' in page
    assert "Ce texte n’existe qu’en allemand." in page
    assert 'lang="de" dir="ltr">Der Markt zieht um</a>' in (await reader.get("/actualites")).text


async def test_a_language_that_nobody_wrote_in_changes_nothing(house: House, reader: httpx.AsyncClient) -> None:
    item = await put(house)
    page = (await reader.get(f"/actualites/{item.ref}?langue=zz")).text
    assert "Le marché change de place" in page
    assert "Ce texte n’existe qu’en" not in page


async def test_only_links_to_the_web_are_links(house: House, reader: httpx.AsyncClient) -> None:
    item = await put(house, link="javascript:alert(1)")
    for path in (f"/actualites/{item.ref}", "/actualites.atom"):
        assert "javascript:" not in (await reader.get(path)).text


async def test_the_pictures_of_a_public_item_are_for_everybody_and_of_no_other(
    house: House, reader: httpx.AsyncClient
) -> None:
    key = house.pictures.keep(make_photo("affiche")).key
    addresses = [f"/photos/{key}{size}.jpg" for size in ("", "-320", "-960")]
    starts_at = house.time.now + HOUR
    item = await put(house, pictures=(key,), alternative="Une affiche", starts_at=starts_at)
    assert [(await reader.get(path)).status_code for path in addresses] == [404, 404, 404]
    house.time.pass_by(2 * HOUR)
    assert [(await reader.get(path)).status_code for path in addresses] == [200, 200, 200]
    page = (await reader.get(f"/actualites/{item.ref}")).text
    assert f'src="/photos/{key}-960.jpg"' in page
    assert 'alt="Une affiche"' in page
    assert f'src="/photos/{key}-320.jpg" alt="Une affiche"' in (await reader.get("/actualites")).text


async def test_the_pictures_of_a_recalled_item_are_for_nobody(house: House, reader: httpx.AsyncClient) -> None:
    key = house.pictures.keep(make_photo("affiche")).key
    await put(house, pictures=(key,), state=State.RECALLED, recalled_at=house.time.now)
    assert (await reader.get(f"/photos/{key}.jpg")).status_code == 404


async def test_several_pictures_are_told_apart(house: House, reader: httpx.AsyncClient) -> None:
    item = await put(house, pictures=("a" * 64, "b" * 64), alternative="Le chantier")
    page = (await reader.get(f"/actualites/{item.ref}")).text
    assert 'alt="Le chantier (1 sur 2)"' in page
    assert 'alt="Le chantier (2 sur 2)"' in page
