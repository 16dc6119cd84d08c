"""What the operator types about the team: parvis staff invite, list, revoke, cancel, audit."""

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from bot.city.folder import find
from bot.city.load import load
from bot.city.model import City
from bot.people.audit import acts
from bot.people.invitations import open_invitations
from bot.people.invite import invite
from bot.people.model import (
    BadInvitation,
    Invitation,
    LastAdmin,
    NoSuchInvitation,
    NoSuchPost,
    OpenInvitation,
    Post,
    Role,
)
from bot.people.staff import staff_members
from bot.people.team import cancel_invitation, revoke
from bot.settings import Settings
from bot.start import utc_now
from bot.storage.database import open_database
from bot.storage.migrate import migrate
from bot.storage.work import Desk
from flows.news_acts import withdraw_of_author

MOST_ACTS = 1000


class WrongWord(Exception):
    """Something typed that cannot be; the message says what can."""


def add_staff(staff: argparse.ArgumentParser) -> None:
    """The commands under `parvis staff`."""
    commands = staff.add_subparsers(required=True, metavar="command")

    def add(name: str, about: str, command: object) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=about, description=about)
        one.set_defaults(command=command)
        return one

    inviting = add("invite", "Make a one-time invitation into the team.", invite_)
    inviting.add_argument("--role", required=True, help=f"one of: {', '.join(Role)}")
    inviting.add_argument("--quartier", nargs="+", action="extend", default=[], help="of a conseiller: number or name")
    inviting.add_argument("--unit", default="", help="of an agent: the service, for example Voirie")
    inviting.add_argument("--name", default="", help="how residents see them; without it they say it themselves")
    add("list", "Who works for the town, and who is invited.", list_)
    revoking = add("revoke", "Take a role away.", revoke_)
    revoking.add_argument("id", help="the number that `parvis staff list` shows")
    cancelling = add("cancel", "Cancel an invitation that nobody has taken yet.", cancel_)
    cancelling.add_argument("id", help="the number that `parvis staff list` shows")
    reading = add("audit", "What staff did: when, who, what.", audit_)
    reading.add_argument("--about", default="", help="only about this, for example AC-7K3FQ2")
    reading.add_argument("--days", type=int, default=30, help="so many days back (default 30)")


@contextlib.contextmanager
def _desk(settings: Settings) -> Iterator[Desk]:
    engine = open_database(settings.database)
    migrate(engine)
    desk = Desk(engine, utc_now)
    try:
        yield desk
    finally:
        desk.close()


def _refused(sentence: object) -> int:
    print(f"parvis: {sentence}", file=sys.stderr)
    return 1


def invite_(settings: Settings, chosen: argparse.Namespace) -> int:
    city = load(find(settings.city))
    try:
        role, quartiers = _role(chosen.role), quartiers_named(city, chosen.quartier)
        link = asyncio.run(_bot_link(settings)) if settings.telegram_token else ""
        with _desk(settings) as desk, desk.work() as work:
            made = invite(work, role=role, name=chosen.name, quartiers=quartiers, unit=chosen.unit)
    except (BadInvitation, WrongWord) as wrong:
        return _refused(wrong)
    print("\n".join(_invitation_lines(city, made, link, settings)))
    return 0


def _role(typed: str) -> Role:
    try:
        return Role(typed.lower())
    except ValueError:
        raise WrongWord(f"there is no role “{typed}”. Choose one of: {', '.join(Role)}.") from None


def quartiers_named(city: City, typed: Sequence[str]) -> list[int]:
    """The numbers of quartiers, by number or name. Raises WrongWord with those there are."""
    found = [(one, city.quartier_named(one)) for one in typed]
    for one, quartier in found:
        if quartier is None:
            known = ", ".join(f"{quartier.number} {quartier.name}" for quartier in city.quartiers)
            raise WrongWord(f"there is no quartier “{one}” in {city.name}. Choose among: {known}.")
    return [quartier.number for _one, quartier in found if quartier]


async def _bot_link(settings: Settings) -> str:
    from bot.app import App

    app = App(settings)
    assert app.telegram is not None
    try:
        return await app.telegram.link()
    finally:
        await app.close()


