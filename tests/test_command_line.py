"""What the operator types, and what they are told."""

import asyncio
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from bot.delivery.outbox import letter
from bot.people.invite import take_invitation
from bot.people.store import meet
from bot.start import utc_now
from bot.storage.alone import alone
from bot.storage.database import open_database
from bot.storage.migrate import current, migrate
from bot.storage.work import Desk
from tests.kit.command import ROOT, environment, parvis, parvis_process
from tests.kit.telegram import BotApiServer


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def serving(tmp_path: Path, free_port: int) -> Iterator[subprocess.Popen[str]]:
    place = environment({"PARVIS_DATA": str(tmp_path), "PARVIS_HTTP": f"127.0.0.1:{free_port}"})
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve"], cwd=ROOT, env=place, stdout=subprocess.PIPE, text=True
    )
    yield process
    process.kill()
    process.wait()


def test_serving_says_where_to_click_and_stops_in_good_order(
    serving: subprocess.Popen[str], free_port: int, tmp_path: Path
) -> None:
    assert serving.stdout is not None
    said = "".join(serving.stdout.readline() for _line in range(5))
    assert f"http://127.0.0.1:{free_port}/chat" in said
    assert "PARVIS_TELEGRAM_TOKEN" in said
    assert str(tmp_path) in said
    assert httpx.get(f"http://127.0.0.1:{free_port}/readyz").json()["ready"] is True
    serving.send_signal(signal.SIGTERM)
    assert serving.wait(15) == 0


def test_a_served_bot_shows_its_news_its_feeds_and_its_figures(
    serving: subprocess.Popen[str], free_port: int, tmp_path: Path
) -> None:
    assert serving.stdout is not None
    assert "ready" in serving.stdout.readline()
    address = f"http://127.0.0.1:{free_port}"
    assert "Actualités des quartiers" in httpx.get(f"{address}/").text
    assert "Rien à annoncer" in httpx.get(f"{address}/actualites").text
    assert httpx.get(f"{address}/actualites/3.atom").headers["content-type"].startswith("application/atom+xml")
    figures = httpx.get(f"{address}/metrics").text
    assert 'parvis_letters_waiting{lane="reply"} 0.0' in figures
    assert "parvis_on_duty 1.0" in figures


def test_a_second_bot_on_the_same_folder_is_refused_in_a_sentence(
    serving: subprocess.Popen[str], free_port: int, tmp_path: Path
) -> None:
    assert serving.stdout is not None
    assert "ready" in serving.stdout.readline()
    done = parvis_process("serve", PARVIS_DATA=str(tmp_path), PARVIS_HTTP="127.0.0.1:0")
    assert done.returncode == 1
    assert f"process {serving.pid}" in done.stderr
    assert "PARVIS_DATA" in done.stderr
    assert "Traceback" not in done.stderr
    checked = parvis_process("check", PARVIS_DATA=str(tmp_path), PARVIS_HTTP=f"127.0.0.1:{free_port}")
    assert checked.returncode == 0  # commands are not kept out
    assert "Parvis answers at" in checked.stdout
    serving.kill()
    serving.wait()
    assert "ready" in _first_line(tmp_path)


def _first_line(folder: Path) -> str:
    """What a bot started on the folder says first."""
    place = environment({"PARVIS_DATA": str(folder), "PARVIS_HTTP": "127.0.0.1:0"})
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "serve"], cwd=ROOT, env=place, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        process.terminate()
    return said


def test_a_taken_port_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = parvis_process("serve", PARVIS_DATA=str(tmp_path), PARVIS_HTTP=f"127.0.0.1:{other.getsockname()[1]}")
    assert done.returncode == 1
    assert "Cannot listen" in done.stderr
    assert "PARVIS_HTTP" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_made_is_said_in_a_sentence(tmp_path: Path, free_port: int) -> None:
    (tmp_path / "file").write_text("")
    done = parvis("serve", PARVIS_DATA=str(tmp_path / "file" / "data"), PARVIS_HTTP=f"127.0.0.1:{free_port}")
    assert done.returncode == 1
    assert "PARVIS_DATA" in done.stderr
    assert "Traceback" not in done.stderr


