"""What a flow sees of the conversation. Each turn runs the flow again from the top with the answers so far."""

import typing
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from hashlib import blake2s
from typing import Any, Concatenate, NoReturn, ParamSpec, TypeVar

import msgspec

from bot.city.model import City
from bot.delivery.model import Button, Fact, Message
from bot.people.model import Person
from bot.storage.work import Work
from flows.engine.prompts import Prompt, Unfit
from flows.engine.scene import one_message
from flows.engine.showing import tell
from flows.engine.state import Option, Shown, TalkState
from flows.engine.wording import _, switch

T = TypeVar("T")
P = ParamSpec("P")

MOST_QUESTIONS = 64
"""News in every language of a town of twelve, with a rule to repeat them by, take 51."""
REVIEW = "review"
SEND = "send"
MORE = "more."
"""Before the name of an answer that nobody has to give: the review offers to add it."""


class Suspend(BaseException):
    """The flow waits for an answer. Not an Exception, so that no flow catches it by mistake."""

    def __init__(self, name: str, shown: Shown, lead: str = "") -> None:
        self.name = name
        self.shown = shown
        self.lead = lead


class FlowMistake(Exception):
    """A flow written wrongly: the same name twice, too many questions, words after the end."""


@cache
def _result_type(verb: Callable[..., Any]) -> Any:
    return typing.get_type_hints(verb).get("return", Any)


