"""How the operator types and reads the team: roles, quartiers, numbers, lines."""

from collections.abc import Sequence

from bot.city.model import City
from bot.people.model import Invitation, OpenInvitation, Post, Role
from bot.settings import Settings


class WrongWord(Exception):
    """Something typed that cannot be; the message says what can."""


def role_named(typed: str) -> Role:
    try:
        return Role(typed.lower())
    except ValueError:
        raise WrongWord(f"there is no role “{typed}”. Choose one of: {', '.join(Role)}.") from None


def quartiers_named(city: City, typed: Sequence[str]) -> list[int]:
    found = [(one, city.quartier_named(one)) for one in typed]
    for one, quartier in found:
        if quartier is None:
            known = ", ".join(f"{quartier.number} {quartier.name}" for quartier in city.quartiers)
            raise WrongWord(f"there is no quartier “{one}” in {city.name}. Choose among: {known}.")
    return [quartier.number for _one, quartier in found if quartier]


def invitation_lines(city: City, made: Invitation, link: str, settings: Settings) -> list[str]:
    until = made.expires_at.astimezone(city.zone)
    whom = made.name or "somebody who will say their name"
    what = in_words(city, made.role, made.quartiers, made.unit)
    lines = [
        f"An invitation for {whom}: {what}.",
        f"It is good once, until {until:%d %B, %H:%M} ({city.zone.key}), and is not shown again.",
        f"  Code:      {made.code}",
        f"  Telegram:  {link}?start=e_{made.code}" if link else "",
        f"  Web chat:  {settings.address}/chat?start=e_{made.code}",
        f"Give them one of the links, or have them type to the bot: /equipe {made.code}",
    ]
    return [one for one in lines if one]


def in_words(city: City, role: Role, quartiers: Sequence[int], unit: str) -> str:
    names = [quartier.name if (quartier := city.quartier(number)) else str(number) for number in quartiers]
    return " of ".join(part for part in (role.value, ", ".join(names) or unit) if part)


def line(city: City, post: Post) -> str:
    since = f"{post.since.astimezone(city.zone):%Y-%m-%d}" if post.since else ""
    return f"{post.id}  {post.name}, {in_words(city, post.role, post.quartiers, post.unit)}, since {since}"


def invited_line(city: City, one: OpenInvitation) -> str:
    whom = f"{one.name}, " if one.name else ""
    until = f"{one.expires_at.astimezone(city.zone):%Y-%m-%d %H:%M}"
    return f"{one.id}  invited: {whom}{in_words(city, one.role, one.quartiers, one.unit)}, until {until}"


def number_in(typed: str) -> int:
    """0, which is no row's, for anything else."""
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 19 else 0
