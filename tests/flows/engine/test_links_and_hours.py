"""Addresses of pages, hours at which something will be sent, moments that have an end; answers known beforehand."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.delivery.links import what_is_wrong
from flows.engine.flow import Flows
from flows.engine.prompts import Hour, Link, Moment, Text
from flows.engine.talk import Talk
from tests.kit.residents import House, Resident
from tests.kit.samples import garden_flow, only


def page(talk: Talk) -> None:
    talk.end("Gardé : {page}.", page=talk.ask("page", Link("Quelle page ?")))


def hour(talk: Talk) -> None:
    talk.end("Gardé : {hour:%H:%M}.", hour=talk.ask("hour", Hour("À quelle heure ?")))


def moment(talk: Talk) -> None:
    end = datetime(2026, 12, 1, 12, tzinfo=talk.city.zone)
    found = talk.ask("moment", Moment("Quand ?", talk.city.zone, after=talk.now, before=end, sends=True))
    talk.end("Gardé : {found:%d/%m %H:%M}.", found=found)


def known(talk: Talk) -> None:
    talk.assume({"tea": "vert", "cup": "x" * 30})
    tea = talk.ask("tea", Text("Quel thé ?", label="Thé"))
    cup = talk.ask("cup", Text("Quelle tasse ?", most=20, label="Tasse"))
    talk.review(tells=False)
    talk.end("Gardé : {tea}, {cup}.", tea=tea, cup=cup)


TALKS = {"page": page, "hour": hour, "moment": moment, "known": known}


@pytest.fixture
def flows() -> Flows:
    return only(*(garden_flow(talk, name, (name,), "", links=(name,)) for name, talk in TALKS.items()))


@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        ("https://valombre.example/a?b=c#d", ""),
        ("http://mairie.valombre.example:8080", ""),
        ("https://éléphant.example", ""),
        ("ftp://valombre.example", "scheme"),
        ("www.valombre.example", "scheme"),
        ("https://", "host"),
        ("https://localhost", "host"),
        ("https://valombre..example", "host"),
        ("https://[::1]/", "host"),
        ("https://[", "host"),
        ("https://10.0.0.1/", "host"),
        ("https://valombre.example:99999999/", "host"),
        ("https://a b.example", "spaces"),
        ("https://valombre.example\u2028", "spaces"),
    ],
)
def test_an_address_opens_or_one_knows_why_not(address: str, wrong: str) -> None:
    assert what_is_wrong(address) == wrong


async def test_a_page_is_asked_until_it_opens_or_is_skipped(resident: Resident) -> None:
    await resident.says("/page")
    for typed, said in (("valombre", "Il manque le début"), ("https://a.b c", "n’a pas d’espace")):
        await resident.says(typed)
        assert said in resident.screen
    await resident.says("   ")
    assert "J’attends l’adresse d’une page" in resident.screen
    await resident.says("https://valombre.example")
    assert "Gardé : https://valombre.example." in resident.screen
    await resident.says("/page")
    await resident.says("non merci")
    assert "Gardé : ." in resident.screen


@pytest.mark.parametrize(("typed", "kept"), [("18h30", "18:30"), ("9:00", "09:00"), ("6 pm", "18:00"), ("3h", "03:00")])
async def test_an_hour_as_people_type_it(resident: Resident, typed: str, kept: str) -> None:
    await resident.says("/hour")
    await resident.says(typed)
    assert f"Gardé : {kept}." in resident.screen


@pytest.mark.parametrize(
    ("typed", "said"), [("2h59", "Rien ne part entre 2 h et 3 h"), ("25h", "J’attends une heure"), ("x", "J’attends")]
)
async def test_what_is_no_good_hour_is_asked_again(resident: Resident, typed: str, said: str) -> None:
    await resident.says("/hour")
    await resident.says(typed)
    assert said in resident.screen


async def test_a_moment_has_an_end(resident: Resident) -> None:
    await resident.says("/moment")
    await resident.says("01/12/2026 12h")
    assert "C’est trop tard : choisissez un moment avant mardi 1er décembre 2026, 12:00." in resident.screen
    await resident.says("30/11/2026 2h10")
    assert "Rien ne part entre 2 h et 3 h" in resident.screen
    await resident.says("30/11/2026 11h")
    assert "Gardé : 30/11 11:00." in resident.screen


async def test_answers_known_beforehand_are_kept_changed_or_asked_again(house: House, resident: Resident) -> None:
    await resident.says("/known")
    assert "Quelle tasse ?" in resident.screen  # what was known does not fit today's question
    await resident.says("bleue")
    assert "Tout est bon ?" in resident.screen
    assert "Thé : vert" not in resident.screen
    await resident.taps("Changer une réponse")
    await resident.taps("Thé")
    await resident.says("noir")
    await resident.taps("Envoyer")
    assert "Gardé : noir, bleue." in resident.screen
