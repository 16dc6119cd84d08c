"""What may become of a report, who follows it, how it is called, and what is near it."""

from __future__ import annotations

import itertools
import math
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from bot.city.matter import Category
from bot.city.model import City, Place
from bot.people.store import meet
from bot.reports.file import file_report
from bot.reports.follow import follow, unfollow
from bot.reports.model import (
    ALPHABET,
    MOVES,
    NEEDS_NOTE,
    OPEN,
    REF_LENGTH,
    MoveRefused,
    Report,
    State,
    UnknownReport,
    clean_ref,
)
from bot.reports.move import move_report
from bot.reports.near import MOST_TWINS, metres_between, reports_near
from bot.reports.store import (
    by_ref,
    followed_by,
    followers_of,
    forget_reporters,
    history,
    is_following,
    is_reporter,
    recent_categories,
    report,
)
from bot.storage.work import Desk, Work
from tests.kit.clock import Time
from tests.kit.properties import tried

TOWN_HALL = Place(46.507, 7.41, 12.0, "devant la maison communale")


@pytest.fixture
def file(desk: Desk, valombre: City) -> Callable[..., Report]:
    """File a report and give it."""

    def filed(who: int | None = None, where: Place = TOWN_HALL, category: str = "footbridge", **values: Any) -> Report:
        with desk.work() as work:
            who = who if who is not None else newcomer(work)
            words, pictures = values.get("words", "cassé"), values.get("pictures", ())
            return file_report(work, who, valombre, valombre.category(category), where, 1, words, pictures)

    return filed


REPORTERS = itertools.count(1)


def newcomer(work: Work) -> int:
    return meet(work, [("kit", f"reporter-{next(REPORTERS)}", "fr")])[0].id


def seen(desk: Desk, ref: str) -> Report:
    with desk.reading() as work:
        found = by_ref(work, ref)
        assert found is not None
        return found


async def test_a_filed_report_reads_as_it_was_filed(desk: Desk, file: Callable[..., Report]) -> None:
    filed = file(pictures=("a", "b", "c"), words="la planche du milieu")
    assert seen(desk, filed.ref) == filed
    with desk.reading() as work:
        assert [event.state for event in history(work, filed.id)] == [State.RECEIVED]
        assert len(followers_of(work, filed.ref)) == 1


async def test_every_move_is_allowed_or_refused_as_the_model_says(
    desk: Desk, file: Callable[..., Report], time: Time
) -> None:
    """All eighty-one pairs, each from a report brought to its first state."""
    for before in State:
        for after in State:
            filed = file()
            with desk.work() as work:
                closed = None if before in OPEN else work.now
                work.connection.execute(
                    update(report).where(report.c.id == filed.id).values(state=before.value, closed_at=closed)
                )
            time.advance(timedelta(minutes=1))
            if after in MOVES[before]:
                with desk.work() as work:
                    moved = move_report(work, filed.ref, after, "une raison")
                    steps = history(work, filed.id)
                assert (moved.state, moved.note, moved.changed_at) == (after, "une raison", time.now())
                assert (steps[-1].state, steps[-1].at, len(steps)) == (after, time.now(), 2)
            else:
                with pytest.raises(MoveRefused, match=f"cannot become {after}"), desk.work() as work:
                    move_report(work, filed.ref, after, "une raison")
                assert seen(desk, filed.ref).state == before


@pytest.mark.parametrize("state", sorted(NEEDS_NOTE))
@pytest.mark.parametrize("note", ["", "   ", "\n"])
async def test_some_moves_are_never_made_without_a_reason(
    desk: Desk, file: Callable[..., Report], state: State, note: str
) -> None:
    filed = file()
    with pytest.raises(MoveRefused, match="needs a reason"), desk.work() as work:
        move_report(work, filed.ref, state, note)
    assert seen(desk, filed.ref).state == State.RECEIVED


async def test_a_report_nobody_made_cannot_move_nor_be_followed(desk: Desk) -> None:
    for verb in (
        lambda work: move_report(work, "VAL-2222", State.DONE),
        lambda work: follow(work, "VAL-2222", 1),
        lambda work: unfollow(work, "VAL-2222", 1),
    ):
        with pytest.raises(UnknownReport):
            await desk.run(verb)


@given(wishes=st.lists(st.sampled_from(list(State)), max_size=12))
@tried(25)
async def test_history_is_only_ever_added_to(desk: Desk, file: Callable[..., Report], wishes: list[State]) -> None:
    filed = file()
    told = [State.RECEIVED]
    for wish in wishes:
        try:
            with desk.work() as work:
                move_report(work, filed.ref, wish, "parce que")
        except MoveRefused:
            assert wish not in MOVES[told[-1]]
        else:
            told.append(wish)
        with desk.reading() as work:
            assert [step.state for step in history(work, filed.id)] == told
            closed = work.connection.execute(report.select().where(report.c.id == filed.id)).one().closed_at
            assert (closed is None) == (told[-1] in OPEN)


def test_every_state_can_be_left_and_no_state_leads_to_itself() -> None:
    assert set(MOVES) == set(State)
    for state, nexts in MOVES.items():
        assert nexts
        assert state not in nexts
        assert State.RECEIVED not in nexts


# Numbers


@given(
    letters=st.text(alphabet=ALPHABET, min_size=REF_LENGTH, max_size=REF_LENGTH),
    prefix=st.sampled_from(["VAL", "BB", "M"]),
)
def test_a_number_is_understood_however_it_is_typed(letters: str, prefix: str) -> None:
    for typed in (
        f"{prefix}-{letters}",
        f"{prefix} {letters}".lower(),
        letters,
        f" {prefix}{letters}. ",
        f"n° {letters}"[3:],
    ):
        assert clean_ref(typed, prefix) == f"{prefix}-{letters}"


