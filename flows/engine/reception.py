"""Where everything that comes in is taken: one group of waiting updates, one transaction, in order of arrival."""

import asyncio
import logging
import time
import traceback
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from bot.delivery.model import Lane, Letter
from bot.delivery.store import Draft, write
from bot.people.invite import without_codes
from bot.people.model import Person
from bot.people.store import find_people, mark_back, mark_gone, meet, person_at, without_address
from bot.storage.arrivals import drop_arrivals
from bot.storage.failures import is_collision, is_outage
from bot.storage.heard import hear, put_aside
from bot.storage.tables import new_identity
from bot.storage.work import Desk, Work
from flows.engine import store
from flows.engine.incoming import CLOCK, Heard, Incoming, legible
from flows.engine.scene import Scene, Stage
from flows.engine.state import Conversation
from flows.engine.turn import Turn
from flows.engine.wording import guess, speaking

log = logging.getLogger(__name__)

MOST_IN_A_GROUP = 64

NOTED_EVERY = timedelta(days=1)
"""How often it is noted that a person is still there: enough to know who has not been for a year or more."""

Post = Callable[[Sequence[Letter]], None]
"""Given the letters of a group once it is committed; called from the writing thread."""


class Closed(Exception):
    """The reception no longer takes anything: the process is stopping."""


class _Waiting(msgspec.Struct, frozen=True):
    incoming: Incoming
    done: asyncio.Future[Heard]


