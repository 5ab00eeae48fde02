"""
The store of content as the edges of the documents' world have it: the real one, digests in words.

A digest is shown as the content itself, so that it tells who typed it, as in the other worlds.
Between two pieces of a content on its way somebody may change the very document that it is of.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bridge.content import ContentStore, Progress, Source, Staging
from bridge.content.staging import untold
from bridge.store.records import Digest
from contracts.adapter import Remembers
from contracts.case import Document
from contracts.ids import AgencyId
from tests.simulation.trace import Kept

if TYPE_CHECKING:
    from tests.simulation.documents import DocumentsWorld


def sha256_of(word: str) -> str:
    """Give the digest of a content that is shown as *word*."""
    return hashlib.sha256(word.encode()).hexdigest()


@dataclass(slots=True)
class InWords:
    """
    A store of content of one edge.

    What becomes of a content here is written down when it was done: between *doubt* and that the
    edge may be killed.
    """

    world: DocumentsWorld
    agency: AgencyId
    store: ContentStore

    async def stage(self, name: str, source: Source, *, progress: Progress = untold) -> Digest:
        found = await self.store.stage(name, self._disturbed(name, source), progress=progress)
        word = self.world.word_of(found.sha256)
        self._note("staged", word)
        return Digest(word, found.size_bytes)

    async def recognise(self, name: str, source: Source, like: Collection[Digest]) -> Digest | None:
        real = [Digest(sha256_of(each.sha256), each.size_bytes) for each in like]
        found = await self.store.recognise(name, source, real)
        return found and Digest(self.world.word_of(found.sha256), found.size_bytes)

    async def has(self, sha256: str | None) -> bool:
        return sha256 is not None and await self.store.has(sha256_of(sha256))

    def open(self, document: Document) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        if document.digest is None:
            return self.store.open(document)
        self._note("opened", document.digest)
        real = document.model_copy(update={"digest": sha256_of(document.digest)})
        return self._passed(document.digest, self.store.open(real))

    @asynccontextmanager
    async def _passed(
        self, word: str, opened: AbstractAsyncContextManager[AsyncIterator[bytes]]
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        async def passed(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
            async for piece in pieces:
                yield piece
                self._disturb("", word)

        async with opened as pieces:
            yield passed(pieces)

    def _disturbed(self, name: str, source: Source) -> Source:
        @asynccontextmanager
        async def opened(start: int) -> AsyncIterator[AsyncIterator[bytes]]:
            async def passed(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
                async for piece in pieces:
                    yield piece
                    self._disturb(name.split("|")[1], "")

            async with source(start) as pieces:
                yield passed(pieces)

        return opened

    def _disturb(self, key: str, word: str) -> None:
        if self.world.chance.strikes("document-changed", self.agency, self.world.depot.random):
            self.world.change_document(key, word)

    async def used(self, sha256: str) -> None:
        self._note("doubt", sha256)
        await self.store.used(sha256_of(sha256))
        self._note("used", sha256)

    async def note(self, place: str, text: str | None) -> None:
        await self.store.note(place, text)

    async def noted(self, place: str) -> str | None:
        return await self.store.noted(place)

    async def sweep(self, unused_for: timedelta, used_for: timedelta) -> int:
        return await self.store.sweep(unused_for, used_for)

    def _note(self, what: str, word: str) -> None:
        self.world.trace.add(Kept(self.world.now(), self.agency, what, word))


_: type[Staging] = InWords
_remembers: type[Remembers] = InWords
