"""Rows written in one statement hold exactly what was given, on both databases."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from sqlalchemy import select

from bot.delivery.model import Lane, Letter, Message
from bot.delivery.store import Delivered, Draft, letter, note_sent, write
from bot.people.store import find_people, meet
from bot.storage.work import Desk

WORDS = ["été", "إبلاغ", "with \"quotes\", \\ and 'ones'", "📷", "%s {} $1 :name", "", "1"]


def test_people_met_at_once_are_found_as_they_were(desk: Desk) -> None:
    with desk.work() as work:
        meet(work, [("kit", f"{number}", "fr") for number in range(100)])
        found = find_people(work, [("kit", f"{number}") for number in range(100)])
    assert len(found) == 100
    assert all(
        person.pushes and not person.chosen_language and person.heard_at == work.now for person in found.values()
    )


def test_letters_written_at_once_and_noted_at_once_keep_words_instants_and_nothing(desk: Desk) -> None:
    with desk.work() as work:
        (ana,) = meet(work, [("kit", "Ana", "fr")])
        due = work.now + timedelta(microseconds=1)
        messages = [Message(text=words) for words in WORDS]
        numbers = write(work, [Draft(ana.address, message, due=due) for message in messages])
        letters = [
            Letter(number, ana.address, "kit", "Ana", Lane.REPLY, message)
            for number, message in zip(numbers, messages, strict=True)
        ]
        note_sent(work, [Delivered(one, f"x{one.id}") for one in letters[1:]])
        columns = (letter.c.id, letter.c.due, letter.c.lease, letter.c.state, letter.c.external_id, letter.c.sent_at)
        rows = work.connection.execute(select(*columns).order_by(letter.c.id)).all()
        assert [tuple(row) for row in rows] == [
            (numbers[0], due, None, "queued", None, None),
            *((number, due, None, "sent", f"x{number}", work.now) for number in numbers[1:]),
        ]
        kept = work.connection.scalars(select(letter.c.payload).order_by(letter.c.id)).all()
        assert [Message(text=words) for words in WORDS] == [decoded(payload) for payload in kept]


def decoded(payload: str | None) -> Message:
    assert payload is not None
    return msgspec.json.decode(payload, type=Message)