def _invitation_lines(city: City, made: Invitation, link: str, settings: Settings) -> list[str]:
    until = made.expires_at.astimezone(city.zone)
    whom = made.name or "somebody who will say their name"
    what = _in_words(city, made.role, made.quartiers, made.unit)
    lines = [
        f"An invitation for {whom}: {what}.",
        f"It is good once, until {until:%d %B, %H:%M} ({city.zone.key}), and is not shown again.",
        f"  Code:      {made.code}",
        f"  Telegram:  {link}?start=e_{made.code}" if link else "",
        f"  Web chat:  {settings.address}/chat?start=e_{made.code}",
        f"Give them one of the links, or have them type to the bot: /equipe {made.code}",
    ]
    return [line for line in lines if line]


def _in_words(city: City, role: Role, quartiers: Sequence[int], unit: str) -> str:
    names = [quartier.name if (quartier := city.quartier(number)) else str(number) for number in quartiers]
    return " of ".join(part for part in (role.value, ", ".join(names) or unit) if part)


def list_(settings: Settings, _chosen: argparse.Namespace) -> int:
    city = load(find(settings.city))
    with _desk(settings) as desk, desk.reading() as work:
        posts, invited = staff_members(work), open_invitations(work)
    for post in posts:
        print(_line(city, post))
    for one in invited:
        print(_invited_line(city, one))
    if not posts:
        print("Nobody yet. Begin with: parvis staff invite --role admin")
    return 0


def _line(city: City, post: Post) -> str:
    since = f"{post.since.astimezone(city.zone):%Y-%m-%d}" if post.since else ""
    return f"{post.id}  {post.name}, {_in_words(city, post.role, post.quartiers, post.unit)}, since {since}"


def _invited_line(city: City, one: OpenInvitation) -> str:
    whom = f"{one.name}, " if one.name else ""
    until = f"{one.expires_at.astimezone(city.zone):%Y-%m-%d %H:%M}"
    return f"{one.id}  invited: {whom}{_in_words(city, one.role, one.quartiers, one.unit)}, until {until}"


def _number(typed: str) -> int:
    """0, which is no row's, for anything else."""
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 19 else 0


def revoke_(settings: Settings, chosen: argparse.Namespace) -> int:
    city = load(find(settings.city))
    try:
        with _desk(settings) as desk, desk.work() as work:
            gone = revoke(work, _number(chosen.id))
            withdrawn = withdraw_of_author(work, gone.resident_id)
    except NoSuchPost:
        return _refused(f"nobody has the role {chosen.id}. `parvis staff list` shows the numbers.")
    except LastAdmin:
        return _refused("this is the last admin. Invite another one first: parvis staff invite --role admin")
    print(f"Revoked: {_line(city, gone)}.")
    if withdrawn:
        print(f"Taken back: {withdrawn} of their news that had not left.")
    return 0


def cancel_(settings: Settings, chosen: argparse.Namespace) -> int:
    city = load(find(settings.city))
    try:
        with _desk(settings) as desk, desk.work() as work:
            gone = cancel_invitation(work, _number(chosen.id))
    except NoSuchInvitation:
        return _refused(f"no invitation {chosen.id} can be taken now. `parvis staff list` shows those that can.")
    print(f"Cancelled: {_invited_line(city, gone)}.")
    return 0


def audit_(settings: Settings, chosen: argparse.Namespace) -> int:
    """The oldest first, as a log is read."""
    city = load(find(settings.city))
    with _desk(settings) as desk, desk.reading() as work:
        noted = acts(work, about=chosen.about, since=_days_ago(work.now, chosen.days), most=MOST_ACTS)
        names = {post.resident_id: post.name for post in staff_members(work)}
    for one in reversed(noted):
        who = "operator" if one.who is None else f"{one.who} {names.get(one.who, '')}".strip()
        print("  ".join((f"{one.at.astimezone(city.zone):%Y-%m-%d %H:%M}", who, one.act, one.about, one.detail)))
    if not noted:
        print("Nothing.")
    if len(noted) == MOST_ACTS:
        print(f"Only the last {MOST_ACTS} are shown: ask for fewer --days.", file=sys.stderr)
    return 0


def _days_ago(now: datetime, days: int) -> datetime | None:
    """None, that is everything, for more days than there have been."""
    try:
        return now - timedelta(days=max(days, 0))
    except OverflowError:
        return None
