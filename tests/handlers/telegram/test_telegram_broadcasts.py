"""A broadcast over the real path to Telegram: refusals, storms and outages all end in the right state."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.delivery import broadcasts
from bot.delivery.broadcast import Act, Broadcast, State
from bot.delivery.model import Lane, Message
from bot.delivery.postman import Postman
from bot.people.store import find_people, meet
from bot.pictures.keep import Pictures
from bot.storage.work import Desk, Work
from handlers.telegram.outgoing import TelegramChannel
from handlers.telegram.pace import Pace
from handlers.telegram.session import LeanBot, LeanSession
from tests.kit.broadcasts import KIND, Everybody, Office
from tests.kit.clock import Time
from tests.kit.pictures import make_photo
from tests.kit.pigeon import Pigeon
from tests.kit.telegram import BotApiServer, TelegramUser

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


class News(Everybody):
    """With photos, if a test wants some."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures: tuple[str, ...] = ()

    def worded(self, work: Work, one: Broadcast, language: str, address: int) -> Message:
        key = language, f"{self.words}{self.pictures}"
        if key not in self._made:
            self._made[key] = Message(
                text=self.words, pictures=self.pictures, slot=f"{KIND}:{one.ref}", language=language
            )
        return self._made[key]


class Telegram(Office):
    """An office whose channel is Telegram's."""

    def __init__(self, desk: Desk, time: Time, server: BotApiServer, folder: Path, pace: Pace) -> None:
        self.session = LeanSession(server.address)
        self.pictures = Pictures(folder / "photos")
        self.channel = TelegramChannel(LeanBot(server.token, self.session), self.pictures, pace)
        self.server, self._pace = server, pace
        super().__init__(desk, time, Pigeon())
        self.kind = self.news = News()
        self.new_postman()

    def new_postman(self) -> Postman:
        kinds = {KIND: self.kind}
        self.postman = Postman(
            self.desk, [self.channel], kinds=kinds, on_gone=lambda _work, them: self.lost.extend(them)
        )
        return self.postman

    def restart(self) -> None:
        """What was in memory is gone."""
        self.channel = TelegramChannel(LeanBot(self.server.token, self.session), self.pictures, self._pace)
        self.new_postman()

    async def town(self, count: int) -> list[TelegramUser]:
        users = [self.server.user(known=True) for _ in range(count)]
        await self.run(lambda work: meet(work, [("telegram", str(user.id), "fr") for user in users]))
        return users

    async def until_over(self, number: int, step: timedelta = 10 * SECOND) -> None:
        """However long it takes; the clock moves on whenever nothing is in hand."""
        for _step in range(1000):
            if self.one(number).ended_at is not None:
                return
            self.time.advance(step)
            await self.settle()
        raise AssertionError("it does not end")


@pytest.fixture
def pace() -> Pace:
    return Pace(1000, None, bulk=1000)


@pytest.fixture
async def office(
    sqlite_database: str, time: Time, telegram: BotApiServer, tmp_path: Path, pace: Pace
) -> AsyncIterator[Telegram]:
    from bot.storage.database import open_database

    desk = Desk(open_database(sqlite_database), time.now)
    office = Telegram(desk, time, telegram, tmp_path, pace)
    yield office
    await office.session.close()
    desk.close()


def got(users: list[TelegramUser]) -> list[int]:
    return [len(user.bot_messages) for user in users]


async def test_of_ten_percent_faults_and_five_percent_blocked_all_end_in_the_right_state(
    office: Telegram, telegram: BotApiServer
) -> None:
    users = await office.town(300)
    lots = random.Random(7)
    blocked = lots.sample(users, 15)
    for user in blocked:
        user.blocks()
    for user in lots.sample(users, 30):
        telegram.fault("sendMessage", 502, contains=f'"chat_id":{user.id},')
    number = await office.plan()
    async with office.at_work():
        await office.until_over(number)
    figures = office.assert_counted(number)
    assert (figures.sent, figures.gone, figures.failed, figures.unknown) == (285, 15, 0, 0)
    assert got([user for user in users if user not in blocked]) == [1] * 285
    assert len(office.lost) == 15


