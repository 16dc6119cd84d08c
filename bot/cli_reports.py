"""What the operator types to see what residents reported: parvis reports. Until the team has it in the chat."""

import argparse
import csv
import sys
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from bot.city.folder import find
from bot.city.load import load
from bot.city.model import City, Place
from bot.cli_staff_words import WrongWord, quartiers_named
from bot.pictures.keep import Pictures
from bot.reports.listing import Wanted, list_reports
from bot.reports.model import Report
from bot.settings import Settings
from bot.start import utc_now
from bot.storage.database import open_database
from bot.storage.work import Desk
from flows.report_cards import body_name, category_name

COLUMNS = ("ref", "since", "state", "due", "late", "category", "responsible", "quartier", "place", "followers", "page")

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet would run what begins like this."""


def add_reports(listing: argparse.ArgumentParser) -> None:
    """The options of `parvis reports`."""
    listing.add_argument("--open", action="store_true", help="only those that wait for something")
    listing.add_argument(
        "--late", action="store_true", help="only those whose answer should have been given before today"
    )
    listing.add_argument("--days", type=int, default=0, help="only those of so many days back")
    listing.add_argument("--quartier", default="", help="only those of a quartier: its number or name")
    listing.add_argument("--responsible", default="", help="only those of one who is responsible: the key or the name")
    listing.add_argument("--csv", action="store_true", help="as a table, without any word of residents")


def reports(settings: Settings, chosen: argparse.Namespace) -> int:
    city = load(find(settings.city))
    today = utc_now().astimezone(city.zone).date()
    try:
        wanted = _wanted(city, chosen, today)
    except WrongWord as wrong:
        print(f"parvis: {wrong}", file=sys.stderr)
        return 1
    desk = Desk(open_database(settings.database), utc_now)
    try:
        with desk.reading() as work:
            found = list_reports(work, wanted)
    finally:
        desk.close()
    rows = [_row(city, report, today, lambda path: settings.address + path) for report in found]
    if chosen.csv:
        _table(rows)
    else:
        _lines(rows, found, Pictures(settings.data / "photos"))
    return 0


def _wanted(city: City, chosen: argparse.Namespace, today: date) -> Wanted:
    return Wanted(
        only_open=chosen.open,
        late_on=today if chosen.late else None,
        since=utc_now() - timedelta(days=chosen.days) if chosen.days > 0 else None,
        quartier=quartiers_named(city, [chosen.quartier])[0] if chosen.quartier else None,
        body=_body(city, chosen.responsible) if chosen.responsible else "",
    )


def _body(city: City, typed: str) -> str:
    language = city.languages[0]
    for body in city.bodies:
        if typed.casefold() in (body.key.casefold(), city.say(body.name, language).casefold()):
            return body.key
    known = ", ".join(f"{body.key} ({city.say(body.name, language)})" for body in city.bodies)
    raise WrongWord(f"nobody called “{typed}” is responsible for anything. Choose among: {known}.")


def _row(city: City, report: Report, today: date, page: Callable[[str], str]) -> dict[str, str]:
    """What a report says without a word of whoever made it: where it is comes from the town's own map."""
    language = city.languages[0]
    quartier = city.quartier(report.quartier) if report.quartier else None
    point = Place(report.place.latitude, report.place.longitude)
    due = report.promised_on if report.is_open else None
    return {
        "ref": report.ref,
        "since": f"{report.created_at.astimezone(city.zone):%Y-%m-%d}",
        "state": report.state.value,
        "due": due.isoformat() if due else "",
        "late": "late" if due and due < today else "",
        "category": category_name(city, report.category, language),
        "responsible": body_name(city, report.body, language),
        "quartier": quartier.name if quartier else "",
        "place": city.describe(point) if point.latitude is not None else "",
        "followers": str(report.followers),
        "page": page(f"/signalements/{report.ref}"),
    }


def _table(rows: Sequence[dict[str, str]]) -> None:
    writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: f"'{value}" if value.startswith(FORMULA) else value for name, value in row.items()})


def _lines(rows: Sequence[dict[str, str]], found: Sequence[Report], pictures: Pictures) -> None:
    """For those who work on them: with the words of the resident too, their photos, and the place as they said it."""
    for row, report in zip(rows, found, strict=True):
        due = f", answer due {row['due']}" if row["due"] else ""
        late = " (late)" if row["late"] else ""
        where = ", ".join(dict.fromkeys(filter(None, (report.place.label or row["place"], row["quartier"]))))
        print(f"{row['ref']}  {row['since']}  {row['state']}{due}{late}")
        print(f"    {row['category']} — {row['responsible']}")
        print(f"    {where or 'no place'}")
        if report.words:
            print(f"    « {' '.join(report.words.split())} »")
        print(f"    {row['page']}")
        for key in report.pictures:
            print(f"    {pictures.path(key)}")
    print(f"{len(found)} report{'' if len(found) == 1 else 's'}.")
