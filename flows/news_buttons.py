"""What may be done with a piece of news, as buttons: by the state of the item and of what carries it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.delivery.broadcast import Broadcast
from bot.delivery.broadcast import State as Run
from bot.delivery.model import Button
from bot.news.control import has_left
from bot.news.model import Item, State
from flows.engine.wording import _, mark

LABELS = {
    "nu": mark("Annuler l’envoi"),
    "nm": mark("Modifier et envoyer"),
    "np": mark("Pause"),
    "nv": mark("Reprendre"),
    "nx": mark("Arrêter"),
    "nc": mark("Corriger"),
    "nt": mark("Retirer"),
    "nf": mark("Résultats"),
    "ne": mark("Changer sa fin"),
}
"""Buttons by the link that they open; flows/staff_news*.py answer to each."""

END_OF_SERIES = mark("Arrêter la série")

STYLES = {"nu": "danger", "nx": "danger", "nt": "danger", "nm": "main"}


def buttons(
    item: Item, one: Broadcast | None, page: Callable[[str], str], now: datetime
) -> tuple[tuple[Button, ...], ...]:
    """What may be done now, by whoever may act on the item; `one` is the broadcast that carries it."""
    if item.state is not State.PLANNED or item.recurrence is not None:
        offered = _at_rest(item)
    elif has_left(item, now):
        offered = [*_under_way(item, one), ["nc", "nt"], ["nf", "ne"]]
    else:
        offered = [["nu"], ["ne"]]
    rows = [tuple(_button(item, link) for link in row) for row in offered]
    if item.is_public(now):
        rows.append((Button(_("Voir la page"), link=page(f"/actualites/{item.ref}")),))
    return tuple(rows)


def _button(item: Item, link: str) -> Button:
    is_series = item.state is State.PLANNED and item.recurrence is not None
    label = END_OF_SERIES if is_series else LABELS[link]
    return Button(_(label), f"l.{link}_{item.ref}", style=STYLES.get(link, ""))


def _at_rest(item: Item) -> list[list[str]]:
    """Nothing of it is on its way."""
    if item.state in (State.PLANNED, State.REVIEW):
        return [["nu"]]
    if item.state is State.RECALLED:
        return [["nf"]]
    return [["nm"]] if item.author_id is not None else []


def _under_way(item: Item, one: Broadcast | None) -> list[list[str]]:
    if one is None or one.state not in (Run.RUNNING, Run.PAUSED):
        return []
    return [["np" if one.state is Run.RUNNING else "nv", "nx"]]
