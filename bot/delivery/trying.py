"""Carries one single letter, and says what becomes of it when it does not get through."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy.exc import DBAPIError

from bot.delivery import claims, rounds, store
from bot.delivery.channel import Channel
from bot.delivery.counters import Counters
from bot.delivery.model import (
    RETRY_AFTER,
    Gone,
    Impossible,
    Letter,
    Moved,
    NothingToEdit,
    Throttled,
    Unreachable,
    Withdrawn,
)
from bot.delivery.noting import Noting
from bot.delivery.rounds import OnGone
from bot.delivery.trouble import Closed
from bot.people.store import move_address
from bot.storage.work import Desk, Work

log = logging.getLogger(__name__)


class Trying:
    """One try of a letter. What arrives is noted by `noting`, what does not returns to the outbox or ends here."""

    def __init__(
        self,
        desk: Desk,
        channels: Mapping[str, Channel],
        noting: Noting,
        *,
        closed: Closed,
        on_gone: OnGone,
        counters: Counters,
    ) -> None:
        self._desk, self._channels, self._noting = desk, channels, noting
        self._closed, self._on_gone, self._counters = closed, on_gone, counters
        self._held_until: dict[int, datetime] = {}  # addresses whose first letter is to be tried again

    def held(self, address: int) -> datetime | None:
        """Until when the letters to this address wait, None when they need not."""
        until = self._held_until.get(address)
        if until is not None and until <= self._desk.clock():
            del self._held_until[address]
            return None
        return until

    async def carry(self, letter: Letter) -> bool:
        """Try one letter; gives whether the next one of the same address may be tried."""
        channel = self._channels[letter.channel]
        if until := self._closed.until(channel.name) or self.held(letter.address):
            await self._again(letter, until, counted=False)
            return False
        try:
            external = await self._deliver(channel, letter)
        except Throttled as refusal:
            until = self._closed.close(channel.name, refusal.wait)
            await self._again(letter, until, counted=False, partly=refusal.partly)
        except Unreachable as refusal:
            return await self._failed_to_reach(letter, refusal)
        except Gone as refusal:
            self._counters.fail(str(refusal))
            await self._desk.run(self._giving_up(letter, str(refusal)))
        except Moved as refusal:
            await self._desk.run(_moving(letter, refusal.external))
        except Withdrawn:  # it returns to the outbox, where it may have been cancelled, or be too late by now
            await self._desk.run(giving_back([letter.id], self._desk.clock()))
            return True
        except Impossible as refusal:
            log.error("A letter was refused for good: %s", refusal)
            return await self._failed(letter, str(refusal))
        except DBAPIError:
            raise
        except Exception as fault:
            log.exception("A letter could not be carried.")
            return await self._failed(letter, f"{type(fault).__name__}: {fault}")
        else:
            self._noting.add(letter, external, keeps_words=channel.keeps_words)
            return True
        return False

    async def _deliver(self, channel: Channel, letter: Letter) -> str:
        if letter.expires_at is not None:
            whole = letter
            letter = msgspec.structs.replace(letter, may_go=lambda: not self._is_expired(whole) and whole.may_go())
        aimed = await self._aimed(letter)
        try:
            return await channel.deliver(aimed)
        except NothingToEdit:
            return await channel.deliver(letter)

    async def _aimed(self, letter: Letter) -> Letter:
        """A letter with a slot changes the message that shows the slot now, if there is one."""
        if not letter.message.slot or letter.message.anew:
            return letter
        earlier = self._noting.shown_at(letter.address, letter.message.slot)
        if earlier is not None:
            return msgspec.structs.replace(letter, replaces=earlier)
        shown = await self._desk.run(lambda work: store.shown_at(work, letter.address, letter.message.slot))
        return msgspec.structs.replace(letter, replaces=shown)

    async def _failed_to_reach(self, letter: Letter, refusal: Unreachable) -> bool:
        if letter.attempts >= len(RETRY_AFTER):
            return await self._failed(letter, str(refusal))
        self._counters.retried += 1
        wait = RETRY_AFTER[letter.attempts]
        log.warning("A letter did not get through (%s); again in %s.", refusal, wait)
        await self._again(letter, self._desk.clock() + wait, counted=True, partly=refusal.partly)
        return False

    async def _failed(self, letter: Letter, reason: str) -> bool:
        self._counters.fail(reason)
        await self._desk.run(lambda work: store.note_failed(work, letter.id, reason))
        return True

    async def _again(self, letter: Letter, due: datetime, *, counted: bool, partly: str = "") -> None:
        """Try it again later; what was said to the same person after it waits behind it."""
        self._held_until[letter.address] = due
        await self._desk.run(
            lambda work: claims.put_back(work, letter.id, letter.address, due, counted=counted, partly=partly)
        )

    def _is_expired(self, letter: Letter) -> bool:
        return letter.expires_at is not None and letter.expires_at <= self._desk.clock()

    def _giving_up(self, letter: Letter, because: str) -> Callable[[Work], None]:
        def job(work: Work) -> None:
            store.note_failed(work, letter.id, because)
            rounds.lose(work, letter.address, because, self._on_gone)

        return job


def _moving(letter: Letter, external: str) -> Callable[[Work], None]:
    def job(work: Work) -> None:
        now_at = move_address(work, letter.address, external)
        if now_at != letter.address:
            claims.readdress(work, letter.address, now_at)
        claims.forget_parts(work, letter.id)
        claims.give_back(work, [letter.id], work.now)

    return job


def giving_back(numbers: Sequence[int], due: datetime) -> Callable[[Work], None]:
    return lambda work: claims.give_back(work, numbers, due)
