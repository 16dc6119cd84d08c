"""Changing in place a message that a person sees already."""

import logging
from datetime import timedelta

from aiogram.enums import InputMediaType
from aiogram.exceptions import AiogramError, TelegramBadRequest, TelegramRetryAfter
from aiogram.methods import DeleteMessage, DeleteMessages, EditMessageCaption, EditMessageMedia
from aiogram.types import InputMediaPhoto, Message
from msgspec import UNSET

from bot.delivery.model import Lane, Letter, Refusal, Throttled, Withdrawn
from handlers.telegram.calls import EditText
from handlers.telegram.errors import NOT_MODIFIED, NOTHING_TO_DELETE, refusal_of_edit, says, words_of
from handlers.telegram.external import Shown, external_of
from handlers.telegram.keyboards import InlineKeyboard, Keys, inline_as_aiogram
from handlers.telegram.pace import ChatTurn, Pace
from handlers.telegram.page import Page
from handlers.telegram.sending import Sender
from handlers.telegram.session import LeanBot
from handlers.telegram.uploads import Uploads

log = logging.getLogger(__name__)


class Changer:
    def __init__(self, bot: LeanBot, uploads: Uploads, pace: Pace, sender: Sender) -> None:
        self._bot = bot
        self._uploads = uploads
        self._pace = pace
        self._sender = sender

    async def change(self, letter: Letter, chat: int, shown: Shown, page: Page) -> str:
        """The external id of the message that shows the page now: the same one, unless its nature changes.

        A text cannot become a photo, nor the reverse, nor can one message become several: then the page is sent
        first and the old message taken away after, so that the person is never left with nothing. Raises
        NothingToEdit and the other refusals, or aiogram's exceptions while sending.
        """
        if not _fits(shown, page):
            external = await self._sender.send(letter, chat, page)
            await self._delete(letter.lane, chat, shown)
            return external
        async with self._pace.turn(chat, 1, letter.lane) as turn:
            if not letter.may_go():
                raise Withdrawn
            try:
                return await self._edit(chat, shown, page, turn)
            except AiogramError as error:
                if isinstance(error, TelegramBadRequest) and says(error, NOT_MODIFIED):
                    return external_of(shown.message, shown.picture, shown.before)
                raise self._refusal(error) from error

    async def take_away(self, letter: Letter, chat: int, shown: Shown, page: Page) -> str:
        """Delete the messages of a letter. Telegram deletes what is younger than 48 hours; what is older says the
        page's words instead. Gives the external id of what is left, or nothing. Raises as `change`."""
        async with self._pace.turn(chat, 1, letter.lane) as turn:
            if not letter.may_go():
                raise Withdrawn
            try:
                if shown.before:  # first: while the last one stands, a try that is interrupted is made again in full
                    await self._remove(DeleteMessages(chat_id=chat, message_ids=list(shown.before)))
                    await turn.again()
                await self._remove(DeleteMessage(chat_id=chat, message_id=shown.message))
                return ""
            except TelegramBadRequest as error:
                log.info("A message cannot be taken away any more: %s", words_of(error))
        if shown.is_photo and len(page.texts) == 1:  # a photo keeps its place: the words become its caption
            page = Page((), page.texts[0], (), page.below)
            async with self._pace.turn(chat, 1, letter.lane):
                return await self._caption(chat, shown, page)
        return await self.change(letter, chat, shown, page)

    async def _remove(self, call: DeleteMessage | DeleteMessages) -> None:
        """What is not there any more is as good as taken away."""
        try:
            await self._bot(call)
        except TelegramBadRequest as error:
            if not says(error, *NOTHING_TO_DELETE):
                raise

    def _refusal(self, error: AiogramError) -> Refusal:
        refusal = refusal_of_edit(error)
        if isinstance(refusal, Throttled):
            self._pace.refused(refusal.wait)
        return refusal

    async def _caption(self, chat: int, shown: Shown, page: Page) -> str:
        buttons = page.below if isinstance(page.below, InlineKeyboard) else None
        try:
            await self._bot(
                EditMessageCaption(
                    chat_id=chat,
                    message_id=shown.message,
                    caption=page.caption,
                    parse_mode="HTML",
                    reply_markup=inline_as_aiogram(buttons),
                )
            )
        except AiogramError as error:
            if not (isinstance(error, TelegramBadRequest) and says(error, NOT_MODIFIED)):
                raise self._refusal(error) from error
        return external_of(shown.message, shown.picture, shown.before)

    async def _edit(self, chat: int, shown: Shown, page: Page, turn: ChatTurn) -> str:
        buttons = page.below if isinstance(page.below, InlineKeyboard) else None
        if not shown.is_photo:
            await self._bot.make(EditText(chat, shown.message, page.texts[0], buttons or UNSET))
            return external_of(shown.message, "", shown.before)
        key = page.pictures[0]
        if shown.shows(key):
            return await self._caption(chat, shown, page)
        await self._other_photo(chat, shown.message, page, buttons, turn)
        return external_of(shown.message, key)

    async def _other_photo(
        self, chat: int, message: int, page: Page, buttons: InlineKeyboard | None, turn: ChatTurn
    ) -> None:
        key = page.pictures[0]

        async def once() -> Message | bool:
            photo = InputMediaPhoto(
                type=InputMediaType.PHOTO,  # said aloud: what is left to its default is not written
                media=await self._uploads.photo(key),
                caption=page.caption or None,
                parse_mode="HTML",
            )
            return await self._bot(
                EditMessageMedia(chat_id=chat, message_id=message, media=photo, reply_markup=inline_as_aiogram(buttons))
            )

        sent = await self._sender.with_files((key,), turn, once)
        if not isinstance(sent, bool):
            self._uploads.remember(key, sent)

    async def _delete(self, lane: Lane, chat: int, shown: Shown) -> None:
        """Telegram deletes only what is younger than 48 hours; older messages stay above the new one. Whatever hinders
        it, the letter has arrived: it must not be sent again for that."""
        try:
            async with self._pace.tidying(lane):
                await self._bot(DeleteMessages(chat_id=chat, message_ids=[*shown.before, shown.message]))
        except (AiogramError, Throttled) as error:
            log.debug("An outdated message stays: %s", words_of(error))
            if isinstance(error, TelegramRetryAfter):
                self._pace.refused(timedelta(seconds=error.retry_after))


def _fits(shown: Shown, page: Page) -> bool:
    if isinstance(page.below, Keys):
        return False  # keys come with new messages only
    if shown.is_photo:
        return len(page.pictures) == 1 and not page.texts
    return len(page.texts) == 1 and len(page.pictures) == len(shown.before)  # the words below an album, or just words
