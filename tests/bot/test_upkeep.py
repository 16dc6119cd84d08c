"""What the welcome promises to forget is forgotten, on the day; what is still needed stays."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Column, func, select

from bot.city.model import City
from bot.delivery.claims import claim
from bot.delivery.model import Message
from bot.delivery.outbox import letter
from bot.delivery.previews import Reading
from bot.delivery.previews import keep as keep_preview
from bot.delivery.store import Delivered, Draft, forget_old, note_sent, write
from bot.news.model import State as Stage
from bot.news.store import news_item, news_text
from bot.people.audit import note_act
from bot.people.store import meet
from bot.pictures.keep import Pictures
from bot.reports.model import State
from bot.reports.move import move_report
from bot.reports.store import by_ref, follower, is_reporter
from bot.storage.heard import hear, heard, put_aside, set_aside
from bot.storage.work import Desk, Work
from bot.upkeep import ORPHANS_AFTER, remove_orphans, upkeep
from handlers.web.store import Line, keep_line, settle, web_line
from tests.kit.clock import Time
from tests.kit.news_items import put_item
from tests.kit.pictures import make_photo
from tests.kit.residents import House, Resident, as_seen

DAY = timedelta(days=1)
A_BIT = timedelta(minutes=1)


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    return Pictures(tmp_path / "photos")


@pytest.fixture
def job(valombre: City, pictures: Pictures, desk: Desk) -> Callable[[str], int]:
    """Does one of the jobs; gives how much was forgotten."""
    jobs = upkeep(valombre, pictures)

    def done(name: str) -> int:
        with desk.work() as work:
            return jobs[name](work)

    return done


def keeps(pictures: Pictures, name: str, at: datetime) -> str:
    """A photo kept at that instant; gives its key."""
    key = pictures.keep(make_photo(name, size=(64, 48))).key
    os.utime(pictures.path(key), (at.timestamp(), at.timestamp()))
    return key


def count(desk: Desk, column: Column[int] | Column[str]) -> int:
    """Rows in which there is something."""
    with desk.reading() as work:
        return work.connection.execute(select(func.count(column))).scalar_one()


def test_what_was_heard_is_remembered_as_long_as_a_second_delivery_may_come(
    desk: Desk, time: Time, job: Callable[[str], int]
) -> None:
    with desk.work() as work:
        hear(work, [("telegram", "1")])
        put_aside(work, "telegram", "2", "a fault", "{}")
    time.advance(2 * DAY - A_BIT)
    assert job("heard") == 0
    time.advance(2 * A_BIT)
    assert job("heard") == 1
    assert (count(desk, heard.c.key), count(desk, set_aside.c.key)) == (0, 1)
    time.advance(28 * DAY)
    assert job("heard") == 1
    assert count(desk, set_aside.c.key) == 0


def test_the_words_exchanged_are_forgotten_when_the_town_says(
    desk: Desk, time: Time, job: Callable[[str], int]
) -> None:
    def talk(work: Work) -> None:
        at = settle(work, "session", "fr")
        keep_line(work, at, Line(key="session.1", kind="text", text="un trou devant chez moi"))
        (nour,) = meet(work, [("kit", "nour", "fr")])
        write(work, [Draft(nour.address, Message(text="Bonjour")), Draft(nour.address, Message(text="Demain"))])
        sent, _waits = claim(work, ["kit"], 2)
        note_sent(work, [Delivered(sent, "1")])

    with desk.work() as work:
        talk(work)
    time.advance(20 * DAY - A_BIT)  # Valombre keeps messages for twenty days
    assert (job("letters"), job("web")) == (0, 0)
    time.advance(2 * A_BIT)
    assert job("letters") > 0
    assert job("web") == 1
    assert count(desk, web_line.c.id) == 0
    with desk.reading() as work:
        left = work.connection.execute(select(letter.c.state, letter.c.payload)).all()
    assert [row.state for row in left] == ["sending"]  # what is not yet said is not forgotten
    assert "Demain" in left[0].payload


def test_a_secret_is_forgotten_an_hour_after_a_page_could_show_it(
    desk: Desk, time: Time, job: Callable[[str], int]
) -> None:
    with desk.work() as work:
        (nour,) = meet(work, [("kit", "nour", "fr")])
        secret, plain, waits = (
            Draft(nour.address, Message(text=text, secret=text != "Bonjour")) for text in ("7K3F", "Bonjour", "9QXM")
        )
        write(work, [secret, plain, waits])
        first, second, _waits = claim(work, ["kit"], 3)
        note_sent(work, [Delivered(first, "1"), Delivered(second, "2")])
    time.advance(timedelta(hours=1))
    assert job("secrets") == 0
    time.advance(A_BIT)
    assert job("secrets") == 1
    assert job("secrets") == 0
    with desk.reading() as work:
        left = "\n".join(filter(None, work.connection.scalars(select(letter.c.payload))))
    assert "7K3F" not in left
    assert "Bonjour" in left
    assert "9QXM" in left  # what is not yet said is not forgotten


def test_what_never_left_is_forgotten_three_months_after_anybody_touched_it(
    desk: Desk, time: Time, job: Callable[[str], int]
) -> None:
    unsent = (Stage.DRAFT, Stage.SENT_BACK, Stage.WITHDRAWN)
    with desk.work() as work:
        for stage in unsent:
            put_item(work, state=stage, title="Un brouillon", starts_at=None, created_at=work.now)
        kept = [
            put_item(work, state=stage, starts_at=work.now) for stage in (Stage.REVIEW, Stage.PLANNED, Stage.RECALLED)
        ]
        kept.append(put_item(work, state=Stage.WITHDRAWN, feed="https://a.example/feed", feed_key="1"))
        touched = put_item(work, state=Stage.DRAFT, created_at=work.now)
    time.advance(30 * DAY)
    with desk.work() as work:
        note_act(work, None, "news.withdraw", touched.ref)
    time.advance(60 * DAY)
    assert job("news") == 0
    time.advance(A_BIT)
    assert job("news") == len(unsent)
    assert job("news") == 0
    with desk.reading() as work:
        left = {*work.connection.scalars(select(news_item.c.ref))}
        words = "".join(work.connection.scalars(select(news_text.c.title)))
    assert left == {one.ref for one in (*kept, touched)}
    assert "Un brouillon" not in words
    time.advance(30 * DAY)
    assert job("news") == 1


def test_letters_are_forgotten_some_at_a_time_and_the_oldest_first(desk: Desk, time: Time) -> None:
    def said(work: Work, word: str) -> None:
        (nour,) = meet(work, [("kit", word, "fr")])
        write(work, [Draft(nour.address, Message(text=word)) for _letter in range(3)])
        note_sent(work, [Delivered(one, "1") for one in claim(work, ["kit"], 3)])

    for word in ("Hier", "Bonjour"):
        with desk.work() as work:
            said(work, word)
        time.advance(DAY)
    with desk.work() as work:
        assert [forget_old(work, DAY / 2, most=4) for _slice in range(3)] == [4, 2, 0]
    with desk.work() as work:
        said(work, "Demain")
        assert forget_old(work, DAY / 2) == 0


async def reports(resident: Resident, *photos: str) -> str:
    """A footbridge, with these photos; gives the number of the report."""
    await resident.says("/signaler")
    if photos:
        await resident.sends(*photos)
    else:
        await resident.says("passer")
    await resident.shares(46.5072, 7.4104)
    await resident.taps("Sentiers")
    await resident.taps("Passerelle abîmée")
    await resident.says("passer")
    await resident.taps("Envoyer")
    return as_seen(resident.messages[-1]).split("Signalement ")[1].split()[0]


async def test_who_reported_is_forgotten_half_a_year_after_the_report_was_closed(
    house: House, resident: Resident, desk: Desk, time: Time, job: Callable[[str], int]
) -> None:
    ref = await reports(resident)
    neighbour = house.resident()
    await neighbour.says(f"/start r_{ref}")
    time.advance(400 * DAY)
    assert job("reporters") == 0  # still open
    with desk.work() as work:
        move_report(work, ref, State.DONE)
    time.advance(180 * DAY - A_BIT)
    assert job("reporters") == 0
    time.advance(2 * A_BIT)
    assert job("reporters") == 3  # one who made it, two who followed it
    with desk.reading() as work:
        found = by_ref(work, ref)
        assert found is not None
        assert (found.state, found.followers) == (State.DONE, 0)
        who = work.connection.execute(select(follower.c.resident_id)).all()
        assert who == []
        assert not any(is_reporter(work, number, ref) for number in range(10))


async def test_a_picture_stays_while_a_report_a_draft_or_a_dialogue_shows_it(
    house: House, resident: Resident, pictures: Pictures, desk: Desk, time: Time, job: Callable[[str], int]
) -> None:
    reported, drafted, said, told, lost = (
        keeps(pictures, name, time.now()) for name in ("reported", "drafted", "said", "told", "lost")
    )
    pictures.thumbnail(lost)
    await reports(resident, reported)
    other = house.resident()
    await other.says("/signaler")
    await other.sends(drafted)
    with desk.work() as work:
        keep_line(work, settle(work, "session", "fr"), Line(key="session.1", kind="pictures", pictures=(said,)))
        (nour,) = meet(work, [("kit", "nour", "fr")])
        write(work, [Draft(nour.address, Message(pictures=(told,)))])
    small = pictures.thumbnail(lost)
    os.utime(small, (time.now().timestamp(), time.now().timestamp()))
    time.advance(ORPHANS_AFTER - A_BIT)
    assert job("pictures") == 0
    time.advance(2 * A_BIT)
    assert job("pictures") == 1
    assert [pictures.path(key).exists() for key in (reported, drafted, said, told)] == [True] * 4
    assert not pictures.path(lost).exists()
    assert not small.exists()


async def test_many_pictures_in_use_never_hide_one_that_nobody_needs(
    resident: Resident, pictures: Pictures, desk: Desk, time: Time
) -> None:
    *used, lost = sorted(keeps(pictures, f"{number}", time.now()) for number in range(5))
    await reports(resident, *used)
    time.advance(ORPHANS_AFTER + A_BIT)
    with desk.work() as work:
        assert remove_orphans(work, pictures, most=2) == 1
    assert not pictures.path(lost).exists()


def test_no_more_than_so_many_pictures_are_removed_at_a_time(pictures: Pictures, desk: Desk, time: Time) -> None:
    for number in range(5):
        keeps(pictures, f"{number}", time.now())
    time.advance(ORPHANS_AFTER + A_BIT)
    with desk.work() as work:
        assert [remove_orphans(work, pictures, most=2) for _tick in range(4)] == [2, 2, 1, 0]


def test_a_photo_of_the_news_stays_with_them(
    desk: Desk, time: Time, pictures: Pictures, job: Callable[[str], int]
) -> None:
    ours, lost = (keeps(pictures, name, time.now()) for name in ("affiche", "perdue"))
    with desk.work() as work:
        put_item(work, pictures=(ours,))
    time.advance(ORPHANS_AFTER + A_BIT)
    assert job("pictures") == 1
    assert pictures.path(ours).exists()
    assert not pictures.path(lost).exists()


def test_a_preview_and_its_photo_stay_for_a_day_from_when_it_was_asked_for(
    desk: Desk, time: Time, pictures: Pictures, job: Callable[[str], int]
) -> None:
    shown = keeps(pictures, "affiche", time.now())
    time.advance(A_BIT)
    with desk.work() as work:
        keep_preview(work, None, [Reading("fr", Message(pictures=(shown,)))])
    time.advance(ORPHANS_AFTER - A_BIT)
    assert (job("previews"), job("pictures")) == (0, 0)
    assert pictures.path(shown).exists()
    time.advance(A_BIT)
    assert (job("previews"), job("pictures")) == (1, 1)
    assert not pictures.path(shown).exists()
