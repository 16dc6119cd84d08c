"""What one turn has at hand, and how it speaks."""

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from bot.city.model import City
from bot.delivery.model import Button, Message
from bot.people.model import Person
from bot.people.staff import rights_of
from bot.storage.work import Work
from flows.engine import showing
from flows.engine.flow import Flows
from flows.engine.incoming import Heard, Incoming
from flows.engine.state import Conversation, Option, TalkState
from flows.engine.wording import _, current


def one_message(_channel: str, _message: Message) -> int:
    """What a letter counts for where no channel says otherwise."""
    return 1


@dataclass(frozen=True)
class Stage:
    """What every turn has at hand: what can be talked about, the town, the addresses of our pages."""

    flows: Flows
    city: City
    page: Callable[[str], str]
    bot_links: dict[str, str] = field(default_factory=dict)  # channel → address that opens a private talk
    bulk_pace: float = 25.0  # messages a second that a broadcast may take, as the roof set it
    messages_of: Callable[[str, Message], int] = one_message  # messages that a letter counts for on a channel


class Scene:
    """One person, one conversation, one thing that came in; and what is said about it."""

    def __init__(
        self, stage: Stage, work: Work, person: Person, conversation: Conversation, incoming: Incoming
    ) -> None:
        self.stage = stage
        self.work = work
        self.person = person
        self.conversation = conversation
        self.incoming = incoming
        self.out: list[Message] = []
        self.heard = Heard()
        self.idle = False  # nothing happened, the clock called for nothing: the conversation stays as it is, and as old
        self.pushed = False  # the bot speaks first: quiet hours and the wish not to be written to hold

    @property
    def open(self) -> TalkState | None:
        return self.conversation.open

    def works_here(self) -> bool:
        """Whether they work for the town at this instant: somebody may have revoked them since they were read, earlier
        in this very group. Costs nothing for a resident."""
        if self.person.staff and not rights_of(self.work, self.person.id).posts:
            self.person = msgspec.structs.replace(self.person, staff=False)
        return self.person.staff

    def say(self, words: str, message: Message | None = None) -> None:
        self.out.append(msgspec.structs.replace(message or Message(), text=words))

    def ask(self, talk: TalkState, lead: str = "") -> None:
        """Put the open question of `talk`, after the words `lead`."""
        self.out.append(showing.show(talk, lead))

    def again(self, lead: str = "") -> None:
        """Leave nobody without a way on: the open question once more, or the menu."""
        if talk := self.open:
            self.ask(talk, lead)
        else:
            self.menu(lead)

    def resume(self) -> None:
        """After a talk has ended, the one that waited behind it shows its question again."""
        if talk := self.open:
            self.ask(talk, _("Reprenons où nous en étions."))

    def menu(self, lead: str = "") -> None:
        self.say(lead or _("Que puis-je faire pour vous ?"), Message(buttons=self.menu_rows(), asks="choice"))

    def menu_rows(self) -> tuple[tuple[Button, ...], ...]:
        shown = self.stage.flows.menu(staff=self.person.staff)
        return tuple((Button(f"{one.icon} {_(one.menu)}".strip(), f"f.{one.name}"),) for one in shown)

    def offer(self, words: str, options: list[Option]) -> None:
        rows = tuple((Button(option.label, option.key),) for option in options)
        self.say(words, Message(buttons=rows, asks="choice"))

    def old(self, words: str) -> None:
        """A button that no longer stands for anything."""
        self.heard = Heard(toast=words)
        self.again(words)

    def finish(self, talk: TalkState) -> None:
        self.conversation.talks = [other for other in self.conversation.talks if other is not talk]

    def to_top(self, talk: TalkState) -> None:
        self.finish(talk)
        self.conversation.talks.append(talk)

    def talk_called(self, nonce: str) -> TalkState | None:
        return next((talk for talk in self.conversation.talks if talk.nonce == nonce), None)

    def close(self) -> None:
        """Say in which language each message is, and remember the buttons last shown, so that their number can be
        typed instead. The question of a talk has numbers of its own."""
        spoken = current()
        self.out = [
            message  # some are shown as somebody else will read them
            if message.language
            else msgspec.structs.replace(message, direction=spoken.direction, language=spoken.code)
            for message in self.out
        ]
        if self.out:
            buttons = [button for row in self.out[-1].buttons for button in row if button.data]
            offered = [Option(button.data, button.label) for button in buttons if showing.is_offer(button)]
            self.conversation.offered = offered
