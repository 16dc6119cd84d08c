"""The bot's token stands in the address of every call: it must reach no log, no outbox row, no page."""

import logging
import re
import traceback
from typing import Any

A_TOKEN = re.compile(r"\d{5,}:[A-Za-z0-9_-]{20,}")
HIDDEN = "<token>"


def redact(text: str) -> str:
    return A_TOKEN.sub(HIDDEN, text)


class RedactingRecord(logging.LogRecord):
    """A log record in which no token is left, in its message or in its traceback."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        try:
            message = self.getMessage()
        except (TypeError, ValueError, KeyError):
            message = ""  # words and values that do not fit: the handler says so, with the place of the mistake
        if A_TOKEN.search(message):
            self.msg, self.args = redact(message), ()
        if self.exc_info and self.exc_info[0] is not None:
            told = "".join(traceback.format_exception(*self.exc_info)).rstrip("\n")
            if A_TOKEN.search(told):
                self.exc_text, self.exc_info = redact(told), None


def install() -> None:
    """From now on every record of every logger is redacted, whatever handlers are added later.

    A filter would have to be put on each handler, and would miss those of the web server and of the tests.
    """
    logging.setLogRecordFactory(RedactingRecord)
    for name in ("aiohttp", "aiogram"):
        logging.getLogger(name).setLevel(logging.WARNING)
