"""Answers that are chosen: with a button, by number, or in words."""

import re
from collections.abc import Sequence

from rapidfuzz import fuzz, process

from flows.engine.reading.reading import Answer, Asked, Miss, More, Reading
from flows.engine.state import Option, Shown
from flows.engine.wording import _, fold, plural

CLOSE_ENOUGH = 84
"""Likeness, in percent (rapidfuzz ratio of folded words), from which a typed word stands for an option."""

DONE = "d"
"""The code of the button that ends a question with several choices."""

COMMA = re.compile("[,،]")
"""Between choices, the Arabic one too."""

_ENDS = frozenset({"termine", "fini", "done", "ok", "fin", "listo", "pronto", "تم"})


def read_choice(asked: Asked) -> Reading:
    option = option_meant(asked, asked.shown.options)
    if option:
        return Answer(option.key, option.label)
    if asked.shown.free and asked.written and asked.incoming.text.strip():
        return Answer({"typed": asked.incoming.text.strip()[:500]})
    return Miss(_("Choisissez une des réponses, ou tapez son numéro."))


def read_choices(asked: Asked) -> Reading:
    shown, ticked, incoming = asked.shown, asked.talk.partial, asked.incoming
    if asked.code == DONE or (incoming.kind == "text" and fold(incoming.text) in _ENDS):
        return _chosen(shown, ticked)
    numbers = re.fullmatch(r"\s*\d+(\s+\d+)+\s*", incoming.text)
    if (incoming.kind == "text" and COMMA.search(incoming.text)) or numbers:
        return _listed(shown, incoming.text)
    option = option_meant(asked, shown.options)
    if not option:
        return Miss(
            _("Cochez une ou plusieurs réponses, puis « Terminé ». Vous pouvez aussi taper leurs numéros : 1, 3.")
        )
    if option.key in ticked:
        ticked.remove(option.key)
    elif shown.most and len(ticked) >= shown.most:
        return _too_many(int(shown.most))
    else:
        ticked.append(option.key)
    return More()


def option_meant(asked: Asked, options: Sequence[Option]) -> Option | None:
    code = asked.code
    if code:
        return next(iter(options[position(code) :]), None) if code.isdecimal() and len(code) < 4 else None
    return _match(options, asked.incoming.text) if asked.written else None


def position(typed: str) -> int:
    """The number of a line, as typed; 0 when it is none. No list is a thousand lines long."""
    return int(typed) if typed.isdecimal() and len(typed) < 4 else 0


def _listed(shown: Shown, typed: str) -> Reading:
    parts = COMMA.split(typed) if COMMA.search(typed) else typed.split()
    found = [_match(shown.options, part) for part in parts if part.strip()]
    if not all(found):
        return Miss(_("Je n’ai pas reconnu tous les choix. Tapez leurs numéros, par exemple : 1, 3."))
    return _chosen(shown, list(dict.fromkeys(option.key for option in found if option)))


def _chosen(shown: Shown, keys: list[str]) -> Reading:
    least, most = int(shown.least or 0), int(shown.most or len(shown.options))
    if len(keys) < least:
        return Miss(
            plural("Choisissez-en au moins {least}.", "Choisissez-en au moins {least}.", least).format(least=least)
        )
    if len(keys) > most:
        return _too_many(most)
    labels = [option.label for option in shown.options if option.key in keys]
    return Answer([option.key for option in shown.options if option.key in keys], ", ".join(labels))


def _too_many(most: int) -> Miss:
    return Miss(
        plural(
            "{most} choix au plus. Retirez-en un d’abord.", "{most} choix au plus. Retirez-en un d’abord.", most
        ).format(most=most)
    )


def _match(options: Sequence[Option], typed: str) -> Option | None:
    """The option meant by typed words: its label or another word for it, its number, or nearly its label."""
    words = fold(typed)
    if not words:
        return None
    for option in options:
        if words == fold(option.label) or any(words == fold(other) for other in option.also):
            return option
    if words.isdecimal():
        return next(iter(options[at - 1 : at] if (at := position(words)) else ()), None)
    labels = {at: fold(option.label) for at, option in enumerate(options)}
    best = process.extractOne(words, labels, scorer=fuzz.ratio, score_cutoff=CLOSE_ENOUGH)
    return options[best[2]] if best else None