async def test_a_storm_of_refusals_for_speed_costs_no_try_and_slows_us_down(
    office: Telegram, telegram: BotApiServer, pace: Pace
) -> None:
    users = await office.town(100)
    telegram.fault("sendMessage", 429, retry_after=1, times=5)
    number = await office.plan()
    async with office.at_work():
        await office.until_over(number, SECOND)
    assert office.assert_counted(number).sent == 100
    assert got(users) == [1] * 100
    assert pace.gate is not None
    assert pace.gate.refusals >= 1
    assert pace.gate.rate <= 800
    with office.desk.reading() as work:
        assert office.postman.figures(work).counters.throttled == pace.gate.refusals


async def test_an_outage_of_two_minutes_loses_nobody(office: Telegram, telegram: BotApiServer) -> None:
    users = await office.town(100)
    outage = telegram.fault("*", drop="before", times=1_000_000)
    number = await office.plan()
    async with office.at_work():
        began = office.time.now()
        while office.time.now() - began < 2 * MINUTE:
            office.time.advance(5 * SECOND)
            await office.settle()
        assert got(users) == [0] * 100
        outage.times = 0
        await office.until_over(number)
    assert office.assert_counted(number).sent == 100
    assert got(users) == [1] * 100


async def test_bad_markup_pauses_it_instead_of_burning_the_list(office: Telegram, telegram: BotApiServer) -> None:
    await office.town(200)
    telegram.fault("sendMessage", 400, description="Bad Request: can't parse entities", times=1000)
    number = await office.plan()
    async with office.at_work():
        await office.until(lambda: office.one(number).state is State.PAUSED)
        await office.settle()
    assert office.assert_counted(number).queued == 200
    assert "can't parse entities" in office.one(number).because


async def test_a_group_that_became_a_supergroup_is_followed(office: Telegram, telegram: BotApiServer) -> None:
    (member,) = await office.town(1)
    group = telegram.group(members=[member])
    await office.run(lambda work: meet(work, [("telegram", str(group.id), "fr")]))
    moved = telegram.migrate(group)
    number = await office.plan()
    async with office.at_work():
        await office.until_over(number)
    assert office.assert_counted(number).sent == 2
    with office.desk.reading() as work:
        assert find_people(work, [("telegram", str(moved.id))])


async def test_its_photo_goes_up_once(office: Telegram, telegram: BotApiServer) -> None:
    users = await office.town(40)
    office.news.pictures = (office.pictures.keep(make_photo("pont")).key,)
    number = await office.plan()
    async with office.at_work():
        await office.until_over(number)
    assert got(users) == [1] * 40
    assert sum(bool(call.files) for call in telegram.calls_of("sendPhoto")) == 1


@pytest.mark.parametrize("photos", [0, 1, 3])
async def test_recalled_it_disappears_from_telephones_whole(office: Telegram, photos: int) -> None:
    users = await office.town(3)
    office.news.pictures = tuple(office.pictures.keep(make_photo(f"photo {at}")).key for at in range(photos))
    number = await office.plan()
    async with office.at_work():
        await office.until_over(number)
        assert got(users) == [photos + 1 if photos > 1 else 1] * 3
        recall = await office.plan(lane=Lane.EDIT, act=Act.DELETE, of=number)
        await office.until_over(recall)
    assert got(users) == [0] * 3
    assert office.assert_counted(recall).sent == 3


@pytest.mark.parametrize("method", ["deleteMessages", "deleteMessage"])
async def test_a_recall_interrupted_on_its_way_leaves_no_photo_behind(
    office: Telegram, telegram: BotApiServer, method: str
) -> None:
    users = await office.town(1)
    office.news.pictures = tuple(office.pictures.keep(make_photo(f"photo {at}")).key for at in range(3))
    number = await office.plan()
    async with office.at_work():
        await office.until_over(number)
        telegram.fault(method, 502)
        recall = await office.plan(lane=Lane.EDIT, act=Act.DELETE, of=number)
        await office.until_over(recall)
    assert got(users) == [0]
    assert office.assert_counted(recall).sent == 1