class Reception:
    """Gathers what waits into groups and commits each group once.

    A group that fails is taken again one by one: only the update that cannot be handled is put aside, with its
    cause, and its sender gets an apology. When the database itself fails nothing is put aside: `take` raises and
    the door lets the platform deliver again.
    """

    def __init__(
        self,
        desk: Desk,
        stage: Stage,
        post: Post,
        sends: Callable[[], bool] = lambda: True,
        on_gone: Callable[[Work, Sequence[int]], object] = lambda _work, _residents: None,
    ) -> None:
        self.desk = desk
        self.stage = stage
        self.post = post
        self._on_gone = on_gone  # told of residents who cannot be reached any more
        self._drafts_kept = timedelta(days=stage.city.privacy.retention.drafts)
        self._sends = sends  # whether this process sends; otherwise replies wait in the outbox for the one that does
        self._waiting: asyncio.Queue[_Waiting | None] = asyncio.Queue()
        self._closed = False
        self._under_way, self._since = 0, 0.0  # turns, and since when there is always one
        self.groups = 0
        self.taken = 0

    async def take(self, incoming: Incoming) -> Heard:
        """Hand over one thing a person did; returns once it is committed."""
        if self._closed:
            raise Closed("Parvis is stopping.")
        done: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait(_Waiting(legible(incoming), done))
        self._since = self._since if self._under_way else time.monotonic()
        self._under_way += 1
        try:
            return await done
        finally:
            self._under_way -= 1

    @property
    def awaited_for(self) -> float:
        """Seconds for which there has always been somebody who waits for a turn; 0 while nobody does."""
        return time.monotonic() - self._since if self._under_way else 0.0

    async def run(self) -> None:
        """Serve until `close`, then finish what is waiting."""
        while True:
            first = await self._waiting.get()
            if first is None:
                return
            group = [first]
            last = False
            while len(group) < MOST_IN_A_GROUP and not self._waiting.empty():
                following = self._waiting.get_nowait()
                if following is None:
                    last = True
                    break
                group.append(following)
            await self._serve(group)
            if last:
                return

    def close(self) -> None:
        self._closed = True
        self._waiting.put_nowait(None)

    async def _serve(self, group: Sequence[_Waiting]) -> None:
        incoming = [waiting.incoming for waiting in group]
        results = await self._take_group(incoming)
        self.groups += 1
        self.taken += len(group)
        for waiting, result in zip(group, results, strict=True):
            if waiting.done.done():  # whoever asked is gone; what was committed stays
                continue
            if isinstance(result, Heard):
                waiting.done.set_result(result)
            else:
                waiting.done.set_exception(result)

    async def _take_group(self, group: Sequence[Incoming]) -> list[Heard | Exception]:
        if len(group) > 1:
            try:
                return list(await self._commit(group))
            except Exception as failure:
                log.warning(
                    "A group of %d updates failed (%s); they are taken one by one.", len(group), type(failure).__name__
                )
        return [await self._take_one(incoming) for incoming in group]

    async def _take_one(self, incoming: Incoming) -> Heard | Exception:
        try:
            return (await self._commit([incoming]))[0]
        except Exception as failure:
            if not is_collision(failure):
                return await self._take_failed(incoming, failure)
        try:
            return (await self._commit([incoming]))[0]
        except Exception as failure:
            return await self._take_failed(incoming, failure)

    async def _take_failed(self, incoming: Incoming, failure: Exception) -> Heard | Exception:
        """Set the update aside, unless it is the database that failed."""
        if is_outage(failure):
            return failure
        log.error("An update is set aside: %s %s", incoming.channel, incoming.key, exc_info=failure)
        cause = "".join(traceback.format_exception(failure))
        try:
            return (await self._commit([incoming], failed=cause))[0]
        except Exception as again:
            log.exception("The apology could not be kept either.")
            return again

    async def _commit(self, group: Sequence[Incoming], failed: str = "") -> list[Heard]:
        return await self.desk.run(lambda work: self._take_all(work, group, failed))

    # In the writing thread

    def _take_all(self, work: Work, group: Sequence[Incoming], failed: str) -> list[Heard]:
        fresh = hear(work, [(one.channel, one.key) for one in group])
        if kept := [(one.channel, one.key) for one in group if one.kept]:
            fresh -= set(kept) - drop_arrivals(work, kept)
        news = [one for one in group if (one.channel, one.key) in fresh]
        people = self._people(work, news)
        conversations = store.load(work, [person.address for person in people.values() if not person.new])
        results: list[Heard] = []
        drafts: list[tuple[Draft, Person]] = []
        touched: dict[int, Scene] = {}
        for one in group:
            if (one.channel, one.key) not in fresh:
                results.append(Heard(new=False))
                continue
            fresh.discard((one.channel, one.key))
            person = people[one.channel, one.sender]
            if person.address in touched:
                person = self._as_they_are_now(work, person, one)
            conversation = conversations.get(person.address)
            if conversation is None:
                conversation = conversations[person.address] = _new_conversation(work)
            scene = Scene(self.stage, work, person, conversation, one)
            self._take_turn(scene, failed)
            results.append(scene.heard)
            people[one.channel, one.sender] = scene.person
            if not scene.idle:
                conversation.version += 1
                touched[person.address] = scene
            drafts.extend((draft, person) for draft in self._drafts(scene))
        store.save(work, [self._kept(scene) for at, scene in touched.items() if at not in work.erased])
        if letters := self._write(work, drafts):
            work.after.append(lambda: self.post(letters))
        return results

    def _take_turn(self, scene: Scene, failed: str) -> None:
        with speaking(scene.person.language):
            if failed:
                one = msgspec.structs.replace(scene.incoming, text=without_codes(scene.incoming.text))
                put_aside(scene.work, one.channel, one.key, failed, msgspec.json.encode(one).decode(), one.sender)
                Turn(scene).apologise()
            else:
                Turn(scene).take()

    def _as_they_are_now(self, work: Work, person: Person, one: Incoming) -> Person:
        """What somebody did earlier in the group may have changed what we know of them, or erased them."""
        newcomer = (one.channel, one.sender, guess(one.language, self.stage.city.languages))
        return person_at(work, person.address) or meet(work, [newcomer])[0]

    def _people(self, work: Work, news: Sequence[Incoming]) -> dict[tuple[str, str], Person]:
        wanted: dict[tuple[str, str], Incoming] = {}
        here: dict[tuple[str, str], bool] = {}  # by the last thing they did in this group
        for one in news:
            wanted.setdefault((one.channel, one.sender), one)
            if one.kind not in CLOCK:
                here[one.channel, one.sender] = one.kind != "left"
        if not wanted:
            return {}
        people = find_people(work, wanted)
        newcomers = [
            (*key, guess(one.language, self.stage.city.languages)) for key, one in wanted.items() if key not in people
        ]
        people.update({(person.channel, person.external): person for person in meet(work, newcomers)})
        if left := [people[key].address for key, is_here in here.items() if not is_here]:
            mark_gone(work, left, "blocked")
            self._on_gone(work, without_address(work, left))
        mark_back(
            work, [people[key].address for key, is_here in here.items() if is_here and _is_news(work, people[key])]
        )
        return people

    def _drafts(self, scene: Scene) -> list[Draft]:
        said, person = [message for message in scene.out if not message.is_empty], scene.person
        if not scene.pushed:
            return [Draft(person.address, message) for message in said]
        if not person.pushes or person.gone:
            return []
        due = self.stage.city.quiet_until(scene.work.now)
        return [Draft(person.address, message, Lane.STATUS, due) for message in said]

    def _kept(self, scene: Scene) -> store.Kept:
        flows = [self.stage.flows.named(talk.flow) for talk in scene.conversation.talks]
        kept_for = max([flow.kept_for or self._drafts_kept for flow in flows if flow], default=store.IDLE_KEPT)
        if scene.incoming.kind == "nudge":  # a reminder does not make the draft younger
            kept_for = max(kept_for - store.NUDGE_AFTER, store.IDLE_KEPT)
        return store.Kept(scene.person.address, scene.conversation, kept_for, self._nudge_at(scene))

    def _nudge_at(self, scene: Scene) -> datetime | None:
        """When to remind of the draft: a day from now, or the next decent hour after that."""
        talk = scene.conversation.open
        if talk is None or talk.nudged or not talk.order:
            return None
        at = scene.work.now + store.NUDGE_AFTER
        return self.stage.city.quiet_until(at) or at

    def _write(self, work: Work, drafts: Sequence[tuple[Draft, Person]]) -> list[Letter]:
        """Replies are leased to this process and handed to the postman at once; later ones wait in the outbox, and so
        does everything when another process sends."""
        write(work, [draft for draft, _person in drafts if draft.due is not None and draft.to not in work.erased])
        now = [(draft, person) for draft, person in drafts if draft.due is None]
        kept = [(draft, person) for draft, person in now if draft.to not in work.erased]
        handed = self._sends()
        numbers = iter(write(work, [draft for draft, _person in kept], handed=handed))
        # The last words to someone just erased leave no row: they are carried, or lost with this process.
        return [
            Letter(
                new_identity() if draft.to in work.erased else next(numbers),
                draft.to,
                person.channel,
                person.external,
                draft.lane,
                draft.message,
            )
            for draft, person in now
            if handed or draft.to in work.erased
        ]


def _is_news(work: Work, person: Person) -> bool:
    """Whether hearing from this person must be noted: they had gone, or it was noted more than a day ago."""
    return person.gone or (person.heard_at is not None and work.now - person.heard_at > NOTED_EVERY)


def _new_conversation(work: Work) -> Conversation:
    """Versions never start again from the same number: a call of the clock is known by the version it is about."""
    return Conversation(version=int(work.now.timestamp()) // 60)
