"""A flow: one subject, one function, and how people come to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from flows.engine.wording import fold

if TYPE_CHECKING:
    from flows.engine.talk import Talk

Conversation = Callable[["Talk"], None]
Seed = Literal["pictures", "place", "text"]


@dataclass(frozen=True)
class Flow:
    """`words` open it when typed or as a command, in any language. `links` are prefixes of deep links and of
    buttons on cards: "r_BB-7K3F" opens the flow of prefix "r" with the rest as its argument. `buttons` are prefixes
    that work under a button of ours only: following a link is no decision, and a page elsewhere can make somebody
    follow one, so a flow that acts before it asks has no `links`. `menu` is its line in the menu, empty when it has
    none. `takes` names the answer that something sent out of the blue becomes. `staff`: only for those who work for the
    town; others are told so, and it is noted. When others type its command, the flow named `otherwise` is opened for
    them instead. `reads` finds in what was typed the number of something of its own, which becomes the argument."""

    name: str
    talk: Conversation
    words: tuple[str, ...]
    links: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    menu: str = ""
    icon: str = ""
    about: str = ""
    offer: str = ""
    takes: Mapping[Seed, str] | None = None
    kept_for: timedelta | None = None  # how long a draft waits; None: as long as the town says
    staff: bool = False
    otherwise: str = ""
    reads: Callable[[str], str] | None = None

    def __call__(self, talk: "Talk") -> None:
        self.talk(talk)


def flow(
    name: str,
    *,
    words: Sequence[str],
    links: Sequence[str] = (),
    buttons: Sequence[str] = (),
    menu: str = "",
    icon: str = "",
    about: str = "",
    offer: str = "",
    takes: Mapping[Seed, str] | None = None,
    kept_for: timedelta | None = None,
    staff: bool = False,
    otherwise: str = "",
    reads: Callable[[str], str] | None = None,
) -> Callable[[Conversation], Flow]:
    """Make a flow of a function. `about` is the command's line in Telegram's menu of commands."""

    def made(talk: Conversation) -> Flow:
        return Flow(
            name,
            talk,
            tuple(words),
            tuple(links),
            tuple(buttons),
            menu=menu,
            icon=icon,
            about=about,
            offer=offer,
            takes=takes,
            kept_for=kept_for,
            staff=staff,
            otherwise=otherwise,
            reads=reads,
        )

    return made


class Flows:
    """What the bot can talk about, in the order of the menu. Two flows may not share a word, a link or a name."""

    def __init__(self, flows: Sequence[Flow]) -> None:
        self._by_name: dict[str, Flow] = {}
        self._by_button: dict[str, Flow] = {}
        self.by_word: dict[str, Flow] = {}
        for one in flows:
            for taken, keys in ((self._by_name, (one.name,)), (self._by_button, (*one.links, *one.buttons))):
                for key in keys:
                    if key in taken:
                        raise ValueError(f"Two flows answer to “{key}”.")
                    taken[key] = one
            for word in one.words:
                if self.by_word.setdefault(fold(word), one) is not one:
                    raise ValueError(f"Two flows answer to the word “{word}”.")
        for one in flows:
            if one.otherwise and one.otherwise not in self._by_name:
                raise ValueError(f"The flow {one.name} sends others to “{one.otherwise}”, which is none.")

    def __iter__(self) -> "FlowsIterator":
        return iter(self._by_name.values())

    def named(self, name: str) -> Flow | None:
        return self._by_name.get(name)

    def linked(self, payload: str) -> tuple[Flow, str] | None:
        """The flow that a deep link opens, with its argument."""
        found = self.pressed(payload)
        return found if found and payload.partition("_")[0] in found[0].links else None

    def pressed(self, payload: str) -> tuple[Flow, str] | None:
        """The flow that a button on a card opens, with its argument."""
        prefix, _, argument = payload.partition("_")
        found = self._by_button.get(prefix)
        return (found, argument) if found else None

    def taking(self, seed: Seed) -> list[Flow]:
        return [one for one in self if one.takes and seed in one.takes]

    def reading(self, text: str, *, staff: bool = False) -> tuple[Flow, str] | None:
        """The flow that knows the number that was typed, with its argument; of what is for staff by `staff` only."""
        for one in self:
            if one.reads and (staff or not one.staff) and (argument := one.reads(text)):
                return one, argument
        return None

    def menu(self, *, staff: bool = False) -> list[Flow]:
        """The flows of the menu; those of the staff too for those who work for the town."""
        return [one for one in self if one.menu and (staff or not one.staff)]


if TYPE_CHECKING:
    from collections.abc import Iterator

    FlowsIterator = Iterator[Flow]
