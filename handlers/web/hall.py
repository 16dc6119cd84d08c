"""What the rooms of the site share, and how a visitor is recognised."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import msgspec
from starlette.requests import Request

from bot.pictures.keep import Pictures
from bot.storage.work import Desk, Work
from flows.engine.reception import Reception
from flows.engine.scene import Stage
from handlers.web.channel import WebChannel
from handlers.web.limits import Limits, network_of
from handlers.web.pages import Pages
from handlers.web.session import Sessions
from handlers.web.shield import same_origin

Result = TypeVar("Result")

MaySee = Callable[[Work, str, int | None], bool]
"""(work, key of a photo, the visitor's address if they have one) → whether this visitor may see it."""

PHOTOS_PREPARED_AT_ONCE = 2
"""Preparing one takes up to 430 MB (bot.pictures.prepare)."""


class Guest(msgspec.Struct, frozen=True):
    """A visitor: the session's number, whether it was just made, the page's language, the network address."""

    session: str
    new: bool
    language: str
    network: str


@dataclass(frozen=True)
class Hall:
    reception: Reception
    desk: Desk
    pictures: Pictures
    stage: Stage
    channel: WebChannel
    sessions: Sessions
    limits: Limits
    pages: Pages
    public_url: str
    may_see: Sequence[MaySee]
    served: Collection[str]
    """The channels that letters leave by."""
    heartbeat: float = 15.0
    """Seconds of silence after which a listening page is sent a sign of life, so that nothing on the way hangs up."""
    preparing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PHOTOS_PREPARED_AT_ONCE))

    @property
    def kept_for(self) -> timedelta:
        """How far back a dialogue is shown."""
        return timedelta(days=self.stage.city.privacy.retention.messages)

    async def look(self, job: Callable[[Work], Result]) -> Result:
        """Read the database beside the writing thread."""

        def once() -> Result:
            with self.desk.reading() as work:
                return job(work)

        return await asyncio.to_thread(once)

    def guest(self, request: Request) -> Guest:
        """The visitor; raises TooFast when their network address makes too many new sessions."""
        network = network_of(request.client.host) if request.client else ""
        known = self.sessions.read(request)
        if known is None:
            self.limits.take("session", network=network)
        return Guest(known or self.sessions.new(), known is None, self.pages.language(request), network)

    def sender(self, request: Request) -> Guest:
        """The visitor who sends us something; raises FromElsewhere when another site makes them do it."""
        same_origin(request, self.public_url)
        return self.guest(request)
