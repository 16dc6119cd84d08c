"""What a stranger may not do: send for others, forge a session, send too much; and what every page forbids."""

from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter
from itsdangerous import Signer

from bot.delivery.model import Message
from handlers.web.pages import Pages
from handlers.web.shield import HEAVIEST, HEAVIEST_PHOTOS
from tests.handlers.web.house import TOWN, House

FORM = {"text": "bonjour"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "", "Referer": "https://elsewhere.example/page"},
        {"Origin": "", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_what_another_site_sends_is_refused_with_words(house: House, headers: dict[str, str]) -> None:
    kept = {name: value for name, value in headers.items() if value}
    async with house.visitor(Accept="text/html") as visitor:
        for name in set(headers) - set(kept):
            del visitor.headers[name]
        for action in ("say", "tap", "place", "photos"):
            answer = await visitor.post(f"/chat/{action}", data=FORM, headers=kept)
            assert answer.status_code == 403
            assert "ne vient pas de notre page" in answer.text
        assert (await visitor.get("/chat/history")).json()["entries"] == []


async def test_a_program_that_does_not_say_where_it_comes_from_is_refused(house: House) -> None:
    async with house.visitor() as visitor:
        del visitor.headers["Origin"]
        assert (await visitor.post("/chat/say", data=FORM)).status_code == 403


async def test_an_old_browser_that_only_sends_a_referer_is_heard(house: House) -> None:
    async with house.visitor() as visitor:
        del visitor.headers["Origin"]
        answer = await visitor.post("/chat/say", data=FORM, headers={"Referer": f"{house.url}/chat"})
        assert answer.status_code == 200


async def test_the_public_address_counts_as_ours_behind_a_proxy(tmp_path: Path) -> None:
    async with House(tmp_path, public_url="https://parvis.example").open() as house, house.visitor() as visitor:
        answer = await visitor.post("/chat/say", data=FORM, headers={"Origin": "https://parvis.example"})
        assert answer.status_code == 200


async def test_no_redirection_leads_to_the_name_that_a_request_gives_us(house: House) -> None:
    async with house.visitor(Host="elsewhere.example") as visitor:
        answer = await visitor.get("/chat/?langue=fr")
        assert (answer.status_code, answer.headers["location"]) == (307, "/chat?langue=fr")


@pytest.mark.parametrize("secret", [b"another secret of 32 bytes, wrong", b"x" * 32])
async def test_a_forged_cookie_opens_nobodys_dialogue(house: House, secret: bytes) -> None:
    async with house.visitor() as visitor, house.visitor() as thief:
        await visitor.post("/chat/say", data=FORM)
        session = house.session_of(visitor)
        forged = Signer(secret, salt="parvis.web.session").sign(session).decode()
        for value in (forged, session, f"{session}.", f"{session}.AAAA", "…".encode().hex()):
            thief.cookies.clear()
            thief.cookies.set("parvis", value)
            assert (await thief.get("/chat/history")).json()["entries"] == []
        thief.cookies.clear()
        thief.cookies.set("parvis", visitor.cookies["parvis"])
        assert len((await thief.get("/chat/history")).json()["entries"]) > 0


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House) -> None:
    async with house.visitor() as visitor:
        cookie = (await visitor.get("/chat")).headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Secure" not in cookie


async def test_with_https_the_cookie_is_secure_and_tied_to_the_host(tmp_path: Path) -> None:
    async with House(tmp_path, public_url="https://parvis.example").open() as house, house.visitor() as visitor:
        cookie = (await visitor.get("/chat")).headers["set-cookie"]
        assert cookie.startswith("__Host-parvis=")
        assert "Secure" in cookie
        assert "Path=/" in cookie


async def test_two_visitors_never_share_a_session(house: House) -> None:
    async with house.visitor() as one, house.visitor() as other:
        await one.get("/chat")
        await other.get("/chat")
        assert house.session_of(one) != house.session_of(other)
        assert len(house.session_of(one)) == 32


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
async def test_a_message_too_heavy_is_refused_with_words(house: House, accept: str) -> None:
    async with house.visitor(Accept=accept) as visitor:
        answer = await visitor.post("/chat/say", data={"text": "x" * (HEAVIEST + 1)})
        assert answer.status_code == 413
        assert "dépasse ce que nous pouvons recevoir" in answer.text


