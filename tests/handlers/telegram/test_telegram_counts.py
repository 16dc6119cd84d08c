"""How many messages a letter counts for on Telegram, before anybody gets it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.delivery.model import Button, Message
from bot.pictures.keep import Pictures
from handlers.telegram.outgoing import TelegramChannel
from handlers.web.channel import WebChannel
from tests.kit.looking import telegram_that_only_looks

ROW = ((Button("Voir la page", link="https://parvis.example/actualites/AC-7K3FQ2"),),)


@pytest.fixture
def telegram(tmp_path: Path) -> TelegramChannel:
    return telegram_that_only_looks(Pictures(tmp_path))


CASES = [
    (Message(text="La rue est fermée.", buttons=ROW), 1),
    (Message(text="La rue est fermée.", pictures=("one",), buttons=ROW), 1),  # the words are its caption
    (Message(text="x" * 3000, pictures=("one",), buttons=ROW), 2),
    (Message(text="La rue est fermée.", pictures=("one", "two", "three", "four"), buttons=ROW), 5),
    (Message(text="x" * 5000), 2),
]


@pytest.mark.parametrize(("message", "count"), CASES)
def test_each_photo_of_an_album_is_one(telegram: TelegramChannel, message: Message, count: int) -> None:
    assert telegram.messages_of(message) == count


def test_what_cannot_be_carried_is_nothing(telegram: TelegramChannel) -> None:
    assert telegram.messages_of(Message(text="Bonjour", buttons=((Button("Oui", "x" * 200),),))) == 0


def test_nothing_holds_the_web_back() -> None:
    assert WebChannel().messages_of(CASES[0][0]) == 0
