"""The web as a channel: a letter is delivered by being kept; the pages that are open are told to look."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bot.delivery.look import Bubble, Look
from bot.delivery.model import Letter, Message, Withdrawn
from bot.delivery.pace import Gate
from handlers.web.store import CHANNEL

MOST_UNSEEN = 100
"""Letters an open page may have waiting; a page slower than that finds the rest in the history."""

MOST_OPEN = 10
"""Pages of one session that listen at once. Each holds a connection; those left behind by a network that went away look
just like open ones, so that the oldest makes room for a new one. A browser opens six at most without HTTP/2."""


class OpenPage:
    """One tab that listens. `letters` are those handed over since it last looked."""

    def __init__(self) -> None:
        self.bell = asyncio.Event()
        self.letters: deque[Letter] = deque(maxlen=MOST_UNSEEN)
        self.closed = False

    def ring(self) -> None:
        self.bell.set()

    def close(self) -> None:
        self.closed = True
        self.ring()

    async def wait(self, seconds: float) -> bool:
        """Wait until something is new, at most so long; gives whether something is."""
        try:
            await asyncio.wait_for(self.bell.wait(), seconds)
        except TimeoutError:
            return False
        self.bell.clear()
        return True


class WebChannel:
    """The postman's way to the pages. Always used from the event loop."""

    name = CHANNEL
    concurrency = 64
    keeps_words = True
    pace: Gate | None = None

    def __init__(self) -> None:
        self.draw: Callable[[Message, str], str] | None = None  # as the chat page does; the site brings it
        self._pages: dict[str, list[OpenPage]] = defaultdict(list)  # the oldest first
        self._closed = False

    async def take_away(self, letter: Letter) -> str:
        """The page shows each place once, with its newest words: the letter's own, which say that it was taken back."""
        return await self.deliver(letter)

    async def deliver(self, letter: Letter) -> str:
        if not letter.may_go():
            raise Withdrawn
        for page in self._pages.get(letter.external, ()):
            page.letters.append(letter)
            page.ring()
        return str(letter.id)

    def messages_of(self, message: Message) -> int:
        return 0

    async def look(self, message: Message, photos: str) -> Look:
        assert self.draw is not None, "the site stands before anybody looks"
        return Look((Bubble(self.draw(message, photos)),), draws_itself=True)

    def ring(self, session: str) -> None:
        """Something changed in the dialogue of this session: its pages look."""
        for page in self._pages.get(session, ()):
            page.ring()

    @contextmanager
    def open(self, session: str) -> Iterator[OpenPage]:
        page = OpenPage()
        page.closed = self._closed
        pages = self._pages[session]
        pages.append(page)
        for oldest in pages[:-MOST_OPEN]:
            oldest.close()
        try:
            yield page
        finally:
            pages.remove(page)
            if not pages:
                del self._pages[session]

    def count(self, session: str) -> int:
        return len(self._pages.get(session, ()))

    @property
    def sessions(self) -> list[str]:
        """Those with a page open at this moment."""
        return list(self._pages)

    @property
    def listening(self) -> int:
        """Pages open at this moment."""
        return sum(len(pages) for pages in self._pages.values())

    def close(self) -> None:
        """End every listening page, so that the server can stop; browsers come back by themselves."""
        self._closed = True
        for pages in self._pages.values():
            for page in pages:
                page.close()