async def test_a_recall_takes_away_what_arrived_of_a_letter_that_did_not_arrive_whole(
    office: Telegram, telegram: BotApiServer
) -> None:
    users = await office.town(1)
    office.news.pictures = tuple(office.pictures.keep(make_photo(f"photo {at}")).key for at in range(3))
    telegram.fault("sendMessage", 502)
    number = await office.plan()
    async with office.at_work():
        await office.until(lambda: got(users) == [3])
        await office.settle()
        await office.run(lambda work: broadcasts.stop(work, number, "recalled"))
        recall = await office.plan(lane=Lane.EDIT, act=Act.DELETE, of=number)
        await office.until_over(recall)
        await office.until_over(number)
    assert got(users) == [0]
    assert (office.assert_counted(number).cancelled, office.assert_counted(recall).sent) == (1, 1)


@pytest.mark.parametrize("photos", [3, 10])
@pytest.mark.parametrize("act", [Act.EDIT, Act.DELETE])
async def test_after_a_restart_a_letter_that_arrived_in_part_goes_on_where_it_was(
    office: Telegram, telegram: BotApiServer, photos: int, act: Act
) -> None:
    (user,) = await office.town(1)
    office.news.pictures = tuple(office.pictures.keep(make_photo(f"photo {at}")).key for at in range(photos))
    telegram.fault("sendMessage", 502)
    number = await office.plan()
    async with office.at_work():
        await office.until(lambda: got([user]) == [photos])
        await office.settle()
    office.restart()
    async with office.at_work():
        await office.until_over(number)
        assert got([user]) == [photos + 1]
        before = [message.id for message in user.bot_messages]
        office.news.words = "Corrigé"
        change = await office.plan(lane=Lane.EDIT, act=act, of=number)
        await office.until_over(change)
    assert [message.id for message in user.bot_messages] == ([] if act is Act.DELETE else before)
    assert act is Act.DELETE or user.last_message.text == "Corrigé"


@pytest.mark.parametrize("restarted", [True, False])
@pytest.mark.parametrize("photos", [0, 1, 2])
async def test_what_arrived_of_a_letter_that_has_other_photos_now_is_taken_away_with_the_rest(
    office: Telegram, telegram: BotApiServer, photos: int, restarted: bool
) -> None:
    (user,) = await office.town(1)
    keys = [office.pictures.keep(make_photo(f"photo {at}")).key for at in range(3)]
    office.news.pictures = tuple(keys)
    telegram.fault("sendMessage", 502)
    number = await office.plan()
    async with office.at_work():
        await office.until(lambda: got([user]) == [3])
        await office.settle()
    office.news.pictures = tuple(keys[:photos])
    if restarted:
        office.restart()
    else:
        office.new_postman()
    async with office.at_work():
        await office.until_over(number)
        assert "Bonjour" in user.last_message.text
        recall = await office.plan(lane=Lane.EDIT, act=Act.DELETE, of=number)
        await office.until_over(recall)
    assert got([user]) == [0]


async def test_paused_while_the_rest_of_a_letter_is_on_the_wire_nothing_arrives_twice(
    office: Telegram, telegram: BotApiServer
) -> None:
    users = await office.town(1)
    office.news.pictures = tuple(office.pictures.keep(make_photo(f"photo {at}")).key for at in range(3))
    telegram.fault("sendMessage", 502)
    number = await office.plan()
    async with office.at_work():
        await office.until(lambda: got(users) == [3])
        await office.settle()
        telegram.latency = 0.2  # the words have arrived, and the answer is on its way
        office.time.advance(31 * SECOND)
        office.postman.wake()
        await office.until(lambda: got(users) == [4])
        await office.run(lambda work: broadcasts.pause(work, number))
        await office.run(lambda work: broadcasts.resume(work, number))
        await office.until_over(number)
    assert got(users) == [4]
    assert office.assert_counted(number).sent == 1


