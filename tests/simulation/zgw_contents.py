"""
Contents in the ZGW world: as the case systems give them, and as the bridge keeps them on the way.

A case system may break off in the midst of a content, or give more or less than its document says;
and somebody may replace a document in those very moments. That strikes the bridge alone: people
see what is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler

from adapters.kit.simulator import Files
from adapters.zgw.simulator.web import CALLER
from bridge.content import Blobs, ContentStore, Progress, Source
from bridge.content.keys import Keyring
from bridge.content.staging import untold
from bridge.store.records import Digest
from contracts.case import Document
from contracts.ids import AgencyId
from tests.simulation.trace import Kept

if TYPE_CHECKING:
    from tests.simulation.zgw_world import ZgwWorld

_BRIDGE: Final = "casebridge"
_PIECE: Final = 8 * 1024
_REPLACED_WITHIN_SECONDS: Final = 1.0


@dataclass(slots=True)
class _Asked:
    """
    One request.

    Attributes:
        told_bytes: How long the content is said to be that answers it.
    """

    request: web.Request
    told_bytes: int | None = None


_ASKED: Final[ContextVar[_Asked | None]] = ContextVar("asked", default=None)


@web.middleware
async def asked(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Have contents know who asks for them."""
    _ASKED.set(_Asked(request))
    return await handler(request)


class ShakyFiles(Files):
    """The contents in one case system, as it gives them to the bridge."""

    def __init__(
        self, before: Files, world: ZgwWorld, agency: str, replace: Callable[[str], Awaitable[Any]]
    ) -> None:
        """
        Give what was kept *before*.

        Args:
            replace: Has somebody replace the document whose content lies under a name.
        """
        super().__init__(before.path(""))
        self._world, self._agency, self._replace = world, agency, replace

    def size(self, name: str) -> int:
        size, now = super().size(name), _ASKED.get()
        if now is None or now.request[CALLER].client_id != _BRIDGE:
            return size
        random, now.told_bytes = self._world.depot.random, size
        if size > 1 and self._strikes("content-cut-short"):
            now.told_bytes = random.randrange(1, size)
        elif self._strikes("content-too-long"):
            now.told_bytes = size + random.choice((1, 70_000))
        return now.told_bytes

    async def read(self, name: str, start: int = 0) -> AsyncIterator[bytes]:
        content = self.path(name).read_bytes()
        now = _ASKED.get()
        if now is None or now.told_bytes is None:
            yield content[start:]
            return
        content = content[: now.told_bytes].ljust(now.told_bytes, b".")[start:]
        random = self._world.depot.random
        places = range(0, len(content), _PIECE)
        breaks_at = random.choice(places) if places and self._strikes("download-breaks") else -1
        changes_at = random.choice(places) if places else -1
        for place in places:
            if place == breaks_at:
                assert now.request.transport is not None
                now.request.transport.abort()
                raise ConnectionResetError
            yield content[place : place + _PIECE]
            if place == changes_at:
                await self._changed(name)

    async def _changed(self, name: str) -> None:
        chance = self._world.chance
        if not chance.would_strike("content-replaced", self._world.depot.random):
            return
        try:
            async with asyncio.timeout(_REPLACED_WITHIN_SECONDS):
                if await self._replace(name):
                    chance.note("content-replaced", self._agency)
        except TimeoutError:
            pass  # whoever does it is still at it

    def _strikes(self, name: str) -> bool:
        return self._world.chance.strikes(name, self._agency, self._world.depot.random)


class NotedContent(ContentStore):
    """The store of content of one process, which notes what becomes of each."""

    world: ZgwWorld
    process: str

    def __init__(self, world: ZgwWorld, process: str, blobs: Blobs, keys: Keyring | None,
                 *, chunk_bytes: int) -> None:  # fmt: skip
        super().__init__(blobs, keys, chunk_bytes=chunk_bytes)
        self.world, self.process = world, process

    async def stage(self, name: str, source: Source, *, progress: Progress = untold) -> Digest:
        found = await super().stage(name, source, progress=progress)
        self._note("staged", found.sha256)
        return found

    def open(self, document: Document) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        self._note("opened", document.digest or "")
        return super().open(document)

    async def used(self, sha256: str) -> None:
        self._note("doubt", sha256)
        await super().used(sha256)
        self._note("used", sha256)

    def _note(self, what: str, sha256: str) -> None:
        self.world.trace.add(Kept(self.world.now(), AgencyId(self.process), what, sha256))
