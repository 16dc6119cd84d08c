"""aiogram: a `StatesGroup` with filters as its documentation shows, `MemoryStorage`.

One `Dispatcher.feed_update` per request, awaited before the 200 (aiogram's own webhook handler would answer
before the update is handled). Event isolation stays at its default, none: chats differ. Without `--api`,
sending stops where the HTTP client would take over: the library's own session builds the form, a ready answer
is parsed.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from aiogram import Bot, Dispatcher, F, Router
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Location,
    Message,
    PhotoSize,
    Update,
)
from starlette.requests import Request

from benchmarks.peers import questions
from benchmarks.peers.canned import canned
from benchmarks.peers.door import api_given, serve

FILED: list[dict[str, str]] = []

router = Router()


class Report(StatesGroup):
    photo = State()
    place = State()
    family = State()
    category = State()
    words = State()
    review = State()


class NullSession(AiohttpSession):
    """The library's session up to the moment it would open a connection, and again once it has an answer."""

    async def make_request(self, bot: Bot, method: TelegramMethod[TelegramType], *_: Any, **__: Any) -> TelegramType:
        self.build_form_data(bot=bot, method=method)
        content = canned(method.__api_method__).decode()
        response = self.check_response(bot=bot, method=method, status_code=200, content=content)
        return cast("TelegramType", response.result)


def keyboard(buttons: questions.Buttons) -> InlineKeyboardMarkup:
    rows = [[InlineKeyboardButton(text=text, callback_data=data)] for text, data in buttons]
    return InlineKeyboardMarkup(inline_keyboard=rows)


async def tapped(query: CallbackQuery) -> tuple[Message, str]:
    """The letter that was tapped on, and what comes after the colon in the data; acknowledges the tap."""
    assert isinstance(query.message, Message)
    assert query.data is not None
    await query.answer()
    return query.message, query.data.partition(":")[2]


@router.message(Command("annuler"))
async def cancel(message: Message, state: FSMContext) -> None:
    await state.clear()
    await message.answer(questions.DROPPED)


@router.message(Command("signaler"))
async def start(message: Message, state: FSMContext) -> None:
    await state.set_data({})
    await state.set_state(Report.photo)
    await message.answer(questions.ASK_PHOTO)


@router.message(Report.photo, F.photo.as_("sizes"))
async def photo(message: Message, state: FSMContext, sizes: list[PhotoSize]) -> None:
    await state.update_data(photo=sizes[-1].file_id)
    await state.set_state(Report.place)
    await message.answer(questions.ASK_PLACE)


@router.message(Report.place, F.location.as_("location"))
async def place(message: Message, state: FSMContext, location: Location) -> None:
    await state.update_data(place=f"{location.latitude:.5f}, {location.longitude:.5f}")
    await state.set_state(Report.family)
    await message.answer(questions.ASK_FAMILY, reply_markup=keyboard(questions.FAMILIES))


@router.callback_query(Report.family, F.data.startswith("family:"))
async def family(query: CallbackQuery, state: FSMContext) -> None:
    letter, answer = await tapped(query)
    await state.update_data(family=answer)
    await state.set_state(Report.category)
    await letter.answer(questions.ASK_CATEGORY, reply_markup=keyboard(questions.CATEGORIES))


@router.callback_query(Report.category, F.data.startswith("category:"))
async def category(query: CallbackQuery, state: FSMContext) -> None:
    letter, answer = await tapped(query)
    await state.update_data(category=answer)
    await shows_all(letter, state)


@router.callback_query(Report.review, F.data == "review:words")
async def more(query: CallbackQuery, state: FSMContext) -> None:
    letter, _ = await tapped(query)
    await state.set_state(Report.words)
    await letter.answer(questions.ASK_WORDS)


@router.message(Report.words, F.text.as_("text"))
async def words(message: Message, state: FSMContext, text: str) -> None:
    await state.update_data(words=text)
    await shows_all(message, state)


async def shows_all(letter: Message, state: FSMContext) -> None:
    await state.set_state(Report.review)
    await letter.answer(questions.review(await state.get_data()), reply_markup=keyboard(questions.SEND))


@router.callback_query(Report.review, F.data == "review:send")
async def send(query: CallbackQuery, state: FSMContext) -> None:
    letter, _ = await tapped(query)
    FILED.append(await state.get_data())
    await state.clear()
    await letter.answer(questions.THANKS.format(number=len(FILED)))


@router.callback_query(Report.review, F.data == "review:drop")
async def drop(query: CallbackQuery, state: FSMContext) -> None:
    letter, _ = await tapped(query)
    await state.clear()
    await letter.answer(questions.DROPPED)


def main() -> None:
    api = api_given()
    bot = Bot("42:benchmark", session=AiohttpSession(api=TelegramAPIServer.from_base(api)) if api else NullSession())
    dispatcher = Dispatcher(storage=MemoryStorage())
    dispatcher.include_router(router)

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        await dispatcher.emit_startup(bot=bot)
        yield
        await dispatcher.emit_shutdown(bot=bot)
        await bot.session.close()

    async def take(request: Request) -> None:
        update = Update.model_validate(json.loads(await request.body()), context={"bot": bot})
        await dispatcher.feed_update(bot, update)

    serve(take, running(), lambda: len(FILED))


if __name__ == "__main__":
    main()
