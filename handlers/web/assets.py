"""Our own style sheet, scripts and the map library: read once, served from memory, named after their content."""

import gzip
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

HERE = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
"""For an address without its fingerprint, such as a script that another one imports: kept, but checked each time."""

_TEXT = frozenset({".js", ".css", ".svg", ".txt"})
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Asset:
    content: bytes
    packed: bytes | None
    media_type: str
    fingerprint: str


class Assets:
    """Every file under `folder`, by its path with slashes."""

    def __init__(self, folder: Path = HERE) -> None:
        self.files: Mapping[str, Asset] = {
            path.relative_to(folder).as_posix(): _read(path) for path in sorted(folder.rglob("*")) if path.is_file()
        }

    def address(self, name: str) -> str:
        """Where a browser finds it; raises KeyError for a file that is not there."""
        return f"/static/{name}?v={self.files[name].fingerprint}"

    def router(self) -> APIRouter:
        router = APIRouter(include_in_schema=False)

        @router.api_route("/static/{name:path}", methods=["GET", "HEAD"])
        async def static(name: str, request: Request, v: str = "") -> Response:
            asset = self.files.get(name)
            if asset is None:
                raise HTTPException(404)
            return _answer(asset, request, lasting=v == asset.fingerprint)

        return router


def _answer(asset: Asset, request: Request, *, lasting: bool) -> Response:
    headers = {
        "Cache-Control": FOREVER if lasting else ASK_AGAIN,
        "ETag": f'"{asset.fingerprint}"',
        "Vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match", "").removeprefix("W/") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    if asset.packed and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.packed, media_type=asset.media_type, headers={**headers, "Content-Encoding": "gzip"})
    return Response(asset.content, media_type=asset.media_type, headers=headers)


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    packed = gzip.compress(content, 9, mtime=0) if path.suffix in _TEXT and len(content) > 1000 else None
    media_type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "text/plain; charset=utf-8"
    return Asset(content, packed, media_type, sha256(content).hexdigest()[:16])
