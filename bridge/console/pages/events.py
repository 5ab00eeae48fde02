"""Events: what an open tab listens to."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from bridge.console.access import LOOKING, Route
from bridge.console.live import stream
from bridge.console.seeing import seen_link
from bridge.console.supply import supply_of
from contracts.ids import LinkId

EVERYTHING: Final = "all"


async def events(request: web.Request) -> web.StreamResponse:
    """Tell a tab that there is news: of everything, or of one Link."""
    watch = request.query.get("watch", EVERYTHING)
    link = None if watch == EVERYTHING else LinkId(watch)
    if link is not None:
        await seen_link(request, link)
    since = request.query.get("since", "")
    known = int(since) if since.isdecimal() else 0
    return await stream(request, supply_of(request).live, link, known)


ROUTES: Final = (Route("GET", "/events", events, LOOKING),)
