"""parvis check: what is configured, what answers, what is missing. Changes nothing."""

import argparse
import asyncio
import contextlib
import ipaddress
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from bot.city.folder import NoSuchTown, find
from bot.city.load import CityMistakes, load
from bot.settings import Settings
from bot.start import utc_now
from bot.storage.database import DatabaseUnusable, open_database
from bot.storage.heard import count_set_aside, heard
from bot.storage.migrate import NEWER, current, head, is_known
from bot.storage.trouble import trouble
from bot.storage.work import Desk

Finding = tuple[bool, str]
"""Whether all is well, and a sentence about it."""

PATIENCE = 5.0
"""Seconds that an address of ours has to answer."""


_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_AS_OTHERS = urllib.request.build_opener()
"""Through the proxy of this machine's environment, if it has one."""


def check(settings: Settings, _chosen: argparse.Namespace) -> int:
    """Plain sentences, one a finding; exit code 1 when something must be mended."""
    looks = (_town, _database, _photos, _rate, _telegram, _pages, _proxies)
    findings = [finding for look in looks for finding in _found(look, settings)]
    for fine, sentence in findings:
        print(f"{'ok ' if fine else 'MEND'} {sentence}")
    return 0 if all(fine for fine, _sentence in findings) else 1


def _found(look: Callable[[Settings], list[Finding]], settings: Settings) -> list[Finding]:
    """What a look finds; what it cannot get past is a finding too, and the other looks are still taken."""
    try:
        return look(settings)
    except (CityMistakes, DatabaseUnusable, NoSuchTown) as wrong:
        return [(False, str(wrong))]
    except DBAPIError as failure:
        told = trouble(failure)
        if told is None:
            raise
        return [(False, str(told))]


def _town(settings: Settings) -> list[Finding]:
    city = load(find(settings.city))
    missing = [(True, f"Town: {mistake}") for mistake in city.untranslated]
    official = "" if city.quartiers_official else " The limits of its quartiers are approximate."
    return [(True, f"Town: {city.name}, {len(city.categories)} categories.{official}"), *missing]


def _database(settings: Settings) -> list[Finding]:
    file = _file(settings)
    if file is not None:
        if refused := _refuses_files(file.parent):
            return [(False, f"{refused} Give PARVIS_DATA a folder that can be written.")]
        if not file.exists():
            return [(True, "Database: none yet; the first `parvis serve` makes it.")]
    engine = open_database(settings.database)
    try:
        at = current(engine)
        if at is None:
            return [(True, "Database: empty; the first `parvis serve` makes the tables.")]
        if not is_known(at):
            return [(False, f"Database: {NEWER}")]
        if at != head():
            return [(False, f"Database: at revision {at}, this version expects {head()}. Run `parvis migrate`.")]
        _try_to_write(engine)
        return [(True, f"Database: {engine.dialect.name}, up to date, can be written."), *_set_aside(engine)]
    finally:
        engine.dispose()


def _file(settings: Settings) -> Path | None:
    """Where an SQLite database is, or would be; opening it would make it."""
    with contextlib.suppress(ArgumentError):  # `open_database` says so
        url = make_url(settings.database)
        if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
            return Path(url.database)
    return None


def _try_to_write(engine: Engine) -> None:
    """A row, taken back at once. SQLite begins a transaction even on a file that it cannot write."""
    with engine.connect() as connection, connection.begin() as transaction:
        connection.execute(insert(heard).values(channel="check", key="parvis check", heard_at=utc_now()))
        transaction.rollback()


def _set_aside(engine: Engine) -> list[Finding]:
    desk = Desk(engine, utc_now)
    with desk.reading() as work:
        aside = count_set_aside(work)
    desk.close()
    if not aside:
        return []
    return [(False, f"Database: {aside} updates could not be handled; see the table set_aside for the causes.")]


def _photos(settings: Settings) -> list[Finding]:
    refused = _refuses_files(settings.data / "photos")
    if refused:
        return [(False, f"{refused} Photos of residents could not be kept.")]
    return [(True, f"Photos: {settings.data / 'photos'} can be written.")]


def _refuses_files(folder: Path) -> str:
    """Why no file can be made in a folder, or in the one it would be made in; an empty text if one can."""
    there = folder.absolute()
    while not there.exists():
        there = there.parent
    try:
        with tempfile.TemporaryFile(dir=there):
            return ""
    except OSError as wrong:
        return f"Cannot write in {there}: {wrong.strerror}."


def _rate(settings: Settings) -> list[Finding]:
    rate = settings.telegram_rate
    paid = " Beyond 30 the town pays for each in Stars; Telegram must have allowed it." if rate > 30 else ""
    return [(True, f"Pace: at most {rate} messages a second on Telegram, a sixth of them kept for replies.{paid}")]


def _telegram(settings: Settings) -> list[Finding]:
    if settings.telegram_token is None:
        return [(True, "Telegram: no token, so only the web chat works. Add PARVIS_TELEGRAM_TOKEN to open it.")]
    from handlers.telegram.checking import check_token  # takes seconds to import

    delivered_to = settings.public_url if settings.telegram_mode == "webhook" else ""
    token = settings.telegram_token.get_secret_value()
    return asyncio.run(check_token(token, settings.telegram_api, delivered_to))


def _pages(settings: Settings) -> list[Finding]:
    """Whether a Parvis is being served, here and under its public address."""
    here = settings.local_address
    found: list[Finding] = []
    answer = _answer(here, _DIRECT)
    if answer is None:
        found.append((True, f"Pages: nothing answers at {here}; `parvis serve` does."))
    elif answer:
        found.append((True, f"Pages: Parvis answers at {here}."))
    else:
        found.append(
            (False, f"Pages: another program answers at {here}. Stop it, or choose another port: PARVIS_HTTP.")
        )
    if not settings.public_url:
        told = f"Pages: links lead to {settings.address}; set PARVIS_PUBLIC_URL for people outside."
        return [*found, (True, told)]
    if _answer(settings.public_url, _AS_OTHERS):
        found.append((True, f"Pages: Parvis answers at {settings.public_url}."))
    elif answer:
        told = (
            f"Pages: Parvis is served, but {settings.public_url} does not lead to it. Look at the proxy and the name."
        )
        found.append((False, told))
    else:
        found.append((True, f"Pages: links lead to {settings.public_url}, where Parvis does not answer now."))
    return found


def _answer(address: str, ask: urllib.request.OpenerDirector) -> bool | None:
    """Whether it is Parvis that answers there; None when nobody does."""
    try:
        with ask.open(f"{address}/healthz", timeout=PATIENCE) as answer:
            return b'"alive"' in answer.read(1000)
    except urllib.error.HTTPError:
        return False
    except (OSError, ValueError):
        return None


def _proxies(settings: Settings) -> list[Finding]:
    """Only what is published has a proxy in front."""
    if not settings.public_url:
        return []
    named = ", ".join(settings.trusted_proxies) or "nobody"
    told = f"Proxies: who visitors are is believed of {named}."
    local = all(ipaddress.ip_network(one).is_loopback for one in settings.trusted_proxies)
    hint = " Is the proxy elsewhere, or Parvis in a container? Then name it in PARVIS_PROXIES." if local else ""
    return [(True, told + hint)]
