"""Every call that sends, changes or takes away a message has its place at the gate; what cannot be paid for passes the
free one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path

import pytest

from bot.delivery.model import Lane, Letter, Message, Throttled
from bot.delivery.pace import Gate
from handlers.telegram.outgoing import TelegramChannel
from handlers.telegram.pace import Pace
from tests.handlers.telegram.rig import House
from tests.kit.pictures import make_photo
from tests.kit.telegram import BotApiServer, TelegramUser
from tests.kit.telegram.world import Call

NUMBERS = count(1)
COUNTED = ("sendMessage", "sendPhoto", "sendMediaGroup", "editMessageText", "editMessageCaption", "editMessageMedia",
           "editMessageReplyMarkup", "deleteMessage", "deleteMessages")  # fmt: skip


def hardly_moves() -> Callable[[], float]:
    """A clock that is a two-hundredth of a second further whenever it is read: within a test no place that was taken is
    free again, so that they can be counted."""
    readings = count()
    return lambda: 100.0 + next(readings) / 200


@pytest.fixture(params=[1000, 30])
def pace(request: pytest.FixtureRequest) -> Pace:
    return Pace(request.param, None, clock=hardly_moves())


@pytest.fixture
async def house(telegram: BotApiServer, tmp_path: Path, pace: Pace) -> AsyncIterator[House]:
    async with House(telegram, tmp_path, pace=pace) as opened:
        yield opened


@pytest.fixture
def channel(house: House) -> TelegramChannel:
    return house.door.channel


@pytest.fixture
def keys(house: House) -> list[str]:
    return [house.pictures.keep(make_photo(str(number), size=(60, 40 + number))).key for number in range(3)]


def letter(to: TelegramUser, message: Message, lane: Lane = Lane.REPLY, replaces: str = "") -> Letter:
    return Letter(next(NUMBERS), 1, "telegram", str(to.id), lane, message, replaces=replaces)


def taken(gate: Gate | None) -> int:
    assert gate is not None
    return gate._window._taken


def messages_of(call: Call) -> int:
    return len(call.parameters["media"]) if call.method == "sendMediaGroup" else 1


def assert_all_had_a_place(telegram: BotApiServer, pace: Pace, methods: list[str]) -> None:
    calls = telegram.calls_of(*COUNTED)
    assert [call.method for call in calls] == methods
    assert taken(pace.gate) == sum(messages_of(call) for call in calls)


async def test_both_calls_that_take_an_album_away(
    telegram: BotApiServer, channel: TelegramChannel, camille: TelegramUser, keys: list[str], pace: Pace
) -> None:
    shown = await channel.deliver(letter(camille, Message("Voilà.", pictures=tuple(keys))))
    await channel.take_away(letter(camille, Message("Retirée."), replaces=shown))
    assert camille.bot_messages == []
    assert_all_had_a_place(
        telegram, pace, ["sendMediaGroup", "sendMessage", "deleteMessages", "deleteMessage"]
    )  # fmt: skip


@pytest.mark.parametrize("photos", [1, 3])
async def test_a_photo_that_goes_up_again(
    telegram: BotApiServer, channel: TelegramChannel, camille: TelegramUser, keys: list[str], pace: Pace, photos: int
) -> None:
    message = Message("Là.", pictures=tuple(keys[:photos]))
    await channel.deliver(letter(camille, message))
    telegram.world.files.by_id.clear()
    await channel.deliver(letter(camille, message))
    if photos == 1:
        assert_all_had_a_place(telegram, pace, ["sendPhoto"] * 3)
    else:
        once = ["sendMediaGroup", "sendMessage"]
        assert_all_had_a_place(telegram, pace, [*once, "sendMediaGroup", *once])


async def test_a_photo_that_goes_up_again_where_another_stood(
    telegram: BotApiServer, channel: TelegramChannel, camille: TelegramUser, keys: list[str], pace: Pace
) -> None:
    for key in keys[:2]:
        shown = await channel.deliver(letter(camille, Message("Là.", pictures=(key,))))
    telegram.world.files.by_id.clear()
    await channel.deliver(letter(camille, Message("Ici.", pictures=(keys[0],)), replaces=shown))
    assert_all_had_a_place(telegram, pace, ["sendPhoto"] * 2 + ["editMessageMedia"] * 2)


async def test_the_old_message_that_gives_way_to_one_of_another_nature(
    telegram: BotApiServer, channel: TelegramChannel, camille: TelegramUser, keys: list[str], pace: Pace
) -> None:
    shown = await channel.deliver(letter(camille, Message("un")))
    await channel.deliver(letter(camille, Message("deux", pictures=(keys[0],)), replaces=shown))
    assert_all_had_a_place(telegram, pace, ["sendMessage", "sendPhoto", "deleteMessages"])


async def test_what_telegram_refuses_while_tidying_holds_for_all_that_is_sent(
    telegram: BotApiServer, channel: TelegramChannel, camille: TelegramUser, keys: list[str], pace: Pace
) -> None:
    shown = await channel.deliver(letter(camille, Message("un")))
    telegram.fault("deleteMessages", 429, retry_after=30)
    await channel.deliver(letter(camille, Message("deux", pictures=(keys[0],)), replaces=shown))
    assert pace.gate is not None
    assert pace.gate.closed_for > 25
    with pytest.raises(Throttled):
        await channel.deliver(letter(camille, Message("trois")))


async def test_buttons_that_show_what_was_chosen(
    telegram: BotApiServer, house: House, camille: TelegramUser, pace: Pace
) -> None:
    camille.says("/galerie")
    await camille.wait_for("Des photos ?")
    camille.sends_photo(make_photo("un lampadaire", size=(320, 240)))
    await camille.wait_for("Est-ce tout ?")
    camille.presses("C’est tout")
    await camille.wait_for("Galerie : 1.")
    await camille.wait_for(lambda message: message.labels == ["✓ C’est tout"])
    calls = telegram.calls_of(*COUNTED)
    assert "editMessageReplyMarkup" in [call.method for call in calls]
    assert taken(pace.gate) == len(calls)


async def test_a_word_to_a_group(telegram: BotApiServer, house: House, camille: TelegramUser, pace: Pace) -> None:
    group = telegram.group(members=[camille], bot_is_administrator=True)
    camille.says_in(group, "/signaler")
    await group.wait_for("Je réponds en privé")
    assert_all_had_a_place(telegram, pace, ["sendMessage"])


@pytest.mark.parametrize("lane", [Lane.STATUS, Lane.NEWS])
async def test_an_edit_cannot_be_paid_for_in_whatever_lane(
    telegram: BotApiServer, channel: TelegramChannel, camille: TelegramUser, pace: Pace, lane: Lane
) -> None:
    shown = await channel.deliver(letter(camille, Message("un"), Lane.URGENT))
    before = taken(pace._free or pace.gate)
    assert before == (0 if pace.is_paid else 1)
    await channel.deliver(letter(camille, Message("deux"), lane, replaces=shown))
    assert taken(pace._free or pace.gate) == before + 1


async def test_what_is_paid_for_does_not_take_a_place_of_what_is_free(
    telegram: BotApiServer, channel: TelegramChannel, camille: TelegramUser, keys: list[str], pace: Pace
) -> None:
    """A correction of another nature is sent anew: that is a message like any other."""
    shown = await channel.deliver(letter(camille, Message("un")))
    await channel.deliver(letter(camille, Message("deux", pictures=(keys[0],)), Lane.EDIT, replaces=shown))
    said = telegram.calls_of("sendPhoto")[0].parameters
    assert said.get("allow_paid_broadcast", False) is pace.is_paid
    assert taken(pace._free or pace.gate) == (2 if pace.is_paid else 3)
