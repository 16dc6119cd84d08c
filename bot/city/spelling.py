"""Typed words made comparable: no case, no accents, no punctuation, and streets the way the post writes them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d"})

# Arabic is typed with or without hamza, with ta marbuta or ha, with alif maqsura or ya.
ARABIC = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ة": "ه", "ى": "ي", "ـ": None})


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ABBREVIATIONS: Mapping[str, Mapping[str, str]] = {
    "fr": {
        "all": "allee", "av": "avenue", "ave": "avenue", "bd": "boulevard", "bld": "boulevard",
        "blvd": "boulevard", "boul": "boulevard", "bvd": "boulevard", "car": "carrefour", "ch": "chemin",
        "che": "chemin", "chem": "chemin", "crs": "cours", "esp": "esplanade", "fbg": "faubourg",
        "fg": "faubourg", "imp": "impasse", "pass": "passage", "pl": "place", "prom": "promenade", "q": "quai",
        "r": "rue", "res": "residence", "rte": "route", "sq": "square", "vla": "villa",
        "adj": "adjudant", "cdt": "commandant", "cne": "capitaine", "col": "colonel", "dr": "docteur",
        "gal": "general", "gen": "general", "gle": "general", "ing": "ingenieur", "lt": "lieutenant",
        "mal": "marechal", "mgr": "monseigneur", "pdt": "president", "pr": "professeur", "prof": "professeur",
        "st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes", "nd": "notre dame",
        "gds": "grands", "gd": "grand", "gde": "grande", "pt": "petit", "pte": "porte", "vx": "vieux",
    },
    "de": {"str": "strasse", "pl": "platz", "st": "sankt", "nr": "nummer", "dr": "doktor"},
    "es": {"c": "calle", "cl": "calle", "av": "avenida", "avda": "avenida", "pl": "plaza", "pza": "plaza"},
    "it": {"v": "via", "vle": "viale", "pza": "piazza", "pzza": "piazza", "cso": "corso", "s": "san"},
    "pt": {"r": "rua", "av": "avenida", "pca": "praca", "lgo": "largo", "tv": "travessa", "s": "sao"},
}  # fmt: skip
"""Way types and titles as people shorten them, by the town's source language. Our own list, from usage."""

WAY_TYPES: Mapping[str, frozenset[str]] = {
    "fr": _words(
        "allee avenue boulevard carrefour chaussee chemin cite cour cours esplanade faubourg hameau impasse mail"
        " parvis passage passerelle place placette pont porte promenade quai residence rond rondpoint route rue"
        " ruelle sente sentier square venelle villa voie"
    ),
    "de": _words("allee brucke gasse platz ring strasse ufer weg"),
    "es": _words("avenida calle camino paseo plaza ronda"),
    "it": _words("corso largo piazza strada via viale vicolo"),
    "pt": _words("avenida estrada largo praca rua travessa"),
}

LINKING_WORDS: Mapping[str, frozenset[str]] = {
    "fr": _words("a au aux d de des du en et l la le les sous sur n no numero"),
    "de": _words("am an auf bei das dem den der des die im in und zu zum zur nummer"),
    "es": _words("a al de del el en la las los y"),
    "it": _words("a al da dei del della delle di e il la le lo"),
    "pt": _words("a ao da das de do dos e em na no o os"),
}

APART = re.compile(r"[\W_]+")
NUMBER = re.compile(r"(?<!\w)\d{1,4}\s?(?:bis|ter|quater|[a-d])?(?!\w)", re.IGNORECASE)


def plain(text: str) -> str:
    """Lower case, without accents or punctuation, single spaces. Works on every script."""
    folded = text.casefold().translate(LIGATURES)
    letters = (one for one in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(one))
    return APART.sub(" ", "".join(letters).translate(ARABIC)).strip()


def street(text: str, language: str) -> str:
    """`plain`, with way types and titles written out: "12, Bd. St-Denis" -> "12 boulevard saint denis"."""
    abbreviations = ABBREVIATIONS.get(language, {})
    written = " ".join(abbreviations.get(token, token) for token in plain(text).split())
    return written.replace("rond point", "rondpoint").replace("rd point", "rondpoint")


def house_number(text: str) -> str:
    """The first house number as typed, "2 bis" included; empty when there is none."""
    found = NUMBER.search(text)
    return found.group().strip() if found else ""


def without(tokens: Sequence[str], unwanted: frozenset[str]) -> list[str]:
    return [token for token in tokens if token not in unwanted]
