"""Nothing accepted is lost, nothing counts twice, nobody waits for somebody else's photo."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Self

import pytest
from sqlalchemy import Connection, Engine, event, select

from bot.people.forget import find_resident, forget
from bot.people.store import address
from bot.storage.heard import set_aside
from tests.handlers.telegram.rig import House
from tests.kit.telegram import BotApiServer, TelegramUser

NOT_UTF_8 = (
    b'{"update_id":800000000,"message":{"message_id":900,"date":1700000000,"chat":{"id":77,"type":"private"},'
    b'"from":{"id":77,"is_bot":false,"first_name":"\xff\xfe"},'
    b'"photo":[{"file_id":"x","file_unique_id":"y","width":1,"height":1}]}}'
)
"""What is wrong with it stands in a field that we pass over."""


class Shelf:
    """Photos that are handed out when the test says so."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.asked = asyncio.Event()
        self.open = asyncio.Event()
        self.calls = 0

    async def fetch(self, _file: str) -> bytes:
        self.calls += 1
        self.asked.set()
        await self.open.wait()
        return self.content


async def test_somebody_else_is_answered_while_a_photo_hangs_and_ones_own_words_wait_behind_it(
    telegram: BotApiServer, tmp_path: Path, camille: TelegramUser, samir: TelegramUser, jpeg: bytes
) -> None:
    shelf = Shelf(jpeg)
    async with House(telegram, tmp_path, fetch=shelf.fetch) as house:
        camille.says("/lampe")
        await camille.wait_for("Envoyez une photo.")
        camille.sends_photo(jpeg)
        camille.says("1 rue du Lac inconnu")
        await shelf.asked.wait()
        samir.says("/mots")
        await samir.wait_for("Quels mots ?")
        assert await telegram.all_delivered()
        assert await house.kept() == 2
        assert "Envoyez une photo." in camille.last_message.text
        shelf.open.set()
        await camille.wait_for("Je ne connais pas ce lieu.")
        assert await house.kept() == 0


async def test_a_photo_accepted_before_the_plug_was_pulled_arrives_after_the_restart(
    telegram: BotApiServer, tmp_path: Path, camille: TelegramUser, jpeg: bytes
) -> None:
    shelf = Shelf(jpeg)
    async with House(telegram, tmp_path, fetch=shelf.fetch) as house:
        camille.says("/lampe")
        await camille.wait_for("Envoyez une photo.")
        camille.sends_photo(jpeg)
        camille.says("1 rue du Lac inconnu")
        assert await telegram.all_delivered()
        assert await house.kept() == 2
        await house.kill()
    assert telegram.updates.count == 0
    async with House(telegram, tmp_path) as again:
        await camille.wait_for("Je ne connais pas ce lieu.")
        camille.presses("Garder « 1 rue du Lac inconnu »")
        await camille.wait_for("Qu’a-t-elle ?")
        camille.presses("Éteinte")
        await camille.wait_for("Merci : 1 photo, lampe noire, 1 rue du Lac inconnu.")
        assert await again.kept() == 0


@pytest.mark.parametrize("restarted", [False, True])
async def test_the_photo_of_somebody_who_is_erased_meanwhile_is_not_taken(
    telegram: BotApiServer, tmp_path: Path, camille: TelegramUser, samir: TelegramUser, jpeg: bytes, restarted: bool
) -> None:
    shelf = Shelf(jpeg)
    async with House(telegram, tmp_path, fetch=shelf.fetch) as house:
        for person in (camille, samir):
            person.says("/lampe")
            await person.wait_for("Envoyez une photo.")
            person.sends_photo(jpeg)
        assert await telegram.all_delivered()
        assert await house.kept() == 2
        await erase(house, camille)
        assert await house.kept() == 1
        if restarted:
            await house.kill()
        else:
            await shows_nothing_of_the_photo(camille, samir, shelf)
            return
    async with House(telegram, tmp_path, fetch=shelf.fetch):
        await shows_nothing_of_the_photo(camille, samir, shelf)


async def erase(house: House, user: TelegramUser) -> None:
    await house.desk.run(lambda work: forget(work, find_resident(work, "telegram", str(user.id)) or 0))


async def shows_nothing_of_the_photo(erased: TelegramUser, other: TelegramUser, shelf: Shelf) -> None:
    before = len(erased.bot_messages)
    erased.says("/mots")
    shelf.open.set()
    await other.wait_for("Où est-ce ?")
    await erased.wait_for("Quels mots ?")
    assert len(erased.bot_messages) == before + 1


