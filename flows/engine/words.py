"""The words that open a flow: found in what a person typed, in any language, mistakes and accents aside; and told."""

from rapidfuzz import fuzz, process

from flows.engine.flow import Flow, Flows
from flows.engine.wording import _, fold, in_every_language

LIKENESS = 82
"""Percent of likeness (rapidfuzz ratio) from which a typed word is taken for a flow's word: "signalr" is "signaler"."""

LONGEST_COMMAND = 32
"""Characters; the limit of BotCommand, in Telegram's Bot API."""

SHORTEST = 4
"""Letters below which only the exact word counts: "oui" must not open anything."""


def find_flow(flows: Flows, text: str, *, staff: bool = False) -> Flow | None:
    """The flow that the whole of `text` names, by one of its words or as its line of the menu. What is for staff is
    found by `staff` only."""
    typed = fold(text)
    if not typed:
        return None
    known = {word: flow for word, flow in flows.by_word.items() if staff or not flow.staff}
    for flow in flows.menu(staff=staff):
        for words in in_every_language(flow.menu):
            known.setdefault(words, flow)
    if typed in known or len(typed) < SHORTEST:
        return known.get(typed)
    longer = [word for word in known if len(word) >= SHORTEST]
    best = process.extractOne(typed, longer, scorer=fuzz.ratio, score_cutoff=LIKENESS)
    return known[best[0]] if best else None


def command_of(flow: Flow) -> str:
    """The flow's command in the language being spoken, without its slash; empty when the flow has none.

    Telegram takes a-z, 0-9 and _ only, so words are folded. The first word's translation comes first if it opens the
    flow too, then the words in order: a language written otherwise gets the first that can be a command.
    """
    known = [fold(word) for word in flow.words]
    own = [word for word in (fold(_(flow.words[0])) if flow.words else "",) if word in known]
    return next((word.replace(" ", "_") for word in (*own, *known) if _can_be_a_command(word)), "")


def name_of(flow: Flow) -> str:
    """How a flow is called when it is spoken of: its line in the menu, else what it is for."""
    return _(flow.menu) or _(flow.about) or flow.name


def _can_be_a_command(word: str) -> bool:
    return word.isascii() and word.replace(" ", "").isalnum() and len(word) <= LONGEST_COMMAND
