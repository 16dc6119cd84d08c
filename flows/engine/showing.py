"""How a question is put to a person, free of any channel."""

from datetime import datetime
from typing import Any

import msgspec
from babel.lists import format_list

from bot.city.model import City, Place
from bot.delivery.model import Button, Message
from flows.engine.moments import in_words
from flows.engine.reading import DONE
from flows.engine.state import Shown, TalkState
from flows.engine.wording import _, current, left_to_right, mark, plural

SKIP, BACK, CANCEL, HELP = "s", "b", "x", "h"
"""Codes of the buttons that every question may have."""

INERT = "p"
"""What the buttons of a preview bring back: they look like those of its readers, and do nothing."""

CONTROL_WORDS = {
    SKIP: (mark("passer"), mark("continuer sans")),
    BACK: (mark("retour"),),
    CANCEL: (mark("annuler"),),
    HELP: (mark("aide"),),
}


_ASKED = {kind: kind for kind in ("place", "pictures", "text", "number", "moment")} | {"hour": "text", "link": "text"}
"""What a channel is told is awaited, by kind of question; a choice for all others."""


def _data(talk: TalkState) -> str:
    """What the buttons of the open question bring back, up to the code that says which one was pressed."""
    return f"t.{talk.nonce}.{talk.step}."


def inert(button: Button) -> Button:
    """The same button, that does nothing."""
    return Button(button.label, INERT, style=button.style)


def is_offer(button: Button) -> bool:
    """Whether its number may be typed: the question of a talk has numbers of its own, a preview's do nothing."""
    return button.data != INERT and not button.data.startswith("t.")


def show(talk: TalkState, lead: str = "") -> Message:
    """The open question of `talk` as a message, after the words `lead`."""
    shown = talk.shown or Shown(kind="text", words="")
    base = shown.card or Message()
    words = _which_place(talk) if talk.places and shown.kind == "place" else shown.words
    labels = _control_labels(shown)
    as_keys = shown.kind == "place" and not talk.places  # a channel may have to show its "my position" key beside them
    return msgspec.structs.replace(
        base,
        text="\n\n".join(part for part in (lead, base.text, words) if part),
        buttons=(*_options(talk, shown), *(() if as_keys else _controls(talk, labels))),
        asks=_ASKED.get(shown.kind, "choice"),
        keys=tuple(label for _code, label in labels) if as_keys else (),
        slot=f"ask.{talk.nonce}.{talk.step}" if shown.kind == "choices" else "",
    )


def _which_place(talk: TalkState) -> str:
    """The last of the places is what was typed; before it stand the known places that may be meant."""
    if len(talk.places) > 1:
        return _("Est-ce un de ces lieux ?")
    return _("Je ne connais pas ce lieu. Corrigez l’adresse, envoyez la position, ou gardez-la ainsi.")


def _options(talk: TalkState, shown: Shown) -> list[tuple[Button, ...]]:
    data = _data(talk)
    if shown.kind == "place" and talk.places:
        places = [(str(at), place.label) for at, place in enumerate(talk.places[:-1])]
        keep = _("Non : garder « {typed} »") if places else _("Garder « {typed} »")
        last = (str(len(talk.places) - 1), keep.format(typed=talk.places[-1].label[:60]))
        return [(Button(label, data + code),) for code, label in (*places, last)]
    ticked = dict.fromkeys(talk.partial, "☑ ") if shown.kind == "choices" else {}
    box = "☐ " if shown.kind == "choices" else ""
    buttons = [
        Button(ticked.get(option.key, box) + option.label, data + str(at), style=option.style)
        for at, option in enumerate(shown.options)
    ]
    rows = [tuple(buttons[at : at + shown.columns]) for at in range(0, len(buttons), shown.columns)]
    if shown.kind == "choices":
        rows.append((Button(_("Terminé"), data + DONE, style="main"),))
    return rows


def _control_labels(shown: Shown) -> list[tuple[str, str]]:
    labels = []
    if shown.optional:
        labels.append((SKIP, _("Passer")))
    if shown.back or shown.kind == "change":
        labels.append((BACK, _("Retour")))
    if shown.kind != "review":
        labels.append((CANCEL, _("Annuler")))
    return labels


def _controls(talk: TalkState, labels: list[tuple[str, str]]) -> list[tuple[Button, ...]]:
    data = _data(talk)
    row = tuple([Button(label, data + code, style="quiet") for code, label in labels])
    return [row] if row else []


def ways_out(shown: Shown, city: City) -> tuple[str, str]:
    """For those who are stuck: what may be typed at this question, and whom to talk to."""
    codes = ((SKIP, shown.optional), (BACK, shown.back), (CANCEL, True))
    words = [_(CONTROL_WORDS[code][0]) for code, possible in codes if possible]
    contacts = city.contacts
    return (
        _("Vous pouvez aussi taper : {words}.").format(words=format_list(words, "or", current().formats)),
        _("Ou parler à quelqu’un : {name}, {phone}.").format(
            name=contacts.town_hall, phone=left_to_right(contacts.phone)
        ),
    )


def by_command(command: str) -> str:
    """For those who type the name of another subject where a choice is awaited."""
    return _("Pour parler d’autre chose, tapez : {command}").format(command=left_to_right(f"/{command}"))


def tell(shown: Shown, raw: Any, city: City) -> str:
    """An answer, as the review shows it."""
    if raw is None:
        return _("aucune") if shown.kind == "pictures" else _("rien")
    if shown.kind == "place":
        place = msgspec.convert(raw, Place)
        return city.describe(place) or _("la position envoyée")
    if shown.kind == "pictures":
        count = min(len(raw), int(shown.most or len(raw)))
        return plural("{count} photo", "{count} photos", count).format(count=count)
    if shown.kind == "moment":
        return in_words(datetime.fromisoformat(raw), city.zone)
    if isinstance(raw, dict):
        return str(raw.get("typed", ""))
    if isinstance(raw, list):
        return ", ".join(option.label for option in shown.options if option.key in raw)
    return next((option.label for option in shown.options if option.key == raw), str(raw))


def change_menu(review: Shown) -> Shown:
    """Which answer to change: offered from the review."""
    return Shown(kind="change", words=_("Quelle réponse voulez-vous changer ?"), options=review.parts)
