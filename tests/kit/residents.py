"""The whole bot without a door, and people who talk to it: every word goes through the reception and the database."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Sequence
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

import msgspec
from sqlalchemy import select

from bot.city.model import Place
from bot.delivery import claims
from bot.delivery import store as letters
from bot.delivery.model import Button, Letter, Message
from bot.news.anew import drop_untrue
from bot.news.choose import drop_choices_of_gone
from bot.people.store import address
from bot.storage.heard import set_aside
from bot.storage.work import Desk, Work
from flows.engine import store
from flows.engine.incoming import Heard, Incoming
from flows.engine.reception import Reception
from flows.engine.scene import Stage
from flows.engine.state import Conversation
from flows.news_digest import Digests
from handlers.clock.clock import Clock
from tests.kit.clock import Time

CHANNEL = "kit"
_HOUSES = itertools.count(1)


class House:
    """A reception that runs, a clock that ticks when told, and a pigeonhole for every resident."""

    def __init__(self, desk: Desk, stage: Stage, time: Time) -> None:
        self.desk = desk
        self.stage = stage
        self.time = time
        self.posted: list[Letter] = []
        self._noted = 0
        self.reception = Reception(desk, stage, self.posted.extend, on_gone=drop_choices_of_gone)
        digests = Digests(stage.city, stage.page)
        self.clock = Clock(desk, self.reception, {}, {"digests": (timedelta(seconds=30), digests.send_digests)})
        self._residents = itertools.count(1)
        self._name = f"h{next(_HOUSES)}"
        self._keys = itertools.count(1)
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self.reception.run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._running is not None
        self.reception.close()
        await self._running

    def resident(self, language: str = "fr", external: str = "") -> Resident:
        return Resident(self, external or f"resident-{next(self._residents)}", language)

    def next_key(self) -> str:
        return f"{self._name}.{next(self._keys)}"

    async def take(self, incoming: Incoming) -> Heard:
        return await self.reception.take(incoming)

    async def at_once(self, group: Sequence[Incoming]) -> list[Heard | BaseException]:
        """Several things that people did before the bot could look: one group, taken in this order."""
        before = self.reception.groups
        heard = await asyncio.gather(*(self.reception.take(one) for one in group), return_exceptions=True)
        assert self.reception.groups == before + 1
        return heard

    async def tick(self) -> int:
        """Let the clock look at the drafts and at what is due, and carry what is due by now."""
        found = await self.clock.look_at_drafts()
        await self.clock.do_what_is_due()
        await self.carry_due()
        return found

    async def carry_due(self) -> None:
        """Carry the letters that waited in the outbox and whose hour has come."""

        def carry(work: Work) -> list[Letter]:
            _note(work, self.posted[self._noted :])  # replies were handed over at once: they have arrived
            due = claims.claim(work, [CHANNEL], 200, untrue=drop_untrue)
            _note(work, due)
            return due

        self.posted.extend(await self.desk.run(carry))
        self._noted = len(self.posted)

    def set_aside(self) -> list[tuple[str, str]]:
        """(key, cause) of every update that could not be handled."""
        with self.desk.reading() as work:
            rows = work.connection.execute(select(set_aside.c.key, set_aside.c.cause).order_by(set_aside.c.id))
            return [(row[0], row[1]) for row in rows]


class Resident:
    """Somebody who talks to the bot. `screen` is what the bot said last, as a person sees it."""

    def __init__(self, house: House, external: str, language: str) -> None:
        self.house = house
        self.external = external
        self.language = language
        self.heard = Heard()
        self._seen = 0
        self._sent = itertools.count(1)
        self.last_origin = ""

    # What they do

    def does(self, kind: Any, **values: Any) -> Incoming:
        """Something they did that nobody has taken yet."""
        self.last_origin = values.setdefault("origin", f"m{next(self._sent)}")
        now = self.house.time.now()
        key = values.pop("key", "") or self.house.next_key()
        language = values.pop("language", self.language)
        return Incoming(channel=CHANNEL, key=key, sender=self.external, kind=kind, at=now, language=language, **values)

    async def _do(self, incoming: Incoming) -> Heard:
        self._seen = len(self.messages)
        self.heard = await self.house.take(incoming)
        return self.heard

    async def says(self, text: str, **values: Any) -> Heard:
        return await self._do(self.does("text", text=text, **values))

    async def taps(self, label: str) -> Heard:
        """Press the newest button that says `label`, or type it where the channel would show it as a key."""
        if any(label in message.keys for message in self.messages[-1:]):
            return await self.says(label)
        return await self.presses(self.button(label).data)

    async def presses(self, data: str, **values: Any) -> Heard:
        return await self._do(self.does("tap", payload=data, **values))

    async def sends(self, *pictures: str, album: str = "", caption: str = "") -> Heard:
        """Photos: without `album` in one message, with it one message each, as Telegram does."""
        if not album:
            return await self._do(self.does("pictures", pictures=pictures, text=caption))
        for at, picture in enumerate(pictures):
            words = caption if at == 0 else ""
            await self._do(self.does("pictures", pictures=(picture,), text=words, album=album))
        return self.heard

    async def sends_a_bad_photo(self, why: str) -> Heard:
        return await self._do(self.does("pictures", refused=why))

    async def shares(self, latitude: float | None, longitude: float | None, label: str = "") -> Heard:
        return await self._do(self.does("place", place=Place(latitude, longitude, label=label)))

    async def sends_other(self, what: str = "voice") -> Heard:
        return await self._do(self.does("other", text=what))

    async def sends_contact(self) -> Heard:
        return await self._do(self.does("contact"))

    async def edits(self, text: str, origin: str = "") -> Heard:
        """Change the words of the last message, or of another one."""
        return await self._do(self.does("edited", text=text, origin=origin or self.last_origin))

    async def leaves(self) -> Heard:
        return await self._do(self.does("left"))

    async def comes_back(self) -> Heard:
        return await self._do(self.does("came"))

    # What they see

    @property
    def messages(self) -> list[Message]:
        return [letter.message for letter in self.house.posted if letter.external == self.external]

    @property
    def news(self) -> list[Message]:
        """What the bot said since their last move."""
        return self.messages[self._seen :]

    @property
    def screen(self) -> str:
        return "\n".join(as_seen(message) for message in self.news)

    @property
    def toast(self) -> str:
        return self.heard.toast

    def button(self, label: str) -> Button:
        """The newest button that says `label`, or failing that has it in its words."""
        buttons = [one for message in reversed(self.messages) for row in message.buttons for one in row]
        for fits in (lambda one: one.label == label, lambda one: label in one.label):
            for one in buttons:
                if fits(one):
                    return one
        raise AssertionError(f"no button says “{label}”; on the screen:\n{self.screen}")

    @property
    def conversation(self) -> Conversation:
        """What is kept about the conversation."""
        with self.house.desk.reading() as work:
            query = select(address.c.id).where(address.c.channel == CHANNEL, address.c.external == self.external)
            number = work.connection.execute(query).scalar_one_or_none()
            return store.load(work, [number]).get(number, Conversation()) if number else Conversation()

    @property
    def answers(self) -> dict[str, Any]:
        talk = self.conversation.open
        return dict(talk.answers) if talk else {}


def _note(work: Work, carried: Sequence[Letter]) -> None:
    letters.note_sent(work, [letters.Delivered(letter, str(letter.id)) for letter in carried])


def without_lots(said: Any) -> str:
    """As JSON, without what is drawn by lot: the marks of talks, the numbers of reports, news and posts, the codes of
    invitations, the addresses of previews; nor the count of turns."""
    encoded = re.sub(r'"version":\d+', "", msgspec.json.encode(said).decode())
    lots = (
        r'"nonce":"([\w-]{6})|"[tcn]\.([\w-]{6})|VAL-([2-9A-Y]{4,8})|AC-([2-9A-Y]{6,8})'
        r"|((?:[2-9A-Z]{4}-){3}[2-9A-Z]{4})|([0-9]{16,19})|/apercu/([\w-]{43})"
    )
    drawn = re.findall(lots, encoded)
    for at, mark in enumerate(dict.fromkeys(next(filter(None, found)) for found in drawn)):
        encoded = encoded.replace(mark, f"lot-{at}")
    return encoded


def as_seen(message: Message) -> str:
    lines = [message.title, message.text, *(f"{fact.name} : {fact.value}" for fact in message.facts), message.note]
    lines.extend(f"(photo {picture})" for picture in message.pictures)
    lines.extend(" ".join(f"[{button.label}]" for button in row) for row in message.buttons)
    if message.keys:
        lines.append(" ".join(f"({key})" for key in message.keys))
    return "\n".join(line for line in lines if line)
