"""The messages that make a letter, sent one after the other."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

from aiogram.enums import InputMediaType
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import SendMediaGroup, SendPhoto
from aiogram.types import InputMediaPhoto, MediaUnion, Message
from msgspec import UNSET

from bot.delivery.model import Lane, Letter, NothingToEdit, Withdrawn
from handlers.telegram.calls import SendText
from handlers.telegram.errors import UNKNOWN_FILE, says
from handlers.telegram.external import external_of, shown_as
from handlers.telegram.keyboards import Markup, as_aiogram
from handlers.telegram.pace import ChatTurn, Pace
from handlers.telegram.page import Page
from handlers.telegram.session import LeanBot
from handlers.telegram.uploads import Uploads

MOST_REMEMBERED = 1000

Result = TypeVar("Result")


class Part(NamedTuple):
    """One call of a letter: its messages, several for an album, and the photo of the last."""

    messages: tuple[int, ...]
    picture: str = ""


class Step(NamedTuple):
    """One call: how many messages it makes, the photo of the last, and how to make it, within its turn."""

    many: int
    picture: str
    send: Callable[[ChatTurn], Awaitable[Part]]


class Progress(NamedTuple):
    """How far a letter got; and messages of an earlier try that its page, as it is now, does not go on from."""

    parts: tuple[Part, ...] = ()
    left_over: tuple[int, ...] = ()

    @property
    def messages(self) -> list[int]:
        return [*self.left_over, *(message for part in self.parts for message in part.messages)]

    @property
    def external(self) -> str:
        """Of all its messages, so that whoever takes the letter away leaves none behind."""
        *before, last = self.messages
        return external_of(last, self.parts[-1].picture if self.parts else "", before)


def _on(progress: Progress, steps: Sequence[Step]) -> Progress:
    """What is left to do when the letter goes on with these steps: the last one is still to come."""
    kept = progress.parts[: len(steps) - 1]
    lost = tuple(message for part in progress.parts[len(kept) :] for message in part.messages)
    return Progress(kept, progress.left_over + lost)


def _read(partly: str, steps: Sequence[Step]) -> Progress:
    """How far a letter got before a restart: as far as the steps that make just as many messages, if the last of these
    is of the same nature. Else nobody knows."""
    try:
        shown = shown_as(partly)
    except NothingToEdit:
        return Progress()
    messages, parts, at = (*shown.before, shown.message), [], 0
    for many, picture, _send in steps[:-1]:
        parts.append(Part(messages[at : at + many], picture))
        at += many
        if at == len(messages) and shown.shows(picture):
            return Progress(tuple(parts))
    return Progress(left_over=messages)


class Sender:
    """Remembers in memory how far a letter got, so that the next try goes on from the message that failed. After a
    restart the outbox says it, where it was told (`partly`)."""

    def __init__(self, bot: LeanBot, uploads: Uploads, pace: Pace) -> None:
        self._bot = bot
        self._uploads = uploads
        self._pace = pace
        self._done: OrderedDict[int, Progress] = OrderedDict()  # by letter

    async def send(self, letter: Letter, chat: int, page: Page) -> str:
        """The external id of the letter's messages. Raises aiogram's exceptions, and Withdrawn."""
        paid = self._pace.is_paid and letter.lane is not Lane.REPLY
        steps = self._steps(chat, paid, page)
        known = self._done.get(letter.id)
        progress = _on(known, steps) if known is not None else _read(letter.partly, steps)
        asked = False
        for many, _picture, send in steps[len(progress.parts) :]:
            async with self._pace.turn(chat, many, letter.lane, paid=paid) as turn:
                if not asked and not letter.may_go():
                    raise Withdrawn
                asked = True
                progress = progress._replace(parts=(*progress.parts, await send(turn)))
            if len(progress.parts) < len(steps):
                self._remember_done(letter.id, progress)
        self._done.pop(letter.id, None)
        return progress.external

    def partly(self, letter: int) -> str:
        """The external id of the messages already sent of a letter that was interrupted, or nothing."""
        progress = self._done.get(letter)
        return progress.external if progress else ""

    def forget(self, letter: int) -> None:
        """Its next try begins anew: what arrived did so where nobody is any more."""
        self._done.pop(letter, None)

    def _remember_done(self, letter: int, progress: Progress) -> None:
        self._done[letter] = progress
        if len(self._done) > MOST_REMEMBERED:
            self._done.popitem(last=False)

    def _steps(self, chat: int, paid: bool, page: Page) -> list[Step]:
        """The messages of a page in order."""
        text, photo = partial(self._text, chat, paid), partial(self._photo, chat, paid)
        steps: list[Step] = []
        for keys, html, below in page.parts:
            if len(keys) > 1:
                steps.append(Step(len(keys), keys[-1], partial(self._album, chat, paid, keys)))
            elif keys:
                steps.append(Step(1, keys[0], partial(photo, keys[0], html, below)))
            else:
                steps.append(Step(1, "", partial(text, html, below)))
        return steps

    async def _text(self, chat: int, paid: bool, text: str, below: Markup | None, _turn: ChatTurn) -> Part:
        sent = await self._bot.make(SendText(chat, text, below or UNSET, allow_paid_broadcast=paid or UNSET))
        return Part((sent.message_id,))

    async def _photo(self, chat: int, paid: bool, key: str, caption: str, below: Markup | None, turn: ChatTurn) -> Part:
        async def once() -> Message:
            photo = await self._uploads.photo(key)
            words = caption or None
            return await self._bot(
                SendPhoto(
                    chat_id=chat,
                    photo=photo,
                    caption=words,
                    parse_mode="HTML",
                    reply_markup=as_aiogram(below),
                    allow_paid_broadcast=paid or None,
                )
            )

        async with self._uploads.first_alone(key):
            sent = await self.with_files((key,), turn, once)
            self._uploads.remember(key, sent)
        return Part((sent.message_id,), key)

    async def _album(self, chat: int, paid: bool, keys: Sequence[str], turn: ChatTurn) -> Part:
        async def once() -> list[Message]:
            # The type is said aloud: what is left to its default is not written.
            media: list[MediaUnion] = [
                InputMediaPhoto(type=InputMediaType.PHOTO, media=await self._uploads.photo(key)) for key in keys
            ]
            return await self._bot(SendMediaGroup(chat_id=chat, media=media, allow_paid_broadcast=paid or None))

        async with self._uploads.first_alone(keys[0]):
            sent = await self.with_files(keys, turn, once)
            for key, message in zip(keys, sent, strict=False):
                self._uploads.remember(key, message)
        return Part(tuple(message.message_id for message in sent), keys[-1])

    async def with_files(self, keys: Sequence[str], turn: ChatTurn, send: Callable[[], Awaitable[Result]]) -> Result:
        """Telegram may have forgotten a file that it had: then it is uploaded again."""
        try:
            return await send()
        except TelegramBadRequest as error:
            if not says(error, *UNKNOWN_FILE) or not self._uploads.forget(keys):
                raise
        await turn.again(answered=False)
        return await send()
