"""A tab of a browser, as a person uses it; it keeps watch over requests that leave the town and over faults."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import ConsoleMessage, Page, Request, expect

AXE = (Path(__file__).parents[2] / "kit" / "axe" / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SMALLEST_TARGET = 44  # pixels

# Chromium's own words for a connection that a test cut on purpose, and for a refusal that it asked for.
EXPECTED = (
    "net::ERR_INTERNET_DISCONNECTED",
    "net::ERR_CONNECTION_REFUSED",
    "net::ERR_INCOMPLETE_CHUNKED",
    "net::ERR_NETWORK_CHANGED",
    "404",
    "403",
)


class Tab:
    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.outside: list[str] = []
        self.faults: list[str] = []
        page.on("request", self._watch)
        page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        page.on("console", self._listen)

    def _watch(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != "127.0.0.1":
            self.outside.append(request.url)

    def _listen(self, said: ConsoleMessage) -> None:
        if said.type == "error" and not any(known in said.text for known in EXPECTED):
            self.faults.append(said.text)

    async def go(self, path: str = "/chat") -> None:
        await self.page.goto(self.url + path)

    async def opens_the_chat(self) -> None:
        await self.go()
        await expect(self.button("Faire le tour")).to_be_visible()

    def button(self, label: str) -> Any:
        """The one button of that label that can be seen, in the messages."""
        return self.page.locator("#log").get_by_role("button", name=label, exact=True)

    async def taps(self, label: str) -> None:
        await self.button(label).click()

    async def says(self, words: str) -> None:
        await self.page.fill("#message", words)
        await self.page.keyboard.press("Enter")

    async def hears(self, words: str) -> None:
        await expect(self.page.locator(".entry.parvis .bubble").last).to_contain_text(words)

    async def chooses_photos(self, *photos: Path) -> None:
        await self.page.set_input_files("#files", list(photos))
        await expect(self.page.locator("#tray img")).to_have_count(len(photos))

    async def sends(self) -> None:
        await self.page.locator("#say button.main").click()

    async def said(self) -> list[str]:
        """What the person said, as the page shows it."""
        shown: list[str] = await self.page.locator(".entry.you .bubble").all_inner_texts()
        return [text.strip() for text in shown]

    async def is_accessible(self) -> None:
        """No fault that axe-core knows."""
        await self.page.evaluate(AXE)
        options = json.dumps({"runOnly": RULES, "resultTypes": ["violations"]})
        found = await self.page.evaluate(f"axe.run(document, {options}).then((result) => result.violations)")
        told = [f"{one['id']}: {one['help']} {[node['html'][:160] for node in one['nodes']]}" for one in found]
        assert not told, "\n".join(told)

    async def fits(self) -> None:
        """Nothing to scroll sideways, neither the page nor the messages."""
        wide = await self.page.evaluate(
            """() => [document.scrollingElement, ...document.querySelectorAll("#log, .composer, dialog[open]")]
                .filter((part) => part.scrollWidth > part.clientWidth).map((part) => part.id || part.tagName)"""
        )
        assert wide == [], wide
        cut = await self.page.evaluate(
            """() => [...document.querySelectorAll("button, textarea, .bubble, a")]
                .filter((part) => part.checkVisibility() && !part.closest(".leaflet-pane") && !part.matches(".skip"))
                .map((part) => [part.textContent.trim().slice(0, 30), part.getBoundingClientRect()])
                .filter(([, box]) => box.width > 1 && (box.left < -0.5 || box.right > innerWidth + 0.5))
                .map(([text]) => text)"""
        )
        assert cut == [], cut

    async def has_large_targets(self) -> None:
        small = await self.page.evaluate(
            f"""() => [...document.querySelectorAll("button, textarea, a, input:not([type=hidden])")]
                .filter((part) => part.checkVisibility() && !part.matches(".skip, .leaflet-control-attribution a"))
                .map((part) => [part.textContent.trim().slice(0, 30), part.getBoundingClientRect()])
                .filter(([, box]) => box.width > 1 && (box.width < {SMALLEST_TARGET} || box.height < {SMALLEST_TARGET}))
                .map(([text, box]) => `${{text}} ${{Math.round(box.width)}}x${{Math.round(box.height)}}`)"""
        )
        assert small == [], small

    async def is_fit(self) -> None:
        """Everything that must hold whatever is shown."""
        await self.is_accessible()
        await self.fits()
        await self.has_large_targets()
