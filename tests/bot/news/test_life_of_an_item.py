"""The states of an item, whoever does what to it, in whatever order: only moves of the table, and nothing by halves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from bot.city.model import City
from bot.delivery.broadcast import Act, Broadcast
from bot.delivery.broadcast import State as Run
from bot.delivery.broadcasts import of_ref
from bot.news import control
from bot.news.approve import approve, approvers_of, awaiting, send_back
from bot.news.model import Item, State, Text
from bot.news.moves import MOVES, Refused
from bot.news.refs import clean_ref, draw_ref
from bot.news.store import item_by_ref
from bot.news.write import Draft, file_item, rewrite, submit
from bot.people.staff import Role, audit
from bot.people.store import meet
from bot.storage.tables import new_identity
from bot.storage.work import Desk, Work
from tests.kit.clock import Time
from tests.kit.properties import tried
from tests.kit.staff import give_role, take_roles

PEOPLE = ["author", "moderator", "elsewhere", "nobody"]
UNDER_WAY = (Run.PLANNED, Run.RUNNING, Run.PAUSED)


def draft(time: Time, **values: Any) -> Draft:
    given = {
        "topic": "works",
        "quartiers": (1,),
        "author_name": "Anne Martin",
        "author_role": "conseil de quartier",
        "language": "fr",
        "texts": {"fr": Text("Travaux", "La rue est fermée.")},
        "expires_at": time.now() + timedelta(days=7),
    }
    return Draft(**{**given, **values})


def staff_of(work: Work) -> dict[str, int]:
    """Somebody of each kind."""
    people = {}
    for name in PEOPLE:
        (person,) = meet(work, [("kit", f"{name}-{new_identity()}", "fr")])
        people[name] = person.id
    give_role(work, people["author"], Role.CONSEILLER, "Anne Martin", [1])
    give_role(work, people["moderator"], Role.MODERATOR, "Omar Benali")
    give_role(work, people["elsewhere"], Role.CONSEILLER, "Luc Favre", [2])
    return people


DEEDS = ["submit", "approve", "send_back", "withdraw", "pause", "resume", "stop", "correct", "recall", "end", "rewrite"]
STEPS = st.lists(
    st.tuples(st.sampled_from(DEEDS), st.sampled_from([*PEOPLE, "author", "moderator"]), st.integers(0, 90)),
    min_size=3,
    max_size=25,
)


def verb(name: str, city: City, time: Time, ref: str, count: int) -> Callable[[Work, int], Item]:
    words = {"fr": Text("Travaux", f"La rue est fermée, fois {count}.")}
    return {
        "submit": lambda work, who: submit(work, who, city, ref),
        "approve": lambda work, who: approve(work, who, city, ref, _rev(work, ref)),
        "send_back": lambda work, who: send_back(work, who, ref, "Précisez."),
        "withdraw": lambda work, who: control.withdraw(work, who, ref),
        "pause": lambda work, who: control.pause(work, who, ref),
        "resume": lambda work, who: control.resume(work, who, ref),
        "stop": lambda work, who: control.stop(work, who, ref),
        "correct": lambda work, who: control.correct(work, who, ref, words),
        "recall": lambda work, who: control.recall(work, who, ref),
        "end": lambda work, who: control.end_on(work, who, ref, time.now() + timedelta(days=9)),
        "rewrite": lambda work, who: rewrite(work, who, ref, draft(time)),
    }[name]  # type: ignore[no-any-return]


@pytest.fixture
def database(sqlite_database: str) -> str:
    return sqlite_database


@given(steps=STEPS, always=st.booleans())
@tried(60)
def test_whatever_is_done_only_moves_of_the_table_are_made(
    desk: Desk, time: Time, valombre: City, steps: list[tuple[str, str, int]], always: bool
) -> None:
    city = _that_reviews(valombre, always)
    with desk.work() as work:
        people = staff_of(work)
        ref = file_item(work, people["author"], draft(time)).ref
    for count, (name, who, seconds) in enumerate(steps):
        time.advance(timedelta(seconds=seconds))
        with desk.work() as work:
            before, noted = _known(work, ref), _noted(work, ref)
            try:
                after = verb(name, city, time, ref, count)(work, people[who])
            except Refused:
                assert _known(work, ref) == before
                assert _noted(work, ref) == noted
                continue
            assert after == _known(work, ref)
            assert after.state is before.state or after.state in MOVES[before.state]
            assert _noted(work, ref) == noted + 1
            assert who != "nobody"
            assert who != "elsewhere"
            assert (name, who) not in (("approve", "author"), ("send_back", "author"))
            check(after, of_ref(work, "news", ref), work)


def _that_reviews(city: City, always: bool) -> City:
    values = {field.name: getattr(city, field.name) for field in fields(city)}
    values["news"] = msgspec.structs.replace(city.news, review_from=0 if always else None)
    return City(**values)


def _known(work: Work, ref: str) -> Item:
    found = item_by_ref(work, ref)
    assert found is not None
    return found


def _rev(work: Work, ref: str) -> int:
    return _known(work, ref).rev


def _noted(work: Work, ref: str) -> int:
    query = select(func.count()).select_from(audit).where(audit.c.about == ref)
    return int(work.connection.execute(query).scalar_one())


def check(item: Item, known: list[Broadcast], work: Work) -> None:
    """What must hold after anything that was done."""
    sending = [one for one in known if one.act is Act.SEND and one.state in UNDER_WAY]
    if item.state is State.PLANNED:
        assert item.broadcast_id in {one.id for one in known}
        assert len(sending) <= 1
        assert item.starts_at is not None
        assert item.expires_at is not None
        assert item.starts_at < item.expires_at
    else:
        assert sending == []
    if item.state in (State.DRAFT, State.REVIEW, State.SENT_BACK, State.WITHDRAWN):
        assert not item.is_public(work.now)
        assert all(one.act is Act.SEND for one in known)
    assert sum(one.act is not Act.SEND and one.state in UNDER_WAY for one in known) <= 1


def test_a_role_that_does_not_reach_files_nothing(desk: Desk, time: Time) -> None:
    with desk.work() as work:
        people = staff_of(work)
        for quartiers in ((), (2,), (1, 2)):
            with pytest.raises(Refused, match="no_right"):
                file_item(work, people["author"], draft(time, quartiers=quartiers))
        with pytest.raises(Refused, match="nothing"):
            file_item(work, people["author"], draft(time, texts={"fr": Text("Titre", " ")}))
        take_roles(work, people["author"])
        with pytest.raises(Refused, match="no_right"):
            file_item(work, people["author"], draft(time))


def test_what_comes_from_a_feed_is_approved_or_refused_for_good(desk: Desk, time: Time, valombre: City) -> None:
    with desk.work() as work:
        people = staff_of(work)
        refs = [
            file_item(work, None, draft(time), feed="https://valombre.example/feed", feed_key=key).ref for key in "ab"
        ]
        assert [item.ref for item in awaiting(work, people["moderator"])] == refs[::-1]
        assert awaiting(work, people["elsewhere"]) == []
        assert approve(work, people["moderator"], valombre, refs[0], 1).state is State.PLANNED
        assert send_back(work, people["moderator"], refs[1], "Pas pour nous").state is State.WITHDRAWN
        assert awaiting(work, people["moderator"]) == []


def test_those_who_may_approve(desk: Desk, time: Time) -> None:
    with desk.work() as work:
        people = staff_of(work)
        item = file_item(work, people["author"], draft(time))
        assert approvers_of(work, item) == [people["moderator"]]
        give_role(work, people["nobody"], Role.CONSEILLER, "Eva Blanc", [1, 3])
        assert set(approvers_of(work, item)) == {people["moderator"], people["nobody"]}
        take_roles(work, people["moderator"])
        assert approvers_of(work, item) == [people["nobody"]]


@pytest.mark.parametrize("typed", ["AC-7K3FQ2", "ac 7k3fq2", "7K3FQ2", "ac7k3fq2", " AC–7K3FQ2. "])
def test_a_reference_is_read_as_people_type_it(typed: str) -> None:
    assert clean_ref(typed) == "AC-7K3FQ2"


@pytest.mark.parametrize("typed", ["", "AC-", "AC-7K3", "AC-7K3FQ0", "AC-7K3FQ27K3FQ2X", "été"])
def test_what_is_no_reference_is_none(typed: str) -> None:
    assert clean_ref(typed) == ""


def test_references_are_drawn_by_lot() -> None:
    drawn = {draw_ref() for _time in range(500)}
    assert len(drawn) > 495
    assert all(clean_ref(ref) == ref for ref in drawn)