async def test_a_door_that_closes_leaves_a_hanging_photo_for_the_next_start(
    telegram: BotApiServer, tmp_path: Path, camille: TelegramUser, jpeg: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.telegram.door.GRACE", 0.05)
    async with House(telegram, tmp_path, fetch=Shelf(jpeg).fetch):
        camille.says("/galerie")
        await camille.wait_for("Des photos ?")
        camille.sends_photo(jpeg)
        assert await telegram.all_delivered()
    async with House(telegram, tmp_path):
        await camille.wait_for("Est-ce tout ?")


async def test_the_photos_of_an_album_are_one_answer_and_are_fetched_side_by_side(
    telegram: BotApiServer, tmp_path: Path, camille: TelegramUser, jpeg: bytes
) -> None:
    shelf = Shelf(jpeg)
    async with House(telegram, tmp_path, fetch=shelf.fetch):
        camille.says("/galerie")
        await camille.wait_for("Des photos ?")
        camille.sends_album([jpeg, jpeg, jpeg])
        assert await telegram.all_delivered()
        assert shelf.calls == 3
        shelf.open.set()
        await camille.wait_for("Est-ce tout ?")
        camille.says("/mots")
        await camille.wait_for("Quels mots ?")
        camille.says("fini")
        await camille.wait_for("Reprenons")
        camille.presses("C’est tout")
        await camille.wait_for("Galerie : 3.")


async def test_many_words_said_at_once_are_heard_in_their_order(
    telegram: BotApiServer, tmp_path: Path, camille: TelegramUser
) -> None:
    for words in ("/trois", "a", "b", "c"):
        camille.says(words)
    async with House(telegram, tmp_path):
        await camille.wait_for("Dans l’ordre : a b c.")


async def test_an_update_that_nobody_can_read_is_set_aside_and_stops_nobody(
    telegram: BotApiServer, house: House, camille: TelegramUser
) -> None:
    telegram.push({"message": {"message_id": "not a number", "secret": "kept for the staff"}})
    camille.says("/mots")
    await camille.wait_for("Quels mots ?")
    assert await telegram.all_delivered()
    assert await house.set_aside() == 1
    raws = await house.read(lambda work: list(work.connection.scalars(select(set_aside.c.raw))))
    assert "kept for the staff" in raws[0]


async def test_what_was_set_aside_of_somebody_goes_when_they_are_erased(
    telegram: BotApiServer, house: House, camille: TelegramUser, samir: TelegramUser
) -> None:
    for user in (camille, samir):
        user.says("/mots")
        await user.wait_for("Quels mots ?")
        person = {"id": user.id, "is_bot": False, "first_name": "Someone"}
        telegram.push({"message": {"message_id": "x", "from": person, "text": "personal"}})
        telegram.push({"callback_query": {"message": {"from": {"id": 1, "is_bot": True}, "text": 7}, "from": person}})
    assert await telegram.all_delivered()
    assert await house.set_aside() == 4
    await erase(house, camille)
    whose = await house.read(lambda work: list(work.connection.scalars(select(set_aside.c.sender))))
    assert whose == [str(samir.id)] * 2


async def test_the_same_unreadable_update_given_twice_is_set_aside_once(telegram: BotApiServer, house: House) -> None:
    for _time in range(2):
        telegram.push({"update_id": 800_000_000, "message": {"message_id": "x"}})
        assert await telegram.all_delivered()
    assert await house.set_aside() == 1


async def test_an_update_given_twice_counts_once(telegram: BotApiServer, house: House, camille: TelegramUser) -> None:
    camille.says("/trois")
    await camille.wait_for("Le mot un ?")
    update_id = camille.says("a")
    await camille.wait_for("Le mot deux ?")
    telegram.push({"update_id": update_id, "message": camille.chat.messages[camille.last_sent]})
    assert await telegram.all_delivered()
    camille.says("b")
    await camille.wait_for("Le mot trois ?")


async def test_a_photo_given_twice_is_one_photo(
    telegram: BotApiServer, tmp_path: Path, camille: TelegramUser, jpeg: bytes
) -> None:
    shelf = Shelf(jpeg)
    async with House(telegram, tmp_path, fetch=shelf.fetch) as house:
        camille.says("/galerie")
        await camille.wait_for("Des photos ?")
        update_id = camille.sends_photo(jpeg)
        assert await telegram.all_delivered()
        telegram.push({"update_id": update_id, "message": camille.chat.messages[camille.last_sent]})
        assert await telegram.all_delivered()
        assert await house.kept() == 1
        shelf.open.set()
        await camille.wait_for("Est-ce tout ?")
        camille.presses("C’est tout")
        await camille.wait_for("Galerie : 1.")


@pytest.mark.parametrize("drop", ["", "before"])
async def test_a_photo_is_fetched_again_when_the_network_fails(
    telegram: BotApiServer, house: House, camille: TelegramUser, jpeg: bytes, drop: str
) -> None:
    camille.says("/galerie")
    await camille.wait_for("Des photos ?")
    telegram.fault("getFile", 502, times=2, drop=drop)  # type: ignore[arg-type]
    camille.sends_photo(jpeg)
    await camille.wait_for("Est-ce tout ?")


async def test_a_photo_that_cannot_be_had_is_asked_for_again(
    telegram: BotApiServer, house: House, camille: TelegramUser, jpeg: bytes
) -> None:
    camille.says("/galerie")
    await camille.wait_for("Des photos ?")
    telegram.fault("getFile", 502, times=3)
    camille.sends_photo(jpeg)
    await camille.wait_for("La photo ne m’est pas parvenue.")
    camille.sends_photo(jpeg)
    await camille.wait_for("Est-ce tout ?")


async def test_a_photo_that_telegram_finds_too_big_is_said_to_be_too_heavy(
    telegram: BotApiServer, house: House, camille: TelegramUser, jpeg: bytes
) -> None:
    camille.says("/galerie")
    await camille.wait_for("Des photos ?")
    telegram.fault("getFile", 400, description="Bad Request: file is too big")
    camille.sends_photo(jpeg)
    await camille.wait_for("trop lourde")


async def test_a_file_that_only_has_the_name_of_a_photo_is_refused_kindly(house: House, camille: TelegramUser) -> None:
    camille.says("/galerie")
    await camille.wait_for("Des photos ?")
    camille.sends_file(b"Bonjour, je suis un texte.", "photo.jpg", "image/jpeg")
    await camille.wait_for("Ce fichier n’est pas une photo que je sais ouvrir.")


async def test_photos_that_cannot_be_written_to_the_disk_are_asked_for_again(
    telegram: BotApiServer, tmp_path: Path, camille: TelegramUser, jpeg: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "photos").write_text("a file where the folder should be")
    async with House(telegram, tmp_path):
        camille.says("/galerie")
        await camille.wait_for("Des photos ?")
        camille.sends_photo(jpeg)
        await camille.wait_for("La photo ne m’est pas parvenue.")
    assert "Photos cannot be kept" in caplog.text


class Outage:
    """A database whose disk has become read-only. `met` once the intake has tried to write."""

    def __init__(self, engine: Engine) -> None:
        self.met = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._failing = False
        event.listen(engine, "checkout", self._repair)
        event.listen(engine, "begin", self._break)

    def _repair(self, driver: Any, *_: object) -> None:
        """For what was broken before: not even BEGIN would pass."""
        driver.execute("PRAGMA query_only=OFF")

    def _break(self, connection: Connection) -> None:
        if self._failing:
            connection.exec_driver_sql("PRAGMA query_only=ON")
            driver: Any = connection.connection.driver_connection
            driver.set_trace_callback(self._see)

    def _see(self, statement: str) -> None:
        if statement.startswith("INSERT INTO heard"):
            self._loop.call_soon_threadsafe(self.met.set)

    def __enter__(self) -> Self:
        self._failing = True
        return self

    def __exit__(self, *_: object) -> None:
        self._failing = False


async def test_while_the_database_fails_telegram_keeps_what_residents_say(
    telegram: BotApiServer, house: House, camille: TelegramUser
) -> None:
    camille.says("/mots")
    await camille.wait_for("Quels mots ?")
    with Outage(house.engine) as outage:
        camille.says("pendant la panne")
        await outage.met.wait()
        assert telegram.updates.count == 1
    await camille.wait_for("Vous avez dit : pendant la panne")
    assert await house.set_aside() == 0


async def test_a_photo_in_line_outlives_a_database_that_fails(
    telegram: BotApiServer, tmp_path: Path, camille: TelegramUser, jpeg: bytes
) -> None:
    shelf = Shelf(jpeg)
    async with House(telegram, tmp_path, fetch=shelf.fetch) as house:
        camille.says("/galerie")
        await camille.wait_for("Des photos ?")
        camille.sends_photo(jpeg)
        assert await telegram.all_delivered()
        with Outage(house.engine) as outage:
            shelf.open.set()
            await outage.met.wait()
        await camille.wait_for("Est-ce tout ?")


async def test_what_the_reception_can_neither_handle_nor_apologise_for_does_not_come_back_for_ever(
    telegram: BotApiServer, house: House, camille: TelegramUser, samir: TelegramUser
) -> None:
    camille.says("/mots")
    await camille.wait_for("Quels mots ?")
    hers = select(address.c.id).where(address.c.external == str(camille.id))
    number = await house.read(lambda work: work.connection.scalars(hers).one())
    poison = f"BEFORE INSERT ON letter WHEN NEW.address_id = {number} BEGIN SELECT RAISE(ABORT, 'no'); END"
    await house.read(lambda work: work.connection.exec_driver_sql(f"CREATE TRIGGER poison {poison}"))
    camille.says("bonjour")
    samir.says("/mots")
    await samir.wait_for("Quels mots ?")
    assert await telegram.all_delivered()
    assert "IntegrityError" in (await house.causes())[0]
