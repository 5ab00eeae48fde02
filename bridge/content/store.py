"""
The store of content: documents' bytes on their way, for edges that share nothing else.

A document's bytes never travel in a message: a message names their digest, and the bytes lie here
under it, cut in chunks, sealed with keys that only the edges have. What lies here under a digest
is whole, and is gone soon after a target has it; who needs it later asks for it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Final

from bridge.content.blobs import Blobs
from bridge.content.keys import Broken, Keyring, NoKeys
from bridge.content.layout import (
    USED,
    Blob,
    Whole,
    find_whole,
    index_path,
    write_whole,
)
from bridge.content.notes import Notes
from bridge.content.reading import in_pieces, is_same, opened
from bridge.content.staging import Progress, Source, Staging, untold
from bridge.content.sweeping import Sweep
from bridge.content.writing import Begun, Writer
from bridge.store.records import Digest
from contracts.adapter import Remembers
from contracts.case import Document

CHUNK_BYTES: Final = 4 * 1024 * 1024


class ContentStore:
    """Content by digest, in an object store."""

    def __init__(
        self,
        blobs: Blobs,
        keys: Keyring | None = None,
        *,
        chunk_bytes: int = CHUNK_BYTES,
    ) -> None:
        """Keep content in *blobs*, sealed where there are *keys*."""
        self._blobs = blobs
        self._keys = keys or NoKeys()
        self._chunk_bytes = chunk_bytes
        self._notes = Notes(self._blobs, self._keys)

    async def stage(self, name: str, source: Source, *, progress: Progress = untold) -> Digest:
        begun = Begun(self._blobs, self._keys, name)
        blob = await self._blobs.run(begun.blob)
        writer = Writer(self._blobs, blob, self._chunk_bytes, progress)
        await writer.take_up()
        if not writer.is_whole:
            async with source(writer.size_bytes) as pieces:
                await writer.take(pieces)
        whole = self._whole(blob, writer)

        def finish() -> None:
            write_whole(self._blobs, self._keys, whole)
            begun.end()

        await self._blobs.run(finish)
        return writer.digest

    def _whole(self, blob: Blob, writer: Writer) -> Whole:
        found = writer.digest
        path = index_path(self._keys, found.sha256, blob)
        return Whole(blob, path, found.sha256, found.size_bytes, bytes(writer.tags))

    async def recognise(self, name: str, source: Source, like: Collection[Digest]) -> Digest | None:
        (one, *others) = like
        whole = None if others else await self._blobs.run(lambda: self._found(one.sha256))
        if whole is None:
            return await self._hashed(source, like)
        try:
            same = await is_same(self._blobs, self._notes, whole, name, source)
        except Broken:
            return await self._hashed(source, like)
        return one if same else None

    async def _hashed(self, source: Source, like: Collection[Digest]) -> Digest | None:
        digest, size = hashlib.sha256(), 0
        longest = max(each.size_bytes for each in like)
        async with source(0) as pieces:
            async for piece in pieces:
                digest.update(piece)
                size += len(piece)
                if size > longest:
                    return None
        found = Digest(digest.hexdigest(), size)
        return found if found in like else None

    async def has(self, sha256: str | None) -> bool:
        if sha256 is None:
            return False
        return await self._blobs.run(lambda: self._found(sha256)) is not None

    def _found(self, sha256: str) -> Whole | None:
        return find_whole(self._blobs, self._keys, sha256)

    def open(self, document: Document) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """
        Open the content of *document* for one reading.

        Raises:
            LookupError: It is not here.
        """
        return self._opened(document.digest)

    @asynccontextmanager
    async def _opened(self, sha256: str | None) -> AsyncIterator[AsyncIterator[bytes]]:
        whole = await self._blobs.run(lambda: self._taken(sha256))
        if whole is None:
            msg = f"the content {sha256 or 'without digest'} is not here"
            raise LookupError(msg)
        async with opened(self._blobs, whole) as chunks:
            yield self._sound(whole, in_pieces(chunks))

    def _taken(self, sha256: str | None) -> Whole | None:
        whole = self._found(sha256) if sha256 else None
        if whole is not None:
            # In use again: another target's having it is no reason to remove it now.
            self._blobs.remove(self._marks(whole.sha256))
        return whole

    async def _sound(self, whole: Whole, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        try:
            async for piece in pieces:
                yield piece
        except Broken as error:
            # No longer here, so that it is asked for again.
            await self._blobs.run(lambda: self._blobs.remove([whole.path]))
            raise LookupError(str(error)) from error

    async def note(self, place: str, text: str | None) -> None:
        await self._blobs.run(lambda: self._notes.write(place, text))

    async def noted(self, place: str) -> str | None:
        return await self._blobs.run(lambda: self._notes.read(place))

    async def used(self, sha256: str) -> None:
        def mark() -> None:
            for path in self._marks(sha256):
                self._blobs.put(path, b"used")

        await self._blobs.run(mark)

    def _marks(self, sha256: str) -> list[str]:
        return [f"{USED}/{name}" for name in self._keys.names(sha256)]

    async def sweep(self, unused_for: timedelta, used_for: timedelta) -> int:
        # Objects bear the time of their store, whatever our clock is set to.
        sweep = Sweep(self._blobs)
        return await self._blobs.carry(lambda: sweep.run(self._blobs.now(), unused_for, used_for))


_: type[Staging] = ContentStore
_remembers: type[Remembers] = ContentStore
