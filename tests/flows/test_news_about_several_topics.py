"""One piece of news about several topics: written, sent, read, and less of the one for which it came."""

from __future__ import annotations

import pytest

from bot.news.choose import choices_of
from bot.news.model import Item, State
from bot.people.model import Role
from tests.kit import news as kit
from tests.kit.newsroom import item_of, ref_on, sends
from tests.kit.residents import House, Resident
from tests.kit.staff import a_member, a_reader


@pytest.fixture
async def anne(house: House) -> Resident:
    return await a_member(house, quartiers=[1])


async def writes(author: Resident) -> None:
    await author.says("/diffuser")
    await author.taps("Plusieurs sujets")
    assert [row[0].label for row in author.messages[-1].buttons][:2] == ["☐ 🚧 Travaux", "☐ 🎪 Fêtes et foires"]
    assert "Alertes" not in author.screen
    await author.taps("Fêtes et foires")
    await author.taps("Travaux")
    await author.taps("Terminé")
    for said in ("Rue fermée pour la foire", "La rue est fermée lundi.", "passer", "passer", "Non"):
        await author.says(said)
    await author.taps("7 jours après l’envoi")
    await author.taps("Passer")


async def test_it_is_for_whoever_follows_one_of_them(house: House, anne: Resident) -> None:
    for topics in (["works"], ["fairs"], ["works", "fairs"], ["alert"]):
        await a_reader(house, topics, [1])
    await writes(anne)
    facts = {fact.name: fact.value for message in anne.news for fact in message.facts}
    assert facts["Sujet"] == "🚧 Travaux · 🎪 Fêtes et foires"
    assert facts["Lecteurs"] == "3 personnes"
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    item = item_of(house, ref_on(anne))
    assert item.topics == ("works", "fairs")  # in the order of the town, whatever was touched first
    assert item.state is State.REVIEW  # three are enough here for a second person to read it
    omar = await a_member(house, Role.MODERATOR, "Omar Benali")
    await omar.says("/diffuser")
    await omar.taps(item.ref)
    assert [fact.value for fact in omar.messages[-1].facts if fact.name == "Sujet"] == [
        "🚧 Travaux · 🎪 Fêtes et foires"
    ]


async def test_it_keeps_them_when_it_is_written_anew(house: House, anne: Resident) -> None:
    await a_reader(house, ["fairs"], [1])
    await writes(anne)
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    ref = ref_on(anne)
    await anne.taps("Annuler l’envoi")
    await anne.presses(f"l.nm_{ref}")
    await anne.taps("Oui, choisir quand")
    await anne.taps("Maintenant")
    assert (item_of(house, ref).topics, item_of(house, ref).state) == (("works", "fairs"), State.PLANNED)


async def test_one_topic_is_chosen_in_one_touch_as_ever(house: House, anne: Resident) -> None:
    await a_reader(house, ["works"], [1])
    assert item_of(house, await sends(anne)).topics == ("works",)


async def an_item(house: House) -> Item:
    return await house.desk.run(lambda work: kit.an_item(work, "Rue fermée", topic="works", also=["fairs"]))


@pytest.mark.parametrize(("follows", "name"), [("fairs", "🎪 Fêtes et foires"), ("works", "🚧 Travaux")])
async def test_less_of_this_names_the_topic_for_which_it_came(house: House, follows: str, name: str) -> None:
    reader, item = await a_reader(house, [follows], [1]), await an_item(house)
    await reader.presses(f"l.nl_{item.ref}")
    assert f"sur « {name} », une actualité par semaine au plus." in reader.screen
    await reader.presses(f"l.nl_{(await an_item(house)).ref}")
    assert f"plus rien sur « {name} »" in reader.screen
    await reader.taps("Annuler ce choix")
    assert f"« {name} » revient comme avant." in reader.screen
    choices = await house.desk.run(lambda work: choices_of(work, kit.resident_number(work, reader.external)))
    assert choices is not None
    assert (choices.topics, choices.less) == ((follows,), (follows,))


async def test_a_forged_undo_gives_nobody_a_topic(house: House) -> None:
    reader, item = await a_reader(house, ["works"], [1]), await an_item(house)
    for place in ("1", "7", "x", ""):
        await reader.presses(f"l.nk_removed_{item.ref}_{place}")
        assert "Il n’y a rien à annuler." in reader.screen
