"""What an operator should know about the bot's tie with Telegram, in plain sentences, without changing anything."""

from datetime import UTC, datetime

from aiogram import Bot
from aiogram.exceptions import AiogramError, TelegramNotFound, TelegramUnauthorizedError
from aiogram.methods import GetMe, GetWebhookInfo
from aiogram.types import WebhookInfo
from aiogram.utils.token import TokenValidationError

from handlers.telegram import redact
from handlers.telegram.errors import TokenRefused, words_of
from handlers.telegram.session import LeanBot, LeanSession
from handlers.telegram.webhook import PATH

Finding = tuple[bool, str]

MANY = 100
"""Updates waiting that a bot in good health would have taken."""


async def check_token(token: str, api: str, public_url: str) -> list[Finding]:
    """The same without a house. `public_url` is empty when the bot fetches its updates itself."""
    redact.install()
    session = LeanSession(api)
    try:
        bot = LeanBot(token, session)
    except TokenValidationError:
        return [(False, str(TokenRefused()))]
    try:
        return await check(bot, api, f"{public_url}{PATH}" if public_url else "")
    finally:
        await session.close()


async def check(bot: Bot, api: str, webhook: str) -> list[Finding]:
    """`webhook` is the address Telegram should deliver to, empty when the bot fetches its updates itself."""
    try:
        me = await bot(GetMe())
        info = await bot(GetWebhookInfo())
    except (TelegramUnauthorizedError, TelegramNotFound):
        return [(False, str(TokenRefused()))]
    except AiogramError as error:
        return [(False, f"Telegram cannot be reached at {api}: {words_of(error)}.")]
    found: list[Finding] = [(True, f"Telegram knows this bot as @{me.username}.")]
    found.append(_delivery(info, webhook))
    found.append(_backlog(info.pending_update_count))
    if webhook and info.last_error_message:
        found.append((False, _last_error(info)))
    return found


def _delivery(info: WebhookInfo, webhook: str) -> Finding:
    if not webhook:
        if info.url:
            return True, f"A webhook is set at {info.url}. Parvis removes it when it starts, and fetches its updates."
        return True, "Parvis fetches its updates itself."
    if info.url == webhook:
        return True, f"Telegram delivers to {webhook}."
    there = f"to {info.url}" if info.url else "nowhere"
    return False, f"Telegram delivers {there} instead of {webhook}. Start `parvis serve` to set it."


def _backlog(count: int) -> Finding:
    if count > MANY:
        return False, f"Updates waiting at Telegram: {count}. It drops them after 24 hours. Is Parvis running?"
    return True, f"Updates waiting at Telegram: {count}."


def _last_error(info: WebhookInfo) -> str:
    at = info.last_error_date
    when = at.astimezone(UTC) if isinstance(at, datetime) else None
    date = f" ({when:%Y-%m-%d %H:%M} UTC)" if when else ""
    return f"Telegram's last delivery failed{date}: {info.last_error_message}"
