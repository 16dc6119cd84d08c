"""What the operator types about the team: parvis staff invite, list, change, revoke, cancel, audit."""

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.city.folder import find
from bot.city.load import load
from bot.city.model import City
from bot.cli_staff_words import (
    WrongWord,
    invitation_lines,
    invited_line,
    line,
    number_in,
    quartiers_named,
    role_named,
)
from bot.people.audit import acts
from bot.people.invitations import open_invitations
from bot.people.invite import invite
from bot.people.model import (
    AlreadyTheirs,
    BadInvitation,
    LastAdmin,
    NoSuchInvitation,
    NoSuchPost,
    NothingChanges,
    Role,
)
from bot.people.staff import staff_members
from bot.people.team import cancel_invitation
from bot.settings import Settings
from bot.start import utc_now
from bot.storage.database import open_database
from bot.storage.migrate import migrate
from bot.storage.work import Desk
from flows.staff_changes import Ended, Wanted, change_and_tell, revoke_and_tell

MOST_ACTS = 1000

NOBODY = "nobody has the role {id}. `parvis staff list` shows the numbers."
LAST_ADMIN = "this is the last admin. Invite another one first: parvis staff invite --role admin"


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
    changing = add("change", "Give somebody of the team another role, quartiers, service or name.", change_)
    changing.add_argument("id", help="the number that `parvis staff list` shows")
    changing.add_argument("--role", help=f"one of: {', '.join(Role)}")
    changing.add_argument("--quartier", nargs="+", action="extend", help="all those of a conseiller: number or name")
    changing.add_argument("--unit", help="of an agent: the service, for example Voirie")
    changing.add_argument("--name", help="how residents see them, in all their roles")
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
        role, quartiers = role_named(chosen.role), quartiers_named(city, chosen.quartier)
        link = asyncio.run(_bot_link(settings)) if settings.telegram_token else ""
        with _desk(settings) as desk, desk.work() as work:
            made = invite(work, role=role, name=chosen.name, quartiers=quartiers, unit=chosen.unit)
    except (BadInvitation, WrongWord) as wrong:
        return _refused(wrong)
    print("\n".join(invitation_lines(city, made, link, settings)))
    return 0


async def _bot_link(settings: Settings) -> str:
    from bot.app import App

    app = App(settings)
    assert app.telegram is not None
    try:
        return await app.telegram.link()
    finally:
        await app.close()


def list_(settings: Settings, _chosen: argparse.Namespace) -> int:
    city = load(find(settings.city))
    with _desk(settings) as desk, desk.reading() as work:
        posts, invited = staff_members(work), open_invitations(work)
    for post in posts:
        print(line(city, post))
    for one in invited:
        print(invited_line(city, one))
    if not posts:
        print("Nobody yet. Begin with: parvis staff invite --role admin")
    return 0


def change_(settings: Settings, chosen: argparse.Namespace) -> int:
    city = load(find(settings.city))
    try:
        wanted = _wanted(city, chosen)
        with _desk(settings) as desk, desk.work() as work:
            ended = change_and_tell(work, city, number_in(chosen.id), wanted)
    except NoSuchPost:
        return _refused(NOBODY.format(id=chosen.id))
    except LastAdmin:
        return _refused(LAST_ADMIN)
    except NothingChanges:
        return _refused("it is so already: nothing was changed.")
    except AlreadyTheirs:
        return _refused("they have this role already, beside this one: revoke one of the two instead.")
    except (BadInvitation, WrongWord) as wrong:
        return _refused(wrong)
    print(f"Before:  {line(city, ended.before)}.\nNow:     {line(city, ended.post)}.")
    _tell_what_was_taken_back(ended)
    return 0


def _wanted(city: City, chosen: argparse.Namespace) -> Wanted:
    if all(given is None for given in (chosen.role, chosen.quartier, chosen.unit, chosen.name)):
        raise WrongWord("say what to change: --role, --quartier, --unit or --name.")
    return Wanted(
        role=None if chosen.role is None else role_named(chosen.role),
        quartiers=None if chosen.quartier is None else tuple(quartiers_named(city, chosen.quartier)),
        unit=chosen.unit,
        name=chosen.name,
    )


def _tell_what_was_taken_back(ended: Ended) -> None:
    if ended.withdrawn:
        print(f"Taken back: {ended.withdrawn} of their news that had not left.")


def revoke_(settings: Settings, chosen: argparse.Namespace) -> int:
    city = load(find(settings.city))
    try:
        with _desk(settings) as desk, desk.work() as work:
            ended = revoke_and_tell(work, city, number_in(chosen.id))
    except NoSuchPost:
        return _refused(NOBODY.format(id=chosen.id))
    except LastAdmin:
        return _refused(LAST_ADMIN)
    print(f"Revoked: {line(city, ended.before)}.")
    _tell_what_was_taken_back(ended)
    return 0


def cancel_(settings: Settings, chosen: argparse.Namespace) -> int:
    city = load(find(settings.city))
    try:
        with _desk(settings) as desk, desk.work() as work:
            gone = cancel_invitation(work, number_in(chosen.id))
    except NoSuchInvitation:
        return _refused(f"no invitation {chosen.id} can be taken now. `parvis staff list` shows those that can.")
    print(f"Cancelled: {invited_line(city, gone)}.")
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
