"""
Write a content into a blob, chunk by chunk, from where an earlier try broke off.

What lies there of it is read again, since only its bytes give the digest; the source is asked for
the rest. While one chunk comes in, the one before it is hashed and sealed, and the one before that
is put. Pieces are hashed and sealed as they came: none is copied to make up a chunk.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final

from bridge.content.blobs import Blobs
from bridge.content.keys import Broken, Bytes, Keyring, tag_of
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
        self.tags = bytearray()
        self.is_whole = False

    @property
    def digest(self) -> Digest:
        """What was written, once it is whole."""
        return Digest(self._digest.hexdigest(), self.size_bytes)

    async def take_up(self) -> None:
        """Read what an earlier try left, up to the first chunk that is missing or broken."""
        while not self.is_whole and await self._blobs.carry(self._read_left):
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
            self._count([chunk], sealed)
            self.is_whole = is_last
            return True
        return False

    def _count(self, chunk: Sequence[Bytes], sealed: Bytes) -> None:
        for piece in chunk:
            self._digest.update(piece)
            self.size_bytes += len(piece)
        self.chunks += 1
        self.tags += tag_of(sealed)

    async def take(self, pieces: AsyncIterator[bytes]) -> None:
        """Write the rest of the content, all that *pieces* gives, and all of that if it breaks."""
        broke_off: Exception | None = None
        turn = asyncio.Event()
        turn.set()
        try:
            async with asyncio.TaskGroup() as tasks:
                try:
                    async for chunk, is_last in _chunked(pieces, self._chunk_bytes):
                        await self._room.acquire()
                        mine, turn = turn, asyncio.Event()
                        tasks.create_task(self._keep(chunk, mine, turn, is_last=is_last))
                except Exception as error:  # noqa: BLE001  # raised once what came is kept
                    broke_off = error
        except BaseExceptionGroup as group:
            # The first that went wrong; the others were stopped because of it.
            raise _first(group.exceptions) from group
        if broke_off is not None:
            raise broke_off
        self.is_whole = True

    async def _keep(
        self,
        chunk: list[memoryview],
        mine: asyncio.Event,
        following: asyncio.Event,
        *,
        is_last: bool,
    ) -> None:
        # Chunks are hashed in order, whichever task comes first; each while the one before it is
        # being put and the one after it comes in.
        await mine.wait()
        number = self.chunks
        sealed = await self._blobs.carry(lambda: self._sealed(chunk, is_last=is_last))
        following.set()
        await self._blobs.carry(lambda: self._blobs.put(self._blob.chunk(number), sealed))
        self._room.release()
        self._progress(self.size_bytes)

    def _sealed(self, chunk: list[memoryview], *, is_last: bool) -> Bytes:
        sealed = self._blob.box.seal(chunk, about_chunk(self.chunks, is_last=is_last))
        self._count(chunk, sealed)
        return sealed


def _first(errors: Iterable[BaseException]) -> BaseException:
    for error in errors:
        return _first(error.exceptions) if isinstance(error, BaseExceptionGroup) else error
    raise AssertionError  # pragma: no cover - a group holds at least one


async def _chunked(
    pieces: AsyncIterator[bytes], chunk_bytes: int
) -> AsyncIterator[tuple[list[memoryview], bool]]:
    """Gather a stream in chunks of one size, each with whether it is the last; there is one."""
    chunk: list[memoryview] = []
    room = chunk_bytes
    async for piece in pieces:
        left = memoryview(piece)
        while len(left) > room:
            yield [*chunk, left[:room]], False
            left, chunk, room = left[room:], [], chunk_bytes
        chunk.append(left)
        room -= len(left)
    yield chunk, True
