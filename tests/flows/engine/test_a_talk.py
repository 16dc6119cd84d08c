"""A flow read from top to bottom, one answer at a time."""

from __future__ import annotations

import pytest

from flows.engine.flow import Flows
from tests.kit.residents import House, Resident
from tests.kit.samples import garden_flow, only, plots_taken, whole_garden


@pytest.fixture
def flows() -> Flows:
    return only(garden_flow(whole_garden))


async def test_a_whole_conversation_ends_with_its_effect(resident: Resident, house: House) -> None:
    await resident.says("/jardin")
    assert "Quel nom sur le panneau ?" in resident.screen
    await resident.says("Les Lilas")
    assert "Bienvenue au jardin, Les Lilas." in resident.screen
    await resident.taps("Soleil")
    await resident.taps("Thym")
    await resident.taps("Bêche")
    await resident.taps("Terminé")
    await resident.says("12")
    await resident.says("demain 18h30")
    await resident.sends("lilas.jpg")
    await resident.shares(46.507, 7.41)
    await resident.says("Merci beaucoup")
    assert "Venue : mardi 24 novembre 2026, 18:30" in resident.screen
    assert "Outils : Bêche" in resident.screen
    assert "Lieu : Maison communale" in resident.screen
    await resident.taps("Envoyer")
    assert "la clé du cabanon" in resident.screen
    await resident.taps("Non")
    assert "C’est noté : 1 carré pris." in resident.screen
    with house.desk.reading() as work:
        assert plots_taken(work) == 1
