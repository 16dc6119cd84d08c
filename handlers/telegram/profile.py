"""What Telegram shows of the bot before a word is said: its name, what it is for, its commands, in every language."""

import asyncio
import logging
from collections.abc import Sequence
from functools import partial

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.methods import (
    GetMyCommands,
    GetMyDescription,
    GetMyName,
    GetMyShortDescription,
    SetMyCommands,
    SetMyDescription,
    SetMyName,
    SetMyShortDescription,
)
from aiogram.types import BotCommand

from flows.engine.scene import Stage
from flows.engine.wording import speaking
from flows.signs import telegram as signs
from handlers.telegram.errors import words_of

log = logging.getLogger(__name__)

MOST_COMMANDS = 100


async def introduce(bot: Bot, stage: Stage) -> None:
    """Bring Telegram's profile of the bot up to date. Only what differs is written: writing is limited to little a day.

    The town's first language is the one for everybody; each other one is for those whose telephone speaks it.
    What Telegram refuses is told in the log and holds nothing up.
    """
    first, *others = stage.city.languages
    await _introduce(bot, stage, first, "")
    codes = {language.partition("-")[0]: language for language in others}
    await asyncio.gather(*(_introduce(bot, stage, language, code) for code, language in codes.items()))


async def _introduce(bot: Bot, stage: Stage, language: str, code: str) -> None:
    """`code` is Telegram's two letters of the language, empty for everybody else's."""
    with speaking(language):
        name = signs.name(stage.city.name)
        short = signs.short_description(stage.city.name)
        long = signs.description(stage.city.name)
        commands = commands_of(stage)
    for put in (
        partial(_put_name, bot, name, code),
        partial(_put_short, bot, short, code),
        partial(_put_description, bot, long, code),
        partial(_put_commands, bot, commands, code),
    ):
        try:
            await put()
        except AiogramError as error:
            log.warning("Telegram did not take a part of the bot's profile: %s", words_of(error))


def commands_of(stage: Stage, *, staff: bool = False) -> Sequence[BotCommand]:
    """Those of residents, or of `staff`: what is for staff is not shown to everybody."""
    found = [signs.command_of(flow) for flow in stage.flows if flow.staff is staff]
    return [BotCommand(command=word, description=about) for word, about in filter(None, found)][:MOST_COMMANDS]


async def _put_name(bot: Bot, name: str, code: str) -> None:
    if (await bot(GetMyName(language_code=code or None))).name != name:
        await bot(SetMyName(name=name, language_code=code or None))


async def _put_short(bot: Bot, words: str, code: str) -> None:
    if (await bot(GetMyShortDescription(language_code=code or None))).short_description != words:
        await bot(SetMyShortDescription(short_description=words, language_code=code or None))


async def _put_description(bot: Bot, words: str, code: str) -> None:
    if (await bot(GetMyDescription(language_code=code or None))).description != words:
        await bot(SetMyDescription(description=words, language_code=code or None))


async def _put_commands(bot: Bot, commands: Sequence[BotCommand], code: str) -> None:
    there = await bot(GetMyCommands(language_code=code or None))
    if [(one.command, one.description) for one in there] != [(one.command, one.description) for one in commands]:
        await bot(SetMyCommands(commands=list(commands), language_code=code or None))
