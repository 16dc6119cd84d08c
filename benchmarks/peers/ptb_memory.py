"""python-telegram-bot: `ConversationHandler`, state and answers in memory.

One `Application.process_update` per request, awaited before the 200; the library's default of no concurrent
updates concerns its own queue, which a webhook route of one's own leaves out. Chats differ, so no two updates
of one conversation meet. Without `--api`, sending stops where the HTTP client would take over: the parameters are
encoded, a ready answer is parsed.
"""

import json
import warnings
from typing import Any

from starlette.requests import Request
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    filters,
)
from telegram.request import BaseRequest, RequestData
from telegram.warnings import PTBUserWarning

from benchmarks.peers import questions
from benchmarks.peers.canned import canned
from benchmarks.peers.door import api_given, serve

PHOTO, PLACE, FAMILY, CATEGORY, WORDS, REVIEW = range(6)

Context = ContextTypes.DEFAULT_TYPE

FILED: list[dict[str, str]] = []


class NullRequest(BaseRequest):
    """Encodes what would be posted and returns the canned answer."""

    @property
    def read_timeout(self) -> float | None:
        return None

    async def initialize(self) -> None:
        pass

    async def shutdown(self) -> None:
        pass

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        if request_data is not None:
            encoded = request_data.json_parameters
            assert encoded or not request_data.parameters
        return 200, canned(url.rpartition("/")[2])


def keyboard(buttons: questions.Buttons) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(text, callback_data=data)] for text, data in buttons])


def message_of(update: Update) -> Message:
    assert update.message is not None
    return update.message


def answers_of(context: Context) -> dict[str, str]:
    assert context.user_data is not None
    return context.user_data


async def tapped(update: Update) -> tuple[Message, str]:
    """The letter that was tapped on, and what comes after the colon in the data; acknowledges the tap."""
    query = update.callback_query
    assert query is not None
    assert isinstance(query.message, Message)
    assert query.data is not None
    await query.answer()
    return query.message, query.data.partition(":")[2]


async def start(update: Update, context: Context) -> int:
    answers_of(context).clear()
    await message_of(update).reply_text(questions.ASK_PHOTO)
    return PHOTO


async def photo(update: Update, context: Context) -> int:
    answers_of(context)["photo"] = message_of(update).photo[-1].file_id
    await message_of(update).reply_text(questions.ASK_PLACE)
    return PLACE


async def place(update: Update, context: Context) -> int:
    location = message_of(update).location
    assert location is not None
    answers_of(context)["place"] = f"{location.latitude:.5f}, {location.longitude:.5f}"
    await message_of(update).reply_text(questions.ASK_FAMILY, reply_markup=keyboard(questions.FAMILIES))
    return FAMILY


async def family(update: Update, context: Context) -> int:
    letter, answers_of(context)["family"] = await tapped(update)
    await letter.reply_text(questions.ASK_CATEGORY, reply_markup=keyboard(questions.CATEGORIES))
    return CATEGORY


async def category(update: Update, context: Context) -> int:
    letter, answers_of(context)["category"] = await tapped(update)
    return await shows_all(letter, context)


async def words(update: Update, context: Context) -> int:
    answers_of(context)["words"] = message_of(update).text or ""
    return await shows_all(message_of(update), context)


async def more(update: Update, context: Context) -> int:
    letter, _ = await tapped(update)
    await letter.reply_text(questions.ASK_WORDS)
    return WORDS


async def shows_all(letter: Message, context: Context) -> int:
    words = questions.review(answers_of(context))
    await letter.reply_text(words, reply_markup=keyboard(questions.SEND))
    return REVIEW


async def send(update: Update, context: Context) -> int:
    letter, _ = await tapped(update)
    FILED.append(dict(answers_of(context)))
    answers_of(context).clear()
    await letter.reply_text(questions.THANKS.format(number=len(FILED)))
    return ConversationHandler.END


async def drop(update: Update, context: Context) -> int:
    answers_of(context).clear()
    letter = update.effective_message
    assert letter is not None
    await letter.reply_text(questions.DROPPED)
    return ConversationHandler.END


def conversation() -> ConversationHandler[Context]:
    return ConversationHandler(
        entry_points=[CommandHandler("signaler", start)],
        states={
            PHOTO: [MessageHandler(filters.PHOTO, photo)],
            PLACE: [MessageHandler(filters.LOCATION, place)],
            FAMILY: [CallbackQueryHandler(family, pattern=r"^family:")],
            CATEGORY: [CallbackQueryHandler(category, pattern=r"^category:")],
            WORDS: [MessageHandler(filters.TEXT & ~filters.COMMAND, words)],
            REVIEW: [
                CallbackQueryHandler(send, pattern=r"^review:send$"),
                CallbackQueryHandler(more, pattern=r"^review:words$"),
                CallbackQueryHandler(drop, pattern=r"^review:drop$"),
            ],
        },
        fallbacks=[CommandHandler("annuler", drop)],
    )


def main() -> None:
    # The library's own advice for a conversation that mixes messages and taps.
    warnings.filterwarnings("ignore", message=r".*CallbackQueryHandler", category=PTBUserWarning)
    builder = Application.builder().token("42:benchmark").updater(None)
    if api := api_given():
        application = builder.base_url(f"{api}/bot").build()
    else:
        application = builder.request(NullRequest()).get_updates_request(NullRequest()).build()
    application.add_handler(conversation())

    async def fails(_: object, context: Context) -> None:
        """Without it the library logs the error and the update would count as handled."""
        raise SystemExit(f"An update failed: {context.error!r}")

    application.add_error_handler(fails)

    async def take(request: Request) -> None:
        update = Update.de_json(json.loads(await request.body()), application.bot)
        await application.process_update(update)

    serve(take, application, lambda: len(FILED))


if __name__ == "__main__":
    main()