@given(typed=st.text(max_size=40))
def test_what_is_no_number_is_nothing_and_never_fails(typed: str) -> None:
    cleaned = clean_ref(typed, "VAL")
    assert cleaned == "" or set(cleaned.removeprefix("VAL-")) <= set(ALPHABET)


async def test_when_short_numbers_run_out_they_grow(
    desk: Desk, file: Callable[..., Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "choice", lambda letters: letters[0])
    lengths = [len(file().ref.removeprefix("VAL-")) for _filed in range(4)]
    assert lengths == [4, 5, 6, 8]
    with pytest.raises(RuntimeError, match="no free number"):
        file()


# Following


async def test_following_counts_once_and_ends(desk: Desk, file: Callable[..., Report]) -> None:
    filed = file()
    with desk.work() as work:
        paul = newcomer(work)
        assert follow(work, filed.ref, paul)
        assert not follow(work, filed.ref, paul)
        assert is_following(work, paul, filed.ref)
        assert not is_reporter(work, paul, filed.ref)
    assert seen(desk, filed.ref).followers == 2
    with desk.work() as work:
        assert unfollow(work, filed.ref, paul)
        assert not unfollow(work, filed.ref, paul)
        assert not is_following(work, paul, filed.ref)
    assert seen(desk, filed.ref).followers == 1


async def test_mine_are_listed_open_ones_first_then_the_newest(desk: Desk, file: Callable[..., Report]) -> None:
    with desk.work() as work:
        ana = newcomer(work)
    refs = [file(ana).ref for _at in range(4)]
    with desk.work() as work:
        move_report(work, refs[3], State.DONE)
        assert [one.ref for one in followed_by(work, ana)] == [refs[2], refs[1], refs[0], refs[3]]
        assert [one.ref for one in followed_by(work, ana, most=2)] == [refs[2], refs[1]]


async def test_recent_subjects_are_the_latest_ones_each_once(desk: Desk, file: Callable[..., Report]) -> None:
    with desk.work() as work:
        ana = newcomer(work)
    for category in ("footbridge", "waymark", "waymark"):
        file(ana, category=category)
    with desk.reading() as work:
        assert recent_categories(work, ana) == ["waymark", "footbridge"]


# Near

CLOSE = st.floats(-0.0015, 0.0015).map(lambda degrees: round(degrees, 6))


@given(spots=st.lists(st.tuples(CLOSE, CLOSE, st.sampled_from(["footbridge", "waymark"]), st.booleans()), max_size=8))
@tried(20)
async def test_what_is_near_is_what_a_ruler_says(
    desk: Desk, file: Callable[..., Report], valombre: City, spots: list[tuple[float, float, str, bool]]
) -> None:
    category: Category = valombre.category("waymark")
    with desk.work() as work:
        work.connection.execute(report.delete())
    expected = []
    for north, east, kind, still_open in spots:
        where = Place(46.507 + north, 7.41 + east)
        filed = file(where=where, category=kind)
        metres = metres_between(46.507, 7.41, 46.507 + north, 7.41 + east)
        if not still_open:
            with desk.work() as work:
                move_report(work, filed.ref, State.DONE)
        elif kind == "waymark" and metres <= category.radius - 0.01:
            expected.append((metres, filed.id, filed.ref))
    with desk.reading() as work:
        found = reports_near(work, Place(46.507, 7.41), category)
    assert [twin.ref for twin in found] == [ref for _metres, _number, ref in sorted(expected)[:MOST_TWINS]]
    assert [twin.metres for twin in found] == [round(metres) for metres, _number, _ref in sorted(expected)[:MOST_TWINS]]


async def test_nothing_is_near_an_address_without_a_point(
    desk: Desk, file: Callable[..., Report], valombre: City
) -> None:
    file(where=Place(None, None, label="chemin des Alpages"))
    with desk.reading() as work:
        assert reports_near(work, Place(None, None, label="chemin des Alpages"), valombre.category("footbridge")) == []
        assert reports_near(work, TOWN_HALL, valombre.category("footbridge")) == []


@given(north=st.floats(-0.002, 0.002), east=st.floats(-0.002, 0.002))
def test_a_distance_is_that_of_the_sphere_within_a_few_centimetres(north: float, east: float) -> None:
    latitude, longitude = 46.507, 7.41
    one, other = math.radians(latitude), math.radians(latitude + north)
    half = math.sin((other - one) / 2) ** 2 + math.cos(one) * math.cos(other) * math.sin(math.radians(east) / 2) ** 2
    sphere = 2 * (111_320.0 * 180 / math.pi) * math.asin(math.sqrt(half))
    assert metres_between(latitude, longitude, latitude + north, longitude + east) == pytest.approx(sphere, abs=0.05)


async def test_an_old_report_keeps_nobody(desk: Desk, file: Callable[..., Report], time: Time) -> None:
    with desk.work() as work:
        ana = newcomer(work)
    old, open_ = file(ana), file(ana)
    with desk.work() as work:
        move_report(work, old.ref, State.DONE)
    time.advance(timedelta(days=181))
    with desk.work() as work:
        assert forget_reporters(work, work.now - timedelta(days=180)) == 2
        assert followers_of(work, old.ref) == []
        assert not is_reporter(work, ana, old.ref)
        assert is_reporter(work, ana, open_.ref)
    assert seen(desk, old.ref).followers == 0
