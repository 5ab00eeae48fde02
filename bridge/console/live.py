"""
Live: tells open tabs that there is news, and they ask for what they show anew.

One look at the store serves all tabs, once a second at most, and only while somebody looks. A
frame carries no content, only the number of the latest row of the journal: what a tab may see, it
asks for like any page. Whoever was slow gets one frame, with the newest number.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Final

import structlog
from aiohttp import web

from bridge.store import StoreError
from bridge.store.views import Queries
from contracts.ids import LinkId

log = structlog.get_logger(__name__)

EVERY_SECONDS: Final = 1.0
HEARTBEAT_SECONDS: Final = 15.0
MOST_TABS: Final = 1000
_PAGE: Final = 200
_REMEMBERED: Final = 2000


class Live:
    """The one that looks, and the tabs that wait for it."""

    def __init__(self, store: Queries, *, every: float = EVERY_SECONDS) -> None:
        self._store, self._every = store, every
        self._latest = 0
        self._recent: deque[tuple[int, LinkId | None]] = deque(maxlen=_REMEMBERED)
        self._news = asyncio.Event()
        self._looked_for = asyncio.Event()
        self._tabs = 0
        self._is_over = False

    async def run(self) -> None:
        """Look at the store while there are tabs, until cancelled."""
        is_away = False
        while True:
            await self._looked_for.wait()
            try:
                await self._look()
                is_away = False
            except StoreError as error:
                if not is_away:
                    log.warning("console_store_away", why=type(error).__name__)
                is_away = True
            await asyncio.sleep(self._every)

    def end(self) -> None:
        """Let every tab go: we stop."""
        self._is_over = True
        self._tell()

    async def _look(self) -> None:
        rows = await self._store.journal_of(limit=_PAGE)
        fresh = [row for row in rows if row.id > self._latest]
        if not fresh:
            return
        if len(fresh) == _PAGE:
            # More happened than was read: nobody can say any more which cases stayed as they were.
            self._recent.clear()
        self._recent.extend((row.id, row.link) for row in reversed(fresh))
        self._latest = fresh[0].id
        self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def _has_changed(self, link: LinkId | None, since: int) -> bool:
        if link is None or not self._recent or self._recent[0][0] > since + 1:
            return self._latest > since
        return any(number > since and name == link for number, name in self._recent)

    async def number(self) -> int:
        """Give the number of the latest row of the journal: what a page that is made now knows."""
        latest = await self._store.journal_of(limit=1)
        return latest[0].id if latest else 0

    async def news(self, link: LinkId | None, since: int) -> AsyncGenerator[int | None, None]:
        """
        Give the number of the latest row each time there is news, and ``None`` as a heartbeat.

        Args:
            link: Only news of this one; of everything without.
            since: What the tab knows already.
        """
        self._tabs += 1
        self._looked_for.set()
        known = since
        try:
            while not self._is_over:
                if self._has_changed(link, known):
                    known = self._latest
                    yield known
                    continue
                known = max(known, self._latest)
                if not await self._within_a_heartbeat(self._news):
                    yield None
        finally:
            self._tabs -= 1
            if not self._tabs:
                self._looked_for.clear()

    async def _within_a_heartbeat(self, news: asyncio.Event) -> bool:
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                await news.wait()
        except TimeoutError:
            return False
        return True

    @property
    def is_full(self) -> bool:
        """Tell whether more tabs are open than we care for."""
        return self._tabs >= MOST_TABS


async def stream(
    request: web.Request, live: Live, link: LinkId | None, since: int
) -> web.StreamResponse:
    """
    Keep a tab told, until it goes; one that comes back says itself what it knows.

    Raises:
        HTTPServiceUnavailable: Too many tabs are open.
    """
    if live.is_full:
        raise web.HTTPServiceUnavailable(text="too many tabs are open")
    known = request.headers.get("Last-Event-ID", "")
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    # A tab that was closed is no fault: it is noticed when it is told something.
    with suppress(ConnectionResetError):
        news = live.news(link, int(known) if known.isdecimal() else since)
        async with aclosing(news):
            async for number in news:
                await response.write(_frame(number))
    return response


def _frame(number: int | None) -> bytes:
    if number is None:
        return b": still here\n\n"
    return f"event: news\nid: {number}\ndata:\n\n".encode()
