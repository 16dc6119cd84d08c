"""The conversation over plain requests, as a page without a script makes them, and as the script does."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from bot.delivery.model import Message
from bot.storage.heard import count_set_aside
from bot.storage.work import Work
from handlers.web import chat, store
from handlers.web.limits import Limits, Pace
from tests.handlers.web.house import House
from tests.kit.pictures import make_photo, make_text_named_jpg

KEY = "0123456789abcdef"


async def entries(visitor: httpx.AsyncClient) -> list[dict[str, str]]:
    answer = await visitor.get("/chat/history")
    assert answer.status_code == 200
    found: list[dict[str, str]] = answer.json()["entries"]
    return found


async def told(visitor: httpx.AsyncClient) -> str:
    """What is on the page, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", entry["html"]) for entry in await entries(visitor))


async def tap(visitor: httpx.AsyncClient, label: str) -> httpx.Response:
    """Press the newest button of that label."""
    within = r'name="letter" value="(\d+)"(?:(?!</form>).)*?name="data" value="([^"]+)"[^>]*>'
    button = re.compile(f"{within}{label}<", re.DOTALL)
    found = [match for entry in await entries(visitor) for match in button.findall(entry["html"])]
    assert found, f"no button {label}"
    return await visitor.post("/chat/tap", data={"letter": found[-1][0], "data": found[-1][1]})


def somewhere(house: House) -> dict[str, str]:
    """A point in the town."""
    quartier = house.reception.stage.city.quartiers[0].shape.representative_point()
    return {"latitude": str(quartier.y), "longitude": str(quartier.x)}


