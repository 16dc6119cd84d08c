"""How the site is served by uvicorn."""

import contextlib
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp


def web_server(site: ASGIApp, proxies: list[str]) -> uvicorn.Config:
    """How the site is served. Who a visitor is, and by which scheme they came, is only believed of `proxies`: all
    visitors through any other are one and the same for the limits of `handlers.web.limits`."""
    return uvicorn.Config(
        site,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=5,
        forwarded_allow_ips=proxies,
    )


class Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The house listens to signals itself, so that doors close in order."""
        yield
