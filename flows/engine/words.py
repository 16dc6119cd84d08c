"""Finding what a person wants to talk about from what they typed, in any language, mistakes and accents aside."""

from rapidfuzz import fuzz, process

from flows.engine.flow import Flow, Flows
from flows.engine.wording import fold, in_every_language

LIKENESS = 82
"""Percent of likeness (rapidfuzz ratio) from which a typed word is taken for a flow's word: "signalr" is "signaler"."""

SHORTEST = 4
"""Letters below which only the exact word counts: "oui" must not open anything."""


def find_flow(flows: Flows, text: str) -> Flow | None:
    """The flow that the whole of `text` names, by one of its words or as its line of the menu."""
    typed = fold(text)
    if not typed:
        return None
    known: dict[str, Flow] = dict(flows.by_word)
    for flow in flows.menu:
        for words in in_every_language(flow.menu):
            known.setdefault(words, flow)
    if typed in known or len(typed) < SHORTEST:
        return known.get(typed)
    longer = [word for word in known if len(word) >= SHORTEST]
    best = process.extractOne(typed, longer, scorer=fuzz.ratio, score_cutoff=LIKENESS)
    return known[best[0]] if best else None
