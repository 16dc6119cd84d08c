"""What the operator types: parvis serve, migrate, check, reports, move, staff, forget."""

import argparse
import asyncio
import logging
import os
import signal
import socket
import sys
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from bot.city.folder import NoSuchTown, find
from bot.city.load import CityMistakes, load
from bot.cli_check import check
from bot.cli_reports import add_reports, reports
from bot.cli_staff import add_staff
from bot.imports import import_news
from bot.news.entries import FeedTrouble
from bot.news.feeds import in_a_sentence
from bot.people.forget import find_resident
from bot.people.staff import is_the_last_admin
from bot.pictures.model import PicturesUnwritable
from bot.reports.model import MoveRefused, State, UnknownReport, clean_ref
from bot.settings import Settings, SettingsWrong, read_settings
from bot.start import CannotStart, event_loops, keep_for_good, listen, take_short_turns, utc_now
from bot.storage.database import DatabaseUnusable, open_database
from bot.storage.migrate import current, migrate
from bot.storage.trouble import trouble
from bot.storage.work import Desk
from flows.leaving import erase
from flows.report_followup import move_and_tell

if TYPE_CHECKING:
    from bot.app import App

ANOTHER_ADMIN = "Invite another one: parvis staff invite --role admin"

EXPECTED = (CannotStart, CityMistakes, DatabaseUnusable, FeedTrouble, NoSuchTown, PicturesUnwritable, SettingsWrong)


def main(arguments: list[str] | None = None) -> int:
    """Run a command; gives the exit code: 0 done, 1 a mistake said in one sentence, 2 a wrong command."""
    chosen = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for talkative in ("alembic", "apscheduler", "uvicorn"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    try:
        settings = read_settings()
        done: int = chosen.command(settings, chosen)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read our words has gone, as `head` does; Python would complain again at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except EXPECTED as wrong:
        return _refused(str(wrong))
    except DBAPIError as failure:
        told = trouble(failure)
        if told is None:
            raise
        return _refused(str(told))
    return done


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="parvis", description="The civic assistant of a town.")
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(name: str, about: str, command: object) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=about, description=about)
        one.set_defaults(command=command)
        return one

    add("serve", "Run the bot: web chat, and Telegram when a token is set.", serve)
    add("migrate", "Make or update the tables of the database.", migrate_)
    add("check", "Say what is configured, what answers, and what is missing.", check)
    add_reports(add("reports", "What residents reported, and what waits for an answer.", reports))
    moving = add("move", "Move a report along, and tell those who follow it.", move)
    moving.add_argument("ref", help="the report's number, for example BB-7K3F")
    moving.add_argument("state", choices=[state.value for state in State], help="what it becomes")
    moving.add_argument("--note", default="", help="words for the residents who follow it; never a name")
    add_staff(commands.add_parser("staff", help="Invite, list and revoke those who work for the town."))
    importing = add("import", "Bring in what another site publishes.", import_)
    importing.add_argument("what", choices=["news"], help="what is brought in")
    importing.add_argument("feed", help="an RSS or Atom feed: its http(s) address, or a file")
    importing.add_argument("--topic", default="", help="what its entries are about: the key of a topic of the town")
    importing.add_argument(
        "--quartier", type=int, nargs="+", default=[], help="whom they are for; the whole town if left out"
    )
    importing.add_argument("--trusted", action="store_true", help="send them without waiting for approval")
    forgetting = add("forget", "Erase everything about a person.", forget_)
    forgetting.add_argument("channel", help="telegram or web")
    forgetting.add_argument("external", help="their address there: for Telegram the number of the chat")
    forgetting.add_argument(
        "--last-admin", action="store_true", help="even if nobody in the team could invite any more afterwards"
    )
    return parser


def serve(settings: Settings, _chosen: argparse.Namespace) -> int:
    from bot.app import App  # takes a second to import, which no other command needs

    listening = listen(settings.host, settings.port)
    try:
        with asyncio.Runner(loop_factory=event_loops()) as runner:
            runner.run(_serve(settings, App(settings), listening))
    finally:
        listening.close()
    return 0


async def _serve(settings: Settings, app: "App", listening: socket.socket) -> None:
    from bot.app import ready_lines

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)

    def ready() -> None:
        keep_for_good()
        take_short_turns()
        print("\n".join(ready_lines(app, settings.data)), flush=True)

    await app.serve(listening, stop, ready)


def migrate_(settings: Settings, _chosen: argparse.Namespace) -> int:
    engine = open_database(settings.database)
    migrate(engine)
    print(f"The database is at revision {current(engine)}.")
    return 0


def move(settings: Settings, chosen: argparse.Namespace) -> int:
    city = load(find(settings.city))
    ref = clean_ref(chosen.ref, city.prefix) or chosen.ref.upper()
    desk = Desk(open_database(settings.database), utc_now)
    try:
        with desk.work() as work:
            move_and_tell(
                work,
                city,
                lambda path: settings.address + path,
                ref,
                State(chosen.state),
                None,
                chosen.note,
            )
    except (MoveRefused, UnknownReport) as wrong:
        sentence = str(wrong) if isinstance(wrong, MoveRefused) else f"there is no report {ref}."
        print(f"parvis: {sentence}", file=sys.stderr)
        return 1
    finally:
        desk.close()
    print(f"{ref} is now {chosen.state}. Those who follow it are being told.")
    return 0


def import_(settings: Settings, chosen: argparse.Namespace) -> int:
    taken = import_news(settings, chosen.feed, chosen.topic, tuple(chosen.quartier), trusted=chosen.trusted)
    print(in_a_sentence([taken]))
    for item in (*taken.held, *taken.planned):
        print(f"{item.ref}  {item.state:8}  {next(iter(item.texts.values())).title}")
    return 0


def forget_(settings: Settings, chosen: argparse.Namespace) -> int:
    desk = Desk(open_database(settings.database), utc_now)
    try:
        with desk.work() as work:
            resident = find_resident(work, chosen.channel, chosen.external)
            last = resident is not None and is_the_last_admin(work, resident)
            if last and not chosen.last_admin:
                return _refused(f"this is the last admin of the team. {ANOTHER_ADMIN}, or add --last-admin.")
            erased = erase(work, resident) if resident is not None else 0
    finally:
        desk.close()
    if not erased:
        return _refused(f"nobody is known on {chosen.channel} as {chosen.external}.")
    print(f"Erased: {erased} address{'es' if erased > 1 else ''} and everything that hung on them.")
    if last:
        print(f"Nobody in the team can invite any more. {ANOTHER_ADMIN}.")
    return 0


def _refused(sentence: str) -> int:
    print(f"parvis: {sentence}", file=sys.stderr)
    return 1
