"""What becomes of a pressed button once the turn is kept: its answer, and the message it stood on."""

from functools import partial

from aiogram.exceptions import TelegramBadRequest
from msgspec import UNSET

from bot.delivery.model import Lane
from flows.engine.incoming import Heard
from handlers.telegram.calls import AnswerTap, EditButtons
from handlers.telegram.errands import Errands
from handlers.telegram.errors import NOT_MODIFIED, NOTHING_TO_EDIT, says
from handlers.telegram.keyboards import already_chosen
from handlers.telegram.pace import Pace
from handlers.telegram.reading import Tap
from handlers.telegram.session import LeanBot

LONGEST_TOAST = 200


class Taps:
    """Answers go at once (`errands`). What is tidied counts as a message, and waits for its place (`tidying`)."""

    def __init__(self, bot: LeanBot, errands: Errands, tidying: Errands, pace: Pace) -> None:
        self._bot = bot
        self._errands = errands
        self._tidying = tidying
        self._pace = pace
        self._disables = True  # until the Bot API server says that it is older than 10.3

    def answer(self, query: str, toast: str = "") -> None:
        """Every query is answered, else the button goes on turning. One older than 150 s is refused; no matter."""
        if len(toast) > LONGEST_TOAST:
            toast = f"{toast[: LONGEST_TOAST - 1]}…"
        self._errands.add(partial(self._bot.make, AnswerTap(query, toast or UNSET)))

    def heard(self, tap: Tap, heard: Heard) -> None:
        self.answer(tap.query, heard.toast)
        if heard.chosen and tap.message:
            self._tidying.add(partial(self._show_chosen, tap, heard.chosen))

    async def _show_chosen(self, tap: Tap, chosen: str) -> None:
        """In place of the buttons, the answer. A server older than 10.3 gets a button that can still be pressed."""
        data = "" if self._disables else tap.data
        try:
            async with self._pace.tidying(Lane.EDIT):
                await self._bot.make(EditButtons(tap.chat, tap.message, already_chosen(chosen, data)))
        except TelegramBadRequest as error:
            if data or says(error, NOT_MODIFIED, *NOTHING_TO_EDIT):
                raise
            self._disables = False
            await self._show_chosen(tap, chosen)
