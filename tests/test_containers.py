"""compose.yaml and the Dockerfile, read as Docker would: they say the same as the settings and as the folder.

No Docker is needed; what Docker itself does with them is not shown here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy.engine import make_url

from bot.settings import Settings, read_settings

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OF_THE_IMAGE = {"PARVIS_DATA", "PARVIS_HTTP"}
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return read


def interpolated(text: str, given: dict[str, str]) -> str:
    """${NAME:-default} and ${NAME:?words} as Docker Compose replaces them."""
    return VARIABLE.sub(lambda found: given.get(found[1], "") or (found[3] if found[2] == "-" else ""), text)


def environment(**given: str) -> dict[str, str]:
    own = compose()["services"]["parvis"]["environment"]
    return {name: interpolated(value, given) for name, value in own.items()}


def test_every_setting_is_documented_and_can_be_given_to_the_container() -> None:
    settings = {f"PARVIS_{name.upper()}" for name in Settings.model_fields}
    table = (ROOT / "docs" / "running.md").read_text()
    assert settings == set(re.findall(r"^\| `(PARVIS_\w+)` \|", table, re.MULTILINE))
    own = compose()["services"]["parvis"]["environment"]
    assert set(own) - {"PGPASSWORD"} == settings - OF_THE_IMAGE
    assert all(f"{name}=" in DOCKERFILE for name in OF_THE_IMAGE)
    for name in set(own) - {"PGPASSWORD", "PARVIS_DATABASE_URL"}:
        assert VARIABLE.match(own[name])[1] == name  # type: ignore[index]


def test_with_a_password_and_nothing_else_the_container_has_good_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(POSTGRES_PASSWORD="secret").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PARVIS_HTTP", re.search(r"PARVIS_HTTP=(\S+)", DOCKERFILE)[1])  # type: ignore[index]
    settings, default = read_settings(), Settings.model_fields
    assert settings.telegram_token is None
    assert (settings.telegram_api, settings.city) == (default["telegram_api"].default, default["city"].default)
    assert (settings.telegram_rate, settings.metrics_access) == (30, "")
    assert settings.address == "http://127.0.0.1:8080"  # where the port is published, and not 0.0.0.0
    assert "172.16.0.0/12" in settings.trusted_proxies
    assert compose()["services"]["parvis"]["ports"] == ["127.0.0.1:8080:8080"]


@pytest.mark.parametrize("password", ["p@ss", "a/b:c?d#e%41", "tout simple"])
def test_the_password_may_have_any_character(password: str) -> None:
    given = environment(POSTGRES_PASSWORD=password)
    address = make_url(given["PARVIS_DATABASE_URL"])
    assert (address.host, address.username, address.password) == ("database", "parvis", None)
    assert given["PGPASSWORD"] == password
    database = compose()["services"]["database"]["environment"]
    assert interpolated(database["POSTGRES_PASSWORD"], {"POSTGRES_PASSWORD": password}) == password
    assert (database["POSTGRES_USER"], database["POSTGRES_DB"]) == ("parvis", address.database)


def test_the_image_holds_what_runs_and_its_licence() -> None:
    copied = {name for line in re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.MULTILINE) for name in line.split()}
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    assert packages | {"locales", "migrations", "requirements.lock", "LICENSE", "NOTICE"} <= copied
    assert all((ROOT / name).exists() for name in copied)
    ignored = set((ROOT / ".dockerignore").read_text().split())
    assert not copied & ignored
    assert ".git" in ignored
