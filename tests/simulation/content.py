"""
Where content lies in the simulation: in memory, and outlives every process.

A digest is the content itself, so that it tells who typed it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

from bridge.content import Progress, Source, Staging
from bridge.content.staging import untold
from bridge.store.records import Digest
from contracts.case import Document


class SimContent:
    """Content by digest."""

    def __init__(self) -> None:
        self._held: dict[str, bytes] = {}

    async def stage(self, name: str, source: Source, *, progress: Progress = untold) -> Digest:
        async with source(0) as pieces:
            content = b"".join([piece async for piece in pieces])
        digest = content.decode()
        self._held[digest] = content
        progress(len(content))
        return Digest(digest, len(content))

    async def recognise(self, name: str, source: Source, like: Collection[Digest]) -> Digest | None:
        async with source(0) as pieces:
            content = b"".join([piece async for piece in pieces])
        found = Digest(content.decode(), len(content))
        return found if found in like else None

    async def has(self, sha256: str | None) -> bool:
        return sha256 in self._held

    @asynccontextmanager
    async def _reading(self, digest: str) -> AsyncIterator[AsyncIterator[bytes]]:
        async def pieces() -> AsyncIterator[bytes]:
            yield self._held[digest]

        yield pieces()

    def open(self, document: Document) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        if document.digest not in self._held:
            msg = f"the content {document.digest or 'without digest'} is not here"
            raise LookupError(msg)
        return self._reading(str(document.digest))

    async def used(self, sha256: str) -> None:
        """Keep it: what was used goes with all else, by the sweep."""

    async def sweep(self, unused_for: timedelta, used_for: timedelta) -> int:
        """Forget everything: whoever still needs it asks again."""
        count = len(self._held)
        self._held.clear()
        return count


_: type[Staging] = SimContent
