"""Words that mean danger are heard in any language, and the words of ordinary reports are none."""

from __future__ import annotations

import pytest

from bot.city.model import City

DANGERS = {
    "gas-smell": [
        "ça sent le gaz", "Il y a une FUITE DE GAZ !", "forte odeur très nette de gaz", "gaz", "smells like gas",
        "there is a gas leak", "huele a gas", "fuga de gas", "cheira a gás", "رائحة الغاز قوية", "تسرب غاز",
        "I can smell gas", "hay una pérdida de gas", "vazamento de gás", "ريحة الغاز",
    ],
    "fallen-cable": [
        "attention fil électrique à terre", "un câble est tombé sur la chaussée", "des fils dénudés",
        "bare wires near the school", "cable eléctrico en la calle", "cabo caído", "أسلاك كهربائية على الأرض",
        "cables pelados en la acera", "fio desencapado", "سلك مقطوع على الأرض",
    ],
    "fire": [
        "au secours il y a le feu dans un immeuble", "incendie", "Incendie dans un immeuble", "une poubelle en feu",
        "ça brûle !", "au feu", "il y a le feu au feu rouge", "my building is on fire", "hay un incendio",
        "há fogo na garagem", "حريق في العمارة", "حريق",
        "il y a le feu au marché", "il y a le feu dans la voiture rouge", "l’incendie n’est pas éteint",
        "devant ma porte il y a un incendie", "il y a le feu, l’extincteur ne marche pas", "départ de feu dans la cave",
        "a car caught fire", "prendieron fuego, hay humo", "está pegando fogo", "muita fumaça", "اشتعلت النيران",
        "en la boca del metro hay un incendio", "اندلعت النار في سيارة", "العافية شاعلة",
    ],
    "person-in-danger": [
        "un homme est blessé, vite", "quelqu’un s’est fait agresser", "au secours",
        "elle a fait un malaise", "il ne respire plus",
        "someone is injured", "hay un herido", "está inconsciente", "socorro", "شخص مغمى عليه", "النجدة",
        "un homme s’est effondré dans la rue", "une dame s’est évanouie", "je ne sais pas quoi faire, il est blessé",
        "coups de feu dans un immeuble", "quelqu’un est tombé dans la Seine", "a man collapsed near the station",
        "no one helps, he’s injured", "someone is hurt", "gunfire in the street", "nadie viene, hay un herido",
        "una señora desmayada", "ninguém ajuda, há um ferido", "um homem desmaiou", "إطلاق نار في الشارع",
        "امرأة مغمى عليها", "رجل مصاب", "حادث مروري",
    ],
    "collapse": [
        "le mur s'est effondré", "trou béant sur le trottoir", "the wall collapsed", "derrumbe de una casa",
        "desabamento", "انهيار جدار",
        "the wall is about to fall", "alcantarilla sin tapa", "bueiro aberto", "انهارت شرفة", "سقطت شجرة",
    ],
}  # fmt: skip

ORDINARY = [
    "feu rouge cassé", "feu tricolore", "le feu tricolore ne marche plus", "feu piéton en panne", "lampadaire",
    "lampadaire éteint", "poubelle brûlée hier", "une voiture a brûlé hier", "incendie éteint hier",
    "traces de fumée sur le mur", "danger pour les piétons", "borne incendie",
    "il y a le feu rouge qui clignote", "banc brûlé", "en bas de la rue, le feu ne marche pas", "feux d'artifice",
    "trou dans le trottoir", "fuite d'eau", "odeur d'égout", "gaz d'échappement des voitures", "pigeon blessé",
    "aucun blessé", "incendie maintenant éteint", "le feu du carrefour est éteint", "il n’y a pas de blessé",
    "risque d’être blessé", "bollard hit by a car", "nobody was injured", "no hay heridos", "tiro o lixo todos os dias",
    "não há feridos", "boca de incendios rota", "صنبور الحريق مكسور",
    "lampadaire renversé par une voiture", "12 rue du Feu", "traffic light is out", "fire hydrant open",
    "semáforo roto", "semáforo avariado", "إشارة المرور معطلة", "عمود إنارة مطفأ",
]  # fmt: skip


@pytest.mark.parametrize(("danger", "words"), [(key, said) for key, all_ in DANGERS.items() for said in all_])
def test_a_danger_is_heard_whatever_the_language(boulogne: City, danger: str, words: str) -> None:
    heard = boulogne.danger(words)
    assert heard is not None
    expected = {danger, "person-in-danger"} if "secours" in words else {danger}
    assert heard.key in expected
    assert heard.stop


@pytest.mark.parametrize("words", ORDINARY)
def test_what_is_no_danger_rings_no_bell(boulogne: City, words: str) -> None:
    assert boulogne.danger(words) is None


def test_the_words_of_ordinary_categories_and_the_names_of_places_ring_no_bell(boulogne: City) -> None:
    urgent = {family.key for family in boulogne.families if family.urgent}
    said = list(boulogne.gazetteer.names)
    for category in boulogne.categories:
        if category.family not in urgent:
            said += [*category.name.values(), *(word for words in category.words.values() for word in words)]
    assert len(said) > 500
    assert [(one, found.key) for one in said if (found := boulogne.danger(one))] == []


def test_every_urgent_category_has_words_in_every_language(boulogne: City) -> None:
    urgent = [category for category in boulogne.categories if boulogne.family(category.family).urgent]
    assert len(urgent) == 5
    missing = [category.key for category in urgent if category.alarm is None]
    assert missing == []
    assert all(set(category.alarm.words) == set(boulogne.languages) for category in urgent if category.alarm)
