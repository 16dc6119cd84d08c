"""The whole site as one ASGI application."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.pictures.keep import Pictures
from bot.storage.work import Desk
from flows.engine.reception import Reception
from flows.engine.scene import Stage
from flows.signs.web import PUBLIC_PAGES
from handlers.web.assets import Assets
from handlers.web.channel import WebChannel
from handlers.web.chat import ChatRoom
from handlers.web.errors import answer_errors
from handlers.web.hall import Hall, MaySee
from handlers.web.landing import landing
from handlers.web.limits import Limits
from handlers.web.listening import looked_at
from handlers.web.pages import Pages
from handlers.web.photos import photos
from handlers.web.session import Sessions
from handlers.web.shield import HEAVIEST_PHOTOS, Shield
from handlers.web.store import was_in_the_dialogue

PageRoom = Callable[[Pages], APIRouter]
"""More pages: given what renders templates, the routes."""


def make_site(
    *,
    channel: WebChannel,
    reception: Reception,
    desk: Desk,
    pictures: Pictures,
    stage: Stage,
    secret: bytes,
    public_url: str,
    mounts: Mapping[str, ASGIApp] | None = None,
    pages: Sequence[PageRoom] = (),
    may_see: Sequence[MaySee] = (),
    served: Collection[str] = (),
    limits: Limits | None = None,
    heartbeat: float = 15.0,
) -> ASGIApp:
    """`channel` is the one the postman has. `mounts` are served before anything of ours, by exact path.
    `served` are the channels that letters leave by; this one always is.

    Call `channel.close()` before stopping the server: it waits for pages that listen.
    """
    assets = Assets()
    hall = Hall(
        reception=reception,
        desk=desk,
        pictures=pictures,
        stage=stage,
        channel=channel,
        sessions=Sessions(secret, secure=public_url.startswith("https://")),
        limits=Limits() if limits is None else limits,
        pages=Pages(stage, assets),
        public_url=public_url,
        may_see=(was_in_the_dialogue, *may_see),
        served={channel.name, *served},
        heartbeat=heartbeat,
    )
    channel.draw = partial(looked_at, hall)
    tiles = [stage.city.tiles.url] if stage.city.tiles else []
    shielded = Shield(_app(hall, assets, pages), tiles=tiles, heavier={"/chat/photos": HEAVIEST_PHOTOS})
    return Mounted(shielded, mounts or {})


def _app(hall: Hall, assets: Assets, pages: Sequence[PageRoom]) -> FastAPI:
    app = FastAPI(title="Parvis", docs_url=None, redoc_url=None)
    answer_errors(app, hall.pages)
    rooms = [room(hall.pages) for room in pages]
    for router in (landing(hall), ChatRoom(hall).router(), photos(hall), assets.router(), *rooms):
        app.include_router(router)
    hall.pages.public.extend(path for path in PUBLIC_PAGES if any(_serves(router, path) for router in rooms))
    return app


def _serves(router: APIRouter, path: str) -> bool:
    return any(getattr(route, "path", "") == path for route in router.routes)


class Mounted:
    """Applications with a path of their own in front of the site, without what the site does for each request."""

    def __init__(self, site: ASGIApp, mounts: Mapping[str, ASGIApp]) -> None:
        self._site = site
        self._mounts = dict(mounts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        mounted = self._mounts.get(scope["path"]) if scope["type"] == "http" else None
        await (mounted or self._site)(scope, receive, send)