@pytest.mark.parametrize("photos", [0, 1, 3])
async def test_what_is_too_old_to_be_deleted_says_that_it_was_recalled(
    office: Telegram, telegram: BotApiServer, photos: int
) -> None:
    (user,) = await office.town(1)
    office.news.pictures = tuple(office.pictures.keep(make_photo(f"photo {at}")).key for at in range(photos))
    number = await office.plan()
    async with office.at_work():
        await office.until_over(number)
        office.news.pictures, office.news.words = (), "Retirée par son auteur"
        telegram.later(49 * 3600)
        recall = await office.plan(lane=Lane.EDIT, act=Act.DELETE, of=number)
        await office.until_over(recall)
    last = user.last_message
    assert "Retirée par son auteur" in last.text
    assert office.assert_counted(recall).sent == 1


@pytest.mark.parametrize("photos", [0, 1, 3])
async def test_corrected_the_words_change_where_they_stand(office: Telegram, photos: int) -> None:
    users = await office.town(3)
    office.news.pictures = tuple(office.pictures.keep(make_photo(f"photo {at}")).key for at in range(photos))
    number = await office.plan()
    async with office.at_work():
        await office.until_over(number)
        before = [[message.id for message in user.bot_messages] for user in users]
        office.news.words = "Corrigé"
        edit = await office.plan(lane=Lane.EDIT, act=Act.EDIT, of=number)
        await office.until_over(edit)
        again = await office.plan("deux", lane=Lane.EDIT, act=Act.EDIT, of=number)  # not modified: as good as done
        await office.until_over(again)
    assert [[message.id for message in user.bot_messages] for user in users] == before
    assert all("Corrigé" in user.last_message.text for user in users)
    assert office.assert_counted(again).sent == 3


async def test_a_corrected_message_of_another_nature_can_still_be_recalled(office: Telegram) -> None:
    users = await office.town(2)
    number = await office.plan()
    async with office.at_work():
        await office.until_over(number)
        office.news.pictures = (office.pictures.keep(make_photo("pont")).key,)
        edit = await office.plan(lane=Lane.EDIT, act=Act.EDIT, of=number)
        await office.until_over(edit)
        assert all(user.last_message.photo for user in users)
        recall = await office.plan(lane=Lane.EDIT, act=Act.DELETE, of=number)
        await office.until_over(recall)
    assert got(users) == [0, 0]


@pytest.mark.parametrize(("rate", "paid"), [(30, False), (1000, True)])
async def test_beyond_what_is_free_a_broadcast_says_that_it_is_paid_for(
    sqlite_database: str, time: Time, telegram: BotApiServer, tmp_path: Path, rate: int, paid: bool
) -> None:
    from bot.delivery.store import Draft, write
    from bot.storage.database import open_database

    desk = Desk(open_database(sqlite_database), time.now)
    office = Telegram(desk, time, telegram, tmp_path, Pace(rate, None))
    (user,) = await office.town(1)
    (person,) = (await office.run(lambda work: find_people(work, [("telegram", str(user.id))]))).values()
    await office.plan()
    await office.run(lambda work: write(work, [Draft(person.address, Message(text="une réponse"))]))
    async with office.at_work():
        await office.until(lambda: len(user.bot_messages) == 2)
    said: dict[str, Any] = {call.parameters["text"]: call.parameters for call in telegram.calls_of("sendMessage")}
    assert said["Bonjour"].get("allow_paid_broadcast", False) is paid
    assert "allow_paid_broadcast" not in said["une réponse"]
    await office.session.close()
    desk.close()


async def test_telegram_that_counts_refuses_nothing_of_a_broadcast(
    sqlite_database: str, time: Time, telegram: BotApiServer, tmp_path: Path
) -> None:
    from bot.storage.database import open_database

    telegram.rates.on = True
    telegram.rates.per_second = 60
    desk = Desk(open_database(sqlite_database), time.now)
    office = Telegram(desk, time, telegram, tmp_path, Pace(60, 1.0, bulk=60))
    users = await office.town(150)
    number = await office.plan()
    async with office.at_work():
        await office.until_ended(number)
    assert got(users) == [1] * 150
    assert telegram.rates.refused == 0
    assert telegram.rates.highest_in_a_second <= 60
    await office.session.close()
    desk.close()
