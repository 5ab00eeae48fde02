"""
Read a blob: chunk by chunk, the next one while one is being used, each as it was put there.

And compare another content with it, from where an earlier comparison broke off.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from bridge.content.blobs import Blobs
from bridge.content.keys import Broken, Bytes, tag_of
from bridge.content.layout import Whole, about_chunk
from bridge.content.notes import Notes
from bridge.content.staging import Source

_PIECE: Final = 256 * 1024
"""What an adapter is given at a time; more at once goes slower over a socket."""
_NOTED_EVERY: Final = 4
"""Chunks that are compared, before that is noted."""


async def in_pieces(chunks: AsyncIterator[Bytes]) -> AsyncIterator[bytes]:
    """Cut chunks to what an adapter is given at a time."""
    async for each in chunks:
        chunk = memoryview(each)
        for start in range(0, len(chunk), _PIECE):
            yield bytes(chunk[start : start + _PIECE])


@asynccontextmanager
async def opened(blobs: Blobs, whole: Whole, first: int = 0) -> AsyncIterator[AsyncIterator[Bytes]]:
    """
    Open a blob for one reading, from a chunk on.

    The chunks raise `Broken` before the first byte that is not as it was: each is the very one that
    was hashed, so the whole need not be hashed again.
    """
    ahead: list[asyncio.Future[Bytes]] = []

    def read(number: int) -> Bytes:
        is_last = number == whole.chunks - 1
        sealed = blobs.get(whole.blob.chunk(number))
        if sealed is None:
            msg = "a piece of content is gone"
            raise Broken(msg)
        if tag_of(sealed) != whole.tag(number):
            msg = "a piece of content is another than was staged"
            raise Broken(msg)
        return whole.blob.box.open(sealed, about_chunk(number, is_last=is_last))

    def ask(number: int) -> asyncio.Future[Bytes]:
        asked = asyncio.ensure_future(blobs.carry(lambda: read(number)))
        ahead[:] = [asked]
        return asked

    async def chunks() -> AsyncIterator[Bytes]:
        asked = ask(first)
        for number in range(first + 1, whole.chunks + 1):
            chunk = await asked
            if number < whole.chunks:
                asked = ask(number)
            yield chunk

    try:
        yield chunks()
    finally:
        for each in ahead:
            each.cancel()
        await asyncio.gather(*ahead, return_exceptions=True)


async def is_same(blobs: Blobs, notes: Notes, whole: Whole, name: str, source: Source) -> bool:
    """
    Tell whether a content is, byte by byte, the one in a blob.

    Raises:
        Broken: The blob cannot be read; nothing is known of the content.
    """
    place = f"same|{name}|{whole.sha256}"
    noted = await blobs.run(lambda: notes.read(place))
    first, size = map(int, noted.split()) if noted else (0, 0)
    if first >= whole.chunks:
        first, size = 0, 0
    same = True
    async with source(size) as pieces, opened(blobs, whole, first) as chunks:
        stream = _Stream(pieces)
        async for chunk in chunks:
            same = await stream.begins_with(memoryview(chunk))
            if not same:
                break
            first, size = first + 1, size + len(chunk)
            if first % _NOTED_EVERY == 0:
                told = f"{first} {size}"
                await blobs.run(lambda told=told: notes.write(place, told))  # type: ignore[misc]
        same = same and await stream.has_ended()
    await blobs.run(lambda: notes.write(place, None))
    return same


class _Stream:
    """Pieces of a content, to be compared with chunks that are cut otherwise."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    async def begins_with(self, chunk: memoryview) -> bool:
        """Take as much as *chunk* has, and tell whether it is the same."""
        while chunk:
            if not self._rest:
                self._rest = memoryview(await anext(self._pieces, b""))
                if not self._rest:
                    return False
            size = min(len(chunk), len(self._rest))
            # As bytes: comparing views goes item by item.
            if bytes(chunk[:size]) != bytes(self._rest[:size]):
                return False
            chunk, self._rest = chunk[size:], self._rest[size:]
        return True

    async def has_ended(self) -> bool:
        """Tell whether nothing is left."""
        return not self._rest and not await anext(self._pieces, b"")