def test_something_that_is_no_token_is_said_in_a_sentence(tmp_path: Path, free_port: int) -> None:
    done = parvis(
        "serve", PARVIS_DATA=str(tmp_path), PARVIS_HTTP=f"127.0.0.1:{free_port}", PARVIS_TELEGRAM_TOKEN="nonsense"
    )
    assert done.returncode == 1
    assert "@BotFather" in done.stderr
    assert "nonsense" not in done.stderr


def test_a_database_that_is_served_is_not_changed_under_its_process(tmp_path: Path, free_port: int) -> None:
    place = {"PARVIS_DATA": str(tmp_path), "PARVIS_HTTP": f"127.0.0.1:{free_port}"}
    engine = open_database(f"sqlite:///{tmp_path}/parvis.db")
    migrate(engine, to="0001")
    lock = alone(engine)
    assert lock.hold()
    done = parvis_process("serve", **place)
    assert (done.returncode, current(engine)) == (1, "0001")
    assert "already serves" in done.stderr
    assert done.stderr.count("\n") == 1
    lock.let_go()
    engine.dispose()


def test_a_database_from_a_newer_version_is_left_alone(tmp_path: Path, free_port: int) -> None:
    assert parvis("migrate", PARVIS_DATA=str(tmp_path)).returncode == 0
    engine = open_database(f"sqlite:///{tmp_path}/parvis.db")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    done = parvis("serve", PARVIS_DATA=str(tmp_path), PARVIS_HTTP=f"127.0.0.1:{free_port}")
    assert done.returncode == 1
    assert "newer version" in done.stderr


def test_a_wrong_setting_is_named_and_its_value_is_not_shown(tmp_path: Path) -> None:
    wrong = {"PARVIS_HTTP": "8080", "PARVIS_PUBLIC_URL": "ville.example", "PARVIS_METRICS": "easy-to-guess"}
    done = parvis_process("check", PARVIS_DATA=str(tmp_path), **wrong)
    assert done.returncode == 1
    assert "PARVIS_METRICS: write “open”, or a token of 16 characters or more" in done.stderr
    assert "easy-to-guess" not in done.stderr
    assert "PARVIS_HTTP" in done.stderr
    assert "PARVIS_PUBLIC_URL" in done.stderr


def test_the_webhook_needs_a_public_address(tmp_path: Path) -> None:
    done = parvis("serve", PARVIS_DATA=str(tmp_path), PARVIS_TELEGRAM_TOKEN="1:a", PARVIS_TELEGRAM_MODE="webhook")
    assert done.returncode == 1
    assert "PARVIS_PUBLIC_URL" in done.stderr


def test_a_town_that_is_not_there_is_said_with_those_that_are(tmp_path: Path) -> None:
    done = parvis("check", PARVIS_DATA=str(tmp_path), PARVIS_CITY="atlantide")
    assert done.returncode == 1
    assert "atlantide" in done.stdout
    assert "boulogne-billancourt" in done.stdout


def test_check_says_what_is_configured(tmp_path: Path) -> None:
    parvis_process("migrate", PARVIS_DATA=str(tmp_path))
    done = parvis_process("check", PARVIS_DATA=str(tmp_path), PARVIS_HTTP="127.0.0.1:1")
    assert done.returncode == 0
    assert "up to date" in done.stdout
    assert "no token" in done.stdout


def test_forgetting_somebody_unknown_says_so(tmp_path: Path) -> None:
    parvis("migrate", PARVIS_DATA=str(tmp_path))
    done = parvis("forget", "telegram", "12345", PARVIS_DATA=str(tmp_path))
    assert done.returncode == 1
    assert "nobody is known" in done.stderr


def test_moving_an_unknown_report_says_so(tmp_path: Path) -> None:
    parvis("migrate", PARVIS_DATA=str(tmp_path))
    done = parvis("move", "BB-7K3F", "done", PARVIS_DATA=str(tmp_path))
    assert done.returncode == 1
    assert "no report BB-7K3F" in done.stderr


ENTRY = "<item><title>{title}</title><guid>{title}</guid><pubDate>{date}</pubDate></item>"


def a_feed(path: Path, *titles: str) -> Path:
    items = "".join(ENTRY.format(title=title, date=format_datetime(datetime.now(UTC))) for title in titles)
    path.write_text(f'<rss version="2.0"><channel><title>GPSO</title>{items}</channel></rss>', encoding="utf-8")
    return path