class Talk:
    """One run of a flow. Nothing a flow does outside `do` may change anything."""

    def __init__(
        self,
        state: TalkState,
        work: Work,
        city: City,
        me: Person,
        address: Callable[[str], str],
        bot_link: str = "",
        bulk_pace: float = 25.0,
        messages_of: Callable[[str, Message], int] | None = None,
    ) -> None:
        self.city = city
        self.me = me
        self.now: datetime = work.now
        self.args = state.args
        self.bulk_pace = bulk_pace  # messages a second
        self.messages_of = messages_of or one_message  # that a letter counts for on a channel
        self.said: list[Message] = []
        self.told: dict[str, Prompt[Any]] = {}  # the questions behind the answers, as today's code asks them
        self.menu = False
        self.stale = ""  # the name of an answer that today's question would not take any more
        self.refused: Any = None  # that answer
        self._address = address
        self._bot_link = bot_link
        self._work = work
        self._state = state
        self._asked: set[str] = set()
        self._more: list[Option] = []  # what the review offers to add
        self._given_freely: set[str] = set()  # the names of what may be added
        self._done: set[str] = set()
        self._newest = state.order[-1] if state.order else ""
        self._fresh = not self._newest
        self._ended = False

    @property
    def language(self) -> str:
        return self.me.language

    def page(self, path: str) -> str:
        """The full address of one of our public pages."""
        return self._address(path)

    def ask(self, name: str, prompt: Prompt[T], *, of: object = None) -> T:
        """The answer called `name`, or a suspension of the talk until it is given.

        `of` is what the question is about: an answer about one place or one word is no answer about another.
        """
        if of is not None:
            name = f"{name}@{blake2s(msgspec.json.encode(of), digest_size=4).hexdigest()}"
        if name in self._asked or self._ended or len(self._asked) >= MOST_QUESTIONS:
            raise FlowMistake(f"The flow {self._state.flow} asks “{name}” twice, too late, or asks too much.")
        self._asked.add(name)
        state = self._state
        if name in state.answers:
            raw = state.answers[name]
            try:
                answer = prompt.nothing() if raw is None else prompt.accept(raw)
            except Unfit:
                self._drop(name)
            else:
                self._fresh = self._fresh or name == self._newest
                self.told[name] = prompt
                return answer
        raise Suspend(name, prompt.shown())

    def maybe(self, name: str, prompt: Prompt[T], *, add: str) -> T:
        """An answer that nobody has to give: the question is put only to those who press `add` at the review."""
        state = self._state
        self._given_freely.add(name)
        if state.answers.get(name) is not None or (f"{MORE}{name}" in state.seen and name not in state.answers):
            return self.ask(name, prompt)
        self._more.append(Option(f"{MORE}{name}", add))
        return prompt.nothing()

    def take_back(self, name: str, why: str) -> NoReturn:
        """Ask `name` again after the words `why`; what was asked about it since is forgotten too."""
        prompt, state = self.told[name], self._state
        told = list(self.told)
        for later in told[told.index(name) :]:
            del self.told[later]
            state.answers.pop(later, None)
            state.order = [one for one in state.order if one != later]
        raise Suspend(name, prompt.shown(), why)

    def assume(self, answers: Mapping[str, Any]) -> None:
        """Answers known before the talk began, as they are kept (JSON); the person may change each at the review. They
        are taken at the first turn only."""
        kept, state = "assumed", self._state
        if kept in state.seen:
            return
        state.seen[kept] = True
        for name, raw in answers.items():
            if name not in state.answers:
                state.answers[name] = raw
                state.order.append(name)

    def _drop(self, name: str) -> None:
        self.stale = name
        self.refused = self._state.answers.pop(name)
        self._state.order.remove(name)

    def see(self, query: Callable[Concatenate[Work, P], T], /, *args: P.args, **options: P.kwargs) -> T:
        """Look something up. It is looked up again at every turn and must write nothing."""
        return query(self._work, *args, **options)

    def see_once(self, name: str, query: Callable[Concatenate[Work, P], T], /, *args: P.args, **options: P.kwargs) -> T:
        """Look something up at the first turn that needs it; later turns see what that one saw.

        For questions made of what was found: they must not appear or vanish while the person answers.
        """
        kept = self._state.seen
        if name not in kept:
            found = query(self._work, *args, **options)
            kept[name] = msgspec.to_builtins(found)
            return found
        seen: T = msgspec.convert(kept[name], _result_type(query))
        return seen

    def do(self, verb: Callable[Concatenate[Work, P], T], /, *args: P.args, **options: P.kwargs) -> T:
        """Do something once, however often the flow is run again; its result is kept under the verb's name."""
        return self.do_as(getattr(verb, "__name__", repr(verb)), verb, *args, **options)

    def do_as(self, name: str, verb: Callable[Concatenate[Work, P], T], /, *args: P.args, **options: P.kwargs) -> T:
        """The same, under a name of its own, for a verb done several times in one flow."""
        if name in self._done:
            raise FlowMistake(f"The flow {self._state.flow} does “{name}” twice: give the second a name with do_as.")
        self._done.add(name)
        state = self._state
        if name not in state.done:
            result = verb(self._work, *args, **options)
            state.done[name] = msgspec.to_builtins(result)
            state.floor = len(self.told)
            return result
        kept: T = msgspec.convert(state.done[name], _result_type(verb))
        return kept

    def say(self, text: str = "", *, card: Message | None = None, **values: object) -> None:
        """Say something once, between two questions."""
        if self._fresh and (text or card):
            self.said.append(_worded(text, card, values))

    def present(
        self, verb: Callable[Concatenate[Work, P], Sequence[Message]], /, *args: P.args, **options: P.kwargs
    ) -> None:
        """Say once, between two questions, what `verb` words. Unlike what is done with `do`, one may go back past it:
        it may only write what the flow never reads, such as the page that its words lead to."""
        if self._fresh:
            self.said.extend(verb(self._work, *args, **options))

    def end(self, text: str = "", *, card: Message | None = None, menu: bool = False, **values: object) -> None:
        """Say the last words, with the menu under them if `menu`. The flow returns after this."""
        if self._ended:
            raise FlowMistake(f"The flow {self._state.flow} ends twice.")
        self._ended = True
        self.menu = menu
        if text or card:
            self.said.append(_worded(text, card, values))

    def review(self, words: str = "", send: str = "", card: Message | None = None, *, tells: bool = True) -> None:
        """Show every answer; go on only when the person says so. They may change one answer or drop everything.

        Not `tells`: what was said before shows the answers already.
        """
        if self._state.answers.get(REVIEW) == SEND:
            self.ask(REVIEW, _Review())
            return
        told = {name: prompt.shown() for name, prompt in self.told.items()}
        facts: dict[str, Fact] = {}  # of two questions about one thing, the last has the answer, the first asks anew
        changeable: dict[str, Option] = {}
        for at, (name, shown) in enumerate(told.items()):
            if shown.label:
                facts[shown.label] = Fact(shown.label, tell(shown, self._state.answers[name], self.city))
                if at >= self._state.floor:
                    key = f"{MORE}{name}" if name in self._given_freely else name
                    changeable.setdefault(shown.label, Option(key, shown.label))
        everything = (*(card.facts if card else ()), *(facts.values() if tells else ()))
        answers = msgspec.structs.replace(card or Message(), facts=everything)
        parts = tuple(changeable.values())
        more = tuple(self._more)
        self.ask(REVIEW, _Review(words or _("Tout est bon ?"), send or _("Envoyer"), answers, parts, more))

    def known(self, name: str) -> str | None:
        """Words already given for a question further on, for instance with a photo; None when there are none."""
        raw = self._state.answers.get(name)
        return raw if isinstance(raw, str) else None

    def switch_language(self, code: str) -> None:
        """Go on in another language."""
        self.me = msgspec.structs.replace(self.me, language=code, chosen_language=True)
        switch(code)

    def stand(self, *, staff: bool) -> None:
        """Go on as one of the team, or no more: the menu is right at once."""
        self.me = msgspec.structs.replace(self.me, staff=staff)

    @property
    def bot_link(self) -> str:
        """The address that opens a private talk with the bot on this channel, if the channel has such a thing."""
        return self._bot_link


class _Review(Prompt[None], frozen=True):
    words: str = ""
    send: str = ""
    card: Message = Message()
    parts: tuple[Option, ...] = ()
    more: tuple[Option, ...] = ()

    def shown(self) -> Shown:
        return Shown(
            kind="review",
            words=self.words,
            card=self.card,
            parts=self.parts,
            options=(
                Option(
                    SEND,
                    self.send,
                    also=(_("oui"), _("envoyer"), _("c’est bon"), _("tout est bon"), "ok"),
                    style="main",
                ),
                *self.more,
                Option("change", _("Changer une réponse"), also=(_("changer"), _("modifier"))),
                Option("drop", _("Abandonner"), also=(_("abandonner"),), style="danger"),
            ),
        )

    def accept(self, raw: Any) -> None:
        if raw != SEND:
            raise Unfit


def _worded(text: str, card: Message | None, values: dict[str, object]) -> Message:
    words = text.format(**values) if values else text
    if card is None:
        return Message(text=words)
    return msgspec.structs.replace(card, text="\n\n".join(part for part in (words, card.text) if part))


def link(label: str, address: str) -> tuple[Button, ...]:
    """A row with one button that opens a page; no row when there is no page."""
    return (Button(label, link=address),) if address else ()


def fact(name: str, value: object) -> Fact:
    return Fact(name, str(value))
