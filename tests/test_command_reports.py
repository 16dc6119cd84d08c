"""What the operator sees of reports, and what a table of them does not say."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.city.model import City, Place
from bot.cli import main
from bot.cli_reports import COLUMNS
from bot.people.store import meet
from bot.reports.file import file_report
from bot.reports.model import Report, State
from bot.reports.move import move_report
from bot.start import utc_now
from bot.storage.database import open_database
from bot.storage.migrate import migrate
from bot.storage.work import Desk

TOWN = Path(__file__).parent / "towns" / "valombre"
LONG_AGO = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TYPED = "chez Mme Martin, code 45B2"
WORDS = "=2+2 La planche\ndu milieu"
PHOTO = "ab" * 32


@pytest.fixture
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    for name in [name for name in os.environ if name.startswith("PARVIS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PARVIS_DATA", str(tmp_path))
    monkeypatch.setenv("PARVIS_CITY", str(TOWN))
    monkeypatch.setenv("PARVIS_PUBLIC_URL", "https://valombre.example")

    def shown(*options: str, code: int = 0) -> str:
        assert main(["reports", *options]) == code
        said = capsys.readouterr()
        return said.err if code else said.out

    return shown


@pytest.fixture
def filed(tmp_path: Path, valombre: City) -> list[Report]:
    """One long ago in the first quartier, one today in the second, and one that is done."""
    engine = open_database(f"sqlite:///{tmp_path}/parvis.db")
    migrate(engine)
    made = []
    for when, quartier in ((LONG_AGO, 1), (utc_now(), 2), (utc_now() - timedelta(days=3), 1)):
        desk = Desk(engine, lambda when=when: when)  # type: ignore[misc]
        with desk.work() as work:
            (who,) = meet(work, [("telegram", f"98765432{len(made)}", "fr")])
            category, place = valombre.category("footbridge"), Place(46.507, 7.41, 12.0, TYPED)
            made.append(file_report(work, who.id, valombre, category, place, quartier, WORDS, (PHOTO,)))
            if len(made) == 3:
                move_report(work, made[2].ref, State.DONE)
    engine.dispose()
    return made


def refs(told: str) -> list[str]:
    return [line.split()[0] for line in told.splitlines() if line.startswith("VAL-")]


def test_each_report_is_shown_with_what_one_needs_to_work_on_it(
    reports: Callable[..., str], filed: list[Report], tmp_path: Path
) -> None:
    told = reports()
    old, new, done = filed
    assert refs(told) == [old.ref, done.ref, new.ref]
    assert f"{old.ref}  2026-03-02  received, answer due {old.promised_on} (late)" in told
    assert f"{done.ref}  " in told
    assert f"https://valombre.example/signalements/{new.ref}" in told
    assert f"{TYPED}, " in told
    assert "« =2+2 La planche du milieu »" in told
    assert str(tmp_path / "photos" / "ab" / "ab" / f"{PHOTO}.jpg") in told
    assert "98765432" not in told
    assert told.endswith("3 reports.\n")


def test_the_options_choose(reports: Callable[..., str], filed: list[Report], valombre: City) -> None:
    old, new, done = (one.ref for one in filed)
    assert refs(reports("--open")) == [old, new]
    assert refs(reports("--late")) == [old]
    assert refs(reports("--days", "5")) == [done, new]
    assert refs(reports("--quartier", "2", "--open")) == [new]
    assert refs(reports("--quartier", valombre.quartiers[0].name)) == [old, done]
    body = valombre.body(filed[0].body)
    assert refs(reports("--responsible", body.key.upper())) == [old, done, new]
    assert refs(reports("--responsible", valombre.say(body.name, "fr"))) == [old, done, new]


def test_the_table_has_no_word_of_residents(reports: Callable[..., str], filed: list[Report]) -> None:
    told = reports("--csv")
    for personal in ("Martin", "45B2", "planche", "98765432", PHOTO):
        assert personal not in told
    rows = list(csv.DictReader(io.StringIO(told)))
    assert list(rows[0]) == list(COLUMNS)
    assert [row["ref"] for row in rows] == [filed[0].ref, filed[2].ref, filed[1].ref]
    assert [row["late"] for row in rows] == ["late", "", ""]
    assert (rows[1]["state"], rows[1]["due"]) == ("done", "")
    assert all(row["quartier"] and row["responsible"] and row["category"] for row in rows)


@pytest.mark.parametrize(
    ("options", "words"),
    [(("--quartier", "99"), "Choose among: 1 "), (("--responsible", "la lune"), "nobody called “la lune”")],
)
def test_what_does_not_exist_is_said_in_a_sentence(
    reports: Callable[..., str], options: tuple[str, ...], words: str
) -> None:
    told = reports(*options, code=1)
    assert words in told
    assert told.count("\n") == 1


def test_before_the_first_start_one_is_told_what_to_run(reports: Callable[..., str]) -> None:
    assert "`parvis migrate`" in reports(code=1)


def test_a_report_is_moved_by_its_number_however_it_is_typed(
    reports: Callable[..., str], filed: list[Report], capsys: pytest.CaptureFixture[str]
) -> None:
    ref = filed[0].ref
    assert main(["move", ref.lower().replace("-", " "), "under_way"]) == 0
    assert capsys.readouterr().out.startswith(f"{ref} is now under_way.")
    assert f"{ref}  2026-03-02  under_way" in reports()
