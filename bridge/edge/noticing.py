"""
Noticing: which contents a write was to bring, and could not be read to their end.

An adapter leaves out what it has no content for, and says nothing of it: its change waits. That it
was not made must show all the same, or what a colleague filed meanwhile is taken for it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from bridge.edge.underway import Remembering
from contracts.adapter import KeepsLocks
from contracts.case import Document


@dataclass(frozen=True, slots=True)
class Noticing:
    """
    Contents for one write.

    Attributes:
        locks: Where the write says what it locks.
        failed: Digests of those that were not here, or broke off.
    """

    contents: Remembering
    locks: KeepsLocks
    failed: set[str | None] = field(default_factory=set)

    def open(self, document: Document) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Open the content of a document for one reading."""
        try:
            opened = self.contents.open(document)
        except (LookupError, OSError):
            self.failed.add(document.digest)
            raise
        return self._read(document, opened)

    @asynccontextmanager
    async def _read(
        self, document: Document, opened: AbstractAsyncContextManager[AsyncIterator[bytes]]
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        try:
            async with opened as pieces:
                yield self._noticed(document, pieces)
        except (LookupError, OSError):
            self.failed.add(document.digest)
            raise

    async def _noticed(
        self, document: Document, pieces: AsyncIterator[bytes]
    ) -> AsyncIterator[bytes]:
        # Here as well: an adapter may make an error of its own of it, before it closes.
        try:
            async for piece in pieces:
                yield piece
        except (LookupError, OSError):
            self.failed.add(document.digest)
            raise

    async def note(self, place: str, text: str | None) -> None:
        """Keep a note where the contents do."""
        await self.contents.note(place, text)

    async def noted(self, place: str) -> str | None:
        """Give what was noted."""
        return await self.contents.noted(place)

    async def locking(self, place: str) -> str | None:
        """Write down that *place* is about to be locked; tell what was left there."""
        return await self.locks.locking(place)

    async def locked(self, place: str, lock: str) -> None:
        """Write down the id of the lock that was had."""
        await self.locks.locked(place, lock)

    async def unlocked(self, place: str) -> None:
        """Write down that it was released."""
        await self.locks.unlocked(place)
