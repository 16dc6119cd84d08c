"""A Telegram of our own for the tests: the Bot API over HTTP, and people with phones.

    async with BotApiServer() as telegram:
        bot = start_a_bot(telegram.address, telegram.token)
        camille = telegram.user(first_name="Camille")
        camille.starts()
        await camille.wait_for("Bonjour")
        camille.presses("Signaler")

It is stricter than Telegram where Telegram forgives what a resident would suffer from: such refusals say "strict:".
"""

from .group import Group
from .person import TelegramUser
from .refusal import Json, RefusedError
from .screen import Screen, ShownButton, ShownMessage
from .server import BotApiServer
from .world import Call, Toast

__all__ = [
    "BotApiServer",
    "Call",
    "Group",
    "Json",
    "RefusedError",
    "Screen",
    "ShownButton",
    "ShownMessage",
    "TelegramUser",
    "Toast",
]
