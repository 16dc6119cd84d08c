"""kill -9 amid forty conversations: nothing that a resident said is lost, nothing counts twice, nobody waits."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.people.store import address
from bot.reports.store import report, report_picture
from bot.storage.arrivals import arrival
from bot.storage.database import open_database
from bot.storage.heard import set_aside
from tests.conftest import VALOMBRE
from tests.kit.forking import Forked
from tests.kit.pictures import make_photo
from tests.kit.serving import Serving
from tests.kit.telegram import BotApiServer, TelegramUser
from tests.kit.whole import REF, Door

PEOPLE = 40
STEPS = 7
DOORS: dict[str, list[Door]] = {
    "sqlite": ["polling", "polling", "webhook"],
    "postgresql": ["polling", "webhook", "webhook"],
}
"""How each process in turn gets its updates. A start takes seconds: both databases together go through every change."""

PHOTO = make_photo("pont", size=(160, 120))
LONGEST_WAIT = 30.0
"""Seconds: time for a busy machine to start the bot again. A reply that waits for its lease comes after 120."""


class Progress:
    """How many answers have been given by everybody, and a bell for whoever waits for the next."""

    def __init__(self) -> None:
        self.answers = 0
        self._bell = asyncio.Condition()

    async def one_more(self) -> None:
        async with self._bell:
            self.answers += 1
            self._bell.notify_all()

    async def reaches(self, answers: int) -> None:
        async with self._bell:
            await self._bell.wait_for(lambda: self.answers >= answers)


class Reporter:
    """Somebody who reports a footbridge and reacts to what is on the screen."""

    def __init__(self, number: int, user: TelegramUser, progress: Progress) -> None:
        self.user = user
        self._number = number
        self._progress = progress

    @property
    def _place(self) -> tuple[float, float]:
        """One for each, too far apart to be the same problem."""
        return 46.5035 + self._number % 8 * 0.0008, 7.4055 + self._number // 8 * 0.0012

    async def reports(self) -> str:
        """Gives the number of the report."""
        self.user.says("/signaler")
        await self._progress.one_more()
        await self._sees("Envoyez une photo")
        if self._number % 2:
            self.user.sends_photo(PHOTO)
        else:
            self.user.says("passer")
        await self._progress.one_more()
        await self._sees("Où est-ce ?")
        self.user.shares_place(*self._place)
        await self._progress.one_more()
        await self._taps("De quoi s’agit-il ?", "Sentiers")
        await self._taps("Plus précisément ?", "Passerelle abîmée")
        await self._sees("Tout est bon ?")
        self.user.says(f"la planche numéro {self._number}")
        await self._progress.one_more()
        await self._taps("C’est noté.", "Envoyer")
        said = await self.user.wait_for("C’est le signalement", LONGEST_WAIT)
        return str(REF.findall(said.as_read())[-1])

    async def _sees(self, words: str) -> None:
        await self.user.wait_for(words, LONGEST_WAIT)

    async def _taps(self, words: str, label: str) -> None:
        question = await self.user.wait_for(
            lambda message: words in message.text and any(label in one for one in message.labels), LONGEST_WAIT
        )
        self.user.presses(next(one for one in question.labels if label in one))
        await self._progress.one_more()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def blank_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'parvis.db'}"
    address: str = request.getfixturevalue("blank_postgres")
    return address


async def test_killed_at_any_moment_nothing_is_lost_and_nothing_counts_twice(
    tmp_path: Path, blank_database: str, forked: Forked
) -> None:
    lots = random.Random(20261123)
    kills = sorted(lots.sample(range(PEOPLE, PEOPLE * STEPS - PEOPLE), 2))
    first, second, last = DOORS[blank_database.partition(":")[0]]
    progress = Progress()
    async with BotApiServer(haste=0.02) as telegram:
        people = [Reporter(at, telegram.user(first_name=f"P{at}"), progress) for at in range(PEOPLE)]
        serving = Serving(tmp_path, blank_database, VALOMBRE, telegram)
        said_before: list[list[int]] = []  # at each kill, how many messages each person had
        try:
            await serving.start_quickly(first, forked)
            async with asyncio.TaskGroup() as talking:
                talks = [talking.create_task(person.reports()) for person in people]
                for kill in kills:
                    await progress.reaches(kill)
                    await serving.kill()
                    said_before.append([len(person.user.bot_messages) for person in people])
                    if kill == kills[-1]:
                        await serving.start(last)  # as it is typed
                    else:
                        await serving.start_quickly(second, forked)
            refs = {person.user.id: talk.result() for person, talk in zip(people, talks, strict=True)}
            assert await telegram.all_delivered(LONGEST_WAIT)
            assert await serving.stop() == 0
        finally:
            await serving.close()
    assert_each_has_one_report(blank_database, refs)
    for at, person in enumerate(people):
        assert_only_what_was_under_way_is_said_twice(person, [counts[at] for counts in said_before])


def assert_each_has_one_report(database: str, refs: dict[int, str]) -> None:
    engine = open_database(database)
    with engine.connect() as connection:
        own = select(address.c.external, report.c.ref).join_from(
            report, address, report.c.resident_id == address.c.resident_id
        )
        theirs = [(int(external), ref) for external, ref in connection.execute(own)]
        photos = select(report.c.words, func.count(report_picture.c.key)).join_from(
            report, report_picture, isouter=True
        )
        told = sorted((row[0], row[1]) for row in connection.execute(photos.group_by(report.c.words)))
        left = [connection.scalar(select(func.count()).select_from(table)) for table in (set_aside, arrival)]
    engine.dispose()
    assert sorted(theirs) == sorted(refs.items())
    assert told == sorted((f"la planche numéro {number}", number % 2) for number in range(PEOPLE))
    assert left == [0, 0]


def assert_only_what_was_under_way_is_said_twice(person: Reporter, killed_at: list[int]) -> None:
    """Two letters at most: the one on its way, and the one before it if its arrival was not noted yet."""
    said = [(message.text, str(message.buttons)) for message in person.user.bot_messages]
    for at, words in enumerate(said):
        if words not in said[:at]:
            continue
        begun = max((kill for kill in killed_at if kill <= at), default=0)
        assert words in said[max(0, begun - 2) : begun], f"said twice, and not because of a kill: {words}\n{said}"
