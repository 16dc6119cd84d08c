"""Answers to questions that are not open: what somebody sent before, or along with something else."""

import msgspec

from flows.engine.flow import Flow
from flows.engine.incoming import Incoming
from flows.engine.state import Seeds, TalkState

MOST_WORDS = 1000
"""Characters kept of words that came with a photo, or out of the blue."""

ENOUGH_WORDS = 3
"""From so many words on, what was typed is taken for a message rather than for a command."""


def keep_words(talk: TalkState, flow: Flow, incoming: Incoming) -> bool:
    """Words where a photo or a button was awaited are what the person has to say of it all, if the flow wants that.
    Gives whether they were kept."""
    name = (flow.takes or {}).get("text")
    awaited = talk.shown is not None and talk.shown.kind in ("pictures", "review")
    if not name or not awaited or incoming.kind != "text" or len(incoming.text.split()) < ENOUGH_WORDS:
        return False
    before = talk.answers.get(name) or ""
    talk.answers[name] = f"{before}\n{incoming.text.strip()}".strip()[:MOST_WORDS]
    talk.order = [name, *(other for other in talk.order if other != name)]
    return True


def keep_caption(talk: TalkState, flow: Flow, incoming: Incoming) -> None:
    """The words sent with a photo are the answer to the question about words, if the flow has one."""
    name, words = (flow.takes or {}).get("text"), incoming.text.strip()
    if incoming.kind == "pictures" and words and name and name not in talk.answers:
        talk.answers[name] = words[:MOST_WORDS]
        talk.order.insert(0, name)


def sow(talk: TalkState, flow: Flow, seeds: Seeds) -> None:
    """What was sent out of the blue answers the questions that the flow keeps for it."""
    takes = flow.takes or {}
    sown: list[tuple[str | None, object]] = [
        (takes.get("text"), seeds.text or None),
        (takes.get("pictures"), list(seeds.pictures) or None),
        (takes.get("place"), msgspec.to_builtins(seeds.place) if seeds.place else None),
    ]
    for name, raw in sown:
        if name and raw is not None:
            talk.answers[name] = raw
            talk.order.append(name)
    if seeds.album and (name := takes.get("pictures")):
        talk.albums[seeds.album] = name