def test_a_feed_in_a_file_is_imported_once(tmp_path: Path) -> None:
    feed = str(a_feed(tmp_path / "gpso.xml", "Collecte", "Travaux"))
    done = parvis("import", "news", feed, "--topic", "travaux", "--quartier", "3", "4", PARVIS_DATA=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "2 wait for approval, 0 planned, 0 known already" in done.stdout
    assert re.search(r"AC-\w{6}  review +Collecte", done.stdout)
    again = parvis("import", "news", feed, "--topic", "travaux", "--trusted", PARVIS_DATA=str(tmp_path))
    assert "0 wait for approval, 0 planned, 2 known already" in again.stdout


def test_what_is_urgent_is_never_imported_as_trusted(tmp_path: Path) -> None:
    feed = str(a_feed(tmp_path / "gpso.xml", "Collecte"))
    done = parvis("import", "news", feed, "--topic", "urgent", "--trusted", PARVIS_DATA=str(tmp_path))
    assert done.returncode != 0
    assert "“urgent” is urgent and wakes people up: its news wait for approval" in done.stderr + done.stdout


def test_a_trusted_feed_is_planned_at_once(tmp_path: Path) -> None:
    feed = str(a_feed(tmp_path / "gpso.xml", "Collecte"))
    done = parvis("import", "news", feed, "--topic", "travaux", "--trusted", PARVIS_DATA=str(tmp_path))
    assert "0 wait for approval, 1 planned" in done.stdout
    assert re.search(r"AC-\w{6}  planned +Collecte", done.stdout)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["{feed}"], "--topic with one of travaux, quartier"),
        (["{feed}", "--topic", "potins"], "there is no topic “potins”"),
        (["{feed}", "--topic", "travaux", "--quartier", "99"], "There is no quartier 99"),
        (["{feed}.old", "--topic", "travaux"], "cannot be read: No such file"),
        (["{page}", "--topic", "travaux"], "neither RSS nor Atom"),
        (["file:///etc/passwd", "--topic", "travaux"], "Only http:// and https://"),
        (["http://127.0.0.1:1/rss", "--topic", "travaux"], "127.0.0.1 cannot be reached"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_imported_is_said_in_a_sentence(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    feed = a_feed(tmp_path / "gpso.xml", "Collecte")
    page = tmp_path / "page.html"
    page.write_text("<html><body>Accueil</body></html>")
    given = [one.format(feed=feed, page=page) for one in arguments]
    done = parvis("import", "news", *given, PARVIS_DATA=str(tmp_path))
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


# The team


def invited(*arguments: str, **place: str) -> str:
    """Invite somebody; gives the code."""
    done = parvis("staff", "invite", *arguments, **place)
    assert done.returncode == 0, done.stderr
    found = re.search(r"Code: +(\S+)", done.stdout)
    assert found, done.stdout
    return found[1]


def test_an_invitation_is_printed_with_what_to_do_with_it(tmp_path: Path) -> None:
    done = parvis_process(
        "staff", "invite", "--role", "conseiller", "--quartier", "3", "Centre-Ville", "--name", "Anne Martin",
        PARVIS_DATA=str(tmp_path), PARVIS_PUBLIC_URL="https://parvis.example",
    )  # fmt: skip
    assert done.returncode == 0
    assert "Anne Martin: conseiller of Billancourt – Rives de Seine, Centre-Ville." in done.stdout
    code = re.search(r"Code: +(\S+)", done.stdout)
    assert code
    assert f"https://parvis.example/chat?start=e_{code[1]}" in done.stdout
    assert f"/equipe {code[1]}" in done.stdout
    assert "Telegram:" not in done.stdout
    listed = parvis("staff", "list", PARVIS_DATA=str(tmp_path), PARVIS_PUBLIC_URL="https://parvis.example").stdout
    assert "invited: Anne Martin, conseiller of Billancourt – Rives de Seine, Centre-Ville, until" in listed
    assert "Nobody yet." in listed
    assert code[1] not in listed
    audit = parvis("staff", "audit", PARVIS_DATA=str(tmp_path)).stdout
    assert "operator  staff.invite  conseiller" in audit
    assert code[1] not in audit


async def test_an_invitation_has_a_link_to_telegram_when_there_is_a_token(tmp_path: Path) -> None:
    async with BotApiServer() as telegram:
        place = {
            "PARVIS_DATA": str(tmp_path),
            "PARVIS_TELEGRAM_TOKEN": telegram.token,
            "PARVIS_TELEGRAM_API": telegram.address,
        }
        done = await asyncio.to_thread(parvis, "staff", "invite", "--role", "admin", **place)
    assert done.returncode == 0, done.stderr
    assert re.search(r"Telegram: +https://t\.me/parvis_test_bot\?start=e_[\w-]+\n", done.stdout)
    assert telegram.token not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--role", "maire"), "Choose one of: conseiller, agent, moderator, admin."),
        (("--role", "conseiller", "--quartier", "99"), "Choose among: 1 Parchamp"),
        (("--role", "conseiller"), "at least one quartier"),
        (("--role", "agent"), "for example Voirie"),
        (("--role", "admin", "--quartier", "1"), "Only a conseiller has quartiers"),
    ],
)
def test_a_role_that_cannot_be_given_is_said_in_a_sentence(
    tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    done = parvis("staff", "invite", *arguments, PARVIS_DATA=str(tmp_path))
    assert done.returncode == 1
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_the_team_is_listed_and_the_last_admin_stays(tmp_path: Path) -> None:
    place = {"PARVIS_DATA": str(tmp_path)}
    codes = [invited("--role", "admin", "--name", "Karim Benali", **place), invited("--role", "moderator", **place)]
    desk = Desk(open_database(f"sqlite:///{tmp_path}/parvis.db"), utc_now)
    with desk.work() as work:
        for at, code in enumerate(codes):
            (person,) = meet(work, [("web", f"browser-{at}", "fr")])
            assert take_invitation(work, person.id, code, "Anne Martin").post
    desk.close()
    karim, anne = parvis("staff", "list", **place).stdout.splitlines()
    assert "Karim Benali, admin, since" in karim
    assert "Anne Martin, moderator, since" in anne
    refused = parvis("staff", "revoke", karim.split()[0], **place)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "Invite another one first" in refused.stderr
    assert parvis("staff", "revoke", anne.split()[0], **place).stdout.startswith("Revoked: ")
    assert parvis("staff", "revoke", anne.split()[0], **place).returncode == 1
    assert len(parvis("staff", "list", **place).stdout.splitlines()) == 1
    assert "staff.revoke" in parvis("staff", "audit", "--about", anne.split()[0], "--days", "1", **place).stdout


def a_team(folder: Path) -> list[str]:
    """An admin and a conseiller; the numbers of their roles."""
    place = {"PARVIS_DATA": str(folder)}
    codes = [
        invited("--role", "admin", "--name", "Karim Benali", **place),
        invited("--role", "conseiller", "--quartier", "3", "--name", "Anne Martin", **place),
    ]
    desk = Desk(open_database(f"sqlite:///{folder}/parvis.db"), utc_now)
    with desk.work() as work:
        for at, code in enumerate(codes):
            (person,) = meet(work, [("web", f"browser-{at}", "fr")])
            assert take_invitation(work, person.id, code).post
    desk.close()
    return [line.split()[0] for line in parvis("staff", "list", **place).stdout.splitlines()]


def test_a_role_is_changed_and_its_holder_told(tmp_path: Path) -> None:
    place = {"PARVIS_DATA": str(tmp_path)}
    _karim, anne = a_team(tmp_path)
    done = parvis("staff", "change", anne, "--role", "agent", "--unit", "Voirie", "--name", "Anne Duval", **place)
    before, now = done.stdout.splitlines()
    assert before.startswith(f"Before:  {anne}  Anne Martin, conseiller of Billancourt – Rives de Seine, since")
    assert now.startswith(f"Now:     {anne}  Anne Duval, agent of Voirie, since")
    assert "Anne Duval, agent of Voirie" in parvis("staff", "list", **place).stdout
    audit = parvis("staff", "audit", "--about", anne, **place).stdout
    assert "operator  staff.change" in audit
    assert '"before":{"role":"conseiller","quartiers":[3],"unit":""}' in audit
    assert parvis("staff", "change", anne, "--role", "conseiller", "--quartier", "1", "Centre-Ville", **place).stdout
    assert parvis("staff", "revoke", anne, **place).stdout.startswith("Revoked: ")
    desk = Desk(open_database(f"sqlite:///{tmp_path}/parvis.db"), utc_now)
    with desk.reading() as work:
        told = [str(payload) for payload in work.connection.scalars(select(letter.c.payload).order_by(letter.c.id))]
    desk.close()
    assert len(told) == 3
    assert "Service de la ville : Voirie" in told[0]
    assert "Anne Duval" in told[0]
    assert "Vous n’avez plus ce rôle" in told[2]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("anne",), "say what to change: --role, --quartier, --unit or --name."),
        (("anne", "--role", "maire"), "Choose one of: conseiller, agent, moderator, admin."),
        (("anne", "--role", "agent"), "for example Voirie"),
        (("anne", "--quartier", "99"), "Choose among: 1 Parchamp"),
        (("anne", "--quartier", "3"), "it is so already"),
        (("anne", "--unit", "Voirie"), "Only an agent has a service"),
        (("anne", "--name", ""), "Residents must see a name."),
        (("karim", "--role", "moderator"), "this is the last admin."),
        (("12", "--name", "Anne Duval"), "nobody has the role 12."),
        (("x", "--name", "Anne Duval"), "nobody has the role x."),
    ],
)
def test_a_role_that_cannot_be_changed_is_said_in_a_sentence(
    team: dict[str, str], arguments: tuple[str, ...], sentence: str
) -> None:
    who, *wanted = arguments
    done = parvis("staff", "change", team.get(who, who), *wanted, PARVIS_DATA=team["folder"])
    assert (done.returncode, done.stdout) == (1, "")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Made once for all that changes nothing."""
    folder = tmp_path_factory.mktemp("team")
    karim, anne = a_team(folder)
    return {"folder": str(folder), "karim": karim, "anne": anne}


def test_an_invitation_is_cancelled_once(tmp_path: Path) -> None:
    place = {"PARVIS_DATA": str(tmp_path)}
    invited("--role", "moderator", **place)
    number = parvis("staff", "list", **place).stdout.split()[0]
    assert parvis("staff", "cancel", number, **place).stdout.startswith(f"Cancelled: {number}  invited: moderator")
    again = parvis("staff", "cancel", number, **place)
    assert (again.returncode, again.stdout) == (1, "")
    assert "`parvis staff list` shows those that can" in again.stderr
    assert "invited" not in parvis("staff", "list", **place).stdout


def test_the_last_admin_is_only_erased_on_purpose(tmp_path: Path) -> None:
    place = {"PARVIS_DATA": str(tmp_path)}
    code = invited("--role", "admin", "--name", "Karim Benali", **place)
    desk = Desk(open_database(f"sqlite:///{tmp_path}/parvis.db"), utc_now)
    with desk.work() as work:
        (person,) = meet(work, [("web", "browser-1", "fr")])
        assert take_invitation(work, person.id, code).post
    desk.close()
    refused = parvis("forget", "web", "browser-1", **place)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "Invite another one: parvis staff invite --role admin" in refused.stderr
    done = parvis("forget", "web", "browser-1", "--last-admin", **place)
    assert done.stdout.startswith("Erased: 1 address")
    assert "parvis staff invite --role admin" in done.stdout
    assert "operator  staff.left" in parvis("staff", "audit", **place).stdout


def test_the_rate_of_telegram_is_a_number_from_1_to_1000(tmp_path: Path) -> None:
    for wrong in ("0", "1001", "vite"):
        done = parvis("check", PARVIS_DATA=str(tmp_path), PARVIS_TELEGRAM_RATE=wrong)
        assert done.returncode == 1
        assert "PARVIS_TELEGRAM_RATE: write a number of messages a second from 1 to 1000" in done.stderr
    assert "30 messages a second" in parvis("check", PARVIS_DATA=str(tmp_path), PARVIS_TELEGRAM_RATE="").stdout
    paid = parvis("check", PARVIS_DATA=str(tmp_path), PARVIS_TELEGRAM_RATE="1000").stdout
    assert "1000 messages a second" in paid
    assert "Stars" in paid
