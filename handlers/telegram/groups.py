"""Manners outside private chats: a word to a group that calls the bot, no word in a channel."""

import time
from collections.abc import Callable
from functools import partial

from aiogram import Bot
from aiogram.exceptions import TelegramRetryAfter
from aiogram.methods import LeaveChat, SendMessage
from aiogram.types import LinkPreviewOptions, ReplyParameters

from bot.delivery.model import Throttled
from flows.engine.scene import Stage
from flows.engine.wording import guess, speaking
from flows.signs import telegram as signs
from handlers.telegram.errands import Errands
from handlers.telegram.markup import Piece, html
from handlers.telegram.pace import Pace
from handlers.telegram.reading import CHANNEL, Outside
from handlers.telegram.taps import Taps

QUIET = 3600.0
"""Seconds between two answers in the same group."""

MOST_GROUPS = 1000


class Groups:
    """Nothing here is kept: a report made in a group would show a resident's place and photo to everybody in it."""

    def __init__(
        self,
        bot: Bot,
        stage: Stage,
        errands: Errands,
        pace: Pace,
        taps: Taps,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bot = bot
        self._stage = stage
        self._errands = errands
        self._pace = pace
        self._taps = taps
        self._clock = clock
        self._answered: dict[int, float] = {}
        self.username = ""
        self.put_off = 0  # words that did not leave, since Telegram wanted nothing from us

    def met(self, outside: Outside) -> None:
        if outside.query:
            self._taps.answer(outside.query)
        elif outside.chat.type == "channel":
            self._errands.add(partial(self._bot, LeaveChat(chat_id=outside.chat.id)))
        elif self._is_called(outside.text) and self._may_answer(outside.chat.id):
            self._errands.add(partial(self._say, outside.chat.id, self._answer(outside)))

    async def _say(self, group: int, words: SendMessage) -> None:
        """With the other replies. While Telegram wants nothing from us it is given up; who calls again is answered."""
        try:
            async with self._pace.turn(group):
                await self._bot(words)
        except (Throttled, TelegramRetryAfter):
            self._answered.pop(group, None)
            self.put_off += 1
            raise

    def _is_called(self, text: str) -> bool:
        """By a command, unless it names another bot, or by our name."""
        name = f"@{self.username}".lower()
        command = text.split(maxsplit=1)[0].lower() if text.startswith("/") else ""
        if command:
            return "@" not in command or command.endswith(name)
        return bool(self.username) and name in text.lower()

    def _may_answer(self, group: int) -> bool:
        now = self._clock()
        last = self._answered.get(group)
        if last is not None and now - last < QUIET:
            return False
        if len(self._answered) >= MOST_GROUPS:
            self._answered = {other: at for other, at in self._answered.items() if now - at < QUIET}
        self._answered[group] = now
        return True

    def _answer(self, outside: Outside) -> SendMessage:
        with speaking(guess(outside.language, self._stage.city.languages)):
            words = signs.only_in_private(self._stage.bot_links.get(CHANNEL, ""))
        return SendMessage(
            chat_id=outside.chat.id,
            text=html([Piece(words)]),
            parse_mode="HTML",
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            reply_parameters=ReplyParameters(message_id=outside.message, allow_sending_without_reply=True),
        )
