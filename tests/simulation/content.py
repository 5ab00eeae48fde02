"""
Where content lies in the simulation: in memory, and outlives every process.

A digest is the content itself, so that it tells who typed it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

from bridge.edge.content import Staging
from bridge.store.records import Digest
from contracts.case import Document


class SimContent:
    """Content by digest."""

    def __init__(self) -> None:
        self._held: dict[str, bytes] = {}

    async def stage(self, pieces: AsyncIterator[bytes]) -> Digest:
        content = b"".join([piece async for piece in pieces])
        digest = content.decode()
        self._held[digest] = content
        return Digest(digest, len(content))

    def has(self, sha256: str | None) -> bool:
        return sha256 in self._held

    @asynccontextmanager
    async def _reading(self, digest: str) -> AsyncIterator[AsyncIterator[bytes]]:
        async def pieces() -> AsyncIterator[bytes]:
            yield self._held[digest]

        yield pieces()

    def open(self, document: Document) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        if not self.has(document.digest):
            msg = f"the content {document.digest or 'without digest'} is not here"
            raise LookupError(msg)
        return self._reading(str(document.digest))

    async def sweep(self, unused_for: timedelta) -> int:
        """Forget everything: whoever still needs it asks again."""
        count = len(self._held)
        self._held.clear()
        return count


_: type[Staging] = SimContent