@asynccontextmanager
async def greeted(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """A visitor whose page has opened the conversation."""
    async with house.visitor() as visitor:
        await visitor.get("/chat")
        await visitor.post("/chat/say", data={"text": "/start", "key": "ouverture-1"})
        yield visitor


async def test_the_first_words_are_answered_and_both_sides_are_shown(house: House) -> None:
    async with house.visitor() as visitor:
        answer = await visitor.post("/chat/say", data={"text": "tour", "key": KEY})
        assert answer.status_code == 200
        assert answer.json()["entry"]["by"] == "you"
        assert [entry["by"] for entry in await entries(visitor)] == ["you", "parvis"]
        assert "Envoyez une photo" in await told(visitor)


async def test_words_may_come_as_json(house: House) -> None:
    async with house.visitor() as visitor:
        await visitor.post("/chat/say", json={"text": "tour", "key": KEY})
        assert "Envoyez une photo" in await told(visitor)


async def test_what_no_database_can_hold_is_left_out(tmp_path: Path, database: str) -> None:
    async with House(tmp_path, database=database).open() as house, house.visitor() as visitor:
        answer = await visitor.post("/chat/say", json={"text": "to\0ur", "key": KEY})
        assert answer.status_code == 200
        assert "Envoyez une photo" in await told(visitor)
        for path in ("/chat/tap", "/chat/place", "/chat/say"):
            sent = {"text": "\0", "letter": "\0", "data": "\0", "latitude": "\0", "longitude": "1", "key": "\0" * 9}
            assert (await visitor.post(path, json=sent)).status_code < 500


async def test_what_is_sent_again_is_heard_once(house: House) -> None:
    async with house.visitor() as visitor:
        first = await visitor.post("/chat/say", data={"text": "tour", "key": KEY})
        again = await visitor.post("/chat/say", data={"text": "tour", "key": KEY})
        assert first.json()["entry"]["id"] == again.json()["entry"]["id"]
        assert len(await entries(visitor)) == 2


async def test_the_same_mark_in_two_sessions_is_two_messages(house: House) -> None:
    async with house.visitor() as one, house.visitor() as other:
        await one.post("/chat/say", data={"text": "tour", "key": KEY})
        await other.post("/chat/say", data={"text": "tour", "key": KEY})
        assert len(await entries(one)) == len(await entries(other)) == 2


async def test_the_words_that_open_the_page_are_not_shown_as_the_persons(house: House) -> None:
    async with greeted(house) as visitor:
        assert [entry["by"] for entry in await entries(visitor)] == ["parvis"]
        assert "Bonjour" in await told(visitor)


async def test_a_tap_shows_the_label_of_its_button(house: House) -> None:
    async with greeted(house) as visitor:
        answer = await tap(visitor, "Faire le tour")
        assert "Faire le tour" in answer.json()["entry"]["html"]
        assert "Envoyez une photo" in await told(visitor)


async def test_a_button_of_somebody_else_cannot_be_pressed(house: House) -> None:
    async with greeted(house) as visitor, greeted(house) as stranger:
        letter = (await entries(visitor))[0]["id"]
        answer = await stranger.post("/chat/tap", data={"letter": letter, "data": "f.tour"})
        assert answer.status_code == 422
        assert "ne sert plus" in answer.text or "passée" in answer.json()["error"]


@pytest.mark.parametrize("letter", ["", "x", "-1", "9" * 40, "1"])
async def test_a_button_that_was_never_shown_cannot_be_pressed(house: House, letter: str) -> None:
    async with greeted(house) as visitor:
        assert (await visitor.post("/chat/tap", data={"letter": letter, "data": "f.tour"})).status_code == 422


async def test_a_button_pressed_too_late_says_so_and_leaves_no_line(house: House) -> None:
    async with greeted(house) as visitor:
        await tap(visitor, "Faire le tour")
        question = (await entries(visitor))[-1]["html"]
        form = re.search(r'value="(\d+)".*?value="(t\.[^"]+)"[^>]*>Passer', question, re.DOTALL)
        assert form
        await tap(visitor, "Passer")
        answer = await visitor.post("/chat/tap", data={"letter": form[1], "data": form[2]})
        assert (answer.json()["entry"], answer.json()["toast"]) == (None, "C’est déjà noté.")


async def test_photos_of_one_sending_are_one_answer_and_lose_their_metadata(house: House) -> None:
    files = [("photos", (f"{n}.jpg", make_photo(f"photo {n}", place=(48.8, 2.2)))) for n in range(2)]
    async with house.visitor() as visitor:
        await visitor.post("/chat/say", data={"text": "tour"})
        answer = await visitor.post("/chat/photos", files=files, data={"text": "devant le 3"})
        html = answer.json()["entry"]["html"]
        keys = set(re.findall(r"/photos/([0-9a-f]{64})\.jpg", html))
        assert len(keys) == 2
        assert "devant le 3" in html
        assert "Où est-ce" in await told(visitor)
        for key in keys:
            shown = await visitor.get(f"/photos/{key}.jpg")
            assert shown.headers["content-type"] == "image/jpeg"
            assert b"Fairphone" not in shown.content
            small = await visitor.get(f"/photos/{key}-320.jpg")
            assert 0 < len(small.content) < len(shown.content)


async def test_a_photo_is_seen_by_its_own_session_only(house: House) -> None:
    async with house.visitor() as visitor, greeted(house) as stranger:
        answer = await visitor.post("/chat/photos", files={"photos": ("a.jpg", make_photo())})
        address = re.search(r"/photos/[0-9a-f]{64}\.jpg", answer.json()["entry"]["html"])
        assert address
        assert (await visitor.get(address[0])).status_code == 200
        assert (await stranger.get(address[0])).status_code == 404
        assert (await house.visitor().get(address[0])).status_code == 404


async def test_a_file_that_is_no_photo_is_refused_in_the_conversation(house: House) -> None:
    content, name = make_text_named_jpg()
    async with house.visitor() as visitor:
        await visitor.post("/chat/say", data={"text": "tour"})
        answer = await visitor.post("/chat/photos", files={"photos": (name, content)})
        assert answer.status_code == 200
        assert "n’est pas une photo" in await told(visitor)


async def test_a_bad_photo_among_good_ones_is_named_and_the_good_ones_count(house: House) -> None:
    bad = ("photos", ("b.jpg", make_text_named_jpg()[0]))
    async with house.visitor() as visitor:
        await visitor.post("/chat/say", data={"text": "tour"})
        answer = await visitor.post("/chat/photos", files=[("photos", ("a.jpg", make_photo())), bad])
        assert "n’a pas été gardée" in answer.json()["toast"]
        assert "Où est-ce" in await told(visitor)


async def test_a_place_is_taken_and_named(house: House) -> None:
    async with house.visitor() as visitor:
        await visitor.post("/chat/say", data={"text": "tour"})
        await tap(visitor, "Passer")
        answer = await visitor.post("/chat/place", data={**somewhere(house), "accuracy": "12.5"})
        assert "Lieu" in answer.json()["entry"]["html"]
        assert "De quoi s’agit-il" in await told(visitor)


@pytest.mark.parametrize("latitude", ["", "nord", "91", "nan", "inf"])
async def test_a_place_that_is_nowhere_is_refused(house: House, latitude: str) -> None:
    async with greeted(house) as visitor:
        answer = await visitor.post("/chat/place", data={"latitude": latitude, "longitude": "2"})
        assert answer.status_code == 422


async def test_ticking_a_box_changes_the_question_in_place(house: House) -> None:
    async with house.visitor() as visitor:
        await visitor.post("/chat/say", data={"text": "tour"})
        await tap(visitor, "Passer")
        await visitor.post("/chat/place", data=somewhere(house))
        await tap(visitor, "Éclairage")
        await tap(visitor, "Non")
        before = await entries(visitor)
        ticked = await tap(visitor, "☐ Lundi")
        after = await entries(visitor)
        assert ticked.json()["entry"] is None
        assert len(after) == len(before)
        assert "☑ Lundi" in after[-1]["html"]
        finished = await tap(visitor, "Terminé")
        assert "Lundi" in finished.json()["entry"]["html"]


async def test_without_a_script_a_form_leads_back_to_the_page(house: House) -> None:
    async with house.visitor(Accept="text/html") as visitor:
        await visitor.get("/chat")
        answer = await visitor.post("/chat/say", data={"text": "tour"})
        assert answer.status_code == 303
        assert answer.headers["location"] == "/chat?langue=fr#dernier"
        page = await visitor.get("/chat")
        assert "Envoyez une photo" in page.text


async def test_only_the_question_that_waits_has_its_choices(house: House) -> None:
    async with greeted(house) as visitor:
        assert "hidden" not in _choices((await visitor.get("/chat")).text)[0]
        await tap(visitor, "Faire le tour")
        shown = _choices((await visitor.get("/chat")).text)
        assert ["hidden" in one for one in shown] == [True, False]


def _choices(html: str) -> list[str]:
    return re.findall(r'<div class="choices question"[^>]*>', html)


async def test_an_empty_message_says_what_to_do(house: House) -> None:
    async with house.visitor() as visitor:
        answer = await visitor.post("/chat/say", data={"text": "  "})
        assert answer.status_code == 422
        assert answer.json()["error"] == "Votre message ne contient aucun mot. Écrivez quelques mots, puis envoyez-les."


async def test_markup_typed_by_a_person_stays_text(house: House) -> None:
    async with house.visitor() as visitor:
        answer = await visitor.post("/chat/say", data={"text": "<script>alert(1)</script>"})
        assert "&lt;script&gt;" in answer.json()["entry"]["html"]
        assert "<script>alert" not in (await visitor.get("/chat")).text


async def test_a_flow_that_fails_apologises_and_the_page_goes_on(house: House) -> None:
    async with house.visitor() as visitor:
        answer = await visitor.post("/chat/say", data={"text": "panne"})
        assert answer.status_code == 200
        assert "de notre côté" in await told(visitor)
        assert await house.desk.run(count_set_aside) == 1


async def test_a_letter_under_way_is_already_on_the_page(house: House) -> None:
    """Plain forms look at the page right after their answer was committed, before the postman has noted anything."""
    house.postman.stop()
    async with house.visitor() as visitor:
        await visitor.post("/chat/say", data={"text": "tour"})
        assert "Envoyez une photo" in await told(visitor)


async def test_a_link_to_the_chat_says_what_it_was_followed_for(house: House) -> None:
    async with house.visitor() as visitor:
        page = await visitor.get("/chat?start=r_VB-12")
        assert 'value="/start r_VB-12"' in page.text
        assert 'value="/start &' not in (await visitor.get('/chat?start="><b>')).text


async def test_a_page_opened_by_a_link_says_what_the_link_asks(house: House) -> None:
    links = ["r_VB-12", "e_SE9C-AJQ9-SZNB-CTQR", "e_SE9C-AJQ9-SZNB-CTQS"]
    async with house.visitor() as visitor:
        for link in links:
            page = (await visitor.get(f"/chat?start={link}")).text
            form = dict(re.findall(r'name="(key|text)" value="([^"]*)"', page.partition('id="opening"')[2]))
            answer = await visitor.post("/chat/say", data=form)
            assert answer.status_code < 400, f"{link}: {answer.text}"
        with house.desk.reading() as work:
            said = work.connection.scalars(select(store.web_line.c.text)).all()
        assert list(said) == ["/start r_VB-12", "/start e_••••", "/start e_••••"]  # codes are in no table


async def test_a_second_visit_does_not_greet_again(house: House) -> None:
    async with greeted(house) as visitor:
        assert 'id="opening"' not in (await visitor.get("/chat")).text
        assert 'id="opening"' in (await house.visitor().get("/chat")).text


async def test_a_page_loaded_while_the_greeting_arrives_does_not_greet_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks who is there, then what was heard; the greeting of the page before may be heard in between."""

    async def opening() -> dict[str, str]:
        page = (await visitor.get("/chat")).text
        return dict(re.findall(r'name="(key|text)" value="([^"]*)"', page.partition('id="opening"')[2]))

    async with house.visitor() as visitor:
        first = await opening()
        await visitor.post("/chat/say", data=first)
        shown = await entries(visitor)
        with monkeypatch.context() as before:
            before.setattr(chat, "seen", lambda *_nobody_yet: (None, []))
            assert await opening() == first
        await visitor.post("/chat/say", data=first)
        assert await entries(visitor) == shown


async def test_old_lines_are_forgotten_and_younger_ones_stay(house: House) -> None:
    async with house.visitor() as visitor:
        await visitor.post("/chat/say", data={"text": "vieux"})
        house.time.pass_by(timedelta(days=10))
        await visitor.post("/chat/say", data={"text": "récent"})
        assert await house.desk.run(lambda work: store.forget_old(work, timedelta(days=9))) == 1
        assert "récent" in await told(visitor)
        assert "vieux" not in await told(visitor)


async def test_nothing_older_than_the_town_keeps_messages_is_shown(house: House) -> None:
    async with house.visitor() as visitor:
        await visitor.post("/chat/say", data={"text": "vieux"})
        house.time.pass_by(timedelta(days=house.reception.stage.city.privacy.retention.messages + 1))
        assert await entries(visitor) == []


async def test_everything_an_address_said_can_be_forgotten(house: House) -> None:
    async with house.visitor() as visitor, house.visitor() as other:
        await visitor.post("/chat/say", data={"text": "à oublier"})
        await other.post("/chat/say", data={"text": "à garder"})
        session = house.session_of(visitor)

        def forget(work: Work) -> int:
            known = store.visitor(work, session)
            assert known
            return store.forget(work, [known.address])

        assert await house.desk.run(forget) == 1
        assert "à oublier" not in await told(visitor)
        assert "à garder" in await told(other)


async def test_photos_that_a_line_shows_are_in_use(house: House) -> None:
    async with house.visitor() as visitor:
        answer = await visitor.post("/chat/photos", files={"photos": ("a.jpg", make_photo())})
        key = re.search(r"[0-9a-f]{64}", answer.json()["entry"]["html"])
        assert key
        looked = await house.desk.run(lambda work: store.pictures_in_use(work, [key[0], "f" * 64]))
        assert looked == {key[0]}


async def test_messages_too_fast_are_refused_with_words_and_a_delay(tmp_path_factory: pytest.TempPathFactory) -> None:
    seconds = [0.0]
    limits = Limits(lambda: seconds[0], {("message", "session"): Pace(2, 5.0)})
    async with House(tmp_path_factory.mktemp("fast"), limits=limits).open() as house, house.visitor() as visitor:
        statuses = [(await visitor.post("/chat/say", data={"text": "bonjour"})).status_code for _ in range(3)]
        refused = await visitor.post("/chat/say", data={"text": "bonjour"})
        assert statuses == [200, 200, 429]
        assert refused.headers["retry-after"] == "5"
        assert refused.json()["error"] == "Vous envoyez trop de choses à la fois. Réessayez dans 5 secondes."
        seconds[0] = 5.0
        assert (await visitor.post("/chat/say", data={"text": "bonjour"})).status_code == 200


async def test_new_sessions_from_one_network_are_limited(tmp_path_factory: pytest.TempPathFactory) -> None:
    limits = Limits(lambda: 0.0, {("session", "network"): Pace(3, 60.0)})
    async with House(tmp_path_factory.mktemp("many"), limits=limits).open() as house:
        statuses = [(await house.visitor().get("/chat")).status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]


async def test_the_bot_may_speak_first(house: House) -> None:
    async with greeted(house) as visitor:
        await house.push(Message(text="Le lampadaire est réparé."), house.session_of(visitor))
        await house.quiet()
        assert "réparé" in await told(visitor)


@pytest.mark.postgres
async def test_the_dialogue_is_kept_the_same_way_in_postgresql(blank_postgres: str, tmp_path: Path) -> None:
    async with House(tmp_path, database=blank_postgres).open() as house, greeted(house) as visitor:
        await tap(visitor, "Faire le tour")
        sent = await visitor.post("/chat/photos", files={"photos": ("a.jpg", make_photo())}, data={"key": KEY})
        again = await visitor.post("/chat/photos", files={"photos": ("a.jpg", make_photo())}, data={"key": KEY})
        assert sent.json()["entry"]["id"] == again.json()["entry"]["id"]
        address = re.search(r"/photos/[0-9a-f]{64}-320\.jpg", sent.json()["entry"]["html"])
        assert address
        assert (await visitor.get(address[0])).status_code == 200
        await visitor.post("/chat/place", data=somewhere(house))
        assert [entry["by"] for entry in await entries(visitor)] == ["parvis", "you"] * 3 + ["parvis"]
        assert "De quoi s’agit-il" in await told(visitor)
        house.time.pass_by(timedelta(days=1))
        assert await house.desk.run(lambda work: store.forget_old(work, timedelta(hours=1))) == 4
