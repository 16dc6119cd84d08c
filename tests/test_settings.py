"""What the operator sets, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.serving import web_server
from bot.settings import Settings, SettingsWrong, read_settings

RESIDENT = "203.0.113.7"


@pytest.fixture
def settings_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    """The settings that an environment makes."""

    def read(**environment: str) -> Settings:
        for name, value in environment.items():
            monkeypatch.setenv(f"PARVIS_{name}", value)
        return read_settings()

    return read


async def who(scope: Scope, receive: Receive, send: Send) -> None:
    """A site that says whom it sees and by which scheme they came."""
    request = Request(scope)
    assert request.client is not None
    await JSONResponse([request.client.host, request.url.scheme])(scope, receive, send)


async def seen(site: ASGIApp, through: str, forwarded: str = RESIDENT) -> list[str]:
    """What a site sees of a visitor whose request comes `through` an address."""
    transport = httpx.ASGITransport(site, client=(through, 40_000))
    headers = {"X-Forwarded-For": forwarded, "X-Forwarded-Proto": "https"}
    async with httpx.AsyncClient(transport=transport, base_url="http://parvis.example") as visitor:
        told: list[str] = (await visitor.get("/", headers=headers)).json()
        return told


def served(settings: Settings) -> ASGIApp:
    config = web_server(who, settings.trusted_proxies)
    config.load()
    app: ASGIApp = config.loaded_app
    return app


async def test_a_proxy_on_this_machine_is_believed_and_no_other(settings_of: Callable[..., Settings]) -> None:
    site = served(settings_of())
    assert await seen(site, "127.0.0.1") == [RESIDENT, "https"]
    assert await seen(site, "::1") == [RESIDENT, "https"]
    assert await seen(site, "172.18.0.1") == ["172.18.0.1", "http"]


async def test_the_proxies_that_are_named_are_believed(settings_of: Callable[..., Settings]) -> None:
    site = served(settings_of(PROXIES="172.16.0.0/12, 2001:db8::5"))
    assert await seen(site, "172.18.0.1") == [RESIDENT, "https"]
    assert await seen(site, "2001:db8::5") == [RESIDENT, "https"]
    assert await seen(site, "127.0.0.1") == ["127.0.0.1", "http"]
    assert await seen(site, "172.18.0.1", f"198.51.100.9, {RESIDENT}") == [RESIDENT, "https"]  # the first is invented


async def test_nobody_need_be_believed(settings_of: Callable[..., Settings]) -> None:
    assert await seen(served(settings_of(PROXIES="none")), "127.0.0.1") == ["127.0.0.1", "http"]


@pytest.mark.parametrize("wrong", ["*", "traefik", "10.0.0.1/8", "10.0.0.0/99", "127.0.0.1;::1"])
def test_what_is_no_address_of_a_proxy_is_refused(settings_of: Callable[..., Settings], wrong: str) -> None:
    with pytest.raises(SettingsWrong, match=r"^PARVIS_PROXIES: .*172\.16\.0\.0/12"):
        settings_of(PROXIES=wrong)
