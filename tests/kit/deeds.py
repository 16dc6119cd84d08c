"""Things people do, one by one, and what must hold after each."""

from __future__ import annotations

from typing import Any

from bot.delivery.model import Message
from tests.kit.residents import Resident

Deed = tuple[str, Any]


async def do(resident: Resident, deed: Deed) -> None:
    match deed:
        case ("tap", at):
            shown = [one for message in resident.messages for row in message.buttons for one in row if one.data]
            newest_first = shown[::-1]
            if newest_first:
                await resident.presses(newest_first[at % min(len(newest_first), 1 + at // 8)].data)
            else:
                await resident.presses("nothing")
        case ("on", at):
            last = [one for row in resident.messages[-1].buttons for one in row if one.data and one.style != "quiet"]
            await (resident.presses(last[at % len(last)].data) if last else resident.says("Anne Martin"))
        case ("text", words):
            await resident.says(words)
        case ("forged", data):
            await resident.presses(data)
        case ("place", (latitude, longitude)):
            await resident.shares(latitude, longitude)
        case ("pictures", album):
            await resident.sends("picture", album=album, caption="sur la place" if album == "y" else "")
        case ("refused", why):
            await resident.sends_a_bad_photo(why)
        case ("edited", words):
            await resident.edits(words)
        case ("other", _):
            await resident.sends_other()
        case ("contact", _):
            await resident.sends_contact()
        case ("left", _):
            await resident.leaves()
        case _:
            await resident.comes_back()


def check(resident: Resident, deed: Deed) -> None:
    kind, what = deed
    silent_by_nature = kind in ("left", "came", "edited") or (kind == "pictures" and what)
    assert resident.news or resident.toast or silent_by_nature, f"silence after {deed}"
    for message in resident.news:
        assert not message.is_empty
        for row in message.buttons:
            for button in row:
                assert len(button.data.encode()) <= 64
                assert button.label
                assert bool(button.data) != bool(button.link)
    if resident.news:
        assert leads_on(resident, resident.news[-1]), f"no way on after {deed}:\n{resident.screen}"


def leads_on(resident: Resident, message: Message) -> bool:
    """Buttons, keys, or a question that words or photos answer."""
    return bool(message.buttons or message.keys or resident.conversation.open)
