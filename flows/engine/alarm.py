"""Words of danger, heard before any other reading of what somebody typed. What was open stays as it was."""

import msgspec

from bot.city.model import Category, City
from flows.engine.incoming import Incoming
from flows.engine.scene import Scene
from flows.engine.state import Held, Option
from flows.engine.wording import _, left_to_right

LISTENED_TO = ("text", "pictures", "edited")

GO_ON, NO_DANGER = "a.", "a.no"
"""What the two buttons under the words bring back."""


def numbers_to_call(city: City, language: str) -> str:
    """Every emergency number of the town, one a line."""
    return "\n".join(f"{left_to_right(one.number)} · {city.say(one.name, language)}" for one in city.emergencies)


def danger_in(scene: Scene) -> Category | None:
    """The danger that somebody tells of. Whoever writes for the town, in a talk of the team's, warns of dangers:
    they are not stopped."""
    incoming, talk = scene.incoming, scene.open
    flow = scene.stage.flows.named(talk.flow) if talk else None
    if incoming.kind not in LISTENED_TO or not incoming.text or (flow and flow.staff):
        return None
    return scene.stage.city.danger(incoming.text)


def ring(scene: Scene, danger: Category) -> None:
    """Say at once whom to call. What they sent is held: they may say that it was no danger."""
    city, language = scene.stage.city, scene.person.language
    scene.conversation.held = _held(scene.incoming)
    options = [Option(NO_DANGER, _("Ce n’est pas un danger"))]
    if scene.open:
        options.insert(0, Option(GO_ON, _("Continuer où j’en étais")))
    words = city.say(danger.stop or {}, language)
    scene.offer("\n\n".join((f"🚨 {words}", numbers_to_call(city, language))), options)


def _held(incoming: Incoming) -> Held:
    return Held(
        kind=incoming.kind,
        text=incoming.text,
        pictures=list(incoming.pictures),
        album=incoming.album,
        origin=incoming.origin,
    )


def let_go(scene: Scene, held: Held) -> Incoming:
    """What was held, as if it came in now."""
    return msgspec.structs.replace(
        scene.incoming,
        kind=held.kind,
        text=held.text,
        payload="",
        pictures=tuple(held.pictures),
        album=held.album,
        origin=held.origin,
    )


def is_over(incoming: Incoming, held: Held) -> bool:
    """Whether what was held is forgotten: somebody went on with something else."""
    more_of_album = incoming.kind == "pictures" and incoming.album and incoming.album == held.album
    return incoming.kind in ("text", "tap", "pictures", "place", "edited") and not more_of_album
