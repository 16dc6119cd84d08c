"""Answers written with the keyboard: words, numbers, the address of a page."""

import math
import re
from collections.abc import Sequence

from bot.delivery.links import what_is_wrong
from flows.engine.reading.reading import Answer, Asked, Miss, Reading
from flows.engine.wording import _, fold, in_every_language, mark

NOTHING = (mark("non"), mark("non merci"), mark("rien"))
"""« Un mot de plus ? » Many answer as they would a neighbour: these alone are no words, the question is skipped."""


def read_text(asked: Asked) -> Reading:
    shown = asked.shown
    if not asked.written:
        return Miss(_("Écrivez-moi plutôt quelques mots."))
    words = asked.incoming.text.strip()
    if shown.optional and is_nothing(words):
        return Answer(None)
    if shown.most and len(words) > shown.most:
        return Miss(
            _("C’est un peu long : {count} caractères sur {most} au plus. Pouvez-vous raccourcir ?").format(
                count=len(words), most=int(shown.most)
            )
        )
    if len(words) < (shown.least or 1):
        return Miss(_("Pouvez-vous en dire un peu plus ?"))
    return Answer(words)


def read_number(asked: Asked) -> Reading:
    shown = asked.shown
    found = re.fullmatch(r"[-−]?\d+(?:[.,]\d+)?", re.sub(r"[\s\u00a0\u202f]", "", asked.incoming.text or ""))
    if not asked.written or not found:
        return Miss(_("J’attends un nombre, en chiffres."))
    value = float(found[0].replace("−", "-").replace(",", "."))
    if shown.least is not None and value < shown.least:
        return Miss(_("Le plus petit nombre possible est {least:g}.").format(least=shown.least))
    if shown.most is not None and value > shown.most:
        return Miss(_("Le plus grand nombre possible est {most:g}.").format(most=shown.most))
    if not math.isfinite(value):  # four hundred figures
        return Miss(_("J’attends un nombre, en chiffres."))
    if shown.whole and value != int(value):
        return Miss(_("J’attends un nombre entier."))
    return Answer(int(value) if shown.whole else value)


def read_link(asked: Asked) -> Reading:
    most = asked.shown.most
    words = asked.incoming.text.strip()
    if not asked.written or not words:
        return Miss(_("J’attends l’adresse d’une page, qui commence par https://."))
    if is_nothing(words):
        return Answer(None)
    if most and len(words) > most:
        return Miss(_("Cette adresse est trop longue : {most} caractères au plus.").format(most=int(most)))
    if wrong := what_is_wrong(words):
        return Miss(
            {
                "spaces": _("Une adresse n’a pas d’espace. Copiez-la depuis la page, sans autre mot."),
                "scheme": _("Il manque le début : une adresse commence par https://."),
            }.get(wrong, _("Cette adresse ne peut pas s’ouvrir. Vérifiez-la, par exemple : https://www.exemple.fr"))
        )
    return Answer(words)


def is_nothing(words: str, others: Sequence[str] = ()) -> bool:
    typed = fold(words)
    return typed == "nothing" or any(typed in in_every_language(nothing) for nothing in (*NOTHING, *others))
