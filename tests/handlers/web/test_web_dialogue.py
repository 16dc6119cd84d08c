"""The order of what was said, and messages that change in place."""

from datetime import UTC, datetime, timedelta

from bot.delivery.model import Message
from handlers.web.dialogue import Entry, collapse, moment, open_question
from handlers.web.store import Line

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def told(number: int, text: str = "", *, slot: str = "", asks: str = "") -> Entry:
    return Entry(id=number, at=START, message=Message(text=text, slot=slot, asks=asks))


def said(number: int) -> Entry:
    return Entry(id=number, at=START, line=Line(kind="text", key="session.mark"))


def numbers(entries: list[Entry]) -> list[int]:
    return [entry.id for entry in entries]


def test_a_place_that_changes_keeps_its_place_while_nothing_is_said() -> None:
    assert numbers(collapse([told(1, slot="a"), told(2), told(3, slot="a")])) == [3, 2]


def test_a_place_that_changes_after_an_answer_comes_last() -> None:
    assert numbers(collapse([told(1, slot="a"), said(2), told(3, slot="a")])) == [2, 3]


def test_messages_without_a_slot_all_stay() -> None:
    assert numbers(collapse([told(1), told(2), told(3)])) == [1, 2, 3]


def test_the_last_question_is_open_until_something_is_said() -> None:
    assert open_question([told(1, asks="choice"), told(2, asks="text"), told(3)]) == 2
    assert open_question([told(1, asks="choice"), said(2)]) is None
    assert open_question([told(1, asks="choice"), said(2), told(3, asks="choice")]) == 3
    assert open_question([]) is None


def test_entries_sort_by_instant_then_by_number() -> None:
    later = Entry(id=1, at=START + timedelta(microseconds=1), message=Message(text="x"))
    assert sorted([later, told(9), told(10)], key=lambda entry: entry.order) == [told(9), told(10), later]
    assert moment(later.at) - moment(START) == 1


def test_the_mark_of_a_line_does_not_tell_the_session() -> None:
    assert said(1).mark == "mark"
