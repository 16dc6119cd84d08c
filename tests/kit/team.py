"""People who work for the town, in tests."""

from __future__ import annotations

from collections.abc import Sequence

from bot.people.invite import invite
from bot.people.model import Role
from bot.storage.work import Desk
from tests.kit.residents import House, Resident


async def invited(
    desk: Desk, role: Role, quartiers: Sequence[int] = (), *, name: str = "Anne Martin", unit: str = ""
) -> str:
    """The operator invites somebody; gives the code."""
    if role is Role.AGENT:
        unit = unit or "Voirie"
    return (await desk.run(lambda work: invite(work, role=role, name=name, quartiers=quartiers, unit=unit))).code


async def joins(
    house: House, who: Resident, role: Role, quartiers: Sequence[int] = (), *, name: str = "Anne Martin", unit: str = ""
) -> None:
    """Make a resident one of the team, as they would: with the code of an invitation."""
    await who.says(f"/equipe {await invited(house.desk, role, quartiers, name=name, unit=unit)}")
    assert "Bienvenue" in who.screen, who.screen
