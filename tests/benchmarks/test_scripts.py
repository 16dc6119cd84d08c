"""Residents of the benchmark say what they should, also when the buttons have to be read first."""

import json
from itertools import count
from typing import Any

import pytest

from benchmarks.scripts import Answer, ButtonsToRead, KnownButtons, Script
from benchmarks.updates import Resident, tap_template

PLACE = (10.5, -3.25)


def resident() -> Resident:
    return Resident(5, 1_700_000_000, count(100))


def read(body: bytes | None) -> dict[str, Any]:
    assert body is not None
    update: dict[str, Any] = json.loads(body)
    return update


def played(script: Script, answers: list[Answer]) -> list[dict[str, Any]]:
    updates, waiting = [], iter(answers)
    answer: Answer | None = None
    while (body := script.next(answer)) is not None:
        updates.append(read(body))
        answer = next(waiting, showing())
    return updates


def showing(*buttons: tuple[str, str]) -> Answer:
    shown = json.dumps({"message": 12, "buttons": buttons})
    return Answer(200, b"HTTP/1.1 200 OK\r\nx-last-buttons: " + shown.encode() + b"\r\nContent-Length: 0", b"")


def test_the_known_conversation_is_six_updates_of_one_chat() -> None:
    updates = played(KnownButtons(resident(), PLACE), [])
    assert [update["update_id"] for update in updates] == list(range(100, 106))
    messages = [update.get("message") or update["callback_query"]["message"] for update in updates]
    assert {message["chat"]["id"] for message in messages} == {1_000_000_005}
    assert messages[0]["text"] == "/signaler"
    assert len(messages[1]["photo"]) == 4
    assert messages[2]["location"] == {"latitude": 10.5, "longitude": -3.25}
    taps = [update["callback_query"]["data"] for update in updates[3:]]
    assert taps == ["family:lights", "category:lamp-out", "review:send"]
    assert isinstance(updates[3]["callback_query"]["id"], str), "Telegram's identifiers of taps are strings"


def test_buttons_are_read_from_the_answer_by_their_words() -> None:
    script = ButtonsToRead(resident(), PLACE, ["Éclairage", "^Envoyer$"])
    silent = showing()
    answers = [
        silent,
        silent,
        showing(("Éclairage et feux", "k1:b")),
        showing(("Non", "k2:a"), ("Envoyer", "k2:b")),
    ]
    taps = [update["callback_query"] for update in played(script, answers)[3:]]
    assert [tap["data"] for tap in taps] == ["k1:b", "k2:b"]
    assert {tap["message"]["message_id"] for tap in taps} == {12}


def test_a_question_that_comes_up_only_sometimes_is_answered_on_the_way() -> None:
    script = ButtonsToRead(resident(), PLACE, ["Envoyer"], detour="Autre problème")
    silent = showing()
    answers = [silent, silent, showing(("Autre problème", "twin:no")), showing(("Envoyer", "send"))]
    taps = [update["callback_query"]["data"] for update in played(script, answers)[3:]]
    assert taps == ["twin:no", "send"]


def test_a_button_that_is_not_there_ends_the_run_with_those_that_are() -> None:
    script = ButtonsToRead(resident(), PLACE, ["Envoyer"])
    with pytest.raises(LookupError, match=r"'Envoyer'.*\['Retour'\]"):
        played(script, [showing(), showing(), showing(("Retour", "back"))])


def test_words_with_a_percent_sign_or_quotes_reach_the_update_whole() -> None:
    on = tap_template("100 % « sûr » ?", [('Dire "oui"', "yes")])
    message = read(resident().taps('a"b%s', on))["callback_query"]
    assert message["data"] == 'a"b%s'
    assert message["message"]["text"] == "100 % « sûr » ?"
    assert message["message"]["reply_markup"]["inline_keyboard"][0][0]["text"] == 'Dire "oui"'
