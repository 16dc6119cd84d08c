"""The pages in a real browser: every kind of question, every way of answering, on every size of screen."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from bot.delivery.model import Message
from tests.handlers.web.conftest import OpenTab
from tests.handlers.web.house import HOMELY, House
from tests.handlers.web.tab import Tab

pytestmark = pytest.mark.browser

SCREENS: dict[str, dict[str, Any]] = {
    "small phone": {"viewport": {"width": 320, "height": 640}},
    "phone in the dark": {"viewport": {"width": 390, "height": 800}, "color_scheme": "dark"},
    "desktop": {"viewport": {"width": 1280, "height": 800}},
}


@pytest.mark.parametrize("screen", SCREENS)
async def test_the_whole_tour_is_accessible_and_fits_on_every_screen(
    open_tab: OpenTab, photos: list[Path], screen: str
) -> None:
    tab = await open_tab(**SCREENS[screen])
    await tab.go("/")
    await tab.is_fit()
    await tab.opens_the_chat()
    await tab.is_fit()
    await tab.taps("Faire le tour")
    await tab.hears("Envoyez une photo")
    await tab.chooses_photos(*photos)
    await tab.is_fit()
    await tab.sends()
    await tab.hears("Où est-ce ?")
    await tab.is_fit()
    await tab.taps("Choisir sur la carte")
    await put_the_pin(tab)
    await tab.is_fit()
    await tab.page.get_by_role("button", name="Envoyer ce lieu").click()
    await tab.hears("De quoi s’agit-il ?")
    await tab.is_fit()
    await tab.taps("Éclairage")
    await tab.hears("Signalement VB-12")
    await tab.is_fit()
    await tab.taps("Non")
    await tab.taps("☐ Lundi")
    await expect(tab.button("☑ Lundi")).to_be_visible()
    await tab.is_fit()
    await tab.taps("Terminé")
    for words, reply in (("12", "Quand"), ("demain 18h30", "Un mot"), ("Il clignote.", "Tout est bon")):
        await tab.says(words)
        await tab.hears(reply)
    await tab.is_fit()
    await tab.taps("Envoyer")
    await tab.hears("C’est le signalement VB-13.")
    await tab.is_fit()
    link = tab.page.get_by_role("link", name="Voir le signalement")
    await expect(link).to_have_attribute("href", f"{tab.url}/signalements/VB-13")


async def put_the_pin(tab: Tab) -> None:
    map_ = tab.page.locator("#map")
    await expect(tab.page.locator("#map .quartier").first).to_be_visible()
    box = await map_.bounding_box()
    assert box
    await map_.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    await expect(tab.page.locator("#spot")).to_contain_text("Le repère est")


async def test_error_pages_are_accessible(open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.go("/nulle-part")
    await expect(tab.page.get_by_role("heading", level=1)).to_have_text("Cette page n’existe pas")
    await tab.is_fit()


async def test_a_language_written_from_the_right_is_shown_from_the_right(open_tab: OpenTab, served: House) -> None:
    tab = await open_tab()
    await tab.opens_the_chat()
    cookies = await tab.page.context.cookies()
    session = str(cookies[0]["value"]).partition(".")[0]
    words = Message(text="تم تسجيل البلاغ 12.", title="بلاغ", direction="rtl", language="ar")
    await served.push(words, session)
    entry = tab.page.locator(".entry[lang=ar]")
    await expect(entry).to_have_css("direction", "rtl")
    await tab.is_fit()


async def test_the_page_itself_turns_round_in_arabic(chromium: Any, tmp_path: Path) -> None:
    town = replace(HOMELY, languages=("fr", "ar"))
    async with House(tmp_path, town=town).open(serving=True) as house:
        phone = {"width": 390, "height": 800}
        context = await chromium.new_context(locale="ar", viewport=phone, reduced_motion="reduce")
        tab = Tab(await context.new_page(), house.url)
        for path in ("/", "/chat", "/nulle-part"):
            await tab.go(path)
            await expect(tab.page.locator("html")).to_have_attribute("dir", "rtl")
            await tab.is_fit()
        await tab.go("/?langue=fr")
        await expect(tab.page.locator("html")).to_have_attribute("dir", "ltr")
        await context.close()
        assert (tab.outside, tab.faults) == ([], [])


async def test_everything_works_with_the_keyboard_alone(open_tab: OpenTab) -> None:
    tab = await open_tab(viewport={"width": 1280, "height": 800})
    await tab.opens_the_chat()
    await reach(tab, "Faire le tour")
    await tab.page.keyboard.press("Enter")
    await reach(tab, "Passer")
    await tab.page.keyboard.press("Space")
    await reach(tab, "Choisir sur la carte")
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.locator("#map")).to_be_focused()
    await expect(tab.page.locator("#map .quartier").first).to_be_visible()
    for key in ("ArrowUp", "ArrowUp", "Shift+ArrowLeft", "+", "ArrowDown", "-"):
        await tab.page.keyboard.press(key)
    await expect(tab.page.locator("#spot")).to_contain_text("quartier")
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.locator("#panel")).to_be_hidden()
    await reach(tab, "Propreté")
    await tab.page.keyboard.press("Enter")
    await reach(tab, "Non")
    await tab.page.keyboard.press("Enter")
    await reach(tab, "☐ Lundi")
    await tab.page.keyboard.press("Space")
    await expect(tab.button("☑ Lundi")).to_be_focused()
    await reach(tab, "Terminé")
    await tab.page.keyboard.press("Enter")
    await tab.hears("Combien")
    await tab.page.locator(".skip").focus()
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.locator("#message")).to_be_focused()
    await tab.page.keyboard.type("12")
    await tab.page.keyboard.press("Enter")
    await tab.hears("Quand repassez-vous")


async def reach(tab: Tab, label: str) -> None:
    """Press Tab until the button of that label has the focus, as a person would: fifteen times at the very most."""
    await expect(tab.button(label)).to_be_visible()
    for _ in range(15):
        if await tab.page.evaluate("document.activeElement.textContent.trim()") == label:
            return
        await tab.page.keyboard.press("Tab")
    raise AssertionError(f"“{label}” is not within fifteen presses of the Tab key")


async def test_the_map_closes_with_escape_and_gives_the_focus_back(open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.opens_the_chat()
    await tab.taps("Faire le tour")
    await tab.taps("Passer")
    await tab.taps("Choisir sur la carte")
    await expect(tab.page.locator("#map")).to_be_focused()
    await tab.page.keyboard.press("Escape")
    await expect(tab.page.locator("#panel")).to_be_hidden()
    await expect(tab.button("Choisir sur la carte")).to_be_focused()


async def test_without_a_script_the_whole_tour_can_be_done(open_tab: OpenTab, photos: list[Path]) -> None:
    tab = await open_tab(java_script_enabled=False)
    page = tab.page
    await tab.go()
    await tab.taps("Commencer la discussion")
    await tab.taps("Faire le tour")
    await tab.hears("Envoyez une photo")
    await expect(tab.page.get_by_role("button", name="Ajouter des photos")).to_have_count(0)
    await page.set_input_files("#files", photos[0])
    await page.get_by_role("button", name="Envoyer les photos").click()
    await tab.hears("Où est-ce ?")
    await expect(tab.button("Choisir sur la carte")).to_have_count(0)
    await page.fill("#message", "rue de nulle part à Valombre")
    await page.get_by_role("button", name="Envoyer", exact=True).click()
    await tab.hears("Je ne connais pas ce lieu")
    await page.locator(".choices:not([hidden]) button").first.click()
    await tab.hears("De quoi s’agit-il ?")
    await tab.taps("Voirie et trottoirs")
    await tab.taps("Non")
    await tab.taps("☐ Mardi")
    await tab.taps("☐ Mercredi")
    await tab.taps("Terminé")
    for words in ("12", "demain 18h30", "Il clignote."):
        await page.fill("#message", words)
        await page.locator("#say button.main").click()
    await tab.hears("Tout est bon ?")
    await tab.taps("Envoyer")
    await tab.hears("C’est le signalement VB-13.")
    said = await tab.said()
    assert said[0] == "Faire le tour"
    assert "Mardi, Mercredi" in said
    assert said[-1] == "Envoyer"


async def test_without_a_script_the_page_is_accessible_and_fits(open_tab: OpenTab, served: House) -> None:
    """The page without a script is drawn by one that has no listener: axe needs scripts to look at anything."""
    tab = await open_tab(viewport={"width": 320, "height": 640})
    await tab.page.route("**/*.js*", lambda route: route.abort())
    tab.faults = _Forgiving()
    await tab.go()
    await tab.taps("Commencer la discussion")
    await tab.hears("Bonjour")
    await tab.is_fit()
    await tab.taps("Faire le tour")
    await tab.hears("Envoyez une photo")
    await tab.is_fit()


class _Forgiving(list[str]):
    def append(self, _fault: str) -> None:
        """Scripts that are kept from loading are not a fault here."""


async def test_a_reload_keeps_the_whole_dialogue(open_tab: OpenTab, photos: list[Path]) -> None:
    tab = await open_tab()
    await tab.opens_the_chat()
    await tab.taps("Faire le tour")
    await tab.chooses_photos(photos[0])
    await tab.page.fill("#message", "devant le 3")
    await tab.sends()
    await tab.hears("Où est-ce ?")
    before = await tab.page.locator(".entry .bubble").all_inner_texts()
    await tab.page.reload()
    await tab.hears("Où est-ce ?")
    assert await tab.page.locator(".entry .bubble").all_inner_texts() == before
    image = tab.page.locator(".entry.you img")
    await expect(image).to_have_js_property("complete", value=True)
    assert await image.evaluate("(image) => image.naturalWidth") == 320


async def test_two_tabs_show_the_same_dialogue(open_tab: OpenTab) -> None:
    one = await open_tab()
    await one.opens_the_chat()
    two = await open_tab(beside=one)
    await two.go()
    await one.taps("Faire le tour")
    await two.hears("Envoyez une photo")
    await two.taps("Passer")
    await one.hears("Où est-ce ?")
    await expect(one.page.locator(".entry.you")).to_have_count(2)
    assert await one.said() == await two.said() == ["Faire le tour", "Passer"]
    await expect(one.button("Faire le tour")).to_be_hidden()


async def test_the_dialogue_survives_a_restart_of_the_server(chromium: Any, tmp_path: Path) -> None:
    first = House(tmp_path)
    port = int(first.url.rpartition(":")[2])
    context = await chromium.new_context(locale="fr-FR")
    tab = Tab(await context.new_page(), first.url)
    async with first.open(serving=True):
        await tab.opens_the_chat()
        await tab.taps("Faire le tour")
        await tab.hears("Envoyez une photo")
    await expect(tab.page.locator("#state")).to_contain_text("Connexion perdue")
    await tab.says("passer")
    await expect(tab.page.locator(".entry.waiting")).to_have_count(1)
    async with House(tmp_path, port=port).open(serving=True):
        await tab.hears("Où est-ce ?")
        await expect(tab.page.locator(".entry.waiting")).to_have_count(0)
        await expect(tab.page.locator("#state")).not_to_contain_text("Connexion perdue")
        assert await tab.said() == ["Faire le tour", "passer"]
        await context.close()
    assert tab.outside == []


async def test_what_is_sent_without_a_network_leaves_when_it_is_back(open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.opens_the_chat()
    await tab.page.context.set_offline(True)
    await expect(tab.page.locator("#state")).to_contain_text("Hors ligne")
    await tab.taps("Faire le tour")
    await expect(tab.page.locator(".entry.waiting .fate")).to_have_text("En attente du réseau")
    await tab.is_fit()
    await tab.says("passer")
    await tab.page.context.set_offline(False)
    await tab.hears("Où est-ce ?")
    await expect(tab.page.locator(".entry.waiting")).to_have_count(0)
    assert await tab.said() == ["Faire le tour", "passer"]


async def test_a_refused_message_says_why_and_can_be_sent_again(open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.opens_the_chat()
    refusal = {"error": "Refusé pour l’essai."}
    await tab.page.route("**/chat/say*", lambda route: route.fulfill(status=403, json=refusal))
    await tab.says("bonjour")
    await expect(tab.page.locator("#state")).to_have_text("Refusé pour l’essai.")
    await expect(tab.page.get_by_role("button", name="Réessayer")).to_be_in_viewport()
    await tab.is_fit()
    await tab.page.unroute("**/chat/say*")
    await tab.page.get_by_role("button", name="Réessayer").click()
    await expect(tab.page.locator(".entry.failed, .entry.waiting")).to_have_count(0)
    assert await tab.said() == ["bonjour"]


async def test_the_position_of_the_telephone_answers_where(open_tab: OpenTab, served: House) -> None:
    point = served.reception.stage.city.quartiers[0].shape.representative_point()
    tab = await open_tab(
        permissions=["geolocation"], geolocation={"latitude": point.y, "longitude": point.x, "accuracy": 10}
    )
    await tab.opens_the_chat()
    await tab.taps("Faire le tour")
    await tab.taps("Passer")
    await tab.taps("Ma position")
    await tab.hears("De quoi s’agit-il ?")
    assert "Lieu" in (await tab.said())[-1]


async def test_a_rough_position_is_corrected_on_the_map(open_tab: OpenTab, served: House) -> None:
    point = served.reception.stage.city.quartiers[0].shape.representative_point()
    tab = await open_tab(
        permissions=["geolocation"], geolocation={"latitude": point.y, "longitude": point.x, "accuracy": 400}
    )
    await tab.opens_the_chat()
    await tab.taps("Faire le tour")
    await tab.taps("Passer")
    await tab.taps("Ma position")
    await expect(tab.page.locator("#spot")).to_contain_text("à 400 m près")
    await tab.is_fit()
    await tab.page.get_by_role("button", name="Envoyer ce lieu").click()
    await tab.hears("De quoi s’agit-il ?")


async def test_a_position_that_is_not_given_is_answered_with_other_ways(open_tab: OpenTab) -> None:
    tab = await open_tab(permissions=[])
    await tab.opens_the_chat()
    await tab.taps("Faire le tour")
    await tab.taps("Passer")
    await tab.taps("Ma position")
    await expect(tab.page.locator("#state")).to_contain_text("Choisissez le lieu sur la carte, ou tapez une adresse.")


async def test_a_chosen_photo_can_be_taken_back(open_tab: OpenTab, photos: list[Path]) -> None:
    tab = await open_tab()
    await tab.opens_the_chat()
    await tab.chooses_photos(*photos)
    await tab.page.get_by_role("button", name="Retirer cette photo (1)").click()
    await expect(tab.page.locator("#tray img")).to_have_count(1)
    await tab.sends()
    await tab.hears("Bien reçu")
    await expect(tab.page.locator(".entry.you img")).to_have_count(1)


async def test_a_letter_that_comes_in_the_middle_leaves_the_question_open(open_tab: OpenTab, served: House) -> None:
    tab = await open_tab()
    await tab.opens_the_chat()
    cookies = await tab.page.context.cookies()
    await served.push(Message(text="Le marché change de place."), str(cookies[0]["value"]).partition(".")[0])
    await tab.hears("Le marché change de place.")
    await tab.taps("Faire le tour")
    await tab.hears("Envoyez une photo")


async def test_the_first_visit_greets_once_even_when_reloaded_at_once(open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.go()
    await tab.page.reload()
    await tab.page.reload()
    await tab.hears("Bonjour !")
    await expect(tab.page.locator(".entry")).to_have_count(1)
