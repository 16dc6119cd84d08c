"""What each kind of update means: the updates are those that a phone makes at the tests' Telegram."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from bot.city.model import Place
from bot.pictures.prepare import HEAVIEST
from flows.engine.incoming import Incoming
from handlers.telegram.reading import NotUnderstood, Outside, Said, Tap, understand
from tests.kit.pictures import make_heic
from tests.kit.telegram import BotApiServer, Json, TelegramUser

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def read(telegram: BotApiServer, update_id: int = 0) -> Said | Outside | None:
    """The update with this number, or the newest."""
    waiting = telegram.updates.first(1000)
    body = next(each for each in reversed(waiting) if update_id in (0, each["update_id"]))
    return understand(msgspec.json.encode(body), NOW)


def said(telegram: BotApiServer, update_id: int = 0) -> Incoming:
    found = read(telegram, update_id)
    assert isinstance(found, Said)
    return found.incoming


def message(**content: Any) -> bytes:
    """A message in a private chat, with any content."""
    person = {"id": 5, "is_bot": False, "first_name": "C"}
    told: Json = {"message_id": 9, "chat": {"id": 5, "type": "private"}, "from": person, "date": 1_795_000_000}
    return msgspec.json.encode({"update_id": 77, "message": told | content})


def test_words_come_with_who_when_and_where_they_were_said(telegram: BotApiServer, camille: TelegramUser) -> None:
    update_id = camille.says("bonjour")
    incoming = said(telegram)
    assert incoming.kind == "text"
    assert (incoming.channel, incoming.key, incoming.sender) == ("telegram", str(update_id), str(camille.id))
    assert (incoming.text, incoming.language, incoming.origin) == ("bonjour", "fr", str(camille.last_sent))
    assert incoming.at == datetime.fromtimestamp(camille.messages[-1].wire["date"], UTC)


def test_a_command_keeps_its_payload(telegram: BotApiServer, camille: TelegramUser) -> None:
    camille.starts("r_VAL-12")
    assert said(telegram).text == "/start r_VAL-12"


def test_the_largest_size_of_a_photo_is_the_one_to_fetch(
    telegram: BotApiServer, camille: TelegramUser, jpeg: bytes
) -> None:
    camille.sends_photo(jpeg, caption="il est cassé")
    found = read(telegram)
    assert isinstance(found, Said)
    assert found.file == camille.messages[-1].wire["photo"][-1]["file_id"]
    assert (found.incoming.kind, found.incoming.text) == ("pictures", "il est cassé")


def test_a_live_photo_is_a_photo(telegram: BotApiServer, camille: TelegramUser, jpeg: bytes) -> None:
    camille.sends_live_photo(jpeg)
    found = read(telegram)
    assert isinstance(found, Said)
    assert found.file == camille.messages[-1].wire["photo"][-1]["file_id"]


def test_the_photos_of_an_album_carry_the_same_mark(telegram: BotApiServer, camille: TelegramUser, jpeg: bytes) -> None:
    first, second = camille.sends_album([jpeg, jpeg], caption="les deux")
    assert said(telegram, first).album == said(telegram, second).album != ""
    assert (said(telegram, first).text, said(telegram, second).text) == ("les deux", "")


@pytest.mark.parametrize(("name", "mime"), [("IMG.HEIC", "application/octet-stream"), ("sans-nom", "image/heic")])
def test_a_photo_sent_as_a_file_is_a_photo(telegram: BotApiServer, camille: TelegramUser, name: str, mime: str) -> None:
    camille.sends_file(make_heic(), name, mime)
    found = read(telegram)
    assert isinstance(found, Said)
    assert (found.incoming.kind, bool(found.file)) == ("pictures", True)


def test_a_photo_too_heavy_to_be_downloaded_is_refused_unfetched() -> None:
    found = understand(message(document={"file_id": "f", "mime_type": "image/png", "file_size": HEAVIEST + 1}), NOW)
    assert isinstance(found, Said)
    assert (found.file, found.incoming.refused) == ("", "too_heavy")


def test_of_several_sizes_the_best_that_can_be_downloaded_is_fetched() -> None:
    sizes = [
        {"file_id": "small", "width": 90, "height": 60},
        {"file_id": "good", "width": 1280, "height": 960, "file_size": 300_000},
        {"file_id": "huge", "width": 9000, "height": 6000, "file_size": HEAVIEST + 1},
    ]
    found = understand(message(photo=sizes), NOW)
    assert isinstance(found, Said)
    assert found.file == "good"


def test_a_position_keeps_its_accuracy(telegram: BotApiServer, camille: TelegramUser) -> None:
    camille.shares_place(46.51, 7.42, accuracy=12.5)
    assert said(telegram).place == Place(46.51, 7.42, 12.5)


def test_a_venue_is_a_place_with_its_name(telegram: BotApiServer, camille: TelegramUser) -> None:
    camille.shares_venue(46.51, 7.42, "La Halle", "2 rue du Lac")
    assert said(telegram).place == Place(46.51, 7.42, label="La Halle, 2 rue du Lac")


def test_of_a_live_position_only_the_first_point_counts(telegram: BotApiServer, camille: TelegramUser) -> None:
    camille.shares_place(46.51, 7.42, live_period=900)
    assert said(telegram).kind == "place"
    camille.moves_live(46.52, 7.43)
    assert read(telegram) is None


def test_a_correction_says_which_message_it_corrects(telegram: BotApiServer, camille: TelegramUser) -> None:
    camille.says("roue")
    camille.edits(camille.last_sent, "rue")
    incoming = said(telegram)
    assert (incoming.kind, incoming.text, incoming.origin) == ("edited", "rue", str(camille.last_sent))


def test_a_pressed_button_comes_with_its_data_and_its_query(telegram: BotApiServer, camille: TelegramUser) -> None:
    camille.presses_data(41, "t.n.1.0")
    found = read(telegram)
    assert isinstance(found, Said)
    assert (found.incoming.kind, found.incoming.payload, found.incoming.origin) == ("tap", "t.n.1.0", "41")
    assert found.incoming.at == NOW
    assert found.tap == Tap(next(iter(telegram.world.queries)), camille.id, 41, "t.n.1.0")


def test_blocking_and_unblocking_are_leaving_and_coming(telegram: BotApiServer, camille: TelegramUser) -> None:
    camille.blocks()
    assert said(telegram).kind == "left"
    camille.unblocks()
    assert (said(telegram).kind, said(telegram).sender) == ("came", str(camille.id))


def test_a_contact_is_a_contact(telegram: BotApiServer, camille: TelegramUser) -> None:
    camille.shares_contact()
    assert said(telegram).kind == "contact"


@pytest.mark.parametrize(
    "name",
    ["animation", "audio", "checklist", "dice", "game", "paid_media", "poll", "sticker", "story", "video", "video_note",
     "voice"],
)  # fmt: skip
def test_what_we_cannot_read_says_what_it_is(name: str) -> None:
    found = understand(message(**{name: {"anything": [1, 2]}}), NOW)
    assert isinstance(found, Said)
    assert (found.incoming.kind, found.incoming.text) == ("other", name)


def test_an_animation_is_not_a_photo_although_it_looks_like_a_file() -> None:
    content = {"animation": {"file_id": "a"}, "document": {"file_id": "a", "mime_type": "image/gif"}}
    found = understand(message(**content), NOW)
    assert isinstance(found, Said)
    assert found.incoming.kind == "other"


@pytest.mark.parametrize(
    "name", ["pinned_message", "forum_topic_created", "chat_background_set", "users_shared", "something_of_next_year"]
)
def test_a_service_message_means_nothing(name: str) -> None:
    assert understand(message(**{name: {"message_id": 1}}), NOW) is None


def test_another_bot_is_not_a_resident() -> None:
    assert understand(message(text="x", **{"from": {"id": 6, "is_bot": True}}), NOW) is None


def test_a_kind_of_update_we_do_not_know_means_nothing() -> None:
    assert understand(b'{"update_id": 3, "invention_of_2028": {"a": 1}}', NOW) is None


@pytest.mark.parametrize(
    "raw",
    [
        b'{"update_id": 31, "message": {"message_id": "x"}}',
        b'{"update_id": 31, "message": {"message_id": 1, "chat": {"id": 5, "type": "private"}, "date": 9e18}}',
        b'{"update_id": 31, "message": {"message_id": 1, "chat": {"id": 5, "type": "private"}, "text": "a",'
        b' "date": 99999999999999999}}',
    ],
)
def test_what_cannot_be_understood_still_has_its_number(raw: bytes) -> None:
    with pytest.raises(NotUnderstood) as why:
        understand(raw, NOW)
    assert why.value.key == "31"


@pytest.mark.parametrize("raw", [b"", b"nonsense", b"[]", b'{"update_id": "x"}', b"\xff\xfe"])
def test_without_a_number_the_content_itself_is_the_key(raw: bytes) -> None:
    with pytest.raises(NotUnderstood) as why:
        understand(raw, NOW)
    with pytest.raises(NotUnderstood) as again:
        understand(raw, NOW)
    assert why.value.key == again.value.key
    assert why.value.key.startswith("digest.")
    assert len(why.value.key) <= 80


def test_a_message_in_a_group_is_nobodys(telegram: BotApiServer, camille: TelegramUser) -> None:
    group = telegram.group(members=[camille])
    camille.says_in(group, "/signaler")
    found = read(telegram)
    assert isinstance(found, Outside)
    assert (found.chat.id, found.text) == (group.id, "/signaler")
