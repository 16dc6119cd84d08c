"""What the chat page tells those who do not see it, or who wait: a live region, the progress of an upload."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import expect

from tests.handlers.web.conftest import OpenTab

pytestmark = pytest.mark.browser

WATCH = """() => {
    window.announced = [];
    const log = document.getElementById("log");
    const tell = (node) => node.nodeType === 1 && log.getAttribute("aria-live") === "polite"
        && announced.push(node.querySelector(".words")?.textContent.trim() ?? "");
    new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach(tell)))
        .observe(log, { childList: true });
}"""
"""What a screen reader is given to say: the additions to the log while it is live."""


async def test_each_message_is_said_once_and_a_ticked_box_says_nothing_but_itself(open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.opens_the_chat()
    log = tab.page.get_by_role("log")
    await expect(log).to_have_attribute("aria-live", "polite")
    await expect(log).to_have_attribute("aria-relevant", "additions")
    await expect(tab.page.locator("#state")).to_have_attribute("role", "status")
    await tab.page.evaluate(WATCH)
    await tab.says("tour")
    await tab.hears("Envoyez une photo")
    await expect(tab.page.locator(".waiting")).to_have_count(0)
    assert await tab.page.evaluate("announced") == ["tour", "Envoyez une photo du problème."]
    await tab.taps("Passer")
    await tab.hears("Où est-ce")
    await tab.taps("Choisir sur la carte")
    await expect(tab.page.locator("#map .quartier").first).to_be_visible()
    await tab.page.keyboard.press("ArrowUp")
    await expect(tab.page.locator("#spot")).to_contain_text("Le repère est")
    await tab.page.keyboard.press("Enter")
    for reply, label in (("De quoi", "Propreté"), ("VB-12", "Non")):
        await tab.hears(reply)
        await tab.taps(label)
    await tab.hears("Quels jours")
    await tab.page.evaluate("announced.length = 0")
    await tab.taps("☐ Lundi")
    await expect(tab.button("☑ Lundi")).to_be_focused()
    assert await tab.page.evaluate("announced") == []
    await expect(log).to_have_attribute("aria-live", "polite")


PROGRESS = """() => {
    window.told = [];
    new MutationObserver(() => {
        const bar = document.querySelector(".fate progress");
        if (bar) told.push([bar.value, bar.max, bar.getAttribute("aria-label"), bar.parentElement.textContent]);
    }).observe(document.getElementById("log"), { childList: true, subtree: true });
}"""


async def test_a_slow_upload_shows_how_far_it_is(open_tab: OpenTab, tmp_path: Path) -> None:
    photo = tmp_path / "trottoir.png"
    Image.frombytes("RGB", (400, 300), os.urandom(400 * 300 * 3)).save(photo)
    tab = await open_tab()
    await tab.opens_the_chat()
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 300_000}
    network = await tab.page.context.new_cdp_session(tab.page)
    await network.send("Network.enable")
    await network.send("Network.emulateNetworkConditions", slow)
    await tab.chooses_photos(photo)
    await tab.page.evaluate(PROGRESS)
    await tab.sends()
    await tab.hears("Bien reçu")
    told = await tab.page.evaluate("told")
    on_the_way = [value for value, _most, _label, _words in told if 0 < value < 100]
    assert on_the_way, told
    assert on_the_way == sorted(on_the_way)
    assert {(most, label) for _value, most, label, _words in told} == {(100, "Photos à envoyer")}
    assert all(words == f"Envoi des photos : {value} %" for value, _most, _label, words in told)
    await expect(tab.page.locator(".fate")).to_have_count(0)