async def test_photos_too_heavy_are_refused_even_without_an_announced_length(house: House) -> None:
    async def endless() -> object:
        yield b'--x\r\nContent-Disposition: form-data; name="photos"; filename="a.jpg"\r\n\r\n'
        for _ in range(HEAVIEST_PHOTOS // (1 << 20) + 1):
            yield bytes(1 << 20)

    async with house.visitor() as visitor:
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        answer = await visitor.post("/chat/photos", content=endless(), headers=headers)  # type: ignore[arg-type]
        assert answer.status_code == 413


async def test_more_photos_than_one_sending_takes_are_refused(house: House) -> None:
    async with house.visitor() as visitor:
        files = [("photos", (f"{n}.jpg", b"x")) for n in range(7)]
        answer = await visitor.post("/chat/photos", files=files)
        assert answer.status_code == 422
        assert answer.json()["error"] == "Six photos au plus à la fois. Envoyez-en moins, ou en plusieurs fois."


async def test_a_large_body_is_served_over_the_network_with_words_too(served: House) -> None:
    headers = {"Origin": served.url, "Accept": "application/json"}
    async with httpx.AsyncClient(base_url=served.url, headers=headers) as visitor:
        answer = await visitor.post("/chat/say", data={"text": "x" * (HEAVIEST + 1)})
        assert answer.status_code == 413


async def test_every_answer_forbids_what_comes_from_elsewhere(house: House) -> None:
    visitor = house.visitor(Accept="text/html")
    for path in ("/", "/chat", "/nowhere", "/static/site.css", "/healthz"):
        headers = (await visitor.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "geolocation=(self)" in headers["permissions-policy"]


async def test_the_map_background_that_a_town_chose_is_the_only_outside_host(tmp_path: Path) -> None:
    async with House(tmp_path, town=TOWN).open() as house, house.visitor() as visitor:
        policy = (await visitor.get("/chat")).headers["content-security-policy"]
        assert "img-src 'self' data: blob: https://tiles.valombre.example;" in policy


async def test_pages_hold_no_script_nor_style_of_their_own(house: House) -> None:
    async with house.visitor(Accept="text/html") as visitor:
        for path in ("/", "/chat", "/nowhere"):
            html = (await visitor.get(path)).text
            assert "<style" not in html
            assert " style=" not in html
            assert " onclick" not in html
            assert "<script>" not in html


async def test_something_broken_says_so_without_its_entrails(tmp_path: Path) -> None:
    def room(_pages: Pages) -> APIRouter:
        router = APIRouter()

        @router.get("/falls")
        async def falls() -> None:
            raise RuntimeError("secret of the house")

        return router

    async with House(tmp_path, pages=[room]).open() as house, house.visitor(Accept="text/html") as visitor:
        answer = await visitor.get("/falls")
        assert answer.status_code == 500
        assert "Réessayez dans quelques minutes" in answer.text
        assert "secret of the house" not in answer.text


async def test_when_the_house_closes_a_message_is_refused_so_that_the_page_keeps_it(house: House) -> None:
    async with house.visitor() as visitor:
        await visitor.post("/chat/say", data=FORM)
        house.reception.close()
        answer = await visitor.post("/chat/say", data=FORM)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "30"


async def test_markup_in_a_letter_stays_text(house: House) -> None:
    async with house.visitor() as visitor:
        await visitor.post("/chat/say", data=FORM)
        await house.push(Message(text="<img src=x onerror=alert(1)>"), house.session_of(visitor))
        await house.quiet()
        assert "<img src=x" not in (await visitor.get("/chat")).text


async def test_a_browser_that_refuses_cookies_is_told_so(house: House) -> None:
    async with house.visitor(Accept="text/html") as visitor:
        sent = await visitor.post("/chat/say", data=FORM)
        visitor.cookies.clear()
        page = await visitor.get(sent.headers["location"].partition("#")[0])
        assert page.status_code == 422
        assert "Autorisez les cookies" in page.text
