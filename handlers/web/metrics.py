"""/metrics: figures for the supervisor, in the text that Prometheus reads. Numbers only: nothing about anybody."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable, Iterable, Mapping
from hmac import compare_digest
from typing import Literal

import msgspec
from fastapi import APIRouter
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.storage.work import Desk, Work

OPEN = "open"
"""The setting that lets anybody read the figures."""

TEXT = "text/plain; version=0.0.4; charset=utf-8"
_PASSED_ON = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


class Figure(msgspec.Struct, frozen=True):
    """One figure, by `label`, or once under an empty key. A counter only grows while the process lives."""

    name: str  # without "parvis_", nor the "_total" of a counter
    about: str
    values: Mapping[str, float]
    label: str = ""
    kind: Literal["gauge", "counter"] = "gauge"


Figures = Callable[[Work], Iterable[Figure]]


def metrics(desk: Desk, figures: Figures, access: str = "") -> APIRouter:
    """`access`: "" is for this machine only, "open" for anybody, anything else for whoever brings it as a token."""
    router = APIRouter(include_in_schema=False)

    def written() -> bytes:
        with desk.reading() as work:
            registry = CollectorRegistry(auto_describe=False)
            registry.register(_Collected(list(figures(work))))
            ProcessCollector(namespace="parvis", registry=registry)  # memory, processor time, open files
            return generate_latest(registry)

    @router.get("/metrics")
    async def told(request: Request) -> Response:
        if not may_read(request, access):
            return PlainTextResponse("Not from here: see PARVIS_METRICS in docs/running.md.\n", status_code=403)
        return Response(await asyncio.to_thread(written), media_type=TEXT, headers={"Cache-Control": "no-store"})

    return router


def may_read(request: Request, access: str) -> bool:
    """A proxy on this machine asks from this machine for everybody: what was passed on does not count as local. Nor
    does a browser on this machine that another site sent here under a name of its own, which stands in Host."""
    if access == OPEN:
        return True
    if access:
        kind, _space, token = request.headers.get("authorization", "").partition(" ")
        return kind.lower() == "bearer" and compare_digest(token.strip().encode(), access.encode())
    passed_on = any(name in request.headers for name in _PASSED_ON)
    if passed_on or request.client is None:
        return False
    return _is_this_machine(request.client.host) and _is_this_machine(request.url.hostname or "")


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _Collected(Collector):
    def __init__(self, figures: list[Figure]) -> None:
        self._figures = figures

    def collect(self) -> Iterable[Metric]:
        for figure in self._figures:
            family = CounterMetricFamily if figure.kind == "counter" else GaugeMetricFamily
            made = family(f"parvis_{figure.name}", figure.about, labels=[figure.label] if figure.label else [])
            for key, value in figure.values.items():
                made.add_metric([key] if figure.label else [], value)
            yield made
