"""What Telegram's refusals mean for a letter, and the two that stop the door from opening."""

from datetime import timedelta

from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)

from bot.delivery.model import Gone, Impossible, Moved, NothingToEdit, Refusal, Throttled, Unreachable
from handlers.telegram.redact import redact

# The words are those of tdlib/telegram-bot-api, Client.cpp, compared in lower case.
NOBODY_THERE = ("chat not found", "user not found", "peer_id_invalid", "user_deactivated")
NOT_MODIFIED = "message is not modified"
NOTHING_TO_EDIT = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "message identifier is not specified",
    "there is no text in the message to edit",
    "there is no caption in the message to edit",
)
NOTHING_TO_DELETE = ("message to delete not found", "message_id_invalid", "message identifier is not specified")
UNKNOWN_FILE = ("wrong file identifier", "wrong remote file", "file reference", "type of file mismatch")

WHEN_NOT_SAID = timedelta(seconds=5)
"""How long to wait after "too many requests" without a figure."""


class TokenRefused(Exception):
    """Telegram does not know this token. Raised at the opening, for the operator."""

    def __init__(self) -> None:
        super().__init__(
            "Telegram refuses the token. Copy the whole line that @BotFather gave into PARVIS_TELEGRAM_TOKEN, "
            "or leave it empty to run Parvis on the web alone."
        )


class WebhookRefused(Exception):
    """The webhook cannot be set. The message says what to change."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"Telegram cannot deliver to this address: {reason}. Give PARVIS_PUBLIC_URL an https address "
            "on port 443, 80, 88 or 8443, or set PARVIS_TELEGRAM_MODE to polling."
        )


def words_of(error: Exception) -> str:
    """The refusal in Telegram's own words, on one line and without the token."""
    message = getattr(error, "message", "") or str(error) or type(error).__name__
    return redact(" ".join(str(message).split()))[:300]


def says(error: Exception, *phrases: str) -> bool:
    message = words_of(error).lower()
    return any(phrase in message for phrase in phrases)


def refusal_for(error: AiogramError) -> Refusal:
    """The order matters: in aiogram "too large" is a kind of network error."""
    if isinstance(error, TelegramRetryAfter):
        return Throttled(timedelta(seconds=error.retry_after))
    if isinstance(error, TelegramMigrateToChat):
        return Moved(str(error.migrate_to_chat_id))
    words = words_of(error)
    if says(error, "too many requests"):
        return Throttled(WHEN_NOT_SAID)
    if isinstance(error, TelegramForbiddenError):
        return Gone(words)
    if isinstance(error, TelegramEntityTooLarge):
        return Impossible(words)
    if isinstance(error, TelegramNetworkError | TelegramServerError | ClientDecodeError):
        return Unreachable(words)
    if isinstance(error, TelegramUnauthorizedError | TelegramConflictError):
        return Unreachable(words)  # the operator changes the token; the letters wait
    if isinstance(error, TelegramBadRequest) and says(error, *NOBODY_THERE):
        return Gone(words)
    return Impossible(words)


def refusal_of_edit(error: AiogramError) -> Refusal:
    if says(error, *NOTHING_TO_EDIT):
        return NothingToEdit(words_of(error))
    return refusal_for(error)
