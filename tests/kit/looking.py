"""Telegram's channel for those who only look: it lays messages out and never calls anybody."""

from __future__ import annotations

from bot.pictures.keep import Pictures
from handlers.telegram.outgoing import TelegramChannel
from handlers.telegram.session import LeanBot, LeanSession


def telegram_that_only_looks(pictures: Pictures) -> TelegramChannel:
    return TelegramChannel(LeanBot("1:" + "A" * 35, LeanSession("http://127.0.0.1:1", 1)), pictures)
