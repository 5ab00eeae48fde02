"""What pages load besides themselves: shipped with the package, from no other origin."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from aiohttp import web

from bridge.console.access import ANYBODY, Route

FOLDER: Final = Path(__file__).resolve().parent / "static"
PLACE: Final = "/static"
_KINDS: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOR_EVER: Final = "public, max-age=31536000, immutable"


@cache
def _digests() -> dict[str, str]:
    return {
        str(path.relative_to(FOLDER)): hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        for path in FOLDER.rglob("*")
        if path.suffix in _KINDS
    }


def address_of(name: str) -> str:
    """Give the address of an asset. With its digest in it, a browser may keep it for ever."""
    return f"{PLACE}/{_digests()[name]}/{name}"


async def serve(request: web.Request) -> web.Response:
    """Give an asset, packed where the browser can unpack it."""
    name = request.match_info["name"]
    if _digests().get(name) != request.match_info["digest"]:
        raise web.HTTPNotFound
    path = FOLDER / name
    answer = web.Response(
        body=_content(path),
        content_type=_KINDS[path.suffix],
        charset="utf-8",
        headers={"Cache-Control": _FOR_EVER},
    )
    answer.enable_compression()
    return answer


@cache
def _content(path: Path) -> bytes:
    return path.read_bytes()


ROUTES: Final = (Route("GET", f"{PLACE}/{{digest}}/{{name:.+}}", serve, ANYBODY),)
