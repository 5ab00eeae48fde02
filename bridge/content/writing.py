"""
Write a content into a blob, chunk by chunk, from where an earlier try broke off.

What lies there of it is read again, since only its bytes give the digest; the source is asked for
the rest. While one chunk is being filled, the one before it is sealed and put.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Iterable
from typing import Final

from bridge.content.blobs import Blobs
from bridge.content.keys import Broken, Bytes, Keyring
from bridge.content.layout import BEGUN, Blob, about_chunk, described, read_described
from bridge.content.staging import Progress
from bridge.store.records import Digest

_AT_ONCE: Final = 2
"""Chunks of one content on their way to the store: what bounds the memory it takes."""


class Begun:
    """A content that is being staged, under the name of its document's version."""

    def __init__(self, blobs: Blobs, keys: Keyring, name: str) -> None:
        self._blobs, self._keys = blobs, keys
        self._folders = [f"{BEGUN}/{each}" for each in keys.names(name)]
        self.path = ""

    def blob(self) -> Blob:
        """Give the blob of an earlier try, or begin one; blocks."""
        for folder in self._folders:
            for lying in self._blobs.list(folder):
                id_ = lying.path.split("/")[2]
                content = self._blobs.get(lying.path)
                try:
                    blob, _ = read_described(self._keys, id_, b"begun", content or b"")
                except Broken:
                    continue
                self.path = lying.path
                return blob
        id_ = secrets.token_hex(16)
        box, kept = self._keys.new(id_)
        blob = Blob(id_, box, kept)
        self.path = f"{self._folders[0]}/{id_}"
        self._blobs.put(self.path, described(blob, b"begun", {}))
        return blob

    def end(self) -> None:
        """Forget that it was begun; blocks."""
        self._blobs.remove([self.path])


class Writer:
    """Writes one blob."""

    def __init__(self, blobs: Blobs, blob: Blob, chunk_bytes: int, progress: Progress) -> None:
        self._blobs, self._blob, self._progress = blobs, blob, progress
        self._chunk_bytes = chunk_bytes
        self._digest = hashlib.sha256()
        self._room = asyncio.Semaphore(_AT_ONCE)
        self.size_bytes = 0
        self.chunks = 0
        self.is_whole = False

    @property
    def digest(self) -> Digest:
        """What was written, once it is whole."""
        return Digest(self._digest.hexdigest(), self.size_bytes)

    async def take_up(self) -> None:
        """Read what an earlier try left, up to the first chunk that is missing or broken."""
        while not self.is_whole and await self._blobs.run(self._read_left):
            self._progress(self.size_bytes)

    def _read_left(self) -> bool:
        sealed = self._blobs.get(self._blob.chunk(self.chunks))
        if sealed is None:
            return False
        for is_last in (False, True):
            try:
                chunk = self._blob.box.open(sealed, about_chunk(self.chunks, is_last=is_last))
            except Broken:
                continue
            self._count(chunk)
            self.is_whole = is_last
            return True
        return False

    def _count(self, chunk: Bytes) -> None:
        self._digest.update(chunk)
        self.size_bytes += len(chunk)
        self.chunks += 1

    async def take(self, pieces: AsyncIterator[bytes]) -> None:
        """Write the rest of the content, all that *pieces* gives."""
        try:
            async with asyncio.TaskGroup() as tasks:
                async for chunk, is_last in _chunked(pieces, self._chunk_bytes):
                    await self._room.acquire()
                    number = self.chunks
                    # Here, where they are in order: it lets other threads go on meanwhile.
                    self._count(chunk)
                    tasks.create_task(self._keep(number, chunk, is_last=is_last))
        except BaseExceptionGroup as group:
            # The first that went wrong; the others were stopped because of it.
            raise _first(group.exceptions) from group
        self.is_whole = True

    async def _keep(self, number: int, chunk: bytearray, *, is_last: bool) -> None:
        about = about_chunk(number, is_last=is_last)

        def put() -> None:
            self._blobs.put(self._blob.chunk(number), self._blob.box.seal(chunk, about))

        await self._blobs.run(put)
        self._room.release()
        self._progress(self.size_bytes)


def _first(errors: Iterable[BaseException]) -> BaseException:
    for error in errors:
        return _first(error.exceptions) if isinstance(error, BaseExceptionGroup) else error
    raise AssertionError  # pragma: no cover - a group holds at least one


async def _chunked(
    pieces: AsyncIterator[bytes], chunk_bytes: int
) -> AsyncIterator[tuple[bytearray, bool]]:
    """Cut a stream in chunks of one size, each with whether it is the last; there is one."""
    chunk = bytearray()
    async for piece in pieces:
        left = memoryview(piece)
        while len(chunk) + len(left) > chunk_bytes:
            room = chunk_bytes - len(chunk)
            chunk += left[:room]
            left = left[room:]
            yield chunk, False
            chunk = bytearray()
        chunk += left
    yield chunk, True
