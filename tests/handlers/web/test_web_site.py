"""The front page, the static files, the supervisor's addresses, and what stands before the site."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.delivery.model import Message
from bot.delivery.store import Draft, write
from bot.people.store import meet
from bot.storage.work import Work
from handlers.web.assets import Assets
from handlers.web.pages import Pages
from handlers.web.reports import report_pages
from handlers.web.store import settle
from tests.handlers.web.house import House
from tests.kit.pictures import make_photo


async def test_the_front_page_says_what_parvis_is_and_where_to_start(house: House) -> None:
    async with house.visitor(Accept="text/html") as visitor:
        page = (await visitor.get("/")).text
        assert 'href="/chat?langue=fr"' in page
        assert "https://t.me/parvis_bot" in page
        assert f'href="tel:{house.reception.stage.city.emergencies[0].number}"' in page


async def test_telephone_numbers_are_written_from_left_to_right_whatever_surrounds_them(house: House) -> None:
    city = house.reception.stage.city
    shown = re.compile(r"[^\"\d](" + "|".join([city.contacts.phone, *(one.number for one in city.emergencies)]) + ")<")
    async with house.visitor(Accept="text/html") as visitor:
        page = (await visitor.get("/")).text
    assert len(shown.findall(page)) == len(city.emergencies) + 2
    assert not shown.search(re.sub(r'<bdi dir="ltr">[^<]*</bdi>', "", page))


async def test_the_pages_say_how_long_messages_are_kept(house: House) -> None:
    days = house.reception.stage.city.privacy.retention.messages
    async with house.visitor(Accept="text/html") as visitor:
        told = [(await visitor.get(path)).text for path in ("/", "/chat")]
    assert all(f"Les messages sont effacés après {days} jours." in page for page in told)


async def test_only_pages_that_exist_are_linked(tmp_path: Path) -> None:
    def agenda(pages: Pages) -> APIRouter:
        router = APIRouter()

        @router.get("/agenda")
        async def show(request: Request) -> Response:
            return pages.render(request, "landing.html", telegram="")

        return router

    async with House(tmp_path, pages=[agenda]).open() as house, house.visitor(Accept="text/html") as visitor:
        page = (await visitor.get("/")).text
        assert 'href="/agenda?langue=fr"' in page
        assert "/carte" not in page
        assert (await visitor.get("/agenda")).status_code == 200


async def test_static_files_keep_for_ever_under_their_fingerprint(house: House) -> None:
    assets = Assets()
    visitor = house.visitor()
    for name in assets.files:
        lasting = await visitor.get(assets.address(name))
        assert lasting.status_code == 200
        assert "immutable" in lasting.headers["cache-control"]
        assert lasting.content == assets.files[name].content
        loose = await visitor.get(f"/static/{name}")
        assert loose.headers["cache-control"] == "no-cache"
        again = await visitor.get(f"/static/{name}", headers={"If-None-Match": loose.headers["etag"]})
        assert again.status_code == 304


async def test_static_files_end_at_their_folder(house: House) -> None:
    async with house.visitor() as visitor:
        for name in ("../site.py", "%2e%2e/site.py", "..%2fsite.py", "nothing.js"):
            assert (await visitor.get(f"/static/{name}")).status_code == 404


async def test_a_photo_that_a_public_page_shows_is_seen_by_everybody(tmp_path: Path) -> None:
    public: set[str] = set()
    async with House(tmp_path, may_see=[lambda _work, key, _address: key in public]).open() as house:
        key = house.pictures.keep(make_photo()).key
        async with house.visitor() as visitor:
            assert (await visitor.get(f"/photos/{key}.jpg")).status_code == 404
            public.add(key)
            assert (await visitor.get(f"/photos/{key}.jpg")).status_code == 200
            assert (await visitor.get(f"/photos/{key}-320.jpg")).status_code == 200
            house.pictures.remove(key)
            assert (await visitor.get(f"/photos/{key}.jpg")).status_code == 404
            assert (await visitor.get(f"/photos/{key}-320.jpg")).status_code == 404


@pytest.mark.parametrize("name", ["x.jpg", "../parvis.db", "a" * 64, "A" * 64 + ".jpg", "a" * 64 + "-640.jpg"])
async def test_only_photos_are_photos(house: House, name: str) -> None:
    async with house.visitor() as visitor:
        assert (await visitor.get(f"/photos/{name}")).status_code == 404


async def test_the_site_is_alive_and_ready(house: House) -> None:
    async with house.visitor() as visitor:
        assert (await visitor.get("/healthz")).json() == {"alive": True}
        ready = await visitor.get("/readyz")
        assert ready.status_code == 200
        assert ready.json()["ready"] is True


async def test_a_reply_that_waits_too_long_means_not_ready(house: House) -> None:
    def job(work: Work) -> None:
        write(work, [Draft(settle(work, "0" * 32, "fr"), Message(text="bonjour"))], handed=True)

    await house.desk.run(job)
    async with house.visitor() as visitor:
        house.time.pass_by(timedelta(seconds=29))
        assert (await visitor.get("/readyz")).status_code == 200
        house.time.pass_by(timedelta(seconds=2))
        waiting = await visitor.get("/readyz")
        assert waiting.status_code == 503
        assert waiting.json()["oldest_reply_seconds"] == 31


async def test_a_reply_of_a_channel_that_is_served_no_more_holds_nothing_up(house: House) -> None:
    def job(work: Work) -> None:
        (person,) = meet(work, [("telegram", "12", "fr")])
        write(work, [Draft(person.address, Message(text="bonjour"))])

    await house.desk.run(job)
    async with house.visitor() as visitor:
        house.time.pass_by(timedelta(days=1))
        assert (await visitor.get("/readyz")).status_code == 200


async def test_a_database_that_does_not_answer_means_not_ready(house: House) -> None:
    house.postman.stop()
    await house.desk.run(lambda work: work.connection.exec_driver_sql("ALTER TABLE letter RENAME TO elsewhere"))
    async with house.visitor() as visitor:
        assert (await visitor.get("/readyz")).status_code == 503
        assert (await visitor.get("/healthz")).status_code == 200


async def test_what_is_mounted_answers_before_the_site(tmp_path: Path) -> None:
    mounts = {"/telegram/webhook": PlainTextResponse("for Telegram")}
    async with House(tmp_path, mounts=mounts).open() as house, house.visitor() as visitor:
        answer = await visitor.post("/telegram/webhook", headers={"Origin": "https://elsewhere.example"})
        assert answer.text == "for Telegram"
        assert "content-security-policy" not in answer.headers
        assert (await visitor.get("/telegram/webhook/more")).status_code == 404


async def test_the_map_shows_the_town_and_its_quartiers(house: House) -> None:
    async with house.visitor() as visitor:
        outlines = (await visitor.get("/chat/map.geojson")).json()
        roles = [feature["properties"]["role"] for feature in outlines["features"]]
        assert roles.count("town") == 1
        assert roles.count("quartier") == len(house.reception.stage.city.quartiers)


async def test_the_pin_is_told_in_words(house: House) -> None:
    point = house.reception.stage.city.quartiers[0].shape.representative_point()
    async with house.visitor() as visitor:
        inside = await visitor.get("/chat/spot", params={"latitude": point.y, "longitude": point.x})
        assert inside.json()["inside"] is True
        outside = (await visitor.get("/chat/spot", params={"latitude": "0", "longitude": "0"})).json()
        assert outside == {"words": f"Le repère est hors de {house.reception.stage.city.name}.", "inside": False}


@pytest.mark.parametrize(
    ("asked", "header", "expected"),
    [
        ("", "fr-FR,fr;q=0.9", "fr"),
        ("", "xx, fr;q=0.5", "fr"),
        ("fr", "xx", "fr"),
        ("xx", "", "fr"),
        ("", ";q=,,=", "fr"),
    ],
)
async def test_a_page_is_in_a_language_we_have(house: House, asked: str, header: str, expected: str) -> None:
    async with house.visitor(**{"Accept": "text/html", "Accept-Language": header}) as visitor:
        page = await visitor.get("/", params={"langue": asked} if asked else {})
        assert f'<html lang="{expected}" dir="ltr">' in page.text
        assert page.headers["content-language"] == expected


async def test_the_documentation_pages_that_load_from_elsewhere_are_off(house: House) -> None:
    async with house.visitor() as visitor:
        assert (await visitor.get("/docs")).status_code == 404
        assert (await visitor.get("/redoc")).status_code == 404


async def test_a_number_typed_carelessly_leads_to_the_page_of_the_report(tmp_path: Path) -> None:
    async with (
        House(tmp_path, rooms=[report_pages]).open() as house,
        house.visitor(Host="elsewhere.example") as visitor,
    ):
        for method in ("GET", "HEAD"):
            answer = await visitor.request(method, "/signalements/7k3f?langue=fr")
            where = f"/signalements/{house.reception.stage.city.prefix}-7K3F"
            assert (answer.status_code, answer.headers["location"]) == (308, f"{where}?langue=fr")
            assert (await visitor.request(method, where)).status_code == 404
